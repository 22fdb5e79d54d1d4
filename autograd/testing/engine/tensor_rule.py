"""A function of the engine's own Tensors as a `Rule`."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...base import nests
from ...base.dtypes import Array, from_numpy_dtype
from ...core.graph import Leaf, Node
from ...core.tensor import Tensor, wrap
from ...func import jvp, vmap
from ...transforms.function import OnceDifferentiableError
from ...transforms.gradients import grad
from .calls import GradcheckError
from .rule import ByIndex, Pullback, Rule


class TensorRule(Rule):
    """A function of Tensors.

    With `tensors`, the user's own arguments, arrays are written into their memory, as in PyTorch, because a function
    may also reach them through a closure or a module. Without, every evaluation gets new leaves.
    """

    library = "autograd."
    copy_first = "clone() it before writing to it"
    unused = "set requires_grad=False on it"

    def __init__(self, func: Callable[..., Any], tensors: Sequence[Any] | None = None) -> None:
        self.func, self.tensors = func, None if tensors is None else list(tensors)

    def sources(self, arrays: Sequence[Any]) -> list[int]:
        """Of the user's own arguments, the Tensors that require a gradient."""
        if self.tensors is None:
            return super().sources(arrays)
        return [i for i, x in enumerate(self.tensors) if isinstance(x, Tensor) and x.requires_grad]

    def own_arrays(self) -> list[Any]:
        """The arrays of the user's own arguments."""
        return [] if self.tensors is None else arrays_of(self.tensors)

    def args(self, arrays: Sequence[Array]) -> list[Any]:
        """The arguments of the function: the user's own, or new leaves."""
        if self.tensors is not None:
            return self.tensors
        return [wrap(x).requires_grad_(np.asarray(x).dtype.kind in "fc") for x in arrays]

    @contextmanager
    def at(self, arrays: Sequence[Array]) -> Iterator[Sequence[Array]]:
        """A context in which the user's own Tensors hold these arrays; afterwards they are restored bit for bit."""
        if self.tensors is None:
            yield arrays
            return
        moved = [
            (x, array)
            for x, array in zip(self.tensors, arrays)
            if isinstance(x, Tensor) and array is not None and array is not x.array
        ]
        before = [(x, x.array, np.array(x.array)) for x, _ in moved]
        try:
            for x, array in moved:
                _write(x, array)
            yield arrays_of(self.tensors)
        finally:
            for x, holder, was in before:
                if x.array is holder and isinstance(holder, np.ndarray):
                    holder[...] = was
                x.array = holder

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs; the graph is dropped."""
        with self.at(arrays) as now:  # an output may be an input, which is about to be restored
            return [np.array(out.array) for out in tensors_of(self.func(*self.args(now)))]

    def vjp(self, arrays: Sequence[Array]) -> Pullback:
        """The outputs and backward."""
        args = self.args(arrays)
        before = contents(args)
        outs = tensors_of(self.func(*args))
        sources = self.sources(arrays)

        def pull_back(cotangents: ByIndex) -> list[Array | None]:
            found: list[Array | None] = [None] * len(args)
            seeds = [wrap(g[()]) for g in cotangents.values()]
            try:
                gradients = pull([outs[k] for k in cotangents], [args[i] for i in sources], seeds, retain_graph=True)
            except OnceDifferentiableError as error:
                raise GradcheckError(str(error)) from error
            for i, g in zip(sources, gradients):
                found[i] = None if g is None else np.array(g.array)
            return found

        def changed() -> list[int]:
            return [i for i, (was, now) in enumerate(zip(before, contents(args))) if was != now]

        reached = [k for k, out in enumerate(outs) if out.requires_grad]
        return Pullback([np.asarray(out.array) for out in outs], reached, pull_back, changed)

    def gradient(self, outs: Sequence[int], reached: Sequence[int], cotangents: Sequence[Any]) -> Rule:
        """Backward with `create_graph=True`."""

        def gradient(*args: Any) -> tuple[Tensor, ...]:
            split = len(args) - len(outs)
            tensors = tensors_of(self.func(*args[:split]))
            xs = [x for x in args[:split] if isinstance(x, Tensor) and x.requires_grad]
            found = pull([tensors[k] for k in outs], xs, args[split:], create_graph=True)
            return tuple(g for g in found if g is not None)

        if self.tensors is None:
            return TensorRule(gradient)
        own = [g if isinstance(g, Tensor) else wrap(g[()]).requires_grad_() for g in cotangents]
        return TensorRule(gradient, [*self.tensors, *own])

    def jvp(self, arrays: Sequence[Array], tangents: ByIndex) -> list[Array | None] | None:
        """`func.jvp`; None for a function that can be differentiated only once, because it needs the second order."""
        args, places = self.args(arrays), list(tangents)
        floats: list[int] = []

        def function(*xs: Tensor) -> tuple[Tensor, ...]:
            full = list(args)
            for i, x in zip(places, xs, strict=True):
                full[i] = x
            outs = tensors_of(self.func(*full))
            floats[:] = [k for k, out in enumerate(outs) if out.array.dtype.kind in "fc"]
            return tuple(outs[k] for k in floats)

        steps = tuple(wrap(np.asarray(t)[()]) for t in tangents.values())
        try:
            pushed = jvp(function, tuple(args[i].detach() for i in places), steps)[1]
        except OnceDifferentiableError:
            return None
        found: list[Array | None] = [None] * (max(floats, default=-1) + 1)
        for k, slope in zip(floats, pushed, strict=True):
            found[k] = np.asarray(slope.array)
        return found

    def vmap(self, stacks: Sequence[Array]) -> list[Array] | None:
        """`func.vmap`; None where it does not support an operation."""
        try:
            return [np.asarray(t.array) for t in tensors_of(vmap(self.func)(*map(wrap, stacks)))]
        except NotImplementedError:
            return None

    def cast(self, dtype: np.dtype[Any]) -> TensorRule:
        """Of a module, a copy in another dtype."""
        if not hasattr(self.func, "named_parameters"):
            return self
        module: Any = copy.deepcopy(self.func)
        return TensorRule(module.to(from_numpy_dtype(dtype)))

    def with_parameters(self, arrays: Sequence[Array]) -> tuple[TensorRule, list[Any], list[str]]:
        """The user's own arguments, and then the parameters of a module that require a gradient."""
        given = self.args(arrays)
        names = [f"input {i}" for i in range(len(given))]
        func, count = self.func, len(given)
        if hasattr(func, "named_parameters"):
            parameters = [(name, p) for name, p in func.named_parameters() if p.requires_grad]
            module, func = func, lambda *args: module(*args[:count])
            given = [*given, *(p for _, p in parameters)]
            names += [f"parameter {name}" for name, _ in parameters]
        rule = TensorRule(func, given)
        return rule, rule.own_arrays(), names

    def left_alive(self, arrays: Sequence[Array]) -> list[str]:
        """The nodes of a graph that stay without the garbage collector."""
        enabled = gc.isenabled()
        gc.disable()
        try:
            alive = self._nodes_of_a_call(arrays)
            return sorted({node.name() for ref in alive if (node := ref()) is not None})
        finally:
            if enabled:
                gc.enable()

    def _nodes_of_a_call(self, arrays: Sequence[Array]) -> list[weakref.ref[Node | Leaf]]:
        outs = tensors_of(self.func(*self.args(arrays)))
        return [weakref.ref(out.node) for out in outs if out.node is not None]


def contents(args: Sequence[Any]) -> list[tuple[bytes, int] | None]:
    """What changes when Tensors are written to: their contents and versions."""
    return [(x.array.tobytes(), x._version) if isinstance(x, Tensor) else None for x in args]


def arrays_of(args: Sequence[Any]) -> list[Any]:
    """The arrays of Tensors; None for anything else."""
    return [x.array if isinstance(x, Tensor) else None for x in args]


def tensors_of(returned: Any) -> list[Tensor]:
    """The tensors of a nest, in order.

    Raises:
        TypeError: there is none.
    """
    outs = [leaf for leaf in nests.leaves(returned) if isinstance(leaf, Tensor)]
    if not outs:
        raise TypeError(
            f"gradcheck: the function returns no Tensor but {_kind_of(returned)}: return the Tensor to "
            "differentiate, or a tuple of them (item(), float() and numpy() cut the graph)"
        )
    return outs


def pull(
    outs: Sequence[Tensor],
    xs: Sequence[Tensor],
    gs: Sequence[Tensor],
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> Sequence[Tensor | None]:
    """The gradients of `xs` for the cotangents `gs`; an output without a graph contributes nothing."""
    pairs = [(out, g) for out, g in zip(outs, gs, strict=True) if out.requires_grad]
    if not pairs:
        return [None] * len(xs)
    used, cotangents = zip(*pairs)
    return grad(used, xs, cotangents, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True)


def _write(x: Tensor, array: Array) -> None:
    if isinstance(x.array, np.ndarray) and x.array.flags.writeable:
        x.array[...] = array
    else:
        x.array = np.asarray(array)[()] if not isinstance(x.array, np.ndarray) else array


def _kind_of(returned: Any) -> str:
    if isinstance(returned, (tuple, list)):
        return f"a {type(returned).__name__} of {', '.join(type(x).__name__ for x in returned) or 'nothing'}"
    return type(returned).__name__
