"""The strategies draw only what they describe, and every kind of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings, strategies as st

import autograd
from autograd.testing.programs import Program
from autograd.testing.strategies import (
    LAYOUTS,
    Values,
    broadcastable_shapes,
    dims,
    indices,
    matmul_shapes,
    programs,
    shapes,
    some_dims,
    tensors,
)
from tests.tools.answers import Answers
from tests.tools.shares import drawn

quick = settings(max_examples=500, derandomize=True, database=None, phases=[Phase.generate])


@given(broadcastable_shapes(3))
def test_broadcastable_shapes_broadcast(drawn: Any) -> None:
    assert len(drawn) == 3
    np.broadcast_shapes(*drawn)


@given(matmul_shapes())
def test_matmul_shapes_multiply(drawn: Any) -> None:
    a, b = drawn
    np.matmul(np.zeros(a), np.zeros(b))


@given(shapes(), st.data())
def test_dims_and_indices_are_valid(shape: Any, data: st.DataObject) -> None:
    """Also for 0-d and empty tensors."""
    x = np.zeros(shape)
    autograd.zeros(shape).sum(data.draw(dims(len(shape))))
    several = data.draw(some_dims(len(shape)))
    assert np.sum(x, axis=several).ndim == len(shape) - len(several)
    x[data.draw(indices(shape))]


def test_pytorch_accepts_the_indices_too(answers: Answers) -> None:
    with_index = shapes(max_side=3).flatmap(lambda shape: st.tuples(st.just(shape), indices(shape)))
    examples = answers.examples("torch", lambda: drawn(with_index, 200))

    def parts(torch: Any) -> list[Any]:
        tensor = lambda key: torch.tensor(key) if isinstance(key, np.ndarray) else key
        return [torch.arange(float(np.prod(shape))).reshape(shape)[tensor(key)] for shape, key in examples]

    for (shape, key), theirs in zip(examples, answers("torch", parts), strict=True):
        np.testing.assert_array_equal(np.arange(float(np.prod(shape))).reshape(shape)[key], theirs)


@given(tensors(values=Values(-3, 3, off=(-1, 0, 2), margin=0.2), dtype=st.sampled_from([np.float32, np.float64])))
def test_values_keep_away_from_the_given_points(x: Any) -> None:
    for point in (-1, 0, 2):
        assert np.all(np.abs(x.detach().numpy() - point) >= 0.2 - 1e-6)
    assert x.requires_grad and np.all(np.abs(x.detach().numpy()) <= 3)


def test_points_that_leave_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="leave no room"):
        Values(0, 1, off=(0.5, 0.4)).fill((2,), np.random.default_rng(0))


@given(tensors(dtype=np.complex64, requires_grad=False))
def test_complex_tensors_are_drawn_too(x: Any) -> None:
    assert x.array.dtype == np.complex64 and not x.requires_grad


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_the_same_values(layout: str) -> None:
    x = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(LAYOUTS[layout](x), x)


@pytest.mark.parametrize(
    "kind",
    [
        lambda a: a.ndim == 0,
        lambda a: a.size == 0,
        lambda a: a.ndim == 2 and a.size > 3 and a.flags.c_contiguous,
        lambda a: a.ndim == 2 and a.size > 3 and a.flags.f_contiguous and not a.flags.c_contiguous,
        lambda a: a.size > 1 and min(a.strides) < 0,
        lambda a: a.size > 1 and a.ndim == 1 and a.strides[0] > 8,
    ],
    ids=["0-d", "empty", "contiguous", "transposed", "negative strides", "sliced"],
)
def test_every_kind_of_tensor_is_drawn(kind: Any) -> None:
    find(tensors(), lambda x: kind(np.asarray(x.array)), settings=quick)


@pytest.mark.parametrize(
    "trait",
    [
        lambda p: any(step.name == "" and step.recorded for step in p.steps),
        lambda p: any(step.name == "" and not step.recorded for step in p.steps),
        lambda p: any(step.operation == "detach" for step in p.steps),
        lambda p: len([o for step in p.steps for o in step.operands if o == "d"]) > 1,
        lambda p: len(p.inputs) == 3 and p.inputs[0].shape != p.inputs[1].shape,
    ],
    ids=["a write", "an unrecorded write", "a detached value", "a shared value", "unlike inputs"],
)
def test_every_kind_of_program_is_drawn(trait: Any) -> None:
    assert isinstance(find(programs(), trait, settings=quick), Program)
