"""`torch.autograd.graph`: nodes, hooks for the values that nodes save, and `increment_version`."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias

import numpy as np

from .core import backward
from .core.aliasing import write
from .core.grad_mode import no_grad
from .core.graph import Node, StandIn, unwatch, watchers
from .core.primitive import BoundRule
from .core.tensor import Tensor, wrap

__all__ = ["Node", "increment_version", "save_on_cpu", "saved_tensors_hooks"]


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


@contextmanager
def saved_tensors_hooks(pack_hook: Pack, unpack_hook: Unpack) -> Iterator[None]:
    """Replace the tensors that operations inside the `with` block save for the backward pass.

    For example, to compress them, to write them to disk, or to recompute them. Of nested hooks, the innermost are
    used. Hooks apply to the current thread only.

    Args:
        pack_hook: called with each Tensor to save; the node saves its result in place of the Tensor.
        unpack_hook: called with that result when the backward pass needs the Tensor; returns a Tensor of the same
            shape and dtype.

    Raises:
        TypeError: in the backward pass: `unpack_hook` did not return a Tensor.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> with saved_tensors_hooks(lambda t: t.tolist(), autograd.tensor):
    ...     y = (x.exp() * x).sum()
    >>> y.backward()
    >>> bool(autograd.allclose(x.grad, x.exp() * (1 + x)))
    True
    """
    owner = threading.get_ident()

    def pack(node: Node, out: Any, args: Sequence[Any]) -> None:
        if threading.get_ident() == owner and not isinstance(node.primitive, _Unpacking):
            with no_grad():
                node.saved = tuple(_packed(value, pack_hook) for value in node.saved or ())
            node.primitive = _Unpacking(node, unpack_hook)

    watchers.append(pack)
    try:
        yield
    finally:
        unwatch(pack)


class save_on_cpu(AbstractContextManager[None]):
    """A context manager without effect: saved tensors are on the CPU already."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class _Packed:
    """The result of a pack hook, in place of a saved array."""

    __slots__ = ("content",)

    def __init__(self, content: Any) -> None:
        self.content = content


def _packed(value: Any, pack: Pack) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return _Packed(pack(wrap(value)))
    return value


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
                    arrays = tuple(self.unpack_value(value) for value in saved)
                    node = self.node()
                    assert node is not None  # the backward pass that calls the rules holds it
                    unpacked.append(backward.saved_as_tensors(node, arrays) if isinstance(g, Tensor) else arrays)
                return vjp(g, unpacked[0])

            return rule

        return map(with_unpacked, self.primitive.vjps)

    def unpack_value(self, value: Any) -> Any:
        """A saved value, unpacked if it was packed."""
        if not isinstance(value, _Packed):
            return value
        tensor = self.unpack(value.content)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        return tensor.array
