"""The checks for the real PyTorch find planted mistakes in its Functions, and right Functions pass."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the checks for PyTorch's functions need PyTorch")

from autograd.testing import GradcheckError, Mismatch, torch as checks  # noqa: E402 - after the test for PyTorch
from tests.tools.rules.nasty import NASTY  # noqa: E402 - after importorskip
from tests.tools.rules.planted import PLANTED, is_found_rightly  # noqa: E402 - after importorskip
from tests.tools.rules.reported import recorded, rows  # noqa: E402 - after importorskip

ROOT = Path(__file__).parents[3]
HERE = {name: planted for name, planted in PLANTED.items() if "torch" in planted.worlds}
RIGHT = {name: nasty for name, nasty in NASTY.items() if "torch" in nasty.worlds}


def as_function(case):
    """An `autograd.Function` with the rule of a case."""

    class Made(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *xs):
            out = case.func(torch, *xs)
            ctx.save_for_backward(out, *xs)
            return out

        @staticmethod
        def backward(ctx, g):
            return case.vjp(torch, g, *ctx.saved_tensors)

    return Made.apply


@pytest.mark.parametrize("name", HERE)
def test_a_planted_mistake_is_found_and_its_cause_is_named_rightly_or_not_at_all(name):
    case = HERE[name]
    with pytest.raises((GradcheckError, Mismatch)) as info:
        checks.check_op(as_function(case), case.domain, examples=10, **case.options)
    is_found_rightly(case, info.value)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_passes_however_nasty(name):
    case = RIGHT[name]
    checks.check_op(as_function(case), case.domain, **{"examples": 2, "order": 1} | case.options)


def test_a_module_is_checked_with_its_parameters_and_stays_as_it_is():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh())
    checks.check_op(module, lambda draw: (draw.uniform((4, 3)),), examples=2)
    assert module[0].weight.dtype == torch.float32

    class Half(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(3))

        def forward(self, x):
            return x * (self.weight * 0.5 + self.weight.detach() * 0.5)

    with pytest.raises(GradcheckError, match="with respect to parameter weight"):
        checks.check_op(Half(), lambda draw: (draw.uniform((4, 3)),), examples=1)


def test_given_inputs_are_checked_to_any_order():
    x = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    assert checks.gradcheck(torch.sin, x) and checks.gradgradcheck(lambda x, n: x**n, (x, 3))
    checks.check_grads(lambda x: x**4, x, order=3)
    detached = lambda x: x * x.detach()
    assert checks.gradcheck(detached, x, raise_exception=False) is False
    with pytest.raises(GradcheckError, match="order 1: Jacobian mismatch"):
        checks.check_grads(detached, x)
    bent = as_function(PLANTED["only at second order"])
    assert checks.gradcheck(bent, x) is True
    with pytest.raises(GradcheckError, match="order 2: Jacobian mismatch"):
        checks.gradgradcheck(bent, x)


def test_wrong_arguments_are_refused_in_a_sentence():
    with pytest.raises(TypeError, match="expected a function of PyTorch's tensors, but got int"):
        checks.check_op(3, (0, 1))
    with pytest.raises(TypeError, match="returns no tensor of PyTorch but float"):
        checks.check_op(lambda x: 1.0, (0, 1))
    with pytest.raises(ValueError, match="none of them does"):
        checks.gradcheck(torch.sin, torch.zeros(2))
    with pytest.raises(ValueError, match="order must be a whole number of 1 or more, but got 0"):
        checks.check_grads(torch.sin, torch.zeros(2, requires_grad=True), order=0)


def test_inputs_arrive_in_the_memory_layouts_that_pytorch_has():
    seen = set()

    def watched(x):
        seen.add((x.is_contiguous(), x.dim()))
        return x * 2

    checks.check_op(watched, (-1, 1), examples=10, dtypes=())
    assert (False, 2) in seen and (True, 0) in seen


def test_the_table_of_reported_gradients_holds():
    found = rows("torch")
    assert len(found) >= 8
    # Another version of PyTorch rounds differently: names, reports and kinds of answers are compared.
    assert recorded(found) == recorded((ROOT / "autograd/testing/REPORTED.md").read_text("utf-8").splitlines(), "torch")
