"""Which results share memory with the input, and how results lie in memory: recorded answers of PyTorch."""

import json
import warnings

import numpy as np
import pytest

import autograd as t
import nn
import nn.functional as F
from autograd.core.aliasing import View
from autograd.core.primitive import registry
from autograd.core.tensor import wrap
from autograd.testing import Draw, domains
from tests.tools import memory

RECORDED = json.loads(memory.TARGET.read_text(encoding="utf-8"))

#: Calls in which we may differ, each with the reason.
DIFFERENT = {
    **dict.fromkeys(["t.adjoint(x)", "x.adjoint()", "x.mH", "x.H"], "NumPy has no view of the conjugates"),
    "x.mT": "of a 0-d tensor PyTorch returns it, and warns",
    **dict.fromkeys(
        ["F.normalize(x,dim=0)", "F.normalize(x,dim=-1)", "F.local_response_norm(x,1)"],
        "of operands in two layouts NumPy takes another one for the result",
    ),
    "F.dropout1d(x,0.0)": "the input itself, where PyTorch returns a view of it",
    "t.einsum('...->...',x)": "the input itself, where PyTorch returns a view of it",
    **dict.fromkeys(
        ["t.nanmedian(x)", "t.cholesky(x)", "t.linalg.cond(x)", "t.tensordot(x,x,1)"],
        "refuses shapes that PyTorch takes",
    ),
    **dict.fromkeys(
        ["F.adaptive_avg_pool2d(x,1)", "F.dropout(x,1.0)"],
        "refuses shapes or dtypes that PyTorch takes",
    ),
}


def test_results_share_memory_and_are_laid_out_as_recorded_of_pytorch():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(memory.differences(t, F, RECORDED))
    assert [difference for difference in found if difference[0] not in DIFFERENT] == []


def test_the_recorded_table_covers_every_call_of_the_tool():
    assert set(RECORDED) <= set(memory.calls())
    assert len(RECORDED) > 700


@pytest.mark.parametrize("name", sorted(registry))
def test_the_result_of_a_primitive_has_its_own_memory_or_is_a_view(name):
    for seed in range(10):
        sample = domains[name].sample(Draw(seed))
        inputs = [wrap(np.array(x, order="K")) for x in sample.inputs]
        result = sample.call(*inputs)
        for out in result if isinstance(result, (tuple, list)) else [result]:
            shares = [np.may_share_memory(out._shared(), x.array) and out.numel() for x in inputs]
            assert isinstance(out, View) or not any(shares)


# -- new memory -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "call"),
    [
        (t.zeros(1, 3), lambda x: x.repeat(4, 1)),
        (t.ones(2, 2), t.diag),
        (t.ones(1, 1, 2, 2), lambda x: F.interpolate(x, size=(2, 2))),
        (t.eye(2), lambda x: t.linalg.matrix_power(x, 1)),
        (t.ones(1, 3), lambda x: t.cumprod(x, 0)),
        (t.tensor(1.0), lambda x: t.cumsum(x, 0)),
        (t.ones(1), lambda x: x.take(t.tensor(0))),
        (t.tensor([True]), t.sign),
        (t.ones(1, 2, 3), lambda x: F.unfold(x.unsqueeze(0), 1)),
        (t.tensor(1.0), lambda x: t.zeros(()).index_copy(0, t.tensor([0]), x)),
    ],
)
def test_writing_into_a_new_result_leaves_the_input(x, call):
    before = x.tolist()
    y = call(x)
    y.zero_()
    assert x.tolist() == before


def test_a_result_of_repeat_stays_when_the_optimizer_steps():
    p = nn.Parameter(t.ones(1, 2))
    h = p.repeat(1, 1)
    (p * 3).sum().backward()
    nn.optim.SGD([p], lr=1.0).step()
    assert h.tolist() == [[1.0, 1.0]]


# -- layout -----------------------------------------------------------------------------------------


def test_results_that_are_contiguous_in_pytorch_can_be_viewed():
    x = t.arange(24.0).reshape(2, 3, 4)
    wanted = [0.0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23]
    assert x[:, [0, 2]].view(-1).tolist() == wanted
    assert x.index_select(1, t.tensor([0, 2])).view(2, -1).tolist() == [wanted[:8], wanted[8:]]
    image = t.arange(8.0).reshape(1, 2, 2, 2)
    flat = F.interpolate(image, scale_factor=2, mode="bilinear").view(1, -1)
    first = [0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3]
    assert flat.tolist() == [[*first, *(4 + v for v in first)]]
    assert t.arange(6.0).reshape(2, 3).repeat_interleave(2, dim=1).view(-1).tolist() == [
        0,
        0,
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
        5,
        5,
    ]


def test_elementwise_results_keep_the_layout_of_a_permuted_input_and_are_contiguous_for_an_expanded_one():
    x = t.ones(4, 3, 2).permute(2, 1, 0)
    results = (x.exp(), x + 1, x * x, x**2, x.clone(), x.double(), x > 0, -x, x.relu(), t.where(x > 0, x, x))
    for y in results:
        assert y.stride() in ((1, 2, 6), (12, 4, 1))
    assert x.clone().stride() == x.exp().stride() == (x**2).stride() == (1, 2, 6)
    expanded = t.ones(1, 3).expand(3, 3)
    for y in (expanded.exp(), expanded.clone(), expanded.double(), t.lgamma(expanded)):
        assert y.is_contiguous()
    assert x.contiguous().is_contiguous()


def test_a_gradient_in_a_leaf_is_contiguous():
    x = t.rand(2, 3, requires_grad=True)
    (x.t() ** 2).cumsum(0).sum().backward()
    assert x.grad is not None and x.grad.view(-1).shape == (6,)
