"""The Tensor: an array and its place in the graph.

Here is what the engine itself needs. Operators and methods are put on the class by `methods.py`.
"""

from __future__ import annotations

import operator
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.device import device as device_type, strided
from ..base.dtypes import Array, dtype, from_numpy_dtype
from ..base.memory import with_another_owner
from ..base.size import Size as Size  # noqa: PLC0414 - other modules import it from here
from .graph import Leaf, Node

if TYPE_CHECKING:
    from .methods import Methods as _Methods  # a stub of the operators and methods that autograd/methods.py adds
else:
    _Methods = object  # methods.py fills the class when the package is imported


class Tensor(_Methods):
    """A multi-dimensional array whose operations are recorded for differentiation.

    Created by `tensor`, `zeros`, `rand` and the like, or by an operation on tensors.

    Attributes:
        array: the ndarray; of a 0-d result a NumPy scalar, which is faster to compute with.
        node: the Node of the operation that computed this value, the Leaf that holds the gradient of a tensor that
            the user created with `requires_grad=True`, or None for a constant.
        leaf: of a constant that required grad before or whose `grad` was assigned: the Leaf that keeps its gradient
            and its hooks. Other tensors lack this attribute.
    """

    __slots__ = ("__dict__", "__weakref__", "array", "leaf", "node")  # the dict holds what users add: x.tag = 5

    array: Array
    leaf: Leaf
    node: Node | Leaf | None

    # -- its place in the graph --------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Turn on or off the accumulation of a gradient in this leaf.

        Raises:
            RuntimeError: the dtype is neither floating-point nor complex, or this is not a leaf.
            TypeError: `requires_grad` is not True or False.
        """
        if not isinstance(requires_grad, bool):
            raise TypeError(f"requires_grad must be bool, not {type(requires_grad).__name__}")
        if requires_grad and self.node is None:
            check_can_require_grad(self.array)
            self.node = getattr(self, "leaf", None) or Leaf(self)
            self.node.frozen = False
        elif not requires_grad and self.node is not None:
            if not isinstance(self.node, Leaf):
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables: this tensor was made by "
                    f"{self.node.name()}; use detach() for a tensor that doesn't require differentiation"
                )
            self._freeze(self.node)
        return self

    def _freeze(self, leaf: Leaf) -> None:
        self.leaf, self.node, leaf.frozen = leaf, None, True

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was not computed by a recorded operation."""
        return not isinstance(self.node, Node)

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that computed this tensor; None for a leaf."""
        return self.node if isinstance(self.node, Node) else None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward()` accumulated; None before, and (with a warning) for an intermediate value."""
        found = getattr(self.node or getattr(self, "leaf", None), "grad", None)
        if found is None and not self.is_leaf and not self.retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed: backward() writes only "
                "to leaves. Call retain_grad() on this tensor before backward(), or read .grad of the leaf that it was "
                "computed from. After x = x - step, x is not a leaf: update it in place under no_grad() instead",
                stacklevel=2,
            )
        return found

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        place = self.node or getattr(self, "leaf", None)
        if value is None:
            if place is not None:
                place.grad = None
            return
        if not isinstance(value, Tensor):
            raise TypeError(f"assigned grad expected to be a Tensor or None but got {type(value).__name__}")
        if value.array.shape != self.array.shape or value.array.dtype != self.array.dtype:
            raise RuntimeError(
                f"assigned grad has shape {value.array.shape} and dtype {value.dtype}, but the tensor has shape "
                f"{self.array.shape} and dtype {self.dtype}: they must be the same"
            )
        if place is None:
            place = Leaf(self)
            self._freeze(place)
        place.grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def detach(self) -> Tensor:
        """A tensor that shares the elements but is not part of any graph."""
        return wrap(self._shared())

    @property
    def data(self) -> Tensor:
        """A tensor that shares the elements, but is in no graph, and whose in-place writes no backward pass notices.

        Unlike a write to `detach()`, a write to `data` that changes what a rule needs makes its gradient wrong without
        an error. Assigning to `data` replaces the elements.
        """
        return wrap(with_another_owner(self._shared()))

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"data expects a Tensor, but got {type(value).__name__}")
        if self.node is not None and value.array.dtype.kind not in "fc":
            raise RuntimeError(f"a tensor that requires gradients holds real or complex numbers, but got {value.dtype}")
        self.array = value._shared()

    @property
    def _base(self) -> Tensor | None:
        """The tensor whose memory this one shares, if it is a view."""
        return None

    def _shared(self) -> Array:
        """The elements as an ndarray that can be shared; a NumPy scalar is replaced by a 0-d array."""
        if not isinstance(self.array, np.ndarray):
            self.array = np.copy(self.array)
        return self.array

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
        """The device of the elements: always the CPU."""
        return device_type("cpu")

    # Of PyTorch's kinds of tensors there is one: dense, on the CPU.
    is_cpu = True
    is_cuda = is_mps = is_xpu = is_xla = is_ipu = is_hpu = is_mtia = is_maia = is_vulkan = False
    is_sparse = is_sparse_csr = is_quantized = is_meta = is_nested = is_mkldnn = False
    layout = strided

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dim.

        Raises:
            IndexError: `dim` is out of range.
        """
        if dim is None:
            return self.shape
        return int(self.array.shape[self._checked(dim)])

    def _checked(self, dim: Any) -> int:
        """`dim`, which must be one of the tensor's."""
        try:
            dim = operator.index(dim)
        except TypeError:
            raise TypeError(f"dim must be an int, but got {type(dim).__name__}: {dim!r:.40}") from None
        n = self.array.ndim
        if not -n <= dim < n:
            low, high = -max(n, 1), max(n - 1, 0)
            raise IndexError(f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})")
        return int(dim)

    def dim(self) -> int:
        """The number of dims."""
        return int(self.array.ndim)

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return int(self.array.size)

    nelement = numel

    def is_floating_point(self) -> bool:
        """Whether the elements are real floating-point numbers."""
        return bool(self.array.dtype.kind == "f")

    def is_complex(self) -> bool:
        """Whether the elements are complex numbers."""
        return bool(self.array.dtype.kind == "c")


#: Makes a Tensor without its attributes; only `wrap` and the fast paths of operations call it.
new: Any = object.__new__


def wrap(array: Array, node: Node | Leaf | None = None) -> Tensor:
    """The tensor of an array, without a copy, and of its node: the last step of every operation."""
    made: Tensor = new(Tensor)
    made.array = array
    made.node = node
    return made


def check_can_require_grad(array: Array) -> None:
    """Raise unless elements of this type can have gradients."""
    if array.dtype.kind not in "fc":
        raise RuntimeError(
            "only Tensors of floating point and complex dtype can require gradients, but this one is "
            f"{from_numpy_dtype(array.dtype)}: convert it first, such as with .float()"
        )
