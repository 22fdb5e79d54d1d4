"""find_nan: the first operation that made a NaN or an infinity, and its line."""

from __future__ import annotations

import pytest

import autograd
from autograd import float64, tensor
from autograd.teaching import find_nan, remember


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def ratio(x):
    y = x.log()
    return (y * 2 + 1).sum()


def test_the_first_operation_that_made_a_nan_is_named_with_its_line():
    found = find_nan(ratio, leaf([1.0, -1.0]))
    assert (found.phase, found.operation) == ("forward", "log")
    assert found.line.endswith("in ratio: y = x.log()") and "test_find_nan.py" in found.line
    assert "log makes 1 nan of 2 elements, given x = [1, -1]" in str(found)


def test_an_infinity_is_reported_rather_than_the_nan_it_leads_to():
    x = leaf([0.0, 2.0])
    found = find_nan((x.log() * 0).sum(), names={"x": x})
    assert found.operation == "log" and "1 -inf of 2 elements" in found.text and "x = [0, 2]" in found.text


def test_without_remember_the_line_is_unknown():
    x = leaf([0.0])
    y = 1 / x
    assert "The line is unknown, because it was not recorded" in str(find_nan(y))
    with remember():
        z = 1 / x
    assert str(find_nan(z)).rstrip().endswith("z = 1 / x")


def test_a_non_finite_gradient_is_found_in_the_backward_pass():
    def safe_looking(x):
        return autograd.where(x > 0, x.sqrt(), 0.0).sum()

    found = find_nan(safe_looking, leaf([0.0, 4.0]))
    assert (found.phase, found.operation) == ("backward", "sqrt")
    assert "the rule of sqrt, g/(2·out), makes 1 nan of 2 elements" in found.text and "x.sqrt()" in found.line


def test_overflowing_sums_of_gradients_and_hooks_that_make_nan_are_found():
    x = leaf(1.0)
    found = find_nan(x * 1e308 + x * 1e308, names={"x": x})
    assert (found.phase, found.text) == ("forward", found.text)
    y = leaf(1.0)
    z = y * 2
    z.register_hook(lambda g: g * float("nan"))
    assert "a hook of" in find_nan(z * 1).text
    w = leaf(1e-300)
    assert "overflow when they are added" in find_nan(w * 1e308 + w * 1e308, names={"w": w}).text


def test_a_leaf_that_is_not_finite_is_reported():
    x = leaf([float("nan"), 1.0])
    found = find_nan(x * 2, names={"x": x})
    assert found.operation is None and str(found) == "the leaf x contains 1 nan from the start: [nan, 1]"


def test_an_infinite_parameter_is_named_first_although_tanh_hides_it():
    layer = autograd.nn.Linear(2, 1, dtype=float64)
    with autograd.no_grad():
        layer.bias.fill_(-float("inf"))
    found = find_nan(lambda: layer(tensor([[1.0, 2.0]], dtype=float64)).tanh().sum(), names=layer)
    assert str(found) == "the parameter bias contains 1 -inf from the start: [-inf]"


def test_a_report_says_which_constants_are_not_finite():
    mask = tensor([0.0, -float("inf")], dtype=float64)
    found = find_nan(lambda x: ((x + mask).tanh() + x.log()).sum(), leaf([1.0, 0.0]), names={"mask": mask})
    assert found.text.startswith("log makes 1 -inf of 2") and found.text.endswith("(the constant mask contains 1 -inf)")


def several(p):
    q = 1 - p
    loss = p.sqrt() + q.log() * 2
    return loss.sum()


def test_of_several_operations_on_a_line_the_one_that_failed_is_underlined():
    found = find_nan(several, leaf([0.5, 1.0]))
    text, code, mark = str(found).split("\n")
    assert text.startswith("log makes 1 -inf of 2 elements, given q = [0.5, 0]; called at ")
    assert text.endswith("in several:") and "test_find_nan.py" in text
    assert code == "    loss = p.sqrt() + q.log() * 2" and code[mark.index("^") : len(mark)] == "q.log()"
    assert found.underlined is not None and found.line.endswith(f"in several: {code.strip()}")


def test_a_line_with_one_operation_is_not_underlined():
    assert find_nan(ratio, leaf([1.0, -1.0])).underlined is None


def test_an_infinite_mask_is_not_an_error():
    scores, mask = leaf([[1.0, 2.0]]), tensor([[0.0, -float("inf")]], dtype=float64)
    assert find_nan(lambda: autograd.softmax(scores + mask, 1).sum()) is None


def test_a_finite_program_gives_none():
    x = leaf([1.0, 2.0])
    assert find_nan((x * x).sum()) is None and x.grad is None


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: find_nan(3), TypeError, "expected a Tensor or a function, but got int"),
        (lambda: find_nan(lambda: 3), TypeError, "to return a tensor"),
        (lambda: find_nan(leaf(1.0) * 2, 3), TypeError, "arguments are given with a function"),
        (lambda: find_nan(tensor(1.0)), RuntimeError, "has no graph"),
    ],
)
def test_invalid_arguments_raise(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
