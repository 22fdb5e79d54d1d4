"""For pytest, not part of the wheel: the examples in the docstrings of a file run alone, also without an install."""

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem

ROOT = Path(__file__).parents[1]
#: The checks for functions of other libraries, where these are not installed.
collect_ignore = [f"testing/{name}.py" for name in ("jax", "torch") if importlib.util.find_spec(name) is None]

#: What would make `torch` another name of this package in the process of the tests.
collect_ignore = ["as_torch.py", "spawned"]


def pytest_collect_file(file_path: Path) -> None:
    """Import a module of the packages by its name: from its file alone, pytest would execute it a second time.

    Its package imports it first, and then each class, table and registry in it would exist twice.
    """
    parts = file_path.relative_to(ROOT).with_suffix("").parts if file_path.is_relative_to(ROOT) else ()
    if str(file_path.relative_to(ROOT / "autograd")) in collect_ignore:
        return
    if file_path.suffix == ".py" and parts[:1] in (("autograd",), ("nn",)):
        importlib.import_module(".".join(parts).removesuffix(".__init__"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the examples of a function in the file that defines it, not again in that of the module that hands it on."""
    items[:] = [item for item in items if not _is_handed_on(item)]


def _is_handed_on(item: pytest.Item) -> bool:
    """Whether an item holds the examples of a function that another file defines; see `autograd/core/public.py`."""
    if not isinstance(item, DoctestItem):
        return False
    module = sys.modules[item.dtest.globs["__name__"]]
    function = getattr(module, item.name.removeprefix(f"{module.__name__}."), None)
    return inspect.isfunction(function) and inspect.unwrap(function).__module__ != module.__name__
