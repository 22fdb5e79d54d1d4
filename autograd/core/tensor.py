"""The Tensor: an array and its place in the graph."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..base.device import check_device, device as device_type, strided
from ..base.dtypes import Array, dtype, from_numpy_dtype, get_default_dtype
from ..ops.protocols.printing import format_tensor
from .graph import Leaf, Node

if TYPE_CHECKING:
    from ..methods import Methods as _Methods  # operators and methods, which methods.py puts on the class
else:
    _Methods = object


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of sizes.

    >>> Size([2, 3]).numel()
    6
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"autograd.Size({list(self)})"


class Tensor(_Methods):
    """A multi-dimensional array whose operations are recorded for differentiation.

    Made by `tensor`, `zeros`, `rand` and the like, or by an operation on tensors.

    Attributes:
        array: the ndarray; a 0-d result may be a NumPy scalar, which is faster.
        node: the operation that made this value, or the Leaf where its gradient is gathered; None
            for a constant.
    """

    __slots__ = ("__weakref__", "array", "node")

    def __init__(self, *data: Any, device: Any = None) -> None:
        """PyTorch's old constructor: sizes, or data of the default dtype; `tensor()` is the plainer one.

        >>> Tensor([1, 2]), Tensor(2, 3).shape
        (tensor([1., 2.]), autograd.Size([2, 3]))
        """
        from ..typed_tensors import construct

        if device is not None:
            check_device(device)
        self.array: Array = construct("Tensor", get_default_dtype(), data).array
        self.node: Node | Leaf | None = None

    # -- what it is ------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The size of each dim."""
        return Size(self.array.shape)

    @property
    def dtype(self) -> dtype:
        """The type of the elements."""
        return from_numpy_dtype(self.array.dtype)

    @property
    def ndim(self) -> int:
        """The number of dims."""
        return int(self.array.ndim)

    @property
    def itemsize(self) -> int:
        """Bytes in one element."""
        return int(self.array.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes in all elements."""
        return int(self.array.nbytes)

    @property
    def device(self) -> device_type:
        """Where the elements are: always the CPU."""
        return device_type("cpu")

    #: Of the kinds of tensor that PyTorch has, the dense one of the CPU.
    is_cpu = True
    is_cuda = is_mps = is_sparse = is_quantized = is_meta = is_nested = False
    layout = strided

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dim.

        Raises:
            IndexError: `dim` is out of range.
        """
        if dim is None:
            return self.shape
        ndim = max(self.array.ndim, 1)
        if not -ndim <= dim < ndim or not self.array.ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim})"
            )
        return int(self.array.shape[dim])

    def dim(self) -> int:
        """The number of dims."""
        return int(self.array.ndim)

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return int(self.array.size)

    nelement = numel

    def element_size(self) -> int:
        """Bytes in one element."""
        return int(self.array.itemsize)

    def stride(self, dim: int | None = None) -> Any:
        """How many elements lie between neighbours along each dim, or along one."""
        strides = tuple(s // self.array.itemsize for s in np.asarray(self.array).strides)
        return strides if dim is None else strides[dim]

    def storage_offset(self) -> int:
        """How many elements of the storage come before the first."""
        owner = self._shared()
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        start = owner.__array_interface__["data"][0]
        return int((self.data_ptr() - start) // self.array.itemsize)

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in memory in order; the format is accepted."""
        return bool(self.array.flags.c_contiguous)

    def is_floating_point(self) -> bool:
        """Whether the elements are real floating-point numbers."""
        return bool(self.array.dtype.kind == "f")

    def is_complex(self) -> bool:
        """Whether the elements are complex numbers."""
        return bool(self.array.dtype.kind == "c")

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._shared().__array_interface__["data"][0])

    # -- its place in the graph --------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Make this leaf gather gradients, or stop it.

        Raises:
            RuntimeError: the elements are neither floating-point nor complex, or this is not a leaf.
        """
        if requires_grad and self.node is None:
            check_can_require_grad(self.array)
            self.node = Leaf()
        elif not requires_grad and self.node is not None:
            if not isinstance(self.node, Leaf):
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables: this tensor was made by "
                    f"{self.node.name()}; use detach() for a tensor that doesn't require differentiation"
                )
            self.node = None
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return not isinstance(self.node, Node)

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for a leaf."""
        return self.node if isinstance(self.node, Node) else None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward()` gathered here; None before, and of an intermediate value (with a warning)."""
        found = getattr(self.node, "grad", None)
        if found is None and not self.is_leaf and not self.retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed: backward() writes to "
                "leaves alone. Call retain_grad() on this tensor before it, or read the leaf that this was computed "
                "from; after x = x - step, x is no leaf any more: write it in place, under no_grad()",
                stacklevel=2,
            )
        return found

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None:
            if self.node is not None:
                self.node.grad = None
            return
        if not isinstance(value, Tensor):
            raise TypeError(f"assigned grad expected to be a Tensor or None but got {type(value).__name__}")
        if value.array.shape != self.array.shape or value.array.dtype != self.array.dtype:
            raise RuntimeError(
                f"assigned grad has shape {value.array.shape} and dtype {value.dtype}, but the tensor has shape "
                f"{self.array.shape} and dtype {self.dtype}: they must be the same"
            )
        if self.node is None:
            raise RuntimeError("grad can be assigned to a tensor that requires grad: call requires_grad_() first")
        self.node.grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def retain_grad(self) -> None:
        """Keep the gradient of this intermediate value in `.grad` at the next backward.

        Raises:
            RuntimeError: the tensor does not require a gradient.
        """
        if self.node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False: set it before computing")
        if isinstance(self.node, Leaf) or self.retains_grad:
            return
        self.node.hooks = [*(self.node.hooks or []), RETAIN]
        self.node.grad = None

    @property
    def retains_grad(self) -> bool:
        """Whether this is an intermediate value that keeps its gradient."""
        return isinstance(self.node, Node) and RETAIN in (self.node.hooks or [])

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook` with the gradient of this tensor when it is computed; what it returns takes its place.

        Returns:
            A handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: the tensor does not require a gradient.
        """
        if self.node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.node.hooks is None:
            self.node.hooks = []
        self.node.hooks.append(hook)
        return RemovableHandle(self.node.hooks, hook)

    def detach(self) -> Tensor:
        """The same elements, shared, outside any graph."""
        return wrap(self._shared())

    @property
    def data(self) -> Tensor:
        """The same elements, shared, outside any graph; assigning replaces them."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"data expects a Tensor, but got {type(value).__name__}")
        self.array = value._shared()

    @property
    def _base(self) -> Tensor | None:
        """The tensor whose memory this one shows, if it is a view."""
        return None

    @property
    def _version(self) -> int:
        """How often the storage was written in place."""
        from .aliasing import version

        return version(self.array) if isinstance(self.array, np.ndarray) else 0

    def _shared(self) -> Array:
        """The elements as an ndarray that can be shared: a NumPy scalar becomes a 0-d array for good."""
        if not isinstance(self.array, np.ndarray):
            self.array = np.array(self.array)
        return self.array

    # -- out of the library ------------------------------------------------------------------------

    def item(self) -> Any:
        """The one element as a Python number.

        Raises:
            RuntimeError: there are more elements, or none.
        """
        if self.array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self.array.size} elements cannot be converted to Scalar: its shape is "
                f"{self.array.shape}; reduce or index it first, or use tolist()"
            )
        return self.array.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers; a number for a 0-d tensor."""
        return self.array.tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """The elements as an ndarray that shares their memory.

        Raises:
            RuntimeError: the tensor requires a gradient, which the array could not carry on.
        """
        if self.node is not None and not force:
            _refuse("call numpy() on")
        return self._shared()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self.node is not None:
            _refuse("make a NumPy array of")
        return np.array(self._shared(), dtype=dtype, copy=copy)

    def __float__(self) -> float:
        return float(self._number("float"))

    def __int__(self) -> int:
        return int(self._number("int"))

    def __complex__(self) -> complex:
        return complex(self._number("complex"))

    def __index__(self) -> int:
        if self.array.dtype.kind not in "biu" or self.array.size != 1:
            raise TypeError(
                f"only integer tensors of a single element can be converted to an index, not shape "
                f"{self.array.shape} of {self.dtype}"
            )
        return int(self.array.item())

    def _number(self, kind: str) -> Any:
        if self.node is not None:
            raise RuntimeError(
                f"{kind}() of a Tensor that requires grad would lose its graph: use item() if only the number is "
                "wanted, or detach() first"
            )
        return self.item()

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {'no' if not self.array.size else 'more than one'} value"
                f"{'s' if not self.array.size else ''} is ambiguous: its shape is {self.array.shape}; "
                "use all(), any(), or compare numel() with 0"
            )
        return bool(self.array.item())

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, element: Any) -> bool:
        wanted = element.array if isinstance(element, Tensor) else element
        return bool(np.any(self.array == wanted))

    def __repr__(self) -> str:
        return format_tensor(self)

    def _repr_html_(self) -> str | None:
        """What a notebook shows: the numbers and the graph; None, for the numbers alone, where there is none."""
        from ..teaching.notebook import tensor_html

        return tensor_html(self)

    def __format__(self, spec: str) -> str:
        if self.array.ndim == 0 and (spec or type(self) is Tensor):
            return format(self.array.item(), spec)
        return object.__format__(self, spec) if spec else repr(self)


_new = object.__new__


def wrap(array: Array, node: Node | Leaf | None = None) -> Tensor:
    """The tensor of an array, which it shares, and of its place in the graph: how every operation makes its result."""
    made = _new(Tensor)
    made.array = array
    made.node = node
    return made


class RemovableHandle:
    """A registered hook, which `remove()` takes away; also a context manager."""

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        self._hooks, self._hook = hooks, hook

    def remove(self) -> None:
        """Take the hook away; doing it twice does no harm."""
        for i, hook in enumerate(self._hooks):
            if hook is self._hook:
                del self._hooks[i]
                return

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class _Retain:
    """The hook that keeps the cotangent as the gradient of its node."""

    def __repr__(self) -> str:
        return "retain_grad"


RETAIN = _Retain()


def check_can_require_grad(array: Array) -> None:
    """Raise unless the elements can have gradients."""
    if array.dtype.kind not in "fc":
        raise RuntimeError(
            "only Tensors of floating point and complex dtype can require gradients, but this one is "
            f"{from_numpy_dtype(array.dtype)}: convert it first, such as with .float()"
        )


def _refuse(what: str) -> NoReturn:
    raise RuntimeError(
        f"Can't {what} a Tensor that requires grad: NumPy would lose its graph. Use tensor.detach().numpy() instead, "
        "or the function of the same name in autograd"
    )
