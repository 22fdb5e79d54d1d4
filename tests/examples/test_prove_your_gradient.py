"""examples/prove_your_gradient.py finds every mistake and names its cause, and the README of testing shows one."""

import re
from pathlib import Path

import prove_your_gradient
import pytest

README = Path(__file__).parents[2] / "autograd" / "testing" / "README.md"
NUMBER = re.compile(r"-?\d+\.\d+(?= ±|$)|± \S+", re.MULTILINE)
CAUSES = {
    "Layer": "gradcheck and gradgradcheck: passed",
    "WrongSign": "Cause: wrong sign",
    "Factor": "Cause: a constant factor: every entry is 0.5 times",
    "Transposed": "Cause: a matrix is transposed",
    "BroadcastNotUndone": "Cause: a broadcast is not undone",
    "CutOff": "Cause: no gradient arrives",
}


@pytest.fixture
def reports(capsys):
    """What the program prints about each layer, by its name."""
    prove_your_gradient.main()
    return {part.partition(":")[0]: part for part in capsys.readouterr().out.strip().split("\n\n")}


def test_every_mistake_is_found_and_its_cause_named(reports):
    assert set(reports) == set(CAUSES)
    for name, words in CAUSES.items():
        assert words in reports[name]
    assert "\ngradgradcheck: " in reports["CutOff"]


def test_the_readme_shows_the_report_of_a_mistake(reports):
    readme = NUMBER.sub("#", README.read_text(encoding="utf-8"))
    assert " ".join(NUMBER.sub("#", reports["Transposed"]).split()) in " ".join(readme.split())
