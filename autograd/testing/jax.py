"""The checks for functions of JAX, which must be installed: the same calls and reports. They run with x64 enabled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ..base.dtypes import Array
from .domains.domain import Domain
from .engine.calls import GradcheckError, hides_frames
from .engine.checks import Plan
from .engine.digits import Report
from .engine.orders import check_given
from .engine.rule import ByIndex, Pullback, Rule
from .engine.run import name_of, run
from .engine.sweep import ErrorMap, sweep

__all__ = ["JaxRule", "check_grads", "check_op", "error_map", "gradcheck", "gradgradcheck"]
__tracebackhide__ = hides_frames


class JaxRule(Rule):
    """A function of JAX's arrays, also one with a `custom_vjp` or `custom_jvp`.

    JAX multiplies a cotangent by the derivative itself, the checks by its conjugate; here one becomes the other.
    """

    not_conjugated = (
        "a conjugate too many or too few: in JAX the rule multiplies the cotangent by the derivative itself, g * x, "
        "not by its conjugate"
    )

    def __init__(self, func: Callable[..., Any]) -> None:
        self.func = func

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs, where the function is not differentiated."""
        with jax.enable_x64(True):
            return [np.array(out) for out in _leaves(self.func(*map(_jax_array, arrays)))]

    def vjp(self, arrays: Sequence[Array]) -> Pullback:
        """The outputs and `jax.vjp`."""
        sources = self.sources(arrays)
        with jax.enable_x64(True):
            outs, pull_back = jax.vjp(*self._of_sources(arrays, sources))
        values = [np.array(out) for out in outs]
        reached = [k for k, out in enumerate(values) if out.dtype.kind in "fc"]

        def pull(cotangents: ByIndex) -> list[Array | None]:
            seeds = [
                np.conj(np.asarray(cotangents.get(k, np.zeros_like(out)), out.dtype))
                if k in reached
                else np.zeros(out.shape, jax.dtypes.float0)
                for k, out in enumerate(values)
            ]
            with jax.enable_x64(True):
                try:
                    gradients = pull_back(tuple(seeds))
                except (TypeError, ValueError) as error:  # a custom rule that returns too little or another shape
                    raise GradcheckError(f"jax.vjp raised {type(error).__name__}: {error}") from error
            found: list[Array | None] = [None] * len(arrays)
            for i, g in zip(sources, gradients):
                found[i] = np.conj(np.array(g))
            return found

        return Pullback(values, reached, pull, list)

    def _of_sources(self, arrays: Sequence[Array], sources: Sequence[int]) -> tuple[Any, ...]:
        """A function of the sources alone that returns a flat tuple, and the sources."""
        args = list(map(_jax_array, arrays))

        def function(*xs: Any) -> tuple[Any, ...]:
            full = list(args)
            for i, x in zip(sources, xs):
                full[i] = x
            return tuple(_leaves(self.func(*full)))

        return function, *(args[i] for i in sources)

    def gradient(self, outs: Sequence[int], reached: Sequence[int], cotangents: Sequence[Any]) -> Rule:
        """`jax.vjp` as a function of inputs and cotangents."""
        jnp = jax.numpy

        def gradient(*args: Any) -> tuple[Any, ...]:
            xs, gs = list(args[: len(args) - len(outs)]), args[len(args) - len(outs) :]

            def function(*sources: Any) -> tuple[Any, ...]:
                full = list(xs)
                for i, x in zip(reached, sources):
                    full[i] = x
                leaves = _leaves(self.func(*full))
                return tuple(leaves[k] for k in outs)

            pulled = jax.vjp(function, *(xs[i] for i in reached))[1](tuple(map(jnp.conj, gs)))
            return tuple(map(jnp.conj, pulled))

        return JaxRule(gradient)

    def jvp(self, arrays: Sequence[Array], tangents: ByIndex) -> list[Array | None] | None:
        """`jax.jvp`; None for a function with a custom vjp, which has no forward mode."""
        with jax.enable_x64(True):
            function, *xs = self._of_sources(arrays, list(tangents))
            try:
                slopes = jax.jvp(function, tuple(xs), tuple(map(_jax_array, tangents.values())))[1]
            except (TypeError, NotImplementedError):
                return None
            return [None if slope.dtype == jax.dtypes.float0 else np.array(slope) for slope in slopes]

    def vmap(self, stacks: Sequence[Array]) -> list[Array] | None:
        """`jax.vmap`; None for a function that it does not support."""
        with jax.enable_x64(True):
            try:
                return [np.array(out) for out in _leaves(jax.vmap(self.func)(*map(_jax_array, stacks)))]
            except (TypeError, ValueError, NotImplementedError):
                return None


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
    """`autograd.testing.check_op` for a function of JAX's arrays. Its arrays have no memory layout.

    >>> report = check_op(jax.numpy.tanh, (-2, 2), np.tanh, analytic=True, examples=1)
    """
    if not callable(func):
        raise TypeError(f"check_op: expected a function of JAX's arrays, but got {type(func).__name__}")
    plan = Plan(
        reference, analytic or isinstance(domain, Domain) and domain.analytic, order, dtypes, Report("check_op")
    )
    return run(
        "check_op", f"check_op({name_of(func)}", lambda f: [JaxRule(f)], func, domain, plan,
        min_side=min_side, examples=examples, seed=seed,
    )  # fmt: skip


def gradcheck(func: Callable[..., Any], inputs: Any, *, raise_exception: bool = True, seed: int = 0) -> bool:
    """`autograd.testing.gradcheck` for a function of JAX's arrays: all floating-point and complex inputs are checked.

    >>> gradcheck(jax.numpy.sin, np.array([0.0, 1.0]))
    True
    """
    return check_given(*_given(func, inputs), orders=(1,), raise_exception=raise_exception, seed=seed)


def gradgradcheck(func: Callable[..., Any], inputs: Any, *, raise_exception: bool = True, seed: int = 0) -> bool:
    """`autograd.testing.gradgradcheck` for a function of JAX's arrays.

    >>> gradgradcheck(jax.numpy.sin, np.array([0.0, 1.0]))
    True
    """
    return check_given(*_given(func, inputs), orders=(2,), raise_exception=raise_exception, seed=seed)


def check_grads(func: Callable[..., Any], args: Any, order: int = 2, *, seed: int = 0) -> None:
    """`autograd.testing.check_grads` for a function of JAX's arrays: derivatives up to an order."""
    check_given(*_given(func, args), orders=range(1, order + 1), raise_exception=True, seed=seed)


def error_map(
    func: Callable[..., Any],
    domain: Any,
    *,
    dtype: str = "float32",
    reference: Callable[..., Any] | None = None,
    points: int = 256,
) -> ErrorMap:
    """`autograd.testing.error_map` for a function of JAX's arrays.

    >>> bool(error_map(jax.numpy.log1p, (1e-6, 1), points=16).value.max() < 4)
    True
    """
    return sweep(JaxRule(func), name_of(func), domain, dtype, reference, points)


def _given(func: Callable[..., Any], inputs: Any) -> tuple[Rule, list[Any], list[str] | None]:
    arrays = [np.array(x) for x in (inputs if isinstance(inputs, (tuple, list)) else [inputs])]
    if not any(x.dtype.kind in "fc" for x in arrays):
        kinds = ", ".join(str(x.dtype) for x in arrays) or "none"
        raise ValueError(f"gradcheck expects at least one input of floating-point or complex numbers, but got {kinds}")
    return JaxRule(func), arrays, None


def _jax_array(x: Array) -> Any:
    return jax.numpy.asarray(np.array(x))


def _leaves(returned: Any) -> list[Any]:
    outs = [out for out in jax.tree_util.tree_leaves(returned) if hasattr(out, "dtype")]
    if not outs:
        raise TypeError(f"the function returns no array of JAX but {type(returned).__name__}")
    return outs
