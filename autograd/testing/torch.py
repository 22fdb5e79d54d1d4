"""The checks for functions of the real PyTorch, which must be installed: the same calls and reports."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ..base import nests
from ..base.dtypes import Array
from .domains.domain import Domain
from .engine.calls import GradcheckError, hides_frames
from .engine.checks import Plan
from .engine.digits import Report
from .engine.orders import check_given
from .engine.rule import ByIndex, Pullback, Rule
from .engine.run import name_of, run
from .engine.sweep import ErrorMap, sweep

__all__ = ["TorchRule", "check_grads", "check_op", "error_map", "gradcheck", "gradgradcheck"]
__tracebackhide__ = hides_frames


class TorchRule(Rule):
    """A function of PyTorch's tensors, an `autograd.Function`'s `apply`, or a module.

    Args:
        func: the function.
        constants: arguments that are not arrays to differentiate by, by their place.
    """

    library = "torch."
    copy_first = "clone() it before writing to it"
    unused = "set requires_grad=False on it"

    def __init__(self, func: Callable[..., Any], constants: dict[int, Any] | None = None) -> None:
        self.func, self.constants = func, constants or {}

    def sources(self, arrays: Sequence[Any]) -> list[int]:
        """The floating-point and complex inputs that are not constants."""
        return [i for i in super().sources(arrays) if i not in self.constants]

    def _args(self, arrays: Sequence[Array]) -> list[Any]:
        return [self.constants[i] if i in self.constants else _leaf(x) for i, x in enumerate(arrays)]

    def vjp(self, arrays: Sequence[Array]) -> Pullback:
        """The outputs and PyTorch's backward."""
        args = self._args(arrays)
        leaves = {i: args[i] for i in self.sources(arrays)}
        before = _contents(args)
        outs = _tensors(self.func(*args))
        reached = [k for k, out in enumerate(outs) if out.requires_grad]

        def pull(cotangents: ByIndex) -> list[Array | None]:
            found: list[Array | None] = [None] * len(args)
            used = [k for k in cotangents if k in reached]
            if not used:
                return found
            seeds = [torch.from_numpy(np.array(cotangents[k])) for k in used]
            try:
                gradients = torch.autograd.grad(
                    [outs[k] for k in used], list(leaves.values()), seeds, retain_graph=True, allow_unused=True
                )
            except RuntimeError as error:  # a gradient of the wrong shape, or a function that is differentiated twice
                raise GradcheckError(f"PyTorch's backward raised {error}") from error
            for i, g in zip(leaves, gradients):
                found[i] = None if g is None else _array(g)
            return found

        def changed() -> list[int]:
            return [i for i, (was, now) in enumerate(zip(before, _contents(args))) if was != now]

        return Pullback([_array(out) for out in outs], reached, pull, changed)

    def gradient(self, outs: Sequence[int], reached: Sequence[int], cotangents: Sequence[Any]) -> Rule:
        """Backward with `create_graph=True`."""

        def gradient(*args: Any) -> tuple[Any, ...]:
            xs, gs = args[: len(args) - len(outs)], args[len(args) - len(outs) :]
            tensors = _tensors(self.func(*xs))
            sources = [xs[i] for i in reached]
            found = torch.autograd.grad([tensors[k] for k in outs], sources, gs, create_graph=True, allow_unused=True)
            return tuple(torch.zeros_like(x) if g is None else g for x, g in zip(sources, found))

        return TorchRule(gradient, self.constants)

    def jvp(self, arrays: Sequence[Array], tangents: ByIndex) -> list[Array | None] | None:
        """`torch.func.jvp`; None for a function that has no forward mode."""
        args = [x.detach() if isinstance(x, torch.Tensor) else x for x in self._args(arrays)]

        def function(*xs: Any) -> tuple[Any, ...]:
            full = list(args)
            for i, x in zip(tangents, xs):
                full[i] = x
            return tuple(_tensors(self.func(*full)))

        steps = tuple(torch.from_numpy(np.array(t)) for t in tangents.values())
        try:
            with warnings.catch_warnings():  # PyTorch warns of its own code when it first computes a jvp
                warnings.simplefilter("ignore", DeprecationWarning)
                slopes = torch.func.jvp(function, tuple(args[i] for i in tangents), steps)[1]
        except (RuntimeError, NotImplementedError):
            return None
        return [_array(slope) for slope in slopes]

    def vmap(self, stacks: Sequence[Array]) -> list[Array] | None:
        """`torch.func.vmap`; None for a function that it does not support."""
        args = self._args(stacks)
        dims = tuple(None if i in self.constants else 0 for i in range(len(args)))
        try:
            return [_array(out) for out in _tensors(torch.func.vmap(self.func, dims)(*args))]
        except (RuntimeError, NotImplementedError, ValueError):
            return None

    def cast(self, dtype: np.dtype[Any]) -> Rule:
        """Of a module, a copy in another dtype."""
        if not isinstance(self.func, torch.nn.Module):
            return self
        return TorchRule(copy.deepcopy(self.func).to(getattr(torch, dtype.name)), self.constants)

    def with_parameters(self, arrays: Sequence[Array]) -> tuple[Rule, list[Any], list[str] | None]:
        """The inputs, and then the parameters of a module that require a gradient."""
        if not isinstance(self.func, torch.nn.Module):
            return super().with_parameters(arrays)
        module, count = self.func, len(arrays)
        parameters = {name: p for name, p in module.named_parameters() if p.requires_grad}

        def function(*args: Any) -> Any:
            return torch.func.functional_call(module, dict(zip(parameters, args[count:])), tuple(args[:count]))

        names = [*(f"input {i}" for i in range(count)), *(f"parameter {name}" for name in parameters)]
        return TorchRule(function, self.constants), [*arrays, *map(_array, parameters.values())], names


def check_op(
    func: Callable[..., Any],
    domain: Any,
    reference: Callable[..., Any] | None = None,
    *,
    analytic: bool = False,
    order: int = 2,
    dtypes: Sequence[str] = ("float32",),
    min_side: int = 0,
    examples: int = 20,
    seed: int = 0,
) -> Report:
    """`autograd.testing.check_op` for a function of PyTorch's tensors, or a module, of which a copy is checked.

    PyTorch has no negative strides, so inputs with them are copied. That a graph is freed is not checked.

    >>> report = check_op(torch.tanh, (-2, 2), np.tanh, analytic=True, examples=2)
    """
    if not callable(func):
        raise TypeError(f"check_op: expected a function of PyTorch's tensors, but got {type(func).__name__}")
    plan = Plan(
        reference, analytic or isinstance(domain, Domain) and domain.analytic, order, dtypes, Report("check_op")
    )

    def rules_of(f: Any) -> list[Rule]:
        return [TorchRule(f).cast(np.dtype(np.float64))]

    return run(
        "check_op", f"check_op({name_of(func)}", rules_of, func, domain, plan,
        min_side=min_side, examples=examples, seed=seed,
    )  # fmt: skip


def gradcheck(func: Callable[..., Any], inputs: Any, *, raise_exception: bool = True, seed: int = 0) -> bool:
    """`autograd.testing.gradcheck` for a function of PyTorch's tensors or a module, with no tolerance to choose.

    >>> gradcheck(torch.sin, torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True))
    True
    """
    return check_given(*_given(func, inputs), orders=(1,), raise_exception=raise_exception, seed=seed)


def gradgradcheck(func: Callable[..., Any], inputs: Any, *, raise_exception: bool = True, seed: int = 0) -> bool:
    """`autograd.testing.gradgradcheck` for a function of PyTorch's tensors or a module.

    >>> gradgradcheck(torch.sin, torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True))
    True
    """
    return check_given(*_given(func, inputs), orders=(2,), raise_exception=raise_exception, seed=seed)


def check_grads(func: Callable[..., Any], args: Any, order: int = 2, *, seed: int = 0) -> None:
    """`autograd.testing.check_grads` for a function of PyTorch's tensors or a module: derivatives up to an order."""
    check_given(*_given(func, args), orders=range(1, order + 1), raise_exception=True, seed=seed)


def error_map(
    func: Callable[..., Any],
    domain: Any,
    *,
    dtype: str = "float32",
    reference: Callable[..., Any] | None = None,
    points: int = 256,
) -> ErrorMap:
    """`autograd.testing.error_map` for a function of PyTorch's tensors.

    >>> bool(error_map(torch.log1p, (1e-6, 1), points=16).value.max() < 4)
    True
    """
    return sweep(TorchRule(func), name_of(func), domain, dtype, reference, points)


def _given(func: Callable[..., Any], inputs: Any) -> tuple[Rule, list[Any], list[str] | None]:
    """The rule of a function, whose constants are the inputs that require no gradient, and the arrays."""
    given = list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]
    constants = {i: x for i, x in enumerate(given) if not (isinstance(x, torch.Tensor) and x.requires_grad)}
    if len(constants) == len(given) and not isinstance(func, torch.nn.Module):
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them does")
    arrays = [np.zeros(0) if i in constants else _array(x) for i, x in enumerate(given)]
    return TorchRule(func, constants).with_parameters(arrays)


def _leaf(x: Array) -> Any:
    array = np.asarray(x)
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()
    return torch.from_numpy(array).requires_grad_(array.dtype.kind in "fc")


def _array(tensor: Any) -> Array:
    return np.array(tensor.detach().cpu().resolve_conj().resolve_neg().numpy())


def _contents(args: Sequence[Any]) -> list[Any]:
    return [(_array(x).tobytes(), x._version) if isinstance(x, torch.Tensor) else None for x in args]


def _tensors(returned: Any) -> list[Any]:
    outs = [leaf for leaf in nests.leaves(returned) if isinstance(leaf, torch.Tensor)]
    if not outs:
        raise TypeError(
            f"the function returns no tensor of PyTorch but {type(returned).__name__}: return the tensor to "
            "differentiate, or a tuple of them (item(), float() and numpy() cut the graph)"
        )
    return outs
