"""The API reference: a page for each public module, built by pdoc from the docstrings.

python -m autograd.testing.reference build/reference

It needs pdoc (`pip install -e ".[dev]"`). A warning, such as one about a name without an object, is an error.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path
from types import FunctionType
from typing import Any, get_type_hints

#: The modules that scripts import.
MODULES = (
    "autograd", "autograd.amp", "autograd.cuda", "autograd.extend", "autograd.fft", "autograd.forward_ad",
    "autograd.func", "autograd.functional", "autograd.graph", "autograd.linalg", "autograd.masked",
    "autograd.signal.windows", "autograd.special", "autograd.tape", "autograd.teaching", "autograd.tensorflow",
    "autograd.tensorflow.data", "autograd.tensorflow.image", "autograd.tensorflow.linalg",
    "autograd.tensorflow.math", "autograd.tensorflow.nn", "autograd.testing", "autograd.transforms.function",
    "autograd.utils.checkpoint", "nn", "nn.data", "nn.distributions", "nn.functional", "nn.init", "nn.keras",
    "nn.keras.callbacks", "nn.keras.layers", "nn.keras.losses", "nn.keras.metrics", "nn.keras.optimizers",
    "nn.optim", "nn.optim.lr_scheduler", "nn.parameter", "nn.utils", "nn.utils.parametrizations",
    "nn.utils.parametrize", "nn.utils.rnn",
)  # fmt: skip
#: Those that need another library.
OPTIONAL = ("autograd.testing.jax", "autograd.testing.torch")


def build(folder: Path) -> None:
    """Write the pages into a folder, which is created if needed."""
    from pdoc import extract, pdoc

    wanted: list[str] = []
    covered: set[str] = set()  # pdoc documents the submodules of a module too
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in MODULES:
            module = importlib.import_module(name)
            for public in getattr(module, "__all__", ()):
                getattr(module, public)  # imports those that are imported on first use
            if name not in covered:
                specs = [name, *(f"!{other}" for other in OPTIONAL if other.startswith(f"{name}."))]
                wanted += specs
                covered |= set(extract.walk_specs(specs))
        for name in [name for name in sys.modules if name.partition(".")[0] in ("autograd", "nn")]:
            for value in list(vars(sys.modules[name]).values()):
                _resolve_annotations(value)
        folder.mkdir(parents=True, exist_ok=True)
        pdoc(*wanted, output_directory=folder)


def _resolve_annotations(value: Any) -> None:
    """Replace annotations that are strings by what they mean in the module of the function.

    pdoc would read those of a method where the class is shown, and at the top level `int` is a dtype.
    """
    if isinstance(value, type) and value.__module__.partition(".")[0] in ("autograd", "nn"):
        for member in list(vars(value).values()):
            _resolve_annotations(getattr(member, "fget", None) or getattr(member, "__func__", member))
        if issubclass(value, tuple) and hasattr(value, "_fields"):
            value.__new__.__annotations__ = _hints(value)
    elif isinstance(value, FunctionType):
        value.__annotations__ = _hints(value)
        _resolve_annotations(getattr(value, "__wrapped__", None))


def _hints(value: Any) -> dict[str, Any]:
    try:
        return get_type_hints(value)
    except (NameError, TypeError):  # a name that only type checkers import
        return {}


if __name__ == "__main__":
    build(Path(sys.argv[1]))
