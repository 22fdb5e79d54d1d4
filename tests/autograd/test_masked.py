"""autograd.masked: the same results as on the selected elements alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import masked, tensor
from tests.tools.shares import share

REDUCTIONS = {
    "sum": (masked.sum, torch.sum), "prod": (masked.prod, torch.prod), "amax": (masked.amax, torch.amax),
    "amin": (masked.amin, torch.amin), "mean": (masked.mean, torch.mean), "var": (masked.var, torch.var),
    "std": (masked.std, torch.std), "norm": (masked.norm, torch.linalg.vector_norm),
    "biased var": (lambda x, **k: masked.var(x, unbiased=False, **k), lambda x: torch.var(x, correction=0)),
    "norm of order -inf": (
        lambda x, **k: masked.norm(x, -math.inf, **k), lambda x: torch.linalg.vector_norm(x, -math.inf)
    ),
    "logsumexp": (masked.logsumexp, lambda x: torch.logsumexp(x, 0)),
    "median": (masked.median, torch.median),
    "largest": (lambda x, mask: x[masked.argmax(x, mask=mask).long()], torch.max),
    "smallest": (lambda x, mask: x[masked.argmin(x, mask=mask).long()], torch.min),
    "last of cumsum": (lambda x, mask: masked.cumsum(x, 0, mask=mask)[-1], torch.sum),
    "last of cumprod": (lambda x, mask: masked.cumprod(x, 0, mask=mask)[-1], torch.prod),
}  # fmt: skip
NORMALIZATIONS = {
    "softmax": (masked.softmax, torch.softmax),
    "softmin": (masked.softmin, lambda x, dim: torch.softmax(-x, dim)),
    "normalize": (lambda x, dim, mask: masked.normalize(x, 2, dim, mask=mask), lambda x, dim: x / x.norm()),
}
rows = st.lists(st.booleans(), min_size=2, max_size=6).filter(lambda kept: sum(kept) >= 2)


@share(3)
@given(st.sampled_from(sorted(REDUCTIONS)), rows, st.integers(0, 2**20))
def test_a_reduction_and_its_gradient_are_those_of_the_selected_elements(
    name: str, kept: list[bool], seed: int
) -> None:
    ours, plain = REDUCTIONS[name]
    values = np.random.default_rng(seed).normal(size=len(kept))
    x = tensor(values, requires_grad=True)
    out = ours(x, mask=tensor(kept))
    out.backward()
    part = tensor(values[kept], requires_grad=True)
    expected = plain(part)
    expected.backward()
    assert out.item() == pytest.approx(expected.item())
    np.testing.assert_allclose(x.grad.numpy()[kept], part.grad.numpy(), rtol=1e-8, atol=1e-12)
    assert not x.grad.numpy()[np.logical_not(kept)].any()


@given(st.sampled_from(sorted(NORMALIZATIONS)), rows, st.integers(0, 2**20))
def test_a_normalization_is_that_of_the_selected_elements_and_0_elsewhere(
    name: str, kept: list[bool], seed: int
) -> None:
    ours, plain = NORMALIZATIONS[name]
    x = tensor(np.random.default_rng(seed).normal(size=len(kept)))
    out = ours(x, 0, mask=tensor(kept)).numpy()
    np.testing.assert_allclose(out[kept], plain(x[tensor(kept)], 0).numpy(), rtol=1e-12)
    assert not out[np.logical_not(kept)].any()


def test_masks_broadcast_and_a_row_with_no_selected_element_gives_the_identity() -> None:
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    rows = tensor([[True], [False]])
    assert masked.sum(x, 1, mask=rows).tolist() == [3, 0] and masked.prod(x, 1, mask=rows).tolist() == [2, 1]
    assert masked.amax(x, 1, mask=rows).tolist() == [2, -math.inf] and masked.amin(x, mask=rows).item() == 1
    assert math.isnan(masked.mean(x, 1, mask=rows)[1].item()) and masked.logsumexp(x, 1, mask=rows)[1] == -math.inf
    assert masked.log_softmax(x, 0, mask=rows)[1].tolist() == [-math.inf, -math.inf]
    assert masked.logaddexp(x, x, input_mask=rows)[1].tolist() == [3, 4]
    assert masked.median(tensor([3, 1, 2]), mask=tensor([True, False, True])).item() == 2
    assert masked.sum(tensor([True, True]), dtype=torch.float64).dtype is torch.float64


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda x: masked.sum(x, mask=torch.ones(1, 3)), IndexError),
        (lambda x: masked.sum(x, mask=torch.ones(2)), RuntimeError),
        (lambda x: masked.mean(x.long()), ValueError),
        (lambda x: masked.median(x.long(), mask=torch.zeros(3)), ValueError),
        (lambda x: masked.amax(x, 1), IndexError),
    ],
)
def test_wrong_input_raises(call: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        call(torch.ones(3))


def test_the_variance_along_one_of_several_dims_counts_what_each_row_selects():
    x, mask = torch.arange(6.0).reshape(2, 3), tensor([[True, True, False], [True, True, True]])
    assert masked.var(x, 1, mask=mask).tolist() == masked.var(x.T, 0, mask=mask.T).tolist() == [0.5, 1.0]
