"""pytest runs the examples in docstrings of any file alone, in a clone that is not installed too."""

import importlib
from pathlib import Path

ROOT = Path(__file__).parent


def pytest_collect_file(file_path: Path) -> None:
    """Import a module of the packages by its name: from its file alone, pytest would execute it a second time.

    Its package imports it first, and then each class, table and registry in it would exist twice.
    """
    parts = file_path.relative_to(ROOT).with_suffix("").parts if file_path.is_relative_to(ROOT) else ()
    if file_path.suffix == ".py" and parts[:1] in (("autograd",), ("nn",)):
        importlib.import_module(".".join(parts).removesuffix(".__init__"))
