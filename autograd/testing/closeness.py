"""`assert_close`: check that two tensors, or nests of them, are equal up to the rounding of their dtype."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..core.tensor import Tensor

#: The relative and the absolute difference that PyTorch allows, by dtype; integers must be equal.
TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise unless |actual - expected| <= atol + rtol · |expected| everywhere, and shapes and dtypes are the same.

    Args:
        actual, expected: tensors, arrays or numbers, or sequences and mappings of them.
        allow_subclasses: whether a Parameter may be compared with a Tensor.
        rtol, atol: the tolerances; give both or neither. By default they depend on the dtype, as in PyTorch:
            (1.3e-6, 1e-5) for float32, (1e-7, 1e-7) for float64, 0 for integers.
        equal_nan: whether a NaN equals a NaN.
        check_device, check_layout: accepted; there is only one device and one layout.
        check_dtype: whether the dtypes must be the same.
        check_stride: whether the strides must be the same.
        msg: the message of the error, or a function that makes it from the default message.

    Raises:
        AssertionError: they differ; the message says by how much, and where the most.
        TypeError: values of these types cannot be compared.
        ValueError: only one of the two tolerances is given.

    >>> from autograd import tensor
    >>> assert_close(tensor([1.0, 2.0]), tensor([1.0, 2.000001]))
    >>> assert_close(tensor([1.0, 2.0]), tensor([1.0, 2.5]))
    Traceback (most recent call last):
    AssertionError: Tensor-likes are not close!
    <BLANKLINE>
    Mismatched elements: 1 / 2 (50.0%)
    Greatest absolute difference: 0.5 at index (1,) (up to 1e-05 allowed)
    Greatest relative difference: 0.2 at index (1,) (up to 1.3e-06 allowed)
    """
    if (rtol is None) != (atol is None):
        missing = "rtol" if rtol is None else "atol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")

    def compare(a: Any, b: Any, at: str) -> None:
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            if set(a) != set(b):
                fail(f"The keys of the mappings do not match: only one has {sorted(map(repr, set(a) ^ set(b)))}.", at)
            for key in a:
                compare(a[key], b[key], f"{at}[{key!r}]")
        elif _is_sequence(a) and _is_sequence(b):
            if len(a) != len(b):
                fail(f"The length of the sequences mismatch: {len(a)} != {len(b)}", at)
            for i, (x, y) in enumerate(zip(a, b)):
                compare(x, y, f"{at}[{i}]")
        elif a is not None or b is not None:
            leaf(a, b, at)

    def leaf(a: Any, b: Any, at: str) -> None:
        for kind in (Tensor, np.ndarray, (int, float, complex, np.number)):
            if isinstance(a, kind) and isinstance(b, kind):
                break
        else:
            raise TypeError(
                f"assert_close: cannot compare {type(a).__name__} with {type(b).__name__}: convert one of them"
            )
        if not allow_subclasses and type(a) is not type(b):
            raise TypeError(f"assert_close: {type(a).__name__} is not {type(b).__name__}, and allow_subclasses=False")
        x, y = (np.asarray(v.array if isinstance(v, Tensor) else v) for v in (a, b))
        numbers = not isinstance(a, (Tensor, np.ndarray))
        if x.shape != y.shape:
            fail(f"The values for attribute 'shape' do not match: {x.shape} != {y.shape}.", at)
        if check_dtype and not numbers and x.dtype != y.dtype:
            fail(f"The values for attribute 'dtype' do not match: {x.dtype} != {y.dtype}.", at)
        if check_stride and x.strides != y.strides:
            fail(f"The values for attribute 'stride()' do not match: {x.strides} != {y.strides} bytes.", at)
        by_dtype = max(TOLERANCES.get(v.dtype.name, (0.0, 0.0)) for v in (x, y))  # those of the lower precision
        allowed = by_dtype if rtol is None or atol is None else (rtol, atol)
        if text := _difference(x, y, *allowed, equal_nan):
            fail(f"{'Scalars' if numbers else 'Tensor-likes'} are not {text}", at)

    def fail(text: str, at: str) -> None:
        text += f"\n\nThe failure occurred for item {at}" if at else ""
        raise AssertionError(text if msg is None else msg if isinstance(msg, str) else msg(text))

    compare(actual, expected, "")


def _is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, (str, bytes))


def _difference(x: Array, y: Array, rtol: float, atol: float, equal_nan: bool) -> str:
    """A report on the elements that differ by more than allowed; empty if none do. The shapes are equal."""
    wide = np.result_type(x, y, np.float64) if x.dtype.kind in "fc" or y.dtype.kind in "fc" else np.result_type(x, y)
    a, b = (v.astype(object if wide.kind in "iub" else wide) for v in (x, y))
    same = np.asarray(a == b, bool)
    with np.errstate(all="ignore"):
        apart = np.asarray(np.abs(a - b), np.float64)
        relative = apart / np.abs(b.astype(np.complex128))
        if wide.kind in "fc":
            same = same | (apart <= atol + rtol * np.abs(b)) & np.isfinite(b)
            same = same | (np.isnan(a) & np.isnan(b) if equal_nan else False)
    if same.all():
        return ""
    wrong = np.count_nonzero(~same)

    def worst(differences: Array, limit: float) -> str:
        shown = np.where(same, -1, differences)
        i = np.unravel_index(np.argmax(np.where(np.isnan(shown), np.inf, shown)), shown.shape)
        place = f" at index {tuple(map(int, i))}" if x.ndim else ""
        return f"{differences[i]:.6g}{place}" + (f" (up to {limit:.6g} allowed)" if rtol or atol else "")

    return (
        f"{'close' if rtol or atol else 'equal'}!\n\nMismatched elements: {wrong} / {x.size} ({wrong / x.size:.1%})\n"
        f"Greatest absolute difference: {worst(apart, atol)}\nGreatest relative difference: {worst(relative, rtol)}"
    )
