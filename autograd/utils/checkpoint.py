"""Activation checkpointing: the backward pass recomputes the values that the forward pass would have saved."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.grad_mode import enable_grad
from ..core.tensor import Tensor
from ..graph import saved_tensors_hooks
from ..ops.creation.random import default_generator
from ..surface import make_public as _make_public


class CheckpointError(RuntimeError):
    """The recomputation of a checkpointed function differs from its first call."""


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    determinism_check: str = "default",
    debug: bool = False,
    **kwargs: Any,
) -> Any:
    """Return `function(*args, **kwargs)`, keeping its inputs and not the intermediate values: memory for time.

    The backward pass calls the function again when it first needs an intermediate value. All gradients (of captured
    parameters, with `autograd.grad`, of higher order) are the same as without a checkpoint.

    Args:
        function: the function to call; it must compute the same each time.
        use_reentrant: ignored; the behavior is PyTorch's for `use_reentrant=False`.
        preserve_rng_state: whether the second call draws the same random numbers as the first.
        determinism_check: "default" compares the shapes and dtypes that the two calls save, "none" only their number.
        debug: ignored.

    Raises:
        ValueError: another `determinism_check`.
        CheckpointError: a kind of RuntimeError, in the backward pass: the second call saved other tensors.

    >>> from autograd import tensor
    >>> x = tensor([0.0, 1.0], requires_grad=True)
    >>> y = checkpoint(lambda x: x.sin().exp().sum(), x, use_reentrant=False)
    >>> y.backward()
    >>> x.grad
    tensor([1.0000, 1.2534])
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(f'determinism_check should be "default" or "none", but got {determinism_check!r}')
    run = Recomputed(function, args, kwargs, preserve_rng_state, determinism_check == "default")
    with saved_tensors_hooks(run.pack, run.unpack):
        return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True
) -> Any:
    """Call a chain of functions (a Sequential or a list) in `segments` pieces, all but the last as checkpoints.

    Raises:
        ValueError: `segments` is not between 1 and the number of functions.

    >>> from autograd import tensor, sin, exp
    >>> checkpoint_sequential([sin, exp, sin], 2, tensor(0.0))
    tensor(0.8415)
    """
    chain = list(functions)
    if not 1 <= segments <= len(chain):
        raise ValueError(f"checkpoint_sequential: segments must be from 1 to {len(chain)}, but got {segments}")
    size = len(chain) // segments
    for i in range(segments - 1):
        piece = _composed(chain[i * size : (i + 1) * size])
        input = checkpoint(piece, input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state)
    return _composed(chain[(segments - 1) * size :])(input)


def _composed(functions: Sequence[Callable[..., Any]]) -> Callable[[Any], Any]:
    return lambda x: functools.reduce(lambda value, function: function(value), functions, x)


class Recomputed:
    """One checkpointed call: the function and its arguments, and the values that the recomputation saved."""

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], preserve: bool, compare: bool
    ) -> None:
        self.compare = compare
        self.function, self.args, self.kwargs = function, args, kwargs
        self.versions = self._versions()
        self.rng = default_generator.get_state() if preserve else None
        #: The shape and dtype of each value that the first call saved.
        self.kinds: list[tuple[Any, Any]] = []
        self.recomputed: dict[int, Tensor] = {}

    def _versions(self) -> list[int]:
        return [x._version for x in (*self.args, *self.kwargs.values()) if isinstance(x, Tensor)]

    def pack(self, tensor: Tensor) -> int:
        """The number of the saved value, in the order of saving."""
        self.kinds.append(_kind(tensor))
        return len(self.kinds) - 1

    def unpack(self, i: int) -> Tensor:
        """The saved value of that number, recomputed if necessary."""
        if i not in self.recomputed:
            self._recompute()
        return self.recomputed.pop(i)

    def _recompute(self) -> None:
        if self._versions() != self.versions:
            raise CheckpointError(
                "checkpoint: an input was modified by an inplace operation after the checkpointed call, so that "
                "recomputing would give another result: compute a new tensor, or checkpoint a clone()"
            )
        saved: list[Tensor] = []

        def keep(tensor: Tensor) -> Tensor:
            saved.append(tensor)
            return tensor

        after = default_generator.get_state()
        if self.rng is not None:
            default_generator.set_state(self.rng)
        try:
            with enable_grad(), saved_tensors_hooks(keep, lambda tensor: tensor):
                self.function(*self.args, **self.kwargs)
        finally:
            if self.rng is not None:
                default_generator.set_state(after)
        if len(saved) != len(self.kinds) or (self.compare and [_kind(tensor) for tensor in saved] != self.kinds):
            raise CheckpointError(
                "checkpoint: a different number of tensors, or tensors of other shapes or types, was saved during the "
                f"original forward ({len(self.kinds)}) and recomputation ({len(saved)}): the function must do the same "
                "each time"
            )
        self.recomputed = dict(enumerate(saved))


def _kind(tensor: Tensor) -> tuple[tuple[int, ...], np.dtype[Any]]:
    return tensor.array.shape, tensor.array.dtype


_make_public(globals())
