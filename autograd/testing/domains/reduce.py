"""Domains of reductions, products and losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.operation import array_of
from ...core.primitive import registry
from ...ops.reduce.reductions import add_reduce
from ..draw import Draw, Sample
from .domain import Domain, domain, domains


@domain("sum", "mean")
def _reduction(draw: Draw) -> Any:
    shape = draw.shape(min_side=draw.integer(0, 1) or 1)
    return (draw.uniform(shape),), (draw.axes(len(shape)), bool(draw.integer(0, 1)))


@domain("logsumexp")
def _filled_reduction(draw: Draw) -> Any:
    shape = draw.shape(min_side=1)
    return (draw.uniform(shape),), (draw.axes(len(shape)), bool(draw.integer(0, 1)))


@domain("amax", "amin", analytic=False)
def _extreme(draw: Draw) -> Any:
    shape = draw.shape(min_side=1)
    return (draw.distinct(shape),), (draw.axes(len(shape)), bool(draw.integer(0, 1)))


@domain("spread")
def _reduction_back(draw: Draw) -> Any:
    shape = draw.shape()
    axes, keepdims = draw.axes(len(shape)), bool(draw.integer(0, 1))
    return (draw.uniform(np.shape(add_reduce(np.empty(shape), axes, keepdims=keepdims))),), (shape, axes, keepdims)


@domain("cumsum", "cumsum_back")
def _running(draw: Draw) -> Any:
    shape = draw.shape(1)
    return (draw.uniform(shape),), (draw.integer(0, len(shape) - 1),)


@domain("softmax", "log_softmax")
def _along_an_axis(draw: Draw) -> Any:
    shape = draw.shape(1, min_side=1)
    return (draw.uniform(shape),), (draw.integer(0, len(shape) - 1),)


# -- products and losses -----------------------------------------------------------------------------


@domain("dot")
def _two_vectors(draw: Draw) -> Any:
    n = draw.integer(0, 4)
    return (draw.uniform((n,)), draw.uniform((n,))), ()


@domain("mv")
def _matrix_and_vector(draw: Draw) -> Any:
    m, n = draw.integer(0, 3), draw.integer(0, 3)
    return (draw.uniform((m, n)), draw.uniform((n,))), ()


@domain("mm")
def _two_matrices(draw: Draw) -> Any:
    m, n, p = (draw.integer(0, 3) for _ in range(3))
    return (draw.uniform((m, n)), draw.uniform((n, p))), ()


@domain("matmul")
def _two_stacks(draw: Draw) -> Any:
    m, n, p = (draw.integer(0, 2) for _ in range(3))
    a, b = draw.pair_of_shapes()
    return (draw.uniform((*a[-2:], m, n)), draw.uniform((*b[-2:], n, p))), ()


@domain("linear")
def _affine(draw: Draw) -> Any:
    rows, m, n = (draw.integer(0, 3) for _ in range(3))
    return (draw.uniform((rows, m)), draw.uniform((n, m)), draw.uniform((n,))), ()


def _sample_scores(name: str) -> Callable[[Draw], Sample]:
    """Scores and classes, with the log-softmax as an argument, as in the function that users call."""

    def sample(draw: Draw) -> Sample:
        rows, classes = draw.integer(1, 3), draw.integer(1, 4)
        target = draw.rng.integers(0, classes, rows)

        def call(x: Any) -> Any:
            return registry[name].function(x, registry["log_softmax"].function(array_of(x), 1), target)

        return Sample(call, (draw.uniform((rows, classes)),))

    return sample


domains["cross_entropy"] = Domain(_sample_scores("cross_entropy"), analytic=True)
domains["cross_entropy_miss"] = Domain(_sample_scores("cross_entropy_miss"), analytic=True)


@domain("mse_loss")
def _two_alike(draw: Draw) -> Any:
    shape = draw.shape(min_side=1)
    return (draw.uniform(shape), draw.uniform(shape)), ()
