"""Every call of tensorflow_calls.py with one argument changed: the value of TensorFlow, or an error of the same call."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from tests.tools.answers import condensed
from tests.tools.tensorflow_calls import CASES, RANDOM, call, leaves
from tests.tools.variations import variations


def varied(name):
    """The changed calls of a function: by the name of the argument and of the change, all arguments."""
    for key, value in CASES[name].items():
        for change, other in variations(value).items():
            yield f"{key}: {change}", {**CASES[name], key: other}


def outcomes(tf, name):
    """By change: the dtypes, shapes and values of the results, or the kind and the text of the error."""
    found = {}
    for change, arguments in varied(name):
        try:
            with np.errstate(all="ignore"):
                arrays = [np.asarray(leaf) for leaf in leaves(call(tf, name, arguments))]
        except Exception as error:
            found[change] = f"{type(error).__name__}: {error}" if tf is ours else "raises"
        else:
            found[change] = [
                (array.dtype.name, array.shape, None if name in RANDOM else condensed(array)) for array in arrays
            ]
    return found


ours = tf
