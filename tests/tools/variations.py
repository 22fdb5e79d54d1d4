"""Calls with one argument changed at a time, and what they do: recorded in a file, and compared with TensorFlow.

python tests/tools/variations.py          shows where ours gives another value than TensorFlow, which must be installed
python tests/tools/variations.py --write  records what ours does: errors word for word, and the values that agree

test_variations.py checks that nothing recorded has changed.
"""

import argparse
import functools
import gzip
import json
import os
import pickle
import sys
import traceback
import warnings
from pathlib import Path

import numpy as np

from tests.tools.tensorflow_calls import CASES, RANDOM, call, leaves

FILE = Path(__file__).parents[1] / "autograd" / "tensorflow" / "variations.json.gz"


def variations(value):
    """Other values in place of an argument, by the name of the change."""
    if isinstance(value, np.ndarray):
        return dict(_arrays(value))
    if isinstance(value, bool):
        return {"not": not value}
    if isinstance(value, int):
        return {str(other): other for other in (-3, -1, 0, 1, 2, 5) if other != value} | {"half": value + 0.5}
    if isinstance(value, float):
        return {str(other): other for other in (-1.0, 0.0, 0.5, 3.0, np.inf, 2) if other != value} | {"list": [value]}
    if isinstance(value, str):
        return {"name": "unknown", "lower": value.lower(), "upper": value.upper()}
    if not isinstance(value, (list, tuple)) or not value or isinstance(value[0], np.ndarray):
        return {}
    kept = ("-3", "-1", "0", "2", "5", "half")
    parts = [(i, name, part) for i, old in enumerate(value) for name, part in variations(old).items() if name in kept]
    changed = {f"{i} {name}": [*value[:i], part, *value[i + 1 :]] for i, name, part in parts}
    return {"shorter": value[:-1], "longer": [*value, value[-1]], "nested": [value], "backwards": value[::-1]} | changed


def _arrays(value):
    yield "0-d", value.ravel()[0]
    yield "more dims", value[None]
    yield "empty", value[:0]
    yield "without last", value[..., :-1]
    yield "without first", value[1:]
    yield "transposed", value.T
    if value.dtype.kind == "f":
        yield "float64", value.astype(np.float64)
        yield "float16", value.astype(np.float16)
        yield "int32", (value * 3).astype(np.int32)
        yield "zero", value * 0
        yield "special", np.where(np.arange(value.size).reshape(value.shape) % 2, np.nan, np.inf).astype(value.dtype)
    yield "bool", value > 0
    yield "text", "text"
    yield "None", None


def outcome(tf, name, arguments):
    """The dtype, the shape and a weighted sum of every result, or the kind and the text of the error."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            arrays = [np.asarray(leaf) for leaf in leaves(call(tf, name, arguments))]
    except Exception as error:
        return f"{type(error).__name__}: {_own_text(error)}"
    return [[array.dtype.name, list(array.shape), _sum(array, name)] for array in arrays]


def _own_text(error):
    """The text of an error that a `raise` wrote; none of Python's or NumPy's, which differ between versions."""
    text, first = str(error), error
    while first.__context__ is not None:
        first = first.__context__
    frame = traceback.extract_tb(first.__traceback__)[-1]
    return text if (frame.line or "").startswith("raise") or str(first) not in text else ""


def _sum(array, name):
    if name in RANDOM:
        return 0.0
    numbers = array.ravel().astype(complex)
    numbers = numbers.real + 0.7 * numbers.imag
    odd = np.nan_to_num(numbers, nan=1.1, posinf=2.2, neginf=3.3)
    scale = max(np.abs(numbers, where=np.isfinite(numbers), out=np.zeros(array.size)).max(initial=0), 1)
    return float(f"{(odd * np.cos(np.arange(array.size))).sum() / scale:.4g}")


def outcomes(tf, name):
    """The outcome of every changed call of a function."""
    return {
        f"{key}: {change}": outcome(tf, name, {**CASES[name], key: other})
        for key, value in CASES[name].items()
        for change, other in variations(value).items()
    }


def agree(ours, theirs):
    """Whether two outcomes are errors, or the same values."""
    if isinstance(ours, str) or isinstance(theirs, str):
        return isinstance(ours, str) and isinstance(theirs, str)
    return len(ours) == len(theirs) and all(
        a[:2] == b[:2] and abs(a[2] - b[2]) <= (2e-2 if a[0] == "float16" else 2e-3) * (1 + abs(b[2]))
        for a, b in zip(ours, theirs, strict=True)
    )


@functools.cache
def recorded():
    """What is recorded: by function and change the outcome."""
    return json.loads(gzip.decompress(FILE.read_bytes()))


def of_tensorflow(name):
    """What TensorFlow does, in a process of its own, because some calls end the process; None if one does."""
    import tensorflow

    read, write = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(write, "wb") as file:
            pickle.dump(outcomes(tensorflow, name), file)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        found = file.read()
    return pickle.loads(found) if os.waitpid(child, 0)[1] == 0 else None


def main():
    """Compare with TensorFlow, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="record")
    asked = parser.parse_args()
    import autograd.tensorflow as tf

    found = {}
    for name in CASES:
        ours, theirs = outcomes(tf, name), of_tensorflow(name) or {}
        found[name] = {
            change: outcome for change, outcome in ours.items()
            if isinstance(outcome, str) or change in theirs and agree(outcome, theirs[change])
        }  # fmt: skip
        for change in ours:
            if change not in theirs:
                print(f"{name}({change}): TensorFlow ends the process", flush=True)
            elif not agree(ours[change], theirs[change]):
                print(f"{name}({change}): {ours[change]!s:.150} | TensorFlow: {theirs[change]!s:.150}", flush=True)
    if asked.write:
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(outcomes)}" for name, outcomes in found.items())
        FILE.write_bytes(gzip.compress(f"{{{lines}}}\n".encode(), mtime=0))


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
