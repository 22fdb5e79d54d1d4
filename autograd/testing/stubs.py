"""Stubs for type checkers: the signature of every method of Tensor, and the import names that lead to `nn`.

`python -m autograd.testing.listing --write` writes them; a test compares them with what it would write.
Two kinds of names exist only at run time: the operators and methods that `autograd/methods.py` puts on Tensor, and the
aliases of `autograd/aliases.py`. With the stubs `x.exp()` is a Tensor and `autograd.nn.functional` is found, for mypy,
for pyright and for an editor.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

from .. import aliases
from ..core.tensor import Tensor

PACKAGE = Path(__file__).resolve().parents[1]

#: Methods whose result depends on how they are called.
OVERLOADS = {
    **{
        name: (
            "(self) -> Tensor",
            "(self, dim: Tensor, keepdim: builtins.bool = False) -> Tensor",
            f"(self, dim: builtins.int, keepdim: builtins.bool = False) -> named_results.{name}",
            "(self, *, other: Tensor) -> Tensor",
        )
        for name in ("max", "min")
    },
    **{
        name: ("(self) -> Tensor", f"(self, dim: builtins.int, keepdim: builtins.bool = False) -> named_results.{name}")
        for name in ("median", "nanmedian")
    },
    "nonzero": (
        "(self, *, as_tuple: Literal[False] = False) -> Tensor",
        "(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
    ),
    "type": (
        "(self, dtype: None = None) -> builtins.str",
        "(self, dtype: Any, non_blocking: builtins.bool = False) -> Tensor",
    ),
}

#: Methods annotated Any whose result is not a Tensor, or not always one.
ANY = {
    "__array_ufunc__", "__dlpack__", "_repr_html_", "item", "lu", "size", "stride", "tolist", "unique",
    "unique_consecutive",
}  # fmt: skip


def stubs() -> dict[Path, str]:
    """The text of each stub, by its path."""
    return _stubs_of_methods() | _stubs_of_aliases()


# -- methods ----------------------------------------------------------------------------------------


def methods() -> dict[str, Any]:
    """The functions and properties of Tensor that stand outside its class body, by name."""
    return {
        name: value
        for name, value in vars(Tensor).items()
        if isinstance(value, (FunctionType, property))
        and _function_of(value).__globals__["__name__"] != Tensor.__module__
    }


def _function_of(value: Any) -> Any:
    return value.fget if isinstance(value, property) else value


def _stubs_of_methods() -> dict[Path, str]:
    found = methods()
    inplace = {name for name in found if re.fullmatch(r"[a-z]\w*_|__i(add|sub|mul|truediv|floordiv|mod|pow)__", name)}
    parts = {
        "methods_inplace.pyi": ("InplaceMethods", "", "The methods of Tensor that write into it", inplace),
        "methods.pyi": ("Methods", "InplaceMethods", "The operators and methods of Tensor", set(found) - inplace),
    }
    texts = {}
    for file, (title, base, what, names) in parts.items():
        imports = _Imports(set(found))
        # Properties come last: under a property called `real`, say, no later annotation could name a type of that name.
        order = sorted(names, key=lambda name: (isinstance(found[name], property), name))
        lines = [line for name in order for line in _lines_of(name, found[name], imports)]
        if base:
            imports.add("autograd.core.methods_inplace", base)
        head = [
            f'"""{what}, for type checkers: written by `python -m autograd.testing.listing --write`."""',
            "",
            "# ruff: noqa",
            "# fmt: off",
            "",
            *imports.lines(),
            "",
            f"class {title}({base}):" if base else f"class {title}:",
            "    __slots__ = ()",
        ]
        texts[PACKAGE / "core" / file] = "\n".join([*head, *lines]) + "\n"
    return texts


def _lines_of(name: str, value: Any, imports: _Imports) -> Iterator[str]:
    """The stub of one method."""
    if name in OVERLOADS:
        for signature in OVERLOADS[name]:
            yield f"    @overload\n    def {name}{signature}: ..."
        if any("named_results" in signature for signature in OVERLOADS[name]):
            imports.add("autograd.ops.reduce", "named_results")
        return
    function = _function_of(value)
    if isinstance(value, property):
        yield "    @property"
    returns = imports.annotation(function, inspect.signature(function).return_annotation)
    if returns == "Any" and name not in ANY:
        returns = "Tensor"
    ignored = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
    if re.match("__i(add|sub|mul|truediv)__", name):
        function = methods()[f"__{name[3:]}"]  # `x += y` has no alpha
    yield f"    def {name}{_signature_of(function, returns, imports)}: ...{ignored}"


class _Code(str):
    """Code that a printed signature shows without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def _signature_of(function: Callable[..., Any], returns: str, imports: _Imports) -> str:
    """The signature of a function as a method that returns `returns`, in the names of the stub."""
    parameters = list(inspect.signature(function).parameters.values())
    if parameters[-1].name == "out":  # of a function that is a method too: methods do not have it in PyTorch
        parameters.pop()
    if parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        parameters = parameters[1:]
    shown = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for parameter in parameters:
        default = parameter.default
        plain = default in (None, inspect.Parameter.empty) or type(default) in (bool, int, float, str)
        annotation = _Code(imports.annotation(function, parameter.annotation))
        shown.append(parameter.replace(annotation=annotation, default=default if plain else _Code("...")))
    return str(inspect.Signature(shown, return_annotation=_Code(returns)))


class _Imports:
    """The names that a stub imports, and annotations written in them.

    An annotation is text in the names of its own module, whose imports and definitions tell what they mean. A builtin
    with the name of a method (`int`, `float`) is written `builtins.int`: in the class, the plain name is the method.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._found: dict[str, tuple[str, str]] = {}

    def add(self, module: str, name: str) -> str:
        """Import `name` from a module, and return the name that it gets here."""
        local = f"_{name}" if name in self._taken else name
        if self._found.setdefault(local, (module, name)) != (module, name):
            raise ValueError(f"two types are called {local}: in {module} and in {self._found[local][0]}")
        return local

    def annotation(self, function: Callable[..., Any], annotation: Any) -> str:
        """An annotation as the stub writes it; Any where there is none."""
        if annotation is inspect.Parameter.empty:
            return self.add("typing", "Any")
        defined_in = inspect.unwrap(function).__globals__["__name__"]  # of a primitive not its __module__
        names = _names_in(inspect.unwrap(function).__module__) | _names_in(defined_in)

        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)

        def here(match: re.Match[str]) -> str:
            name = match[0]
            if names.get(name) == ("numpy", ""):
                return name
            if name in names:
                return self.add(*names[name])
            if not hasattr(builtins, name):
                raise ValueError(f"{function.__module__}.{function.__qualname__}: the stub cannot tell what {name} is")
            return f"builtins.{name}" if name in self._taken else name

        return re.sub(r"(?<![.\w'\"])[A-Za-z_]\w*", here, text)

    def lines(self) -> list[str]:
        """The import lines."""
        lines = ["import builtins", "from typing import Literal, overload", "import numpy as np"]
        for local, (module, name) in sorted(self._found.items(), key=lambda item: item[::-1]):
            lines.append(f"from {module} import {name}" + ("" if name == local else f" as {local}"))
        return lines


@functools.lru_cache
def _names_in(module: str) -> dict[str, tuple[str, str]]:
    """What each name of a module means: the module that it comes from, and its name there."""
    found: dict[str, tuple[str, str]] = {}
    source = importlib.import_module(module)
    for node in ast.walk(ast.parse(Path(str(source.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            target = ".".join([*package, node.module] if node.module else package)
            found |= {alias.asname or alias.name: (target, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname: (alias.name, "") for alias in node.names if alias.asname}
        elif isinstance(node, ast.ClassDef):
            found[node.name] = (module, node.name)
    for name in vars(source):
        if not name.startswith("__") and name not in found and not hasattr(builtins, name):
            found[name] = (module, name)
    return found


# -- aliases ----------------------------------------------------------------------------------------

#: The modules below an alias that scripts import by their full name.
PARTS = {
    "autograd.autograd": "forward_ad function functional gradcheck graph",
    "autograd.distributions": "categorical constraint_registry constraints distribution kl normal transforms utils",
    "autograd.nn": "functional init modules parallel parameter utils "
    "utils.clip_grad utils.fusion utils.parametrizations utils.parametrize utils.rnn utils.stateless",
    "autograd.optim": "lr_scheduler optimizer swa_utils",
    "autograd.tensorflow.keras": "activations backend callbacks constraints datasets initializers layers losses "
    "metrics models ops optimizers random regularizers saving utils",
    "autograd.utils.data": "dataloader dataset sampler",
}

#: What a stub adds where its module has a name only at run time.
ADDED = {"autograd.autograd": "from autograd.testing import gradcheck as gradcheck, gradgradcheck as gradgradcheck\n"}


def _stubs_of_aliases() -> dict[Path, str]:
    """A stub for each alias that begins with `autograd.`, and for the modules below it."""
    names = [name for name in aliases.ALIASES if name.startswith("autograd.")]
    names += [f"{name}.{part}" for name, parts in PARTS.items() for part in parts.split()]
    packages = {name.rpartition(".")[0] for name in names}
    texts = {}
    for name in names:
        target = importlib.import_module(name).__name__
        target = target.replace("autograd.autograd", "autograd.testing")  # a module that is made at run time
        path = PACKAGE.joinpath(*name.split(".")[1:])
        file = path / "__init__.pyi" if name in packages else path.with_suffix(".pyi")
        texts[file] = f"from {target} import *\n{ADDED.get(name, '')}"
    return texts


def write() -> None:
    """Write every stub, and remove those that are no longer needed."""
    for path in set(PACKAGE.rglob("*.pyi")) - set(stubs()):
        path.unlink()
    for path, text in stubs().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
