"""Histograms: activations and gradients layer by layer, with warnings where gradients vanish or explode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.text import printable
from ..core.public_methods import public_methods
from ..core.tensor import Tensor
from ..tape.tape_tensor import place_of
from ..transforms.gradients import grad
from .parts import all_parameters, is_trained
from .plotting import new_figure, plain_text, svg_of
from .running import run, tensors_in
from .showing import finite_part, not_finite, number

#: Warn if the gradients of the first and the last layer differ by more than this factor.
_FACTOR = 1e3
_BARS = "▁▂▃▄▅▆▇█"


@dataclass
class LayerValues:
    """The values of one call of a layer.

    Attributes:
        name: the module's dotted name, with a number from the second call on.
        kind: its class.
        activations: its output.
        gradients: of the loss with respect to that output; None if the loss does not depend on it.
        weight_gradients: of the loss with respect to the layer's parameters, by name.
    """

    name: str
    kind: str
    activations: Array
    gradients: Array | None
    weight_gradients: dict[str, Array]

    @property
    def gradient_size(self) -> float:
        """The root mean square of the gradients, in float64, with NaN and infinity; 0 if there are none."""
        if self.gradients is None or not self.gradients.size:
            return 0.0
        return float(np.sqrt(np.mean(np.square(np.abs(self.gradients), dtype=np.float64))))


@public_methods
class Histograms:
    """The layers of a network with their values; prints as a table, and displays its plot in a notebook.

    Attributes:
        layers: in forward order.
        warnings: sentences about gradients that vanish or explode, dead units, and values that are not finite.
    """

    def __init__(self, layers: list[LayerValues]) -> None:
        self.layers = layers
        self.warnings = _warnings(layers)

    def __str__(self) -> str:
        rows = [("layer", "activations", "mean", "std", "gradients (log scale)", "size")]
        for layer in self.layers:
            a, g = layer.activations, layer.gradients
            mean, deviation = (number(float(x)) for x in (a.mean(dtype=np.float64), a.std(dtype=np.float64)))
            size = "none" if g is None else number(layer.gradient_size)
            logarithms = "" if g is None else bars(logs(g))
            rows.append((printable(f"{layer.name}: {layer.kind}"), bars(a), mean, deviation, logarithms, size))
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        return "\n".join(lines + [f"! {warning}" for warning in self.warnings])

    __repr__ = __str__

    def plot(self) -> Any:
        """A matplotlib Figure: a row for each layer, with its activations and the sizes of its gradients.

        Raises:
            ImportError: matplotlib is not installed.
        """
        figure = new_figure(7.5, 1.2 * len(self.layers) + 0.8)
        axes = figure.subplots(len(self.layers), 2, squeeze=False, sharex="col", subplot_kw={"yticks": []})
        gradients = [np.zeros(0) if layer.gradients is None else logs(layer.gradients) for layer in self.layers]
        activations = [finite_part(layer.activations) for layer in self.layers]
        # All layers use the same bins, so that their histograms can be compared.
        for (left, right), layer, a, g in zip(axes, self.layers, activations, gradients):
            left.stairs(*np.histogram(a, _bins(activations)), fill=True, color="#5b8db8")
            right.stairs(*np.histogram(g, _bins(gradients)), fill=True, color="#c98b4b")
            left.set_ylabel(plain_text(f"{layer.name}: {layer.kind}"), rotation=0, ha="right", va="center")
        axes[0][0].set_title("activations")
        axes[0][1].set_title("gradients: log₁₀ |g|, without zeros")
        return figure

    def _repr_svg_(self) -> str:
        return svg_of(self.plot())


def histograms(module: Any, loss: Callable[[Any], Tensor], *inputs: Any) -> Histograms:
    """Histograms of each layer's output, and of the gradient of the loss with respect to it.

    The module is called once and the loss is differentiated; no `.grad` is written, and running statistics
    and the random generator are restored. A layer is a module that calls no other module.

    Args:
        module: an `nn.Module` or a Keras model.
        loss: a function of the module's output that returns a scalar.
        inputs: the inputs of the module.

    Raises:
        TypeError: `module` is not a module, there are no inputs, or the loss is not a Tensor.
        RuntimeError: the loss is not a scalar, or does not depend on the parameters.
        ValueError: no layer returned a tensor that requires grad.

    >>> import autograd, nn
    >>> _ = autograd.manual_seed(0)
    >>> deep = nn.Sequential(*[part for _ in range(12) for part in (nn.Linear(20, 20), nn.Sigmoid())])
    >>> seen = histograms(deep, lambda y: y.square().mean(), autograd.randn(64, 20))
    >>> seen.warnings[0].partition(":")[0]
    'the gradient vanishes'
    """
    calls: list[tuple[str, Any, Tensor]] = []
    calls_others = [False]  # for each call that runs, the outermost first, whether a call was made in it

    def enter(name: str, part: Any, args: Any) -> None:
        calls_others[-1] = True
        calls_others.append(False)

    def leave(name: str, part: Any, args: Any, out: Any) -> None:
        if calls_others.pop():
            return
        for t in tensors_in(out)[:1]:
            if place_of(t) is not None:
                again = sum(other is part for _, other, _ in calls)
                name = name or type(part).__name__
                calls.append((f"{name} ({again + 1})" if again else name, part, t))

    ran = run(module, inputs, enter, leave)
    if not calls:
        raise ValueError(f"histograms: no layer of {type(module).__name__} returned a tensor that requires grad")
    with ran.tape or nullcontext():
        value = loss(ran.out)
    if not isinstance(value, Tensor):
        raise TypeError(f"histograms: loss must return a Tensor with one element, but returned {type(value).__name__}")
    trained = {id(p): p for _, part, _ in calls for p in all_parameters(part).values() if is_trained(p)}
    sources = [t for _, _, t in calls] + list(trained.values())
    gradients = ran.tape.gradient(value, sources) if ran.tape else grad(value, sources, allow_unused=True)
    found = [None if g is None else np.asarray(g.array) for g in gradients]
    of_weights = {key: g for key, g in zip(trained, found[len(calls) :]) if g is not None}
    layers = []
    for (name, part, t), g in zip(calls, found):
        weights = {n: of_weights[id(p)] for n, p in all_parameters(part).items() if id(p) in of_weights}
        layers.append(LayerValues(name, type(part).__name__, np.asarray(t.array), g, weights))
    return Histograms(layers)


def plot_histograms(epochs: Sequence[Histograms]) -> Any:
    """A matplotlib Figure of the histograms of several epochs, a column of colours for each: a row for each layer.

        seen = []
        for epoch in range(20):
            train(model)
            seen.append(histograms(model, loss, x))
        plot_histograms(seen).savefig("layers.png")

    Args:
        epochs: what `histograms` returned for the same model, epoch by epoch.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: `epochs` is not a sequence of Histograms.
        ValueError: it is empty, or the layers differ.
    """
    if not isinstance(epochs, Sequence) or not all(isinstance(each, Histograms) for each in epochs):
        raise TypeError(f"plot_histograms: expected a list of Histograms, but got {type(epochs).__name__}")
    names = [[layer.name for layer in each.layers] for each in epochs]
    if not names or any(other != names[0] for other in names):
        raise ValueError("plot_histograms: expected the histograms of at least one epoch, all of the same layers")
    figure = new_figure(7.5, 1.2 * len(names[0]) + 0.8)
    axes = figure.subplots(len(names[0]), 2, squeeze=False, sharex=True)
    for i, row in enumerate(axes):
        layers = [each.layers[i] for each in epochs]
        activations = [finite_part(layer.activations) for layer in layers]
        gradients = [np.zeros(0) if layer.gradients is None else logs(layer.gradients) for layer in layers]
        for panel, arrays in zip(row, (activations, gradients)):
            edges = _bins(arrays)
            counts = np.stack([np.histogram(array, edges)[0] for array in arrays], 1)
            panel.pcolormesh(np.arange(len(epochs) + 1) + 0.5, edges, np.sqrt(counts), cmap="Blues")
            panel.xaxis.get_major_locator().set_params(integer=True)
        row[0].set_ylabel(plain_text(f"{layers[0].name}: {layers[0].kind}"), rotation=0, ha="right", va="center")
    axes[0][0].set_title("activations by epoch")
    axes[0][1].set_title("gradients by epoch: log₁₀ |g|, without zeros")
    return figure


# -- numbers ----------------------------------------------------------------------------------------


def logs(array: Array) -> Array:
    """The decimal logarithms of the absolute values, without zeros, NaN and infinity."""
    sizes = np.abs(finite_part(array)).astype(np.float64)
    return np.log10(sizes[sizes > 0])


def _bins(arrays: list[Array]) -> Array:
    """The edges of bins that cover all of the arrays."""
    filled = [array for array in arrays if array.size]
    low = min((float(array.min()) for array in filled), default=0.0)
    high = max((float(array.max()) for array in filled), default=1.0)
    return np.linspace(low, high if high > low else low + 1, 61)


def bars(array: Array, count: int = 16) -> str:
    """A histogram in one line of text.

    >>> bars(np.array([0.0, 0, 0, 0, 1, 1, 3]), 4)
    '█▄ ▂'
    """
    values = finite_part(array)
    if not values.size:
        return "none finite" if array.size else ""
    heights = np.histogram(values.astype(np.float64), bins=count)[0]
    levels = np.ceil(heights / heights.max() * len(_BARS)).astype(int)
    return "".join(" " if level == 0 else _BARS[level - 1] for level in levels)


def _warnings(layers: list[LayerValues]) -> list[str]:
    """The warnings, the most serious first."""
    found = []
    for layer in layers:
        for what, values in (("activations", layer.activations), ("gradients", layer.gradients)):
            if bad := not_finite(values):
                found.append(f"the {what} of {layer.name} are not finite: {', '.join(bad)}")
    finite = [layer for layer in layers if layer.gradients is not None and np.isfinite(layer.gradient_size)]
    if len(finite) > 1:
        first, last = finite[0], finite[-1]
        of_first, of_last = first.gradient_size, last.gradient_size
        sizes = f"its size is {number(of_last)} at {last.name} and {number(of_first)} at {first.name}"
        if of_first * _FACTOR < of_last:
            found.append(f"the gradient vanishes: {sizes}")
        elif of_first > of_last * _FACTOR:
            found.append(f"the gradient explodes: {sizes}")
    for layer in layers:
        a = layer.activations
        if layer.kind == "ReLU" and a.ndim > 1 and len(a) > 1:
            others = tuple(axis for axis in range(a.ndim) if axis != 1)
            dead = int((a == 0).all(axis=others).sum())
            if dead * 2 > a.shape[1]:
                found.append(f"{dead} of {a.shape[1]} units of {layer.name} are dead: 0 for every input")
    return found
