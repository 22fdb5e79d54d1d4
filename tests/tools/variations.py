"""Calls with one argument changed at a time: another value of its kind, or one of a kind that is not allowed."""

import numpy as np


def variations(value):
    """Other values in place of an argument, each with a name that tells what was changed."""
    if isinstance(value, np.ndarray):
        return dict(_arrays(value))
    if isinstance(value, bool):
        return {"not": not value}
    if isinstance(value, int):
        return {str(other): other for other in (-3, -2, -1, 0, 1, 2, 3, 5) if other != value} | {"half": value + 0.5}
    if isinstance(value, float):
        return {str(other): other for other in (-1.0, 0.0, 0.5, 1.0, 3.0, np.inf, 2) if other != value} | {"list": [value]}
    if isinstance(value, str):
        return {"name": "unknown", "lower": value.lower(), "upper": value.upper()}
    if value is None:
        return {}
    if isinstance(value, (list, tuple)) and value and not isinstance(value[0], np.ndarray):
        parts = {f"{i} {name}": [*value[:i], other, *value[i + 1 :]] for i in range(len(value))
                 for name, other in variations(value[i]).items() if name in ("-2", "-1", "0", "2", "3", "5", "half")}  # fmt: skip
        return {"shorter": value[:-1], "longer": [*value, value[-1]], "nested": [value], "backwards": value[::-1], **parts}
    return {}


def _arrays(value):
    yield "0-d", value.ravel()[0] if value.size else value
    yield "more dims", value[None]
    yield "three times", np.stack([value] * 3)
    yield "empty", value[:0]
    yield "without last", value[..., :-1]
    yield "without first", value[1:]
    yield "transposed", value.T
    if value.dtype.kind == "f":
        yield "float64", value.astype(np.float64)
        yield "float16", value.astype(np.float16)
        yield "int32", (value * 3).astype(np.int32)
        yield "negative", -value
        yield "zero", value * 0
        yield "special", np.where(np.arange(value.size).reshape(value.shape) % 2, np.nan, np.inf).astype(value.dtype)
    yield "bool", value > 0
    yield "text", "text"
    yield "None", None
