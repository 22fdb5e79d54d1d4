"""Shared by the lessons: compare a student's answer with the right one, and say in a sentence what is wrong with it."""

from __future__ import annotations

import inspect
import json
import linecache
import math
import traceback
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograd as torch
from autograd.testing import GradcheckError, gradcheck

#: Where the number of wrong answers to each exercise is kept: a program that is run again gives the next hint.
TRIES = Path("course_out") / "tries.json"
#: Up to this many entries an array is printed whole.
PRINTED = 12


class Wrong(AssertionError):
    """What is wrong with an answer, as a sentence."""


# -- an exercise ------------------------------------------------------------------------------------


def attempt(check: Callable[[Any], None], answer: Any, hints: Sequence[str] = ()) -> None:
    """Check the answer to an exercise and print the result; each wrong answer is given the next hint."""
    name = getattr(answer, "__name__", "the answer")
    try:
        if not callable(answer):
            raise Wrong(f"expected a function, yours is {kind_of(answer)} ({text_of(answer)})")
        check(answer)
    except NotImplementedError:
        print(f"Exercise: write the function {name}.")
    except Wrong as wrong:
        print(f"Exercise: {name} is not right yet: {wrong}")
        if hints:
            number = min(_times_wrong(hints[0]), len(hints))
            print(f"  Hint {number} of {len(hints)}: {hints[number - 1]}")
    else:
        print(f"Exercise: {name} is right.")


def _times_wrong(first_hint: str) -> int:
    """How many wrong answers the exercise with this first hint has had, with the one now."""
    times = json.loads(TRIES.read_text(encoding="utf-8")) if TRIES.exists() else {}
    times[first_hint] = times.get(first_hint, 0) + 1
    TRIES.parent.mkdir(exist_ok=True)
    TRIES.write_text(json.dumps(times), encoding="utf-8")
    return int(times[first_hint])


def call(answer: Callable[..., Any], *args: Any) -> Any:
    """The result of the student's function for copies of the arguments.

    Raises:
        Wrong: the function does not take these arguments, or raises; the message says in which line.
        NotImplementedError: it is not written yet.
    """
    try:
        inspect.signature(answer).bind(*args)
    except TypeError as error:
        raise Wrong(
            f"expected a function of {len(args)} argument{'s' * (len(args) != 1)}, "
            f"yours takes {inspect.signature(answer)}: {error}"
        ) from None
    except ValueError:  # a built-in function without a signature
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return answer(*[_copy(arg) for arg in args])
    except NotImplementedError:
        raise
    except Exception as error:
        line = _line_of(answer, error)
        raise Wrong(
            f"expected a result, yours raises {type(error).__name__}{line}: {text_of(str(error), most=400)}"
        ) from error


def _copy(value: Any) -> Any:
    """A copy of an array, or of a list, of the check, so that an answer that writes into it cannot spoil the check."""
    if isinstance(value, list):
        return [_copy(v) for v in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def _line_of(answer: Any, error: BaseException) -> str:
    """The line of the student's code at which an error was raised, as text; empty if there is none."""
    filename = getattr(getattr(answer, "__code__", None), "co_filename", "")
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == filename]
    text = linecache.getline(filename, lines[-1].lineno or 0).strip() if lines else ""
    return f" in line {lines[-1].lineno}, `{text}`" if text else ""


# -- comparing --------------------------------------------------------------------------------------


def expect(
    yours: Any,
    wanted: Any,
    where: str = "",
    mistakes: Mapping[str, Any] | None = None,
    tolerance: float = 1e-9,
) -> None:
    """Compare a result with the right one.

    Args:
        yours: what the student's function returned.
        wanted: a number, an array, a bool or a text; or a dict from the name of a part to its value, if the
            function returns several values.
        where: for which arguments, as text: "at x = 0.7".
        mistakes: the results of known mistakes, each under a sentence that explains it.
        tolerance: how far a number may be off, relative to the largest entry and to 1.

    Raises:
        Wrong: they differ. The message has what was expected, what the student has, and if it is known, why.

    >>> expect(-2.0, 2.0, "at x = 1")
    Traceback (most recent call last):
        ...
    checks.Wrong: at x = 1: expected 2, yours -2. The sign is wrong.
    """
    place = f"{where}: " if where else ""
    if yours is None:
        raise Wrong(f"{place}expected {described(wanted)}, yours is None. Does the function end with `return`?")
    if isinstance(wanted, dict):
        _expect_parts(yours, wanted, where, mistakes or {}, tolerance)
    elif isinstance(wanted, (bool, str, list)):
        if type(yours) is not type(wanted) or yours != wanted:
            raise Wrong(f"{place}expected {text_of(wanted)}, yours {text_of(yours)}.{_cause(yours, mistakes or {}, 0)}")
    else:
        right, found = as_array(wanted), _numbers_of(yours, wanted, place)
        _expect_numbers(found, right, place, mistakes or {}, tolerance)


def _expect_parts(
    yours: Any, wanted: dict[str, Any], where: str, mistakes: Mapping[str, Any], tolerance: float
) -> None:
    """Compare several values; a mistake may be given as a dict of parts too."""
    names = ", ".join(wanted)
    place = f"{where}: " if where else ""
    if not isinstance(yours, (tuple, list)):
        raise Wrong(f"{place}expected {len(wanted)} values ({names}), yours is {described(yours)}.")
    if len(yours) != len(wanted):
        raise Wrong(f"{place}expected {len(wanted)} values ({names}), yours are {len(yours)}.")
    for i, name in enumerate(wanted):
        of_part = {
            cause: value[name] if isinstance(value, dict) else value
            for cause, value in mistakes.items()
            if not isinstance(value, dict) or name in value
        }
        expect(yours[i], wanted[name], f"{where}, {name}" if where else name, of_part, tolerance)


def _numbers_of(yours: Any, wanted: Any, place: str) -> np.ndarray[Any, Any]:
    """What the student has as an array, if it may stand for one."""
    allowed = (int, float, np.number, np.ndarray, torch.Tensor)
    if isinstance(yours, bool) or not isinstance(yours, allowed):
        advice = ""
        if isinstance(yours, (list, tuple)):
            advice = " Make it an array with np.array(...)." if np.shape(wanted) else " Return the number alone."
        elif isinstance(yours, types.FunctionType):
            advice = " Was it meant to be called?"
        raise Wrong(f"{place}expected {described(wanted)}, yours is {described(yours)}.{advice}")
    found = as_array(yours)
    if found.dtype.kind not in "iuf":
        raise Wrong(f"{place}expected {described(wanted)}, yours has entries of {found.dtype}: {text_of(yours)}.")
    return found


def _expect_numbers(
    found: np.ndarray[Any, Any],
    right: np.ndarray[Any, Any],
    place: str,
    mistakes: Mapping[str, Any],
    tolerance: float,
) -> None:
    if found.shape != right.shape:
        cause = _cause(found, mistakes, tolerance)
        if not cause and found.ndim == 2 and found.T.shape == right.shape:
            cause = " It looks transposed."
        raise Wrong(f"{place}expected shape {right.shape}, yours {found.shape}.{cause}")
    if close(found, right, tolerance):
        return
    wrong = ~np.isclose(found, right, rtol=0, atol=tolerance * _size(right), equal_nan=True)
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(found - right), np.inf, abs(found - right)))), right.shape)
    if right.ndim > 0 and right.size > PRINTED:
        entry = ", ".join(map(str, at))
        place = f"{place}{wrong.sum()} of {right.size} entries are wrong; at [{entry}] "
        shown, other = right[at], found[at]
    else:
        shown, other = right, found
    expected, given = text_of(shown), text_of(other)
    if expected == given:  # they differ only in digits that are not printed
        expected, given = text_of(shown, 12), text_of(other, 12)
    why = _cause(found, mistakes, tolerance) or _general_cause(found, right, tolerance)
    raise Wrong(f"{place}expected {expected}, yours {given}.{why}")


def _cause(found: Any, mistakes: Mapping[str, Any], tolerance: float) -> str:
    """The known mistake that gives this result, as a sentence after a space; empty if none does."""
    for sentence, result in mistakes.items():
        if isinstance(result, (bool, str, list)):
            same = type(found) is type(result) and found == result
        else:
            same = isinstance(found, np.ndarray) and close(found, as_array(result), tolerance)
        if same:
            return f" {sentence}"
    return ""


def _general_cause(found: np.ndarray[Any, Any], right: np.ndarray[Any, Any], tolerance: float) -> str:
    """What is wrong with numbers, where that can be seen from them alone; empty otherwise."""
    if np.isnan(found).any() and not np.isnan(right).any():
        return " NaN is the result of 0/0, ∞ - ∞, or the root or logarithm of a negative number."
    if np.isinf(found).any() and not np.isinf(right).any():
        return " An infinity: the result of a division by 0, or of a number too large for its dtype."
    if close(found, right, 1e-5):
        if found.dtype == np.float32:
            return " It was rounded to float32, which keeps 7 digits: use float64."
        return " Only the first digits agree: was something rounded to float32, or is a step too large?"
    if close(-found, right, tolerance):
        return " The sign is wrong."
    if not found.any():
        return " Everything is 0."
    used = right != 0
    with np.errstate(all="ignore"):
        factors = found[used] / right[used]
    if factors.size and np.allclose(factors, factors[0], rtol=1e-6) and close(found, right * factors[0], 1e-6):
        return f" Yours is {factors[0]:.4g} times the right result: a factor is wrong."
    return ""


def close(found: np.ndarray[Any, Any], right: np.ndarray[Any, Any], tolerance: float) -> bool:
    """Whether two arrays have the same shape and agree up to `tolerance`, relative to the largest entry and to 1."""
    return found.shape == right.shape and bool(
        np.allclose(found, right, rtol=0, atol=tolerance * _size(right), equal_nan=True)
    )


def _size(right: np.ndarray[Any, Any]) -> float:
    finite = abs(right[np.isfinite(right)])
    return max(1.0, float(finite.max())) if finite.size else 1.0


# -- answers that are differentiated ----------------------------------------------------------------


def tensor_from(yours: Any, where: str = "") -> torch.Tensor:
    """The student's result as a tensor with a graph.

    Raises:
        Wrong: it is not a tensor, or has no graph.
    """
    place = f"{where}: " if where else ""
    if yours is None:
        raise Wrong(f"{place}expected a tensor, yours is None. Does the function end with `return`?")
    if not isinstance(yours, torch.Tensor):
        raise Wrong(
            f"{place}expected a tensor, yours is {described(yours)}. Use torch functions: after .item() or NumPy the "
            "graph is lost."
        )
    if not yours.requires_grad:
        raise Wrong(
            f"{place}expected a tensor with a graph, yours has none: no gradient can flow back through it. "
            "Was it detached, or computed under no_grad?"
        )
    return yours


def expect_right_rule(function: Callable[..., Any], inputs: Sequence[torch.Tensor], where: str) -> None:
    """Check the rule of a function by `gradcheck`, and hand on what it says.

    Raises:
        Wrong: the rule disagrees with the numerical derivative.
    """
    try:
        gradcheck(function, tuple(inputs))
    except GradcheckError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise Wrong(f"{where}: {' '.join(lines)}") from None


# -- text -------------------------------------------------------------------------------------------


def as_array(value: Any) -> np.ndarray[Any, Any]:
    """A number, an array or a tensor as an array."""
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def kind_of(value: Any) -> str:
    """What kind of thing a value is, with its article."""
    names = {"ndarray": "array", "Tensor": "tensor", "int": "number", "float": "number", "str": "text"}
    name = names.get(type(value).__name__, type(value).__name__)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def described(value: Any) -> str:
    """What a value is, in a few words.

    >>> described(np.zeros((2, 3))), described([1, 2]), described(0.5)
    ('an array of shape (2, 3)', 'a list ([1, 2])', 'the number 0.5')
    """
    if isinstance(value, dict):
        return f"{len(value)} values ({', '.join(value)})"
    if isinstance(value, (np.ndarray, torch.Tensor)) and value.ndim:
        return f"{kind_of(value)} of shape {tuple(value.shape)}"
    if isinstance(value, (int, float, np.number, np.ndarray, torch.Tensor)) and not isinstance(value, bool):
        return f"the number {text_of(value)}"
    return f"{kind_of(value)} ({text_of(value)})"


def text_of(value: Any, digits: int = 6, most: int = 80) -> str:
    """A value for a sentence: numbers with few digits, arrays on one line, at most `most` characters of anything else.

    >>> text_of(1 / 3), text_of(np.array([[1.0, 2.5]])), text_of(2.0)
    ('0.333333', '[[1, 2.5]]', '2')
    """
    if isinstance(value, (np.ndarray, torch.Tensor, np.number, float)) and not isinstance(value, bool):
        array = as_array(value)
        if array.dtype.kind in "iuf":
            return _numbers_text(array.tolist(), digits)
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _numbers_text(value: Any, digits: int) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_numbers_text(v, digits) for v in value)}]"
    return f"{value + 0:.{digits}g}" if math.isfinite(value) else str(value)  # + 0: no minus before a zero
