"""What `python -m autograd.testing.listing --write` writes is up to date: the table of operations and the stubs."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from autograd import tensor
from autograd.core.tensor import Tensor
from autograd.testing import stubs
from autograd.testing.listing import TARGET, listing

HINT = "run python -m autograd.testing.listing --write"


def test_the_table_of_operations_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == listing(), HINT


def test_the_stubs_are_up_to_date() -> None:
    written = {path: path.read_text(encoding="utf-8") for path in stubs.PACKAGE.rglob("*.pyi")}
    assert written == stubs.stubs(), HINT


#: Methods that the stub says return a Tensor, although their functions, which take arrays too, are annotated Any.
RETURN_TENSORS = [
    name
    for name, value in stubs.methods().items()
    if name not in stubs.ANY | set(stubs.OVERLOADS)
    and not isinstance(value, property)
    and inspect.signature(value).return_annotation == "Any"
]


@pytest.mark.parametrize("name", RETURN_TENSORS)
def test_a_method_annotated_any_returns_a_tensor(name: str) -> None:
    x, y = (tensor(np.array([[4.0, 2.0], [1.0, 3.0]])) for _ in range(2))
    whole = tensor([[4, 2], [1, 3]])
    calls: list[tuple[Any, ...]] = [(x,), (x, y), (x, 1), (whole,), (whole, whole), (x, 0, 1)]
    results = []
    for self, *args in calls:
        try:
            results.append(getattr(Tensor, name)(self, *args))
        except (TypeError, RuntimeError, ValueError, AttributeError):
            continue
    assert results and all(isinstance(result, Tensor) for result in results)
