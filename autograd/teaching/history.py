"""History: quantities measured during training, epoch by epoch, and their plot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.public_methods import public_methods
from ..core.tensor import Tensor
from .plotting import new_figure, plain_text, svg_of

#: The names of other data sets: `val_loss` is plotted in the panel of `loss`.
_DATA_SETS = re.compile("^(val|test|train)_")


@public_methods
class History:
    """Quantities recorded during training, such as the loss and the accuracy.

    Displays its plot in a notebook.

    Attributes:
        values: for each quantity, its values in order.

    >>> history = History()
    >>> for epoch in range(3):
    ...     history.record(loss=1 / (epoch + 1), val_loss=2 / (epoch + 1))
    >>> history.values["val_loss"]
    [2.0, 1.0, 0.6666666666666666]
    >>> history
    History of 3 steps: loss 1 -> 0.3333, val_loss 2 -> 0.6667
    """

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def record(self, **quantities: Any) -> None:
        """Append a value to each named quantity: a number, or a Tensor with one element.

        Raises:
            TypeError: a value is not a number; then nothing is recorded.
        """
        numbers = {name: _as_number(name, value) for name, value in quantities.items()}
        for name, number in numbers.items():
            self.values.setdefault(name, []).append(number)

    def plot(self) -> Any:
        """A matplotlib Figure with a panel for each quantity; `val_loss` shares the panel of `loss`.

            history.plot().savefig("history.png")

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: nothing was recorded.
        """
        return plot_history(self.values)

    def _repr_svg_(self) -> str | None:
        return svg_of(self.plot()) if self.values else None

    def __repr__(self) -> str:
        steps = max((len(values) for values in self.values.values()), default=0)
        changes = ", ".join(f"{name} {values[0]:.4g} -> {values[-1]:.4g}" for name, values in self.values.items())
        return f"History of {steps} step{'' if steps == 1 else 's'}" + (f": {changes}" if changes else "")


def plot_history(history: Mapping[str, Sequence[float]]) -> Any:
    """A matplotlib Figure of quantities by epoch, such as `History.values` or the `history` of Keras' History.

    At a value that is not finite the line is interrupted, and a cross is drawn at the bottom of the panel.

    Args:
        history: for each quantity, its values.

    Raises:
        TypeError: `history` is not a mapping.
        ImportError: matplotlib is not installed.
        ValueError: there is nothing to plot.
    """
    if not isinstance(history, Mapping):
        raise TypeError(
            f"plot_history: expected a mapping from quantities to their values, such as History.values, but got "
            f"{type(history).__name__}"
        )
    panels: dict[str, list[str]] = {}
    for name in history:
        panels.setdefault(_DATA_SETS.sub("", name), []).append(name)
    if not panels:
        raise ValueError("plot_history: nothing was recorded: call record(loss=...) in the training loop first")
    figure = new_figure(4.2 * len(panels), 3.2)
    for axes, (panel, names) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items()):
        for name, style in zip(names, ("-", "--", ":", "-.") * len(names)):
            values = np.asarray(history[name], dtype=float)
            epochs = np.arange(1, len(values) + 1)
            (line,) = axes.plot(
                epochs, np.where(np.isfinite(values), values, np.nan), style, marker=".", label=plain_text(name)
            )
            wrong = epochs[~np.isfinite(values)]
            if wrong.size:
                bottom = axes.get_xaxis_transform()
                axes.plot(wrong, np.zeros(wrong.size), "x", color=line.get_color(), transform=bottom, clip_on=False)
                axes.plot([], [], "x", color=line.get_color(), label=plain_text(f"{name} not finite"))
        axes.set_title(plain_text(panel))
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if len(names) > 1 or axes.get_legend_handles_labels()[1] != [plain_text(name) for name in names]:
            axes.legend()
    return figure


def _as_number(name: str, value: Any) -> float:
    if isinstance(value, Tensor):
        value = value.item()
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"record: {name} must be a number, but got {type(value).__name__}: {value!r:.40}") from None
