"""`torch.autograd.graph`: nodes and edges, hooks for the values that nodes save, and `increment_version`."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeAlias

import numpy as np

from .base.dtypes import Array, NumpyDType
from .core import backward
from .core.grad_mode import no_grad
from .core.graph import Node, StandIn, Watcher, unwatch, watchers
from .core.primitive import BoundRule
from .core.tensor import Tensor, wrap
from .core.writes import version, write
from .surface import make_public as _make_public
from .transforms.gradients import GradientEdge, get_gradient_edge
from .transforms.hooks import register_multi_grad_hook

__all__ = [
    "GradientEdge", "Node", "disable_saved_tensors_hooks", "get_gradient_edge", "increment_version",
    "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Mark a tensor, or several, as modified in place, after their memory was written without a tensor operation.

    A backward pass that needs the former values then raises an error.

    Raises:
        RuntimeError: an element is not a Tensor.

    >>> from autograd import ones
    >>> x = ones(2, requires_grad=True)
    >>> y = x.exp()
    >>> y.detach().numpy()[0] = 5.0
    >>> increment_version(y)
    >>> y.sum().backward()
    Traceback (most recent call last):
        ...
    RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: exp...
    """
    tensors = [tensor] if isinstance(tensor, Tensor) else tensor
    if not isinstance(tensors, Iterable):
        raise RuntimeError(f"increment_version expects a tensor or several, but got {type(tensor).__name__}")
    for x in tensors:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"increment_version expects each element to be a tensor, but got {type(x).__name__}")
        write(x)


# -- hooks for saved tensors ------------------------------------------------------------------------

Pack: TypeAlias = Callable[[Tensor], Any]
Unpack: TypeAlias = Callable[[Any], Tensor]


_disabled: ContextVar[str | None] = ContextVar("saved_tensors_hooks_disabled", default=None)


class saved_tensors_hooks:
    """Replace the tensors that operations inside the `with` block save for the backward pass.

    For example, to compress them, to write them to disk, or to recompute them. Of nested hooks, the innermost are
    used. Hooks apply to the current thread only. A subclass may pass its own methods to `__init__`.

    Args:
        pack_hook: called with each Tensor to save, which it must not write in place; the node saves its result in
            place of the Tensor.
        unpack_hook: called with that result when the backward pass needs the Tensor; returns a Tensor of the same
            shape and dtype.

    Raises:
        RuntimeError: `pack_hook` wrote its argument in place; in the backward pass: `unpack_hook` returned a Tensor of
            another shape or kind of dtype.
        TypeError: in the backward pass: `unpack_hook` did not return a Tensor.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> with saved_tensors_hooks(lambda t: t.tolist(), autograd.tensor):
    ...     y = (x.exp() * x).sum()
    >>> y.backward()
    >>> bool(autograd.allclose(x.grad, x.exp() * (1 + x)))
    True
    """

    def __init__(self, pack_hook: Pack, unpack_hook: Unpack) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook
        self._watchers: dict[int, list[Watcher]] = {}  # of each thread that has entered the block

    def __enter__(self) -> None:
        if (message := _disabled.get()) is not None:
            raise RuntimeError(message)
        thread = threading.get_ident()

        def pack(node: Node, out: Any, args: Sequence[Any]) -> None:
            if threading.get_ident() == thread and not isinstance(node.primitive, _Unpacking):
                with no_grad():
                    node.saved = _mapped(self._packed, node.saved or ())
                node.primitive = _Unpacking(node, self.unpack_hook)

        self._watchers.setdefault(thread, []).append(pack)
        watchers.append(pack)

    def __exit__(self, *_: object) -> None:
        unwatch(self._watchers[threading.get_ident()].pop())

    def _packed(self, array: Array) -> _Packed:
        before = version(array)
        content = self.pack_hook(wrap(array))
        if version(array) != before:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook "
                "cannot be modified by in-place operations, as this would change the gradient: clone() the tensor first"
            )
        return _Packed(content, array.shape, array.dtype)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Inside the `with` block, entering `saved_tensors_hooks` raises a RuntimeError with this message.

    >>> with disable_saved_tensors_hooks("not here"), saved_tensors_hooks(lambda t: t, lambda t: t):
    ...     pass
    Traceback (most recent call last):
    RuntimeError: not here
    """
    token = _disabled.set(error_message)
    try:
        yield
    finally:
        _disabled.reset(token)


class save_on_cpu(nullcontext[None]):
    """A context manager without effect: saved tensors are on the CPU already."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__()


class _Packed:
    """The result of a pack hook, in place of a saved array, and the array's shape and dtype."""

    __slots__ = ("content", "dtype", "shape")

    def __init__(self, content: Any, shape: tuple[int, ...], dtype: NumpyDType) -> None:
        self.content, self.shape, self.dtype = content, shape, dtype


def _mapped(function: Callable[[Any], Any], saved: Any) -> Any:
    """Saved values with `function` applied to every array or packed array, also inside tuples and lists.

    A rule saves arrays inside others as well: an index within a key, or the statistics of a normalization.
    """
    if type(saved) in (tuple, list):
        return type(saved)(_mapped(function, value) for value in saved)
    return function(saved) if isinstance(saved, (np.ndarray, np.generic, _Packed)) else saved


class _Unpacking(StandIn):
    """The primitive of a node whose saved arrays are packed: its rules unpack them first."""

    def __init__(self, node: Node, unpack: Unpack) -> None:
        super().__init__(node.primitive)
        self.node, self.unpack = weakref.ref(node), unpack

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """The rules; the first to be called unpacks the saved values, once for all of them."""
        unpacked: list[Any] = []

        def with_unpacked(vjp: BoundRule) -> BoundRule:
            def rule(g: Any, saved: Any) -> Any:
                if not unpacked:
                    arrays = self.unpacked(saved)
                    node = self.node()
                    assert node is not None  # the backward pass that calls the rules holds it
                    unpacked.append(backward.saved_as_tensors(node, arrays) if isinstance(g, Tensor) else arrays)
                return vjp(g, unpacked[0])

            return rule

        return map(with_unpacked, self.primitive.vjps)

    def unpacked(self, saved: Any) -> Any:
        """The saved values of the node as its rules need them: unpacked."""
        return _mapped(self._unpacked, saved)

    def _unpacked(self, value: Any) -> Any:
        if not isinstance(value, _Packed):
            return value
        tensor = self.unpack(value.content)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        array = tensor.array
        if array.shape != value.shape or (array.dtype.kind != value.dtype.kind):
            raise RuntimeError(
                f"Output of saved tensor unpack_hook of {self.name} expected to have the shape {value.shape} and dtype "
                f"{value.dtype} of the tensor that was packed, but got shape {array.shape} and dtype {array.dtype}"
            )
        return array.astype(value.dtype, copy=False)


_make_public(globals())
