"""Every function called by the names of its arguments, and the gradient of every number among them."""

import json
import pathlib

import numpy as np
import pytest

import autograd.tensorflow as tf
from tests.autograd.tensorflow.call_cases import CASES, RANDOM, differentiable, gradient_of, value_of

RECORDED = json.loads((pathlib.Path(__file__).parent / "calls.json").read_text())


@pytest.mark.parametrize("name", CASES)
def test_a_call_by_names_gives_what_tensorflow_gives(name):
    found, expected = value_of(tf, name), RECORDED[name]
    assert found["fields"] == expected["fields"]
    assert [part[:2] for part in found["results"]] == [part[:2] for part in expected["results"]]
    for (*_, mine), (*_, other) in zip(found["results"], expected["results"], strict=True):
        np.testing.assert_allclose(mine, other, rtol=3e-4, atol=3e-5)


@pytest.mark.parametrize("name", [name for name in CASES if RECORDED[name]["gradients"]])
def test_every_number_has_the_gradient_that_it_has_in_tensorflow(name):
    for key in differentiable(name):
        if str(key) not in RECORDED[name]["gradients"]:
            continue
        found, expected = gradient_of(tf, name, key), RECORDED[name]["gradients"][str(key)]
        if name in ("math.igamma", "math.igammac") and key == "a":
            assert np.isnan(found).all()  # this derivative is not implemented
        elif expected is None or name in RANDOM:
            assert found == expected, key
        else:
            np.testing.assert_allclose(np.hstack(found), np.hstack(expected), rtol=2e-3, atol=2e-4, err_msg=str(key))
