"""What differs between calls of one program: random draws, and the shapes that depend on values."""

from __future__ import annotations

from typing import Any

import numpy as np

from .symbols import Symbol, parts

# -- random draws -------------------------------------------------------------------------------------


class Drawing:
    """Stands for the NumPy generator of a Generator."""

    def __init__(self, record: Any, generator: Any) -> None:
        self._record, self._generator = record, generator

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self._record.draw(self._generator, name, args, kwargs)


class Draw:
    """A draw of random numbers from a Generator as it is seeded at that time."""

    def __init__(self, generator: Any, name: str) -> None:
        self.generator, self.__name__ = generator, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.generator.numpy, self.__name__)(*args, **kwargs)


# -- values and shapes -------------------------------------------------------------------------------------


def told_apart(result: Any) -> Any:
    """The result of a call with 0-d arrays in place of np.True_ and np.False_, of which there is one each."""
    if type(result) is np.bool_:
        return np.array(result)
    return type(result)(map(told_apart, result)) if type(result) in (tuple, list) else result


#: Functions whose result has another shape for other values.
_OF_ANOTHER_SHAPE = {
    np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.repeat, np.delete, np.bincount,
    np.histogram_bin_edges, np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d, "nonzero", "repeat", "compress",
}  # fmt: skip


def shape_depends_on_values(call: Any, args: Any) -> bool:
    """Whether the result of a call can have another shape in the next call, whose arguments have the same shapes."""
    if call == "__getitem__":
        return any(type(v) is Symbol and v.dtype.kind == "b" and v.ndim > 0 for v in parts(args[1]))
    if call is np.where:
        return len(args) == 1
    if isinstance(call, str) or getattr(call, "__module__", "") == "numpy":
        return call in _OF_ANOTHER_SHAPE
    if isinstance(call, (np.ufunc, type, Draw)):
        return False
    return any(type(v) is Symbol and v.dtype.kind in "biu" for v in parts(args))  # a forward, of masks or indices
