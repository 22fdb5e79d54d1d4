"""Parameter and Buffer: tensors that a Module registers on assignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, TypeGuard, cast

import numpy as np

from autograd.base.device import check_device
from autograd.base.dtypes import dtype as DType, get_default_dtype
from autograd.core.errors import not_a_tensor
from autograd.core.public_methods import public_methods
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.filled import empty
from autograd.ops.creation.from_data import tensor

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


@public_methods
class Parameter(Tensor):
    """A leaf Tensor that a module registers when it is assigned to an attribute, to be trained.

    It shares memory with `data`.

    Args:
        data: Tensor of any shape; if None, an empty tensor.
        requires_grad: whether backward accumulates into its `.grad`.

    Raises:
        RuntimeError: `requires_grad` with an integer or boolean dtype.

    >>> from autograd import ones
    >>> Parameter(ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        self.array, self.node = _array_of("Parameter", data), None
        if requires_grad:
            self.requires_grad_()

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A parameter with its own memory and no gradient; shared parameters stay shared in the copy."""
        if id(self) not in memo:
            memo[id(self)] = Parameter(wrap(self.array.copy("K")), self.requires_grad)
        return memo[id(self)]


def _array_of(kind: str, data: Tensor | None) -> Any:
    """The array to share: that of `data`, or a new empty one for None."""
    if data is None:
        return tensor([]).array
    if not isinstance(data, Tensor):
        raise TypeError(f"{kind}: data must be {not_a_tensor(data)}")
    return data.detach().array


def optional(present: bool, *shape: int, device: Any = None, dtype: DType | None = None) -> Parameter | None:
    """An uninitialized parameter of this shape, or None if not `present`."""
    return Parameter(empty(shape, device=device, dtype=dtype)) if present else None


@public_methods
class Buffer(Tensor):
    """A Tensor that a module registers as a buffer when it is assigned to an attribute: state that is not trained.

    Args:
        data: Tensor of any shape, whose memory is shared; if None, an empty tensor.
        persistent: whether the state dict includes it.

    >>> from autograd import ones
    >>> Buffer(ones(2))
    tensor([1., 1.])
    """

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        self.array, self.node = _array_of("Buffer", data), None
        self.persistent = persistent


class _Uninitialized(Tensor):
    """Base of the two below: a tensor of a dtype whose shape is not known yet; any use of its elements raises.

    Raises:
        RuntimeError: on use of its shape.
        ValueError: on any other use of its elements.
    """

    _dtype: DType

    @property
    def array(self) -> Any:
        """Raises ValueError: there are no elements yet."""
        raise ValueError(
            "Attempted to use an uninitialized parameter, whose shape is not known yet: call the module once on a "
            "batch first, or load a state dict"
        )

    @property
    def shape(self) -> NoReturn:
        """Raises RuntimeError: it is not known yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer: call the module once on a batch first, "
            "or load a state dict"
        )

    @property
    def dtype(self) -> DType:
        """The dtype that the elements will have."""
        return self._dtype

    def cast(self, dtype: DType) -> None:
        """Change the dtype that the elements will have."""
        self._dtype = dtype

    def materialize(self, shape: Sequence[int], device: Any = None, dtype: DType | None = None) -> None:
        """Become a Parameter, or a Buffer, with this shape and uninitialized elements."""
        if device is not None:
            check_device(device)
        if dtype is not None:
            self.cast(dtype)
        self.become(np.empty(tuple(shape), self._dtype.numpy))

    def become(self, array: np.ndarray) -> None:
        """Turn this object, which an optimizer may hold, into one with these elements in its dtype."""
        raise NotImplementedError(f"{type(self).__name__}: a subclass says in become() which kind of tensor it becomes")

    def _set(self, kind: type[Tensor], array: np.ndarray) -> None:
        this, dtype = cast(Any, self), self._dtype.numpy
        del self._dtype
        this.__class__ = kind
        this.array = array.astype(dtype, copy=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        kind, arguments = self.__reduce_ex__(None)
        return memo.setdefault(id(self), kind(*arguments))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@public_methods
class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape is not known yet, as in lazy layers: any use raises until it has become a Parameter.

    Args:
        requires_grad: whether it will require a gradient.
        device: "cpu" or None.
        dtype: the dtype that it will have; the default dtype if None.
    """

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: DType | None = None) -> None:
        if device is not None:
            check_device(device)
        self.node = None
        self._requires_grad = requires_grad
        self._dtype = get_default_dtype() if dtype is None else dtype

    @property
    def requires_grad(self) -> bool:
        """Whether the parameter will require a gradient."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self._requires_grad = value

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set whether the parameter will require a gradient."""
        self._requires_grad = requires_grad
        return self

    def become(self, array: np.ndarray) -> None:
        """Turn this object, which an optimizer may hold, into a Parameter with these elements in its dtype."""
        requires_grad = self._requires_grad
        del self._requires_grad
        self._set(Parameter, array)
        self.requires_grad_(requires_grad)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self._requires_grad, None, self._dtype)


@public_methods
class UninitializedBuffer(_Uninitialized):
    """A buffer whose shape is not known yet, as those of lazy layers: any use raises until it has become a Buffer.

    Args:
        device: "cpu" or None.
        dtype: the dtype that it will have; the default dtype if None.
    """

    def __init__(self, device: Any = None, dtype: DType | None = None) -> None:
        if device is not None:
            check_device(device)
        self.node = None
        self._dtype = get_default_dtype() if dtype is None else dtype

    def become(self, array: np.ndarray) -> None:
        """Turn this object into a Buffer with these elements in its dtype."""
        self._set(Buffer, array)
        cast(Any, self).persistent = True

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (None, self._dtype)


def is_lazy(value: object) -> TypeGuard[_Uninitialized]:
    """Whether the value is an uninitialized parameter or buffer."""
    return isinstance(value, _Uninitialized)
