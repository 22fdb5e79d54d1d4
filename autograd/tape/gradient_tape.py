"""GradientTape: what is recorded while it runs, and the gradients of it.

A tape is thin over `pull_back`. It adds three things: which tensors it watches; when it was recording
(every node has an age, so a node is on the tape if it was made in one of these spans); and, for tensors
that do not hold their graph themselves, the nodes.
"""

from __future__ import annotations

import enum
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.nests import flatten
from ..core import backward
from ..core.grad_mode import enable_grad, no_grad, recording
from ..core.graph import Leaf, Node, tick
from ..core.tensor import Tensor, wrap
from ..ops.shape import reshape
from ..ops.shape.joining import stack
from ..transforms import gradients
from .tape_tensor import LentLeaf, TapeTensor, place_of, recording_tapes, start, stop
from .why_none import reason


class UnconnectedGradients(enum.Enum):
    """What a source gets that the target does not depend on: None or zeros."""

    NONE = "none"
    ZERO = "zero"


class GradientTape:
    """Record operations, to differentiate them afterwards.

    Operations are recorded between entering and leaving the `with` block, if one of their inputs is
    watched: trainable variables (and tensors of the core that require grad) are by themselves, other
    tensors after `watch`. Tapes can be nested and can overlap; a gradient that is computed while
    another tape records is recorded there, which gives derivatives of any order.

    Args:
        persistent: whether gradients can be asked for more than once. Else the first call frees all.
        watch_accessed_variables: whether variables are watched by themselves.

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
        self._watches_accessed = watch_accessed_variables
        self._recording = False
        self._variables: dict[int, Any] = {}
        #: Why a source of the last call got no gradient, by the ids of target and source.
        self._reasons: dict[tuple[int, int], str] = {}
        self._forget()

    def _forget(self) -> None:
        """Let go of everything that is on the tape."""
        self._entered = False
        #: The tensors watched and their places in the graph, by the tensors' ids.
        self._watched: dict[int, tuple[Tensor, Node | Leaf]] = {}
        self._places: set[Node | Leaf] = set()
        #: The places of tensors that do not hold their own.
        self._held: list[Node | Leaf] = []
        #: When the tape recorded: the ages of what was made meanwhile; the younger, the smaller.
        self._spans: list[range] = []
        #: The places of tensors that were turned into NumPy arrays meanwhile.
        self._went_to_numpy: list[tuple[int, Node | Leaf]] = []

    # -- recording -----------------------------------------------------------------------------------

    def __enter__(self) -> GradientTape:
        if self._recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._recording:
            self._end()

    def _begin(self) -> None:
        if not self._entered:
            self._variables, self._reasons = {}, {}
        start(self)
        self._recording = self._entered = True
        self._spans.append(range(-sys.maxsize, tick()))
        for tensor, place in self._watched.values():
            if isinstance(place, LentLeaf) and tensor.node is None:
                tensor.node = place

    def _end(self) -> None:
        stop(self)
        self._recording = False
        self._spans[-1] = range(tick(), self._spans[-1].stop)
        for tensor, place in self._watched.values():
            lent = isinstance(place, LentLeaf) and not isinstance(tensor, TapeTensor)
            if lent and not any(id(tensor) in tape._watched for tape in recording_tapes()):
                tensor.node = None

    def watch(self, tensor: Any) -> None:
        """Record from now on what is computed from these tensors.

        Args:
            tensor: a tensor, a variable, or nested lists, tuples and dicts of them.

        Raises:
            RuntimeError: the tape was not entered.
            ValueError: something in it is no tensor.
        """
        if not self._entered:
            raise RuntimeError("watch: the tape records nothing before its `with` block is entered")
        tensors = flatten(tensor)[0]
        for t in tensors:
            if not isinstance(t, Tensor):
                raise ValueError(
                    f"Passed in object {t!r:.80} of type {type(t).__name__!r}, not tf.Tensor or tf.Variable: convert "
                    "it to a tensor first, and use that tensor in the computation"
                )
        for t in tensors:
            if hasattr(t, "trainable"):
                self._variables[id(t)] = t
            if t.array.dtype.kind not in "fc":
                warnings.warn(
                    f"The dtype of the watched tensor must be floating (e.g. tf.float32), got {t.dtype!r}", stacklevel=2
                )
            elif id(t) not in self._watched:
                self._watch(t)

    def _watch(self, tensor: Tensor) -> None:
        place = place_of(tensor)
        if place is None:
            place = tensor.node = LentLeaf()
        self.hold(place)
        self._watched[id(tensor)] = (tensor, place)
        self._places.add(place)

    def watch_accessed(self, variable: Tensor) -> None:
        """Watch a variable because it was used: what a trainable variable calls."""
        if self._watches_accessed and id(variable) not in self._variables:
            self._variables[id(variable)] = variable
            if id(variable) not in self._watched and variable.array.dtype.kind in "fc":
                self._watch(variable)

    def hold(self, place: Node | Leaf) -> None:
        """Keep a place in the graph alive as long as the tape: what a tensor calls that doesn't itself."""
        self._held.append(place)

    def note_numpy(self, tensor: Tensor) -> None:
        """Remember that the values of a tensor left for NumPy, for `explain_none`."""
        place = place_of(tensor)
        if place is not None:
            self._went_to_numpy.append((tick(), place))

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables that the tape watches, in the order in which they were used or given to `watch`."""
        return tuple(self._variables.values())

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Record nothing inside this `with` block, on this tape.

        Raises:
            RuntimeError: the tape does not record.
        """
        if not self._recording:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        self._end()
        try:
            yield
        finally:
            self._begin()

    def reset(self) -> None:
        """Forget everything that is on the tape, and go on recording.

        Raises:
            ValueError: the tape does not record.
        """
        if not self._recording:
            raise ValueError("Tape is not recording.")
        self._end()
        self._forget()
        self._begin()

    # -- gradients -----------------------------------------------------------------------------------

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of the sum of all elements of the targets, in the structure of the sources.

        Args:
            target: a tensor, or nested lists, tuples and dicts of tensors.
            sources: the same; tensors or variables.
            output_gradients: the cotangents to begin with, one for each target, of its shape; ones by default.
            unconnected_gradients: "none" or "zero": what a source gets that the targets do not depend on.

        Raises:
            RuntimeError: the tape is not persistent, and was used.
            TypeError: the target is None.
            ValueError: a target or source is no tensor, a cotangent does not fit, or an unknown word.

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
                place = ends.setdefault(id(t), self._place(t) or LentLeaf())  # of itself it has a gradient in any case
                g = wrap(seed.array, seed.node) if create_graph else seed.array
                cotangents[place] = cotangents[place] + g if place in cotangents else g
        places = [ends.get(id(source)) or self._place(source) for source in wanted]
        found = self._pull_back(cotangents, places, create_graph)
        results = [
            self._result(source, None if place is None else found.get(place), unconnected)
            for source, place in zip(wanted, places)
        ]
        self._explain(targets, wanted, [place in found for place in places])
        if not self._persistent:
            self._forget()
        return rebuild(results)

    def jacobian(
        self,
        target: Tensor,
        sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of every element of the target, of shape target.shape + source.shape.

        Args:
            target: a tensor.
            sources: tensors or variables, also nested.
            unconnected_gradients: "none" or "zero".
            parallel_iterations, experimental_use_pfor: accepted, and without effect.

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
            results.append(self._result(source, full, unconnected, t.array.shape + source.array.shape))
        self._explain([t], wanted, [row is not None for row in rows])
        if not self._persistent:
            self._forget()
        return rebuild(results)

    def batch_jacobian(
        self,
        target: Tensor,
        source: Tensor,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The Jacobian of each example of a batch: target (N, …) and source (N, …) give (N, …target, …source).

        Right only if example i of the target depends on example i of the source alone. A source that the target does
        not depend on gets zeros, whatever is asked for, as TensorFlow's does.

        Raises:
            ValueError: the batches are of different sizes, or one has no axes.
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
        result = self._result(x, full, UnconnectedGradients.ZERO, shape)
        self._explain([t], [x], [row is not None])
        if not self._persistent:
            self._forget()
        return result

    def explain_none(self, target: Any, source: Any) -> str:
        """Why `gradient(target, source)` is None, in a sentence; also after the call that gave None.

        >>> from autograd import tensor
        >>> x = tensor(2.0)
        >>> with GradientTape() as tape:
        ...     y = x * x
        >>> tape.explain_none(y, x)
        'the source was never watched: call tape.watch(source) inside the `with` block before it is used, ...
        """
        known = self._reasons.get((id(target), id(source)))
        if known is not None:
            return known
        (t,), (x,) = _tensors("target", [target]), _tensors("source", [source])
        self._check_usable()
        return reason(self, t, x)

    # -- inside --------------------------------------------------------------------------------------

    def _check_usable(self) -> None:
        if not self._entered:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians): "
                "make it with GradientTape(persistent=True) to ask more than once"
            )

    def _stop_for_gradient(self) -> None:
        if self._recording and not self._persistent:
            self._end()

    def _gradient_is_recorded(self) -> bool:
        return bool(recording_tapes()) and recording()

    def on_tape(self, node: Node | Leaf) -> bool:
        """Whether a node was made while the tape recorded."""
        return any(node.age in span for span in self._spans)

    def is_watched(self, place: Node | Leaf | None) -> bool:
        """Whether the tape watches the tensor of this place."""
        own_leaf = isinstance(place, Leaf) and not isinstance(place, LentLeaf)
        return place in self._places or own_leaf and self._watches_accessed

    def depends_on_watched(self, node: Node) -> bool:
        """Whether a node was made, on the tape, from anything that the tape watches."""
        stack, seen = [node], {node}
        while stack:
            node = stack.pop()
            if not self.on_tape(node):
                continue
            for parent in node.parents:
                if self.is_watched(parent):
                    return True
                if isinstance(parent, Node) and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return False

    def _place(self, tensor: Tensor) -> Node | Leaf | None:
        """The place of a tensor in the graph if it is on the tape, else None."""
        watched = self._watched.get(id(tensor))
        if watched is not None:
            return watched[1]
        place = place_of(tensor)
        if isinstance(place, Node):
            return place if self.depends_on_watched(place) else None
        return place if self.is_watched(place) else None

    def _pull_back(
        self, cotangents: backward.Cotangents, places: Sequence[Node | Leaf | None], create_graph: bool
    ) -> backward.Cotangents:
        """The gradients at the places, through what is on the tape alone.

        What the nodes saved stays: another tape may need it. It goes with the last who holds the nodes.
        """
        sources = {place for place in places if place is not None}
        return backward.pull_back(cotangents, sources, create_graph, True, self.on_tape)

    def _rows(self, target: Tensor, sources: Sequence[Tensor], seeds: Array) -> list[Any]:
        """For each source the gradients that the seeds give, stacked; None if the target doesn't depend on it."""
        create_graph = self._gradient_is_recorded()
        place, places = self._place(target), [self._place(source) for source in sources]
        if place is None:
            return [None] * len(sources)
        rows: list[list[Any]] = [[] for _ in sources]
        for seed in seeds if len(seeds) else [target.array]:  # there may be a path, though no element goes it
            g = seed[()]
            found = self._pull_back({place: wrap(g) if create_graph else g}, places, create_graph)
            for row, source_place in zip(rows, places):
                if source_place in found:
                    row.append(found[source_place])
        with enable_grad() if create_graph else no_grad():
            return [stack([_tensor(g) for g in row])[: len(seeds)] if row else None for row in rows]

    def _result(self, source: Tensor, g: Any, unconnected: UnconnectedGradients, shape: Any = None) -> Any:
        """A gradient as a tensor of the source's kind."""
        if g is None:
            if unconnected is UnconnectedGradients.NONE:
                return None
            g = np.zeros(source.array.shape if shape is None else shape, source.array.dtype)
        if isinstance(source, TapeTensor):
            return type(source).result(_tensor(g))
        return g if isinstance(g, Tensor) else wrap(gradients.unshared(g, set()))

    def _explain(
        self,
        targets: Sequence[Tensor],
        sources: Sequence[Tensor],
        reached: Sequence[bool],
    ) -> None:
        """Keep the reasons why sources got None: a tape that is not persistent forgets the graph."""
        if self._persistent:
            return
        self._reasons = {}
        for source, has_gradient in zip(sources, reached):
            if not has_gradient:
                for target in targets:
                    self._reasons[id(target), id(source)] = reason(self, target, source)


def _tensor(g: Any) -> Tensor:
    return g if isinstance(g, Tensor) else wrap(g)


def _unconnected(given: UnconnectedGradients | str) -> UnconnectedGradients:
    try:
        return UnconnectedGradients(given)
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {given!r}: it is 'none' or 'zero'") from None


def _tensors(what: str, nest: Any) -> list[Tensor]:
    """The tensors of a nest."""
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
    """The cotangents to begin with."""
    seeds = [None] * len(targets) if given is None else flatten(given)[0]
    if len(seeds) != len(targets):
        raise ValueError(
            f"output_gradients: got {len(seeds)} for {len(targets)} targets: pass one for each, or None in its place"
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
                f"output_gradients: a cotangent has shape {tuple(g.array.shape)} of {g.array.dtype}, but its target "
                f"has shape {tuple(array.shape)} of {array.dtype}: they must be the same"
            )
        checked.append(g)
    return checked
