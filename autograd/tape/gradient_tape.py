"""GradientTape: record operations, then compute gradients and Jacobians.

A tape is a thin layer over `pull_back`: its Record says which nodes are on the tape, and the walk stays on them.
"""

from __future__ import annotations

import enum
import warnings
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.nests import flatten
from ..core import backward
from ..core.errors import users_level
from ..core.grad_mode import enable_grad, no_grad, recording
from ..core.graph import Leaf, Node
from ..core.hooks import observed
from ..core.public_methods import public_methods
from ..core.tensor import Tensor, wrap
from ..ops.shape import reshape
from ..transforms import gradients
from ..transforms.jacobians import stack_rows
from .record import Record
from .tape_tensor import LentLeaf, TapeTensor, recording_tapes
from .why_none import reason


class UnconnectedGradients(enum.Enum):
    """The gradient of a source on which the target does not depend: None or zeros."""

    NONE = "none"
    ZERO = "zero"


@public_methods
class GradientTape:
    """Record operations in a `with` block, and differentiate them afterwards.

    An operation is recorded if one of its inputs is watched or was computed from a watched tensor. Trainable
    variables, and `autograd.Tensor`s that require grad, are watched automatically; other tensors after `watch`.
    Tapes can be nested and can overlap. A gradient that is computed while another tape records is recorded on that
    tape, which gives derivatives of any order.

    Args:
        persistent: whether several gradients can be computed; by default the first call frees the tape.
        watch_accessed_variables: whether trainable variables are watched automatically.

    >>> from autograd import tensor
    >>> x = tensor(3.0)
    >>> with GradientTape() as outer:
    ...     outer.watch(x)
    ...     with GradientTape() as inner:
    ...         inner.watch(x)
    ...         y = x * x * x
    ...     dy_dx = inner.gradient(y, x)
    >>> print(dy_dx.item(), outer.gradient(dy_dx, x).item())
    27.0 18.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._record = Record(watch_accessed_variables)
        #: For each target and source of the last call between which there is no gradient, the reason.
        self._reasons: list[tuple[weakref.ref[Tensor], weakref.ref[Tensor], str]] = []

    # -- recording -----------------------------------------------------------------------------------

    def __enter__(self) -> GradientTape:
        if self._record.active:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._record.active:
            self._record.end()

    def _begin(self) -> None:
        if not self._record.entered:
            self._reasons = []
        self._record.begin()

    def watch(self, tensor: Any) -> None:
        """Record operations on these tensors from now on.

        Args:
            tensor: a tensor, a variable, or nested lists, tuples and dicts of them.

        Raises:
            RuntimeError: the `with` block was not entered.
            ValueError: a leaf is not a tensor.
        """
        if not self._record.entered:
            raise RuntimeError("watch: the tape does not record yet; enter its `with` block first")
        tensors = flatten(tensor)[0]
        for t in tensors:
            if not isinstance(t, Tensor):
                raise ValueError(
                    f"Passed in object {t!r:.80} of type {type(t).__name__!r}, not tf.Tensor or tf.Variable: convert "
                    "it to a tensor first, and use that tensor in the computation"
                )
        for t in tensors:
            if hasattr(t, "trainable"):
                self._record.variables[id(t)] = t
            if t.array.dtype.kind not in "fc":
                warnings.warn(
                    f"The dtype of the watched tensor must be floating (e.g. tf.float32), got {t.dtype!r}",
                    stacklevel=users_level(),
                )
            else:
                self._record.watch(t)

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables that the tape watches, in the order of their first use or of `watch`."""
        return tuple(self._record.variables.values())

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Pause this tape inside a `with` block.

        Raises:
            RuntimeError: the tape is not recording.
        """
        if not self._record.active:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        self._record.end()
        try:
            yield
        finally:
            self._begin()

    def reset(self) -> None:
        """Clear the tape and continue to record.

        Raises:
            ValueError: the tape is not recording.
        """
        if not self._record.active:
            raise ValueError("Tape is not recording.")
        self._record.end()
        self._record.clear()
        self._begin()

    # -- gradients -----------------------------------------------------------------------------------

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:  # fmt: skip
        """The gradient of the sum of all elements of all targets, in the structure of the sources.

        Args:
            target: a tensor, or nested lists, tuples and dicts of tensors.
            sources: a tensor or variable, or nested lists, tuples and dicts of them.
            output_gradients: the cotangent of each target, of its shape and dtype; ones by default.
            unconnected_gradients: "none" or "zero": the gradient of a source on which no target depends.

        Raises:
            RuntimeError: the tape is not persistent and its gradient has been computed already.
            TypeError: a target is None.
            ValueError: a target or source is not a tensor, a cotangent does not fit its target, or
                `unconnected_gradients` is neither "none" nor "zero".

        >>> from autograd import tensor
        >>> w, b = tensor([1.0, 2.0], requires_grad=True), tensor(0.5, requires_grad=True)
        >>> with GradientTape() as tape:
        ...     y = w * w + b
        >>> tape.gradient(y, {"w": w, "b": b})
        {'w': tensor([2., 4.]), 'b': tensor(2.)}
        """
        self._check_usable()
        unconnected = _unconnected(unconnected_gradients)
        targets = _tensors("target", target)
        wanted, (_, rebuild) = _tensors("sources", sources), flatten(sources)
        seeds = _seeds(targets, output_gradients)
        self._stop_for_gradient()
        create_graph = self._gradient_is_recorded()
        cotangents: backward.Cotangents = {}
        ends: dict[int, Node | Leaf] = {}
        for t, seed in zip(targets, seeds):
            if t.array.dtype.kind in "fc":
                # A target has a gradient with respect to itself, on the tape or not.
                place = ends.setdefault(id(t), self._record.place(t) or LentLeaf())
                g = wrap(seed.array, seed.node) if create_graph else seed.array
                cotangents[place] = cotangents[place] + g if place in cotangents else g
        places = [ends.get(id(source)) or self._record.place(source) for source in wanted]
        found = self._pull_back(cotangents, places, create_graph)
        taken = {id(g) for g in cotangents.values()}
        results = [
            self._result(source, None if place is None else found.get(place), unconnected, source.array.shape, taken)
            for source, place in zip(wanted, places)
        ]
        self._finish(targets, wanted, [place in found for place in places])
        return rebuild(results)

    def jacobian(
        self, target: Tensor, sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None, experimental_use_pfor: bool = True,
    ) -> Any:  # fmt: skip
        """The derivative of every element of the target: for each source a tensor of shape target.shape + source.shape.

        Args:
            target: a tensor.
            sources: a tensor or variable, or nested lists, tuples and dicts of them.
            unconnected_gradients: "none" or "zero": the Jacobian of a source on which the target does not depend.
            parallel_iterations, experimental_use_pfor: accepted, without effect.

        Raises:
            RuntimeError, TypeError, ValueError: as `gradient`.

        >>> from autograd import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> with GradientTape() as tape:
        ...     y = x * x
        >>> tape.jacobian(y, x)
        tensor([[2., 0.],
                [0., 4.]])
        """
        self._check_usable()
        unconnected = _unconnected(unconnected_gradients)
        (t,) = _tensors("target", [target])
        wanted, (_, rebuild) = _tensors("sources", sources), flatten(sources)
        self._stop_for_gradient()
        seeds = np.eye(t.array.size, dtype=t.array.dtype).reshape(t.array.size, *t.array.shape)
        rows = self._rows(t, wanted, seeds)
        results = []
        for source, row in zip(wanted, rows):
            full = None if row is None else reshape.reshape(row, t.array.shape + source.array.shape)
            results.append(self._result(source, full, unconnected, t.array.shape + source.array.shape, set()))
        self._finish([t], wanted, [row is not None for row in rows])
        return rebuild(results)

    def batch_jacobian(
        self, target: Tensor, source: Tensor,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None, experimental_use_pfor: bool = True,
    ) -> Any:  # fmt: skip
        """The Jacobian of each example of a batch: target (N, *T) and source (N, *S) give (N, *T, *S).

        Correct only if example i of the target depends on no other example of the source than i. As in TensorFlow,
        the Jacobian is zero if the target does not depend on the source, whatever `unconnected_gradients` says.

        Raises:
            ValueError: the batch sizes differ, or a tensor is 0-d; otherwise as `gradient`.
            RuntimeError, TypeError: as `gradient`.
        """
        self._check_usable()
        _unconnected(unconnected_gradients)
        t, x = _tensors("target", [target])[0], _tensors("source", [source])[0]
        if not t.array.ndim or not x.array.ndim or len(t.array) != len(x.array):
            raise ValueError(
                f"Need first dimension of target shape {tuple(t.array.shape)} and source shape "
                f"{tuple(x.array.shape)} to match."
            )
        self._stop_for_gradient()
        count, outputs = len(t.array), t.array.shape[1:]
        width = int(np.prod(outputs))
        eye = np.eye(width, dtype=t.array.dtype).reshape(width, 1, *outputs)
        (row,) = self._rows(t, [x], np.broadcast_to(eye, (width, count, *outputs)))
        shape = (count, *outputs, *x.array.shape[1:])
        full = None if row is None else reshape.reshape(reshape.movedim(row, 0, 1), shape)
        result = self._result(x, full, UnconnectedGradients.ZERO, shape, set())
        self._finish([t], [x], [row is not None])
        return result

    def explain_none(self, target: Any, source: Any) -> str:
        """Explain in a sentence why `gradient(target, source)` is None, before or after that call.

        >>> from autograd import tensor
        >>> x = tensor(2.0)
        >>> with GradientTape() as tape:
        ...     y = x * x
        >>> tape.explain_none(y, x)
        'the source was never watched: call tape.watch(source) inside the `with` block before it is used, ...
        """
        for of_target, of_source, known in self._reasons:
            if of_target() is target and of_source() is source:
                return known
        (t,), (x,) = _tensors("target", [target]), _tensors("source", [source])
        self._check_usable()
        return reason(self._record, t, x)

    # -- helpers -------------------------------------------------------------------------------------

    def _check_usable(self) -> None:
        if not self._record.entered:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians): "
                "use GradientTape(persistent=True) to compute several"
            )

    def _stop_for_gradient(self) -> None:
        if self._record.active and not self._persistent:
            self._record.end()

    def _gradient_is_recorded(self) -> bool:
        return bool(recording_tapes()) and recording()

    def _pull_back(
        self, cotangents: backward.Cotangents, places: Sequence[Node | Leaf | None], create_graph: bool
    ) -> backward.Cotangents:
        """The gradients at the places, through the nodes on the tape only.

        The saved values are kept, because another tape may need them; they are freed with the nodes.
        """
        sources = {place for place in places if place is not None}
        return backward.pull_back(cotangents, sources, create_graph, True, self._record.contains)

    def _rows(self, target: Tensor, sources: Sequence[Tensor], seeds: Array) -> list[Any]:
        """For each source the stacked gradients, one for each seed; None if the target does not depend on it."""
        create_graph = self._gradient_is_recorded()
        place, places = self._record.place(target), [self._record.place(source) for source in sources]
        if place is None:
            return [None] * len(sources)

        def pull(seed: Array) -> list[Tensor | None]:
            g = seed[()]
            found = self._pull_back({place: wrap(g) if create_graph else g}, places, create_graph)
            return [_tensor(found[p]) if p in found else None for p in places]

        with enable_grad() if create_graph else no_grad():
            # Even an empty target can be connected to a source.
            blocks = stack_rows(seeds if len(seeds) else [target.array], pull)
            return [None if block is None else block[: len(seeds)] for block in blocks]

    def _result(
        self, source: Tensor, g: Any, unconnected: UnconnectedGradients, shape: tuple[int, ...], taken: set[int]
    ) -> Any:
        """The gradient as a tensor of the source's class; `taken` holds the ids of arrays that are in use already."""
        if g is None:
            if unconnected is UnconnectedGradients.NONE:
                return None
            g = np.zeros(shape, source.array.dtype)
        if isinstance(source, TapeTensor):
            return type(source).result(_tensor(g))
        return g if isinstance(g, Tensor) else wrap(gradients.unshared(g, taken, bool(observed)))

    def _finish(self, targets: Sequence[Tensor], sources: Sequence[Tensor], reached: Sequence[bool]) -> None:
        """Clear a tape that is not persistent; for `explain_none` keep the reasons why sources were not reached."""
        if self._persistent:
            return
        self._reasons = [
            (weakref.ref(target), weakref.ref(source), reason(self._record, target, source))
            for source, has_gradient in zip(sources, reached)
            if not has_gradient
            for target in targets
        ]
        self._record.clear()


def _tensor(g: Any) -> Tensor:
    return g if isinstance(g, Tensor) else wrap(g)


def _unconnected(given: UnconnectedGradients | str) -> UnconnectedGradients:
    try:
        return UnconnectedGradients(given)
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {given!r}; use 'none' or 'zero'") from None


def _tensors(what: str, nest: Any) -> list[Tensor]:
    """The leaves of a nest, which must be tensors; `what` names the argument in errors."""
    tensors = flatten(nest)[0]
    for t in tensors:
        if t is None and what == "target":
            raise TypeError(
                "Argument `target` should be a list or nested structure of Tensors or Variables to be differentiated, "
                "but received None."
            )
        if not isinstance(t, Tensor):
            raise ValueError(
                f"Passed in object {t!r:.80} of type {type(t).__name__!r} in `{what}`, not tf.Tensor or tf.Variable"
            )
    return tensors


def _seeds(targets: Sequence[Tensor], given: Any) -> list[Tensor]:
    """The cotangent of each target: the given one, or ones."""
    seeds = [None] * len(targets) if given is None else flatten(given)[0]
    if len(seeds) != len(targets):
        raise ValueError(
            f"output_gradients: got {len(seeds)} for {len(targets)} targets; pass one for each target (None for ones)"
        )
    checked = []
    for t, seed in zip(targets, seeds):
        array = t.array
        if seed is None:
            checked.append(wrap(np.ones(array.shape, array.dtype) if array.ndim else array.dtype.type(1)))
            continue
        g = seed if isinstance(seed, Tensor) else wrap(np.asarray(seed, array.dtype))
        if g.array.shape != array.shape or g.array.dtype != array.dtype:
            raise ValueError(
                f"output_gradients: a cotangent has shape {tuple(g.array.shape)} and dtype {g.array.dtype}, but its "
                f"target has shape {tuple(array.shape)} and dtype {array.dtype}: they must be the same"
            )
        checked.append(g)
    return checked
