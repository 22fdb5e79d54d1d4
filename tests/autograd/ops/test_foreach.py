"""`torch._foreach_…`: operations on lists of tensors, and numbers before the tensors."""

import warnings

import pytest

import autograd as torch
from autograd import foreach
from tests.tools.answers import assert_alike

#: What follows the list of tensors in calls, for operations that take more.
OTHERS = {
    "add": [(2.0,), ("list",), ([1.0, 2.0],)],
    "sub": [(2.0,), ("list",)],
    "mul": [("list",), ([1.0, 2.0],)],
    "div": [(4.0,), ("list",)],
    "pow": [(2.0,), ([1.0, 2.0],), ("list",)],
    "maximum": [(0.6,), ("list",), ([0.6, 0.7],)],
    "minimum": [(0.6,), ("list",)],
    "clamp_min": [(0.6,), ("list",)],
    "clamp_max": [(0.6,), ([0.6, 0.7],)],
    "lerp": [("list", 0.3), ("list", "list")],
    "addcdiv": [("list", "list"), ("list", "list", 2.0), ("list", "list", [2.0, 3.0])],
    "addcmul": [("list", "list", 2.0), ("list", "list", [2.0, 3.0])],
    "copy_": [("list",)],
    "norm": [(), (1,), (float("inf"),)],
}


def called(t, name, others):
    """The result, and the tensors afterwards."""
    numbers = [t.tensor([0.25, 0.5], dtype=t.float64), t.tensor([[0.75]], dtype=t.float64)]
    lists = [[x / 2 + 0.4 + i for x in numbers] if other == "list" else other for i, other in enumerate(others)]
    result = getattr(t, f"_foreach_{name}")(numbers, *lists)
    return [type(result).__name__, list(result), numbers]


@pytest.mark.parametrize("name", sorted(foreach.NAMES))
def test_an_operation_on_a_list_computes_what_pytorch_does(name, answers):
    for others in OTHERS.get(name, OTHERS.get(name.rstrip("_"), [()])):
        assert_alike(called(torch, name, others), answers("torch", called, name, others))


def test_a_number_to_powers_options_and_groups(answers):
    def compute(t):
        x, y = [t.tensor([1.0, 2.0]), t.tensor([3.0])], t.ones(2, dtype=t.float64)
        groups = __import__(f"{t.__name__}.utils._foreach_utils", fromlist=["x"])._group_tensors_by_device_and_dtype
        found = groups([[x[0], y, x[1]], [None, x[0], y]], with_indices=True)
        return [
            t._foreach_pow(2.0, x), t._foreach_add(x, x, alpha=0.5), t._foreach_addcmul(x, x, x, value=2.0),
            t._foreach_addcdiv(x, x, x, t.tensor([2.0, 3.0])), t._foreach_norm(x, dtype=t.float64),
            [[str(key[1]).split(".")[-1], *value] for key, value in sorted(found.items(), key=str)],
        ]  # fmt: skip

    assert_alike(compute(torch), answers("torch", compute))


def test_gradients_flow_through_lists():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    sum(y.sum() for y in torch._foreach_mul([x, x * x], [2.0, 3.0])).backward()
    assert x.grad.tolist() == [2 + 6 * 1, 2 + 6 * 2]


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda x: torch._foreach_add([], 1), RuntimeError, "at least one tensor"),
        (lambda x: torch._foreach_add_(x, [1.0]), RuntimeError, "same number of tensors, got 2 and 1"),
        (lambda x: torch._foreach_add_(x, x, alpha=[1.0]), RuntimeError, "same number of tensors, got 2 and 1"),
        (lambda x: torch._foreach_sqrt(x[0]), TypeError, "expected a list or tuple of Tensors"),
        (lambda x: torch._foreach_sqrt_([x[0], 1.0]), TypeError, "expected a list or tuple of Tensors"),
        (lambda x: torch._foreach_unknown(x), AttributeError, "_foreach_unknown"),
    ],
)
def test_bad_lists_are_refused_and_change_nothing(call, kind, says):
    x = [torch.ones(2), torch.ones(1)]
    with pytest.raises(kind, match=says):
        call(x)
    assert [y.tolist() for y in x] == [[1, 1], [1]]


#: Calls with numbers before the tensors; `x` and `y` are vectors, `m` is a matrix and `b` a batch of it.
OLD_FORMS = [
    "x.add(2, y)", "x.add_(2, y)", "x.sub(2, y)", "x.sub_(-2, y)", "x.addcmul(2, x, y)", "x.addcmul_(2, x, y)",
    "t.addcmul(x, 2, x, y)", "x.addcdiv(2, x, y)", "x.addcdiv_(2, x, y)", "t.addcdiv(x, 2, x, y)", "m.addmm(2, m, m)",
    "m.addmm(2, 3, m, m)", "t.addmm(2, m, m, m)", "t.addmm(2, m, 3, m, m)", "m.addmm_(2, 3, 2 * m, 3 * m)",
    "x.addmv(2, m, y)", "x.addmv_(2, 3, m, y)", "m.addr(2, x, y)", "m.addr_(2, 3, x, y)", "b.baddbmm(2, 3, b, b)",
    "m.addbmm(2, 3, b, b)",
]  # fmt: skip


def evaluated(t, form):
    x, y, m = t.tensor([1.0, 2.0]), t.tensor([3.0, 5.0]), t.tensor([[1.0, 2.0], [3.0, 4.0]])
    return eval(form, {"t": t, "x": x, "y": y, "m": m, "b": m[None]})


@pytest.mark.filterwarnings("ignore:This overload of:UserWarning")  # PyTorch's own warning
@pytest.mark.parametrize("form", OLD_FORMS)
def test_numbers_before_the_tensors_mean_what_they_mean_in_pytorch_and_warn(form, answers):
    with pytest.warns(UserWarning, match="numbers before the tensors are deprecated"):
        ours = evaluated(torch, form)
    assert_alike(ours, answers("torch", evaluated, form))


@pytest.mark.parametrize(
    "form",
    ["x.mul_(2, y)", "x.add_(2, 3)", "x.add_(2, y, y)", "x.addcmul(2, 3, y)", "x.addcmul(x, y, 2)", "x.add_(y, 2)"],
)
def test_other_numbers_before_tensors_are_refused_without_a_warning(form):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TypeError):
            evaluated(torch, form)
