"""Which values the settings of the built-in optimizers may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.core.tensor import Tensor


def as_number(setting: Any) -> Any:
    """The setting as a Python number, if it is a Tensor of one element; else the setting itself."""
    return setting.item() if isinstance(setting, Tensor) else setting


def _at_least_0(words: str) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if not value >= 0:  # refuses NaN too
            raise ValueError(f"Invalid {words}: {value}")

    return check


def _check_betas(betas: Any) -> None:
    for index, beta in enumerate(betas):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")


def _check_etas(etas: Any) -> None:
    shrink, grow = etas
    if not 0 < shrink < 1 < grow:
        raise ValueError(f"Invalid eta values: {shrink}, {grow}")


def _check_rho(rho: Any) -> None:
    if not 0 <= rho <= 1:
        raise ValueError(f"Invalid rho value: {rho}")


def _check_line_search(name: Any) -> None:
    if name not in (None, "strong_wolfe"):
        raise ValueError(f"only 'strong_wolfe' is supported as line_search_fn, got {name!r}")


#: By setting, the function that raises ValueError for a value out of range. `Optimizer.checked_settings` names
#: those that an optimizer checks.
CHECKS: dict[str, Callable[[Any], None]] = {
    "lr": _at_least_0("learning rate"),
    "eps": _at_least_0("epsilon value"),
    "alpha": _at_least_0("alpha value"),
    "betas": _check_betas,
    "etas": _check_etas,
    "initial_accumulator_value": _at_least_0("initial_accumulator_value value"),
    "line_search_fn": _check_line_search,
    "lr_decay": _at_least_0("lr_decay value"),
    "momentum": _at_least_0("momentum value"),
    "momentum_decay": _at_least_0("momentum_decay value"),
    "rho": _check_rho,
    "weight_decay": _at_least_0("weight_decay value"),
}
