"""`error_map` finds where a formula loses digits, and tells that from rounding."""

import importlib.util

import numpy as np
import pytest

import autograd as torch
from autograd.testing import Values, error_map


def cosine_quotient(x):
    return (1 - np.cos(x)) / (x * x)


def its_vjp(g, x):
    return g * (np.sin(x) / x**2 - 2 * (1 - np.cos(x)) / x**3)


def test_digits_are_lost_where_they_cancel_and_nowhere_else():
    found = error_map(cosine_quotient, Values(-2, 2, off=(0,), margin=0.01), its_vjp, points=64)
    near = np.abs(found.x) < 0.3
    assert found.unstable(found.gradient)[near].all() and not found.unstable(found.value)[~near].any()
    assert found.left(found.gradient)[near].min() < 3 and found.left(found.value)[~near].min() > 5
    assert np.all(found.condition[np.abs(found.x) < 0.5] < 0.05)


def test_a_condition_explains_an_error_that_is_no_fault_of_the_formula():
    found = error_map(torch.sin, (3.1, 3.2), points=32)
    assert found.condition.max() > 1e2 and not found.unstable(found.value).any()


def test_double_precision_is_measured_against_extended_precision():
    if np.finfo(np.longdouble).eps > 1e-18:
        pytest.skip("NumPy has no extended precision here")
    bad = error_map(lambda x: np.log(1 + x), (1e-8, 1), lambda g, x: g / (1 + x), dtype="float64", reference=np.log1p)
    good = error_map(np.log1p, (1e-8, 1), lambda g, x: g / (1 + x), dtype="float64", reference=np.log1p)
    assert bad.value.max() > 1e6 and max(bad.gradient.max(), good.value.max(), good.gradient.max()) < 4


def test_the_table_has_a_row_for_each_part_and_names_what_is_more_than_rounding():
    lines = str(error_map(cosine_quotient, Values(0.01, 2), its_vjp, points=64)).splitlines()
    assert lines[0] == "cosine_quotient in float32, which has 6.9 digits: the largest errors, in ulps"
    assert len(lines) == 18 and "value and gradient: more than rounding" in lines[2]
    assert lines[-1].rstrip().endswith("█") and not any(line != line.rstrip() for line in lines)


def test_of_several_inputs_the_first_is_swept():
    found = error_map(lambda x, y: x * y, [(1, 2), (3, 5)], points=8)
    assert found.x[0] == 1 and found.x[-1] == 2 and found.value.max() <= 0.5


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="needs matplotlib")
def test_the_picture_shows_both_errors_and_what_the_condition_explains():
    figure = error_map(torch.exp, (1e-3, 10), points=16).figure()
    axes = figure.axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert [label.split(":")[0] for label in labels] == ["rounding", "error of the gradient", "error of the value"]
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_wrong_arguments_are_refused_in_a_sentence():
    for arguments, options, error, words in [
        ((3, (0, 1)), {}, TypeError, "expected a function, but got int"),
        ((torch.sin, (0, 1)), {"dtype": "int32"}, TypeError, "must be a floating-point dtype, but got 'int32'"),
        ((torch.sin, (0, 1)), {"dtype": "float64"}, ValueError, "in float64 a reference is needed"),
        ((torch.sin, (0, 1)), {"points": 1}, ValueError, "a whole number of 2 or more, but got 1"),
        ((lambda x: torch.stack([x, x]), (0, 1)), {}, ValueError, r"one number for numbers, but returned shape \(2,\)"),
        ((torch.sin, "all"), {}, TypeError, r"error_map: expected \(low, high\) or Values"),
    ]:
        with pytest.raises(error, match=words):
            error_map(*arguments, **options)
