"""Functions (custom operations) that tests of `autograd.Function` start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Function


def function(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
    """The `apply` of a Function with this forward and backward."""
    return type("Mine", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}).apply


def doubled(backward: Callable[..., Any], prepare: Callable[..., Any] = lambda ctx, x: None) -> Callable[..., Any]:
    """The `apply` of a Function that computes 2x, after `prepare(ctx, x)`."""

    def forward(ctx: Any, x: Any, *others: Any) -> Any:
        prepare(ctx, x)
        return x * 2

    return function(forward, backward)
