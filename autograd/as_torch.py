"""Run programs and libraries that were written for PyTorch, without a change: `torch` leads to this package.

>>> import autograd.as_torch  # once, before anything imports torch
>>> import torch.nn.functional as F
>>> from torch import nn
>>> torch.__version__, nn.Linear(2, 1)(torch.ones(3, 2)).shape
('2.13.0', torch.Size([3, 1]))

For a program, its tests, or a notebook, where nothing is to be changed:

    python -m autograd.as_torch script.py arguments…
    python -m autograd.as_torch -m module arguments…     # folders and zip files with a __main__.py too
    pytest -p autograd.as_torch
    import autograd.as_torch                             # the first cell of a notebook

`torch` is a module of its own, with the names of `autograd` and the version of PyTorch whose names those are. The
modules below it are those of this package under a second name: `torch.nn is nn`. So there is one class of each kind,
and what is pickled with the alias is loaded without it, and the other way round. dtypes, shapes and layouts are printed
as `torch.float32`, which programs compare. `Tensor.__module__` is "torch", as in PyTorch: libraries such as opt_einsum
ask there which library an array belongs to, and a pickled tensor does not name its class. All other classes and
functions say where they are defined, where `pickle`, `inspect.getsource` and `typing.get_type_hints` look.

Processes that `multiprocessing` spawns have the alias too. A program that is started as a command has not: start it
by `python -m autograd.as_torch`.
"""

from __future__ import annotations

import builtins
import contextlib
import difflib
import importlib
import importlib.util
import os
import pkgutil
import re
import runpy
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import autograd

from . import aliases, without_effect
from .base import names
from .core.tensor import Tensor

#: The release of PyTorch whose names and behavior this package follows.
VERSION = "2.13.0"

#: Names of this package that PyTorch does not have, or uses for something else.
OWN = {
    "GradientTape", "aliases", "as_torch", "base", "core", "cpu_only", "extend", "gradcheck", "gradgradcheck",
    "methods", "ops", "saving", "settings", "surface", "tape", "teaching", "tensorflow", "transforms",
    "typed_tensors", "without_effect",
}  # fmt: skip

#: What a name that is missing would need, by a pattern of names.
NEEDS = {
    r"sparse|coalesce|_(coo|csr|csc|bsr|bsc)(_|$)": "sparse tensors",
    r"quant(?!ile)|q_(scale|zero|per)|^qu?int|(^|\.)ao(\.|$)|Observer": "quantized tensors",
    r"float8|float4|bfloat16|bits\d|^u?int[1-7]$|chalf|complex32": "a number format that NumPy does not have",
    r"cuda|cudnn|nccl|triton|xpu|mtia|miopen|mkldnn|vulkan|inductor|(^|[._])(hip|ipu)": (
        "a processor or library other than NumPy"
    ),
    r"nested|jagged|padded_tensor": "nested tensors",
    r"export|dynamo|Script|Tracing|Graph|library|_prims|_refs|(^|[._])(fx|aot|C(\.|$))": (
        "PyTorch's own compilers or its C++ core"
    ),
    r"distributed|fsdp|(^|[._])(rpc|ddp)": "groups of processes, sharded tensors or remote calls",
}


class TorchVersion(str):
    """A version that compares as numbers, with text or a tuple: "2.13.0" is later than "2.4".

    >>> TorchVersion("2.13.0") > "2.4", TorchVersion("2.13.0") >= (2, 13)
    (True, True)
    """

    __slots__ = ()

    def _difference(self, other: Any) -> int:
        """Below, at or above 0 where this version is earlier, the same or later."""
        parts = other if isinstance(other, (tuple, list)) else re.findall(r"\d+", str(other).partition("+")[0])
        mine, theirs = ([*map(int, version), 0, 0, 0, 0][:4] for version in (re.findall(r"\d+", self), parts))
        return (mine > theirs) - (mine < theirs)

    def __lt__(self, other: Any) -> bool:
        return self._difference(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._difference(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._difference(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._difference(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self._difference(other) == 0

    def __hash__(self) -> int:
        return str.__hash__(self)


def install() -> None:
    """Let the name `torch`, and every name below it, lead to this package; a second call does nothing.

    Raises:
        ImportError: another `torch` has been imported in this process.
    """
    there: Any = sys.modules.get("torch")
    if there is not None:
        if getattr(there, "__file__", None) == autograd.__file__:
            return
        raise ImportError(
            f"autograd.as_torch: this process has already imported PyTorch, from {getattr(there, '__file__', None)}: "
            "import autograd.as_torch before every library that imports torch, or run the program by "
            "`python -m autograd.as_torch script.py`"
        )
    sys.meta_path.insert(0, _Torch())
    sys.meta_path.append(_Missing())
    importlib.import_module("torch")
    sys.modules["torch.autograd.gradcheck"] = sys.modules[aliases.GRADCHECK]
    sys.path.insert(1, str(Path(__file__).parent / "spawned"))
    names.set_package("torch")
    Tensor.__module__ = "torch"
    Tensor.__getattr__ = _attribute_of_tensor  # type: ignore[attr-defined]  # only here, where it says more


# -- the import system ------------------------------------------------------------------------------


class _Torch:
    """Finds and makes `torch`, finds the modules below it, and says which version is installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "torch":
            return ModuleSpec("torch", cast(Any, self), origin=autograd.__file__, is_package=True)
        package, _, rest = fullname.partition(".")
        if package != "torch" or rest.partition(".")[0] in OWN:
            return None
        parent, _, name = fullname.rpartition(".")
        around = autograd if parent == "torch" else sys.modules[parent]
        in_table = rest in without_effect.TABLE or f"autograd.{rest}" in aliases.ALIASES
        if not (in_table or aliases.exists(f"{around.__name__}.{name}", around.__path__)):
            return None
        return ModuleSpec(fullname, cast(Any, _Submodule(f"autograd.{rest}", fullname)), origin=__file__)

    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system make the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill `torch` with the names of `autograd` that are not modules, and with those that tell the version."""
        own: Any = module
        vars(module).update(
            (name, value)
            for name, value in vars(autograd).items()
            if not name.startswith("_") and not isinstance(value, ModuleType)
        )
        own.__doc__, own.__file__, own.__getattr__ = autograd.__doc__, autograd.__file__, _attribute_of_torch
        own.__version__ = TorchVersion(VERSION)
        own.__all__ = [name for name in autograd.__all__ if name in vars(module)]
        for name, values in {
            "torch.version": {"__version__": own.__version__, "cuda": None, "hip": None, "xpu": None, "debug": False},
            "torch.torch_version": {"__version__": own.__version__, "TorchVersion": TorchVersion},
        }.items():
            below = sys.modules[name] = ModuleType(name, f"`{name}`: the version of PyTorch that is followed.")
            below.__spec__ = ModuleSpec(name, None, origin=__file__)
            vars(below).update(values)
            setattr(module, name.removeprefix("torch."), below)

    def find_distributions(self, context: Any = None) -> Iterator[Any]:
        """What `importlib.metadata.version("torch")` asks."""
        from importlib.metadata import Distribution  # slow to import, and seldom asked for

        class Torch(Distribution):
            def read_text(self, filename: str) -> str | None:
                return f"Metadata-Version: 2.1\nName: torch\nVersion: {VERSION}\n" if filename == "METADATA" else None

            def locate_file(self, path: Any) -> Path:
                return Path(__file__).parent / path

        if getattr(context, "name", None) in (None, "torch"):
            yield Torch()


def _attribute_of_torch(name: str) -> Any:
    """`torch.<name>`, for names that are imported on first use."""
    if importlib.util.find_spec(f"torch.{name}") is not None:
        return importlib.import_module(f"torch.{name}")
    value = None if name in OWN or name.startswith("__") else getattr(autograd, name, None)
    if value is None or isinstance(value, ModuleType):
        raise AttributeError(missing("torch", name))
    setattr(sys.modules["torch"], name, value)
    return value


class _Submodule(aliases.AliasLoader):
    """Loads a module below `torch`: one of ours, which from then on says more about names that it lacks."""

    def __init__(self, target: str, name: str) -> None:
        super().__init__(target)
        self._name = name

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if module.__name__ in _shown:
            return
        _shown[module.__name__] = self._name
        vars(module).setdefault("__path__", [])  # so that `from torch.fft import name` asks the finders too
        own = vars(module).get("__getattr__")

        def attribute(name: str) -> Any:
            if own is not None:
                with contextlib.suppress(AttributeError):
                    return own(name)
            raise AttributeError(missing(self._name, name))

        module.__getattr__ = attribute  # type: ignore[method-assign]  # a module's own, as PEP 562 has it


#: The names below `torch` of our modules that have been imported by such a name, by the modules' own names.
_shown: dict[str, str] = {"torch": "torch"}


class _Missing:
    """Found last: says what is missing, where an import would only fail."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        parent, _, name = fullname.rpartition(".")
        parent = sys.modules[parent].__name__ if parent in sys.modules else parent
        # importlib.util.find_spec asks whether there is such a module: None is the answer. An import is told more.
        if parent in _shown and sys._getframe(2).f_code.co_name == "_find_and_load_unlocked":
            raise ModuleNotFoundError(missing(_shown[parent], name))


def missing(module: str, name: str) -> str:
    """The sentence about a name that a module lacks: what it would need, and the nearest names that exist."""
    near = difflib.get_close_matches(name, dir(sys.modules[module]), n=3)
    text = _lacks(f"module {module!r}", name, f"{module}.{name}")
    return text + (f". The nearest names: {', '.join(near)}" if near else "")


def _attribute_of_tensor(self: Tensor, name: str) -> Any:
    if name.startswith("__"):  # a protocol, which callers only ask for
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
    raise AttributeError(_lacks(f"{type(self).__name__!r} object", name, name), name=name, obj=self)


def _lacks(owner: str, name: str, path: str) -> str:
    text = f"{owner} has no attribute {name!r}: it is not part of Glassgrad, which stands in for PyTorch here"
    for pattern, need in NEEDS.items():
        if re.search(pattern, path.removeprefix("torch.")):
            return text + f"; it needs {need}, which Glassgrad does not support"
    return text


# -- running a program ------------------------------------------------------------------------------

USAGE = """usage: python -m autograd.as_torch script.py [arguments…]
       python -m autograd.as_torch -m module [arguments…]"""


def run(arguments: list[str]) -> None:
    """Run a program as `python script.py` and `python -m module` do.

    Raises:
        SystemExit: the program ended with a code, or with an exception, which has been printed.
    """
    if not arguments or arguments[:1] in (["-h"], ["--help"]) or arguments == ["-m"]:
        raise SystemExit(USAGE)
    try:
        if arguments[0] == "-m":
            sys.argv = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            _run_script(arguments[0])
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_globals.get("__name__") in _BETWEEN:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        raise SystemExit(1) from None


#: The modules between the interpreter and the program, whose frames are left out of the program's tracebacks.
_BETWEEN = (__name__, "runpy", "importlib._bootstrap", "importlib._bootstrap_external")


def _run_script(script: str) -> None:
    path = os.path.abspath(script)
    if pkgutil.get_importer(path) is not None:  # a folder, or a zip file, with a __main__.py
        runpy.run_path(script, run_name="__main__")
        return
    if not os.path.isfile(path):
        sys.stderr.write(f"{sys.executable}: can't open file {path!r}: no such file\n")
        raise SystemExit(2)
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    loader = SourceFileLoader("__main__", path)
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__doc__, module.__file__, module.__loader__ = None, path, loader
    vars(module)["__builtins__"] = builtins
    exec(loader.source_to_code(loader.get_data(path), path), vars(module))


if __name__ == "__main__":  # this file is then imported a second time, under its own name
    from autograd.as_torch import run

    run(sys.argv[1:])
else:
    install()
