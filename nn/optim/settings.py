"""Which values the settings of the built-in optimizers may have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.core.tensor import Tensor


def as_number(setting: Any) -> Any:
    """The setting as a Python number, if it is a Tensor of one element; else the setting itself."""
    return setting.item() if isinstance(setting, Tensor) else setting


def _must(test: Callable[[Any], Any], message: str) -> Callable[[Any], None]:
    """The check that raises ValueError, with the value in the message, if the test fails, or TypeError: no number."""

    def check(value: Any) -> None:
        try:
            passed = test(value)
        except (TypeError, IndexError):
            raise TypeError(f"{message.split(':', maxsplit=1)[0]}: {value!r} is not a number") from None
        if not passed:
            raise ValueError(message.format(value))

    return check


def _at_least_0(words: str) -> Callable[[Any], None]:
    return _must(lambda value: value >= 0, f"Invalid {words}: {{}}")  # NaN fails too


def _check_betas(betas: Any) -> None:
    if not isinstance(betas, Sequence) or len(betas) != 2:
        raise TypeError(f"betas must be a pair of numbers, but got {betas!r}")
    for index, beta in enumerate(betas):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")


#: The check of each setting. `Optimizer.checked_settings` names those that an optimizer runs.
CHECKS: dict[str, Callable[[Any], None]] = {
    "lr": _at_least_0("learning rate"),
    "eps": _at_least_0("epsilon value"),
    "alpha": _at_least_0("alpha value"),
    "betas": _check_betas,
    "etas": _must(lambda etas: 0 < etas[0] < 1 < etas[1], "Invalid eta values: {0[0]}, {0[1]}"),
    "initial_accumulator_value": _at_least_0("initial_accumulator_value value"),
    "line_search_fn": _must(
        lambda name: name in (None, "strong_wolfe"), "only 'strong_wolfe' is supported as line_search_fn, got {!r}"
    ),
    "lr_decay": _at_least_0("lr_decay value"),
    "momentum": _at_least_0("momentum value"),
    "momentum_decay": _at_least_0("momentum_decay value"),
    "rho": _must(lambda rho: 0 <= rho <= 1, "Invalid rho value: {}"),
    "weight_decay": _at_least_0("weight_decay value"),
}
