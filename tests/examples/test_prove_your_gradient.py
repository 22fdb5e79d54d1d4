"""The example of the gradient checks: every mistake is found, and autograd/testing/README.md shows one of them."""

import re
from pathlib import Path

import prove_your_gradient

README = Path(__file__).parents[2] / "autograd" / "testing" / "README.md"
NUMBER = re.compile(r"-?\d+\.\d+(?= ±|$)|± \S+", re.MULTILINE)


def test_every_mistake_is_found_and_its_cause_named(capsys):
    prove_your_gradient.main()
    said = {part.partition(":")[0]: part for part in capsys.readouterr().out.strip().split("\n\n")}
    expected = {
        "Layer": "gradcheck and gradgradcheck: passed",
        "WrongSign": "Cause: wrong sign",
        "Factor": "Cause: a constant factor: every entry is 0.5 times",
        "Transposed": "Cause: a matrix is transposed",
        "BroadcastNotUndone": "Cause: a broadcast is not undone",
        "CutOff": "Cause: no gradient arrives",
    }
    assert set(said) == set(expected)
    for name, words in expected.items():
        assert words in said[name]
    assert "\ngradgradcheck: " in said["CutOff"]
    readme = NUMBER.sub("#", README.read_text(encoding="utf-8"))
    assert " ".join(NUMBER.sub("#", said["Transposed"]).split()) in " ".join(readme.split())
