"""What `python -m autograd.testing.listing --write` writes is up to date: the table of operations and the stubs."""

from __future__ import annotations

import inspect
from pathlib import Path
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


def test_stubs_that_are_no_longer_needed_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old.pyi").write_text("old")
    (tmp_path / "kept.py").write_text("kept")
    (tmp_path / "same.pyi").write_text("before")
    monkeypatch.setattr(stubs, "PACKAGE", tmp_path)
    monkeypatch.setattr(stubs, "stubs", lambda: {tmp_path / "same.pyi": "é", tmp_path / "new" / "a.pyi": "a"})
    stubs.write()
    stubs.write()
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.py*")} == {
        "kept.py": "kept", "same.pyi": "é", "a.pyi": "a",
    }  # fmt: skip


def test_a_stub_refuses_what_it_cannot_say() -> None:
    imports = stubs._Imports({"int", "dtype"})
    assert imports.add("autograd.base.dtypes", "dtype") == "_dtype" and imports.add("typing", "Any") == "Any"
    assert imports.add("typing", "Any") == "Any"
    with pytest.raises(ValueError, match="two types are called Any: in somewhere and in typing"):
        imports.add("somewhere", "Any")
    with pytest.raises(ValueError, match=r"test_a_stub.*: the stub cannot tell what Unknown is"):
        imports.annotation(test_a_stub_refuses_what_it_cannot_say, "Unknown")
    assert imports.annotation(listing, "int | str") == "builtins.int | str"
    assert imports.lines() == [
        "import builtins", "from typing import Literal, overload", "import numpy as np",
        "from autograd.base.dtypes import dtype as _dtype", "from typing import Any",
    ]  # fmt: skip


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
