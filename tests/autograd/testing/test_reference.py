"""The API reference shows annotations as what they mean in the module of the function."""

import sys
import warnings
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

import pytest

from autograd.testing import reference


@pytest.mark.parametrize(
    "text, meaning",
    [("int", int), ("'int'", int), ("list[int]", list[int]), ("int | None", int | None), ("'int' | None", None),
     ("Unknown", None), ("list[Unknown]", None)],
)  # fmt: skip
def test_annotations_that_mean_something_are_resolved_and_others_left_out(text, meaning):
    def function(x):
        return x

    function.__annotations__ = {"x": text}
    reference._resolve_annotations(function)
    assert function.__annotations__ == ({} if meaning is None else {"x": meaning})


class Pair(NamedTuple):
    x: "int"


class Made:
    def method(self, x: "int"):
        pass

    @property
    def attribute(self) -> "int":
        return 1

    @classmethod
    def make(cls, x: "int"):
        pass

    @staticmethod
    def plain(x: "int"):
        pass


@pytest.mark.parametrize("module, meaning", [("nn.made", int), ("autograd.made", int), ("other.nn", "int")])
def test_annotations_of_methods_properties_and_fields_are_resolved(module, meaning, monkeypatch):
    for kind in (Made, Pair):
        monkeypatch.setattr(kind, "__module__", module)
    functions = [Made.method, Made.attribute.fget, Made.make.__func__, Made.plain]
    for function in functions:
        monkeypatch.setattr(function, "__annotations__", dict.fromkeys(function.__annotations__, "int"))
    monkeypatch.setattr(Pair.__new__, "__annotations__", {"x": "int"})
    reference._resolve_annotations(Made)
    reference._resolve_annotations(Pair)
    assert [list(function.__annotations__.values()) for function in functions] == [[meaning]] * 4
    assert Pair.__new__.__annotations__ == {"x": meaning}


def test_a_page_is_built_for_each_module_that_is_not_part_of_another(monkeypatch, tmp_path):
    seen, built = [], []
    for name in ("autograd.made", "autograd.made.inner", "nn.made", "other.made"):
        module = ModuleType(name)
        module.__all__ = ["late"]
        module.here = name
        module.__getattr__ = lambda attribute, name=name: (
            seen.append((name, attribute)) if attribute == "late" else None
        )
        monkeypatch.setitem(sys.modules, name, module)

    def pdoc(*names, output_directory):
        built.append((names, output_directory, output_directory.is_dir()))
        warnings.warn("no such object", stacklevel=1)

    extract = SimpleNamespace(walk_specs=lambda names: {name for name in sys.modules if name.startswith(names[0])})
    monkeypatch.setitem(sys.modules, "pdoc", SimpleNamespace(extract=extract, pdoc=pdoc))
    monkeypatch.setattr(reference, "MODULES", ("autograd.made", "autograd.made.inner", "nn.made"))
    monkeypatch.setattr(reference, "_resolve_annotations", seen.append)
    for folder in (tmp_path, tmp_path / "new" / "pages"):
        with pytest.raises(UserWarning, match="no such object"):
            reference.build(folder)
        assert built[-1] == (("autograd.made", "nn.made"), folder, True)
    for name in ("autograd.made", "autograd.made.inner", "nn.made"):
        assert (name, "late") in seen and name in seen
    assert "other.made" not in seen
