"""Many calls of the functions of tensors: values, dtypes, shapes and gradients are those of PyTorch."""

from pathlib import Path

import numpy as np
import pytest

import autograd
from tests.tools import calls
from tests.tools.answers import plain

LINES = calls.lines(Path(__file__).parent)


def difference(ours, theirs):
    """What is different in two outcomes, in a few words, or None."""
    if type(ours) is not type(theirs):
        return f"{ours!r}, but {theirs!r} there"
    if isinstance(ours, dict):
        return difference(list(ours.items()), list(theirs.items()))
    if isinstance(ours, (tuple, list)):
        if len(ours) != len(theirs):
            return f"{len(ours)} parts, but {len(theirs)} there"
        return next((found for pair in zip(ours, theirs) if (found := difference(*pair))), None)
    if isinstance(ours, np.ndarray):
        if (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
            return f"{ours.dtype} {ours.shape}, but {theirs.dtype} {theirs.shape} there"
        exact = 1e-5 if ours.dtype.name in ("float32", "complex64") else 1e-8
        same = np.allclose(ours, theirs, rtol=exact, atol=exact, equal_nan=True)
        return None if same else f"{ours.tolist()}, but {theirs.tolist()} there"
    return None if ours == theirs else f"{ours!r}, but {theirs!r} there"


def kind(found):
    """The kind of an error, without its text."""
    return found.partition(":")[0] if isinstance(found, str) else found


def gradients(found):
    """The gradients by name, without those that are 0: one library has zeros where another has None."""
    return {name: g for name, g in found.items() if name != "result" and np.any(g[-1] if isinstance(g, tuple) else g)}


@pytest.mark.parametrize("line", LINES)
def test_calls_return_what_they_return_in_pytorch(line, answers):
    table = calls.compiled(LINES[line])
    theirs = answers("torch", lambda library: {text: calls.outcome(library, code) for text, code in table.items()})
    wrong = []
    for text, code in table.items():
        ours = plain(calls.outcome(autograd, code))
        if isinstance(ours, str) or isinstance(theirs[text], str):
            found = difference(kind(ours), kind(theirs[text]))
        else:
            found = difference(ours["result"], theirs[text]["result"])
            if not found and "no gradient" not in theirs[text]:
                found = difference(gradients(ours), gradients(theirs[text]))
        wrong += [f"{text}: {found}"] if found else []
    assert not wrong, "\n".join(wrong)


MESSAGES = calls.messages()


@pytest.mark.parametrize("first", range(0, len(MESSAGES), 20))
def test_errors_say_what_they_said_when_they_were_recorded(first):
    wrong = []
    for call, expected in list(MESSAGES.items())[first : first + 20]:
        ((text, code),) = calls.compiled(call).items()
        found = "\n".join(line.rstrip() for line in calls.error_of(autograd, code).splitlines())
        wrong += [f"{text}\n    {found}, but recorded is\n    {expected}"] if found != expected else []
    assert not wrong, "\n".join(wrong)
