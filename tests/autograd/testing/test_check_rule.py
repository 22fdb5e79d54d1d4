"""`check_rule` finds planted mistakes in plain NumPy, names their cause, and shrinks them; right rules pass."""

import functools

import numpy as np
import pytest

from autograd.testing import GradcheckError, Mismatch, check_rule
from tests.tools.nasty_rules import NASTY
from tests.tools.planted_rules import PLANTED, is_found_rightly

HERE = {name: planted for name, planted in PLANTED.items() if "numpy" in planted.worlds}


def check(case, **options):
    func, vjp = (functools.partial(f, np) for f in (case.func, case.vjp))

    def rule(g, out, *arrays):
        return vjp(g, out, *arrays)

    return check_rule(lambda *arrays: func(*arrays), rule, case.domain, **{"examples": 10} | case.options | options)


@pytest.mark.parametrize("name", HERE)
def test_a_planted_mistake_is_found_and_its_cause_is_named_rightly_or_not_at_all(name):
    case = HERE[name]
    with pytest.raises((GradcheckError, Mismatch)) as info:
        check(case)
    is_found_rightly(case, info.value)


@pytest.mark.parametrize("name", NASTY)
def test_a_right_rule_passes_however_nasty_the_function(name):
    check(NASTY[name], examples=3)
