"""The repr of tensors, in PyTorch's layout: four decimals, summarized if there are many elements."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array, default_complex, default_float, from_numpy_dtype
from ...core.graph import Node
from ...core.tensor import Tensor

__all__ = ["set_printoptions"]


class _Options:
    """The settings of `set_printoptions`."""

    precision = 4
    threshold = 1000
    edgeitems = 3
    linewidth = 80
    sci_mode: bool | None = None


#: For each profile: precision, threshold, edgeitems, linewidth.
_PROFILES = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, sys.maxsize, 3, 80)}


def set_printoptions(
    precision: int | None = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed. An option that is None keeps its value, except `sci_mode`.

    Args:
        precision: the number of decimals.
        threshold: the number of elements above which a tensor is summarized.
        edgeitems: the number of elements at each end of a summarized dim.
        linewidth: the number of characters in a line.
        profile: "default", "short" (2 decimals, 2 edge items) or "full" (never summarized); sets all the above first.
        sci_mode: whether to use scientific notation; None to decide by the elements.

    Raises:
        ValueError: the profile is unknown.
    """
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(f"unknown profile {profile!r}: choose one of {', '.join(_PROFILES)}")
        _Options.precision, _Options.threshold, _Options.edgeitems, _Options.linewidth = _PROFILES[profile]
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(_Options, name, value)
    _Options.sci_mode = sci_mode


def format_tensor(x: Tensor) -> str:
    """The repr of a tensor, such as `tensor([1., 2.], requires_grad=True)`."""
    array = np.asarray(x.array)
    notes = []
    if array.size == 0 and array.ndim != 1:
        notes.append(f"size={tuple(array.shape)}")
    usual = array.dtype in (default_float(), default_complex()) or (
        array.size and array.dtype.kind in "b" or array.dtype == np.int64
    )
    if not usual or (array.size == 0 and array.dtype != default_float()):
        notes.append(f"dtype={from_numpy_dtype(array.dtype)}")
    if isinstance(x.node, Node):
        notes.append(f"grad_fn=<{x.node.name()}>")
    elif x.node is not None:
        notes.append("requires_grad=True")
    prefix = "tensor("
    text = prefix + ("[]" if array.size == 0 else _body(array, len(prefix)))
    # PyTorch counts two places for what follows the elements, and none for what follows a note on its own line.
    room = _Options.linewidth - (len(text) - text.rfind("\n") + 1)
    for note in notes:
        if len(note) + 2 > room:
            text += ",\n" + " " * len(prefix) + note
            room = _Options.linewidth - len(prefix) - len(note)
        else:
            text += ", " + note
            room -= len(note) + 2
    return text + ")"


def _body(array: Array, indent: int) -> str:
    """The elements in nested brackets."""
    summarize = array.size > _Options.threshold
    shown = _edges(array) if summarize else array
    format_element, width = _formatter(shown)
    return _nested(array, format_element, width, indent, summarize)


def _edges(array: Array) -> Array:
    """The elements of a summarized array that are printed."""
    edge = _Options.edgeitems
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            keep = list(range(edge)) + list(range(size - edge, size))
            array = array.take(keep, axis=axis)
    return array


def _nested(array: Array, format_element: Callable[[Any], str], width: int, indent: int, summarize: bool) -> str:
    edge = _Options.edgeitems
    if array.ndim == 0:
        return format_element(array[()])
    skip = summarize and len(array) > 2 * edge
    if array.ndim == 1:
        per_line = max(1, (_Options.linewidth - indent) // (width + 2))
        cells = [format_element(v) for v in (np.concatenate([array[:edge], array[-edge:]]) if skip else array)]
        if skip:
            cells.insert(edge, " ...")
        lines = [", ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [*array[:edge], *array[-edge:]] if skip else list(array)
    parts = [_nested(row, format_element, width, indent + 1, summarize) for row in rows]
    if skip:
        parts.insert(edge, "...")
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _formatter(shown: Array) -> tuple[Callable[[Any], str], int]:
    """A function that formats one element, and the width of its result."""
    kind = shown.dtype.kind
    if kind == "c":
        real, real_width = _real_formatter(shown.real)
        imag, imag_width = _real_formatter(shown.imag)

        def format_complex(v: Any) -> str:
            part = imag(v.imag).lstrip()
            return real(v.real) + (part if part.startswith("-") else "+" + part) + "j"

        return format_complex, real_width + imag_width + 2
    if kind == "f":
        return _real_formatter(shown)
    width = max((len(str(v)) for v in shown.ravel().tolist()), default=0)
    return (lambda v: f"{v!s:>{width}}"), width


def _real_formatter(shown: Array) -> tuple[Callable[[Any], str], int]:
    """Integers with a dot, else fixed decimals, or scientific notation if the magnitudes differ too much."""
    values = shown.astype(np.float64).ravel()
    finite = values[np.isfinite(values) & (values != 0)]
    magnitudes = np.abs(finite)
    whole = bool(np.all(finite == np.ceil(finite)))
    scientific = False
    if finite.size:
        low, high = magnitudes.min(), magnitudes.max()
        scientific = bool(high / low > 1000.0 or high > 1.0e8 or (not whole and low < 1.0e-4))
    if _Options.sci_mode is not None:
        scientific = _Options.sci_mode
    exponent = f"{{:.{_Options.precision}e}}"
    template = exponent if scientific else "{:.0f}." if whole else f"{{:.{_Options.precision}f}}"

    def write(v: float) -> str:
        return template.format(v) if np.isfinite(v) else str(float(v))

    width = max((len(write(v)) for v in finite.tolist()), default=0)
    return (lambda v: f"{write(float(v)):>{width}}"), width
