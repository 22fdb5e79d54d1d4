"""`python -m autograd.testing module:function` checks and prints."""

import pytest

from autograd.testing.__main__ import main

MODULE = """
import numpy as np

def square(x): return x * x
def twice(g, x): return 2 * g * x
def thrice(g, x): return 3 * g * x
number = 3
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "rules_of_the_user.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def run(line):
    return main([word.replace("M:", "rules_of_the_user:") for word in line.split()])


def test_right_functions_pass_and_the_report_says_how_exact_they_are(capsys):
    assert run("M:square --domain -2,2 --examples 2 --analytic --reference numpy:square") == 0
    assert run("M:square --domain 1,2 --vjp M:twice --examples 2 --map") == 0
    printed = capsys.readouterr().out
    assert "check_op passed at 7 inputs" in printed and "check_rule passed at 7 inputs" in printed
    assert "value in float32: right to rounding" in printed and "square in float32, which has 6.9 digits" in printed


def test_a_failure_prints_the_input_and_the_command(capsys):
    assert run("M:square --vjp M:thrice --domain -2,2 --seed 3") == 1
    printed = capsys.readouterr().out
    assert "Cause: a constant factor" in printed and "    x0 = np.array(" in printed
    assert "Check only this input: check_rule(square, thrice, lambda draw: (x0,))" in printed
    command = (
        "python -m autograd.testing rules_of_the_user:square --vjp rules_of_the_user:thrice --domain -2,2 --seed 3"
    )
    assert printed.endswith(f"From the command line: {command}\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("M:square", "a domain is needed"),
        ("M:square --domain 1", "--domain expects two numbers, low,high, but got '1'"),
        ("M:square --domain 2,1", "leave no room between them"),
        ("M:cube --domain 1,2", "has no 'cube'"),
        ("M:number --domain 1,2", "is not a function but of type int"),
        ("square --domain 1,2", "expected module:function, but got 'square'"),
        ("no_such_module:f --domain 1,2", "No module named 'no_such_module'"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(line, words, capsys):
    assert run(line) == 2
    assert words in capsys.readouterr().err
