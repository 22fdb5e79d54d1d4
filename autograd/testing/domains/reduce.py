"""Domains of reductions, products and losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.along import sum_along
from ...core.operation import array_of
from ...core.primitive import registry
from ..engine.draw import Draw, Sample
from .domain import domain, of_any_shape


def _over_axes(draw: Draw, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The axes to reduce, and whether they are kept."""
    return draw.axes(len(shape)), bool(draw.integer(0, 1))


def _along_an_axis(draw: Draw, shape: tuple[int, ...]) -> tuple[int]:
    return (draw.integer(0, len(shape) - 1),)


domain("sum", "mean", "logsumexp")(of_any_shape(_over_axes, min_side=1))
domain("cumsum", "cumsum_back", "prod")(of_any_shape(_along_an_axis, min_dims=1))
domain("softmax", "log_softmax")(of_any_shape(_along_an_axis, min_dims=1, min_side=1))
domain("amax", "amin", analytic=False)(
    lambda draw: ((draw.distinct(shape := draw.shape(min_side=1)),), _over_axes(draw, shape))
)


@domain("spread")
def _reduction_back(draw: Draw) -> Any:
    shape = draw.shape()
    axes, keepdims = _over_axes(draw, shape)
    return (draw.uniform(np.shape(sum_along(np.empty(shape), axes, keepdims=keepdims))),), (shape, axes, keepdims)


# -- products and losses -----------------------------------------------------------------------------


def _sized(first: str, *others: str, stacks: bool = False) -> Callable[[Draw], Any]:
    """Arguments whose dims are letters: dims with the same letter have the same size. The first may be a stack."""

    def arguments(draw: Draw) -> Any:
        layouts = ("a" * (stacks and draw.integer(0, 1)) + first, *others)
        sizes = {letter: draw.integer(0, 3) for letter in "".join(layouts)}
        return tuple(draw.uniform(tuple(sizes[letter] for letter in layout)) for layout in layouts), ()

    return arguments


domain("dot")(_sized("n", "n"))
domain("mv")(_sized("mn", "n"))
domain("mm")(_sized("mn", "np"))
domain("linear")(_sized("rm", "nm", "n", stacks=True))


@domain("matmul")
def _two_stacks(draw: Draw) -> Any:
    m, n, p = (draw.integer(0, 2) for _ in range(3))
    a, b = draw.pair_of_shapes()
    return (draw.uniform((*a[-2:], m, n)), draw.uniform((*b[-2:], n, p))), ()


def _give_scores(name: str) -> None:
    """Scores and classes, with the log-softmax as an argument, as in the function that users call."""

    @domain(name)
    def _scores(draw: Draw) -> Sample:
        rows, classes = draw.integer(1, 3), draw.integer(1, 4)
        target = draw.rng.integers(0, classes, rows)

        def call(x: Any) -> Any:
            return registry[name].function(x, registry["log_softmax"].function(array_of(x), 1), target)

        return Sample(call, (draw.uniform((rows, classes)),))


_give_scores("cross_entropy")
_give_scores("cross_entropy_miss")
domain("mse_loss")(lambda draw: ((draw.uniform(shape := draw.shape(min_side=1)), draw.uniform(shape)), ()))


@domain("masked_softmax")
def _scores_and_mask(draw: Draw) -> Sample:
    shape = draw.shape(min_dims=1, min_side=1)
    hidden = np.where(draw.uniform(shape) < 0, -np.inf, 0)  # in some rows all

    def call(x: Any, mask: Any) -> Any:
        return registry["masked_softmax"].function(x, mask + hidden.astype(array_of(mask).dtype))

    return Sample(call, (draw.uniform(shape), draw.uniform(draw.narrowed(shape))))


@domain("self_attention")
def _side_by_side(draw: Draw) -> Sample:
    batch, length, heads, size = (draw.integer(1, 3) for _ in range(4))
    causal = np.where(np.tri(length, dtype=bool), draw.uniform((length, length)), -np.inf)
    masked = draw.integer(0, 1)

    def call(qkv: Any) -> Any:
        q, k, _ = array_of(qkv).transpose(2, 0, 3, 1, 4)
        scores, mask = q @ k.mT / size**0.5, causal.astype(q.dtype) if masked else None
        softmax, rest = ("masked_softmax", mask) if masked else ("softmax", 3)
        return registry["self_attention"].function(qkv, registry[softmax].function(scores, rest), mask)

    return Sample(call, (draw.uniform((batch, length, 3, heads, size)),))
