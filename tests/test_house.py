"""The house: which room may import which, no import cycles, no late imports but the listed ones, and limits of size.

A room is a module or a package, and a floor a layer of them.
Every function here takes a `House`, the sources by path, so that each rule is also tested on a house that breaks it.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]

#: The rooms from the ground up. A room imports only from floors below it and from itself.
FLOORS: list[list[str]] = [
    ["autograd.base"],
    ["autograd.core"],
    ["autograd.ops"],
    ["autograd.transforms"],
    ["autograd.tape"],
    # PyTorch's module names
    [
        f"autograd.{name}"
        for name in (
            "amp", "backends", "cpu_only", "cuda", "distributed", "fft", "foreach", "forward_ad", "func", "functional",
            "graph", "linalg", "masked", "multiprocessing", "profiler", "saving", "settings", "signal", "special",
            "surface", "typed_tensors", "types", "utils", "without_effect",
        )
    ],
    ["autograd.methods", "autograd.tensorflow"],
    ["autograd", "autograd.aliases", "autograd.as_torch", "autograd.extend", "autograd.spawned"],
    ["nn"],
    ["autograd.compiler", "autograd.teaching", "autograd.testing"],
]  # fmt: skip
#: Rooms of one floor that may import each other in this order only, the lowest first.
WITHIN_A_FLOOR: dict[str, list[str]] = {
    "autograd.ops": [
        f"autograd.ops.{name}"
        for name in (
            "arguments", "new_memory", "elementwise", "shape", "reduce", "creation", "matrix", "special", "fourier",
            "window", "fused", "inplace", "protocols",
        )
    ],
}  # fmt: skip

#: Imports inside functions, by file and module, each with its reason.
LATE: dict[tuple[str, str], str] = {
    ("autograd/aliases.py", "(computed)"): "aliases, and what keeps `import autograd` fast, are imported on first use",
    (
        "autograd/aliases.py",
        "autograd.testing.gradcheck",
    ): "torch.autograd.gradcheck is also a module; testing is above",
    ("autograd/as_torch.py", "(computed)"): "every name below torch is imported on first use",
    ("autograd/methods.py", "autograd.teaching.notebook"): "a notebook shows the graph of a tensor; teaching is above",
    ("autograd/saving/json_tree.py", "nn.parameter"): "a saved Parameter is loaded as one; nn is above",
    ("autograd/saving/objects.py", "(computed)"): "a file names the classes of its objects",
    ("autograd/tensorflow/__init__.py", "(computed)"): "tf.keras and its parts are nn.keras, which is above",
    ("autograd/tensorflow/__init__.py", "nn.keras"): "tf.keras is nn.keras, which is above",
    ("autograd/tensorflow/__init__.py", "nn.keras.initializers"): "TensorFlow has initializers at its top level too",
    ("autograd/testing/__main__.py", "(computed)"): "the function to check, and the adapter of its library",
    ("autograd/testing/pytest_plugin.py", "(computed)"): "the checks for PyTorch and JAX, where a test asks for them",
    ("autograd/testing/engine/run.py", "autograd.testing.strategies"): "needs Hypothesis, which is optional",
    ("autograd/testing/reference.py", "(computed)"): "documents modules by their names",
    ("autograd/testing/stubs.py", "(computed)"): "reads the modules that it writes stubs for by their names",
    ("autograd/utils/__init__.py", "(computed)"): "utils.data is nn.data, which is above",
    ("autograd/without_effect.py", "(computed)"): "a table names the objects that it leads to",
    ("nn/module.py", "autograd.teaching.notebook"): "a notebook shows the graph of a module; teaching is above",
}

LINES_OF_A_FILE = 500
FILES_OF_A_FOLDER = 30
LINES_OF_THE_CORE = 1630
CORE = ("primitive", "graph", "tensor", "writes", "aliasing", "operation", "backward")

House = dict[str, str]


class Import(NamedTuple):
    """One imported module: in which file, at which line, and whether inside a function."""

    path: str
    line: int
    module: str
    late: bool


def house() -> House:
    """The sources of both packages by path."""
    paths = [
        path
        for room in ("autograd", "nn")
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name != "conftest.py"
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_of(sources: House) -> list[Import]:
    """Every import of one of the project's modules, `importlib.import_module("…")` included."""
    modules = frozenset(module_of(path) for path in sources)
    return [found for path, text in sources.items() for found in _imports_in(path, text, modules)]


@functools.cache
def _imports_in(path: str, text: str, modules: frozenset[str]) -> list[Import]:
    package = module_of(path).split(".")
    if not path.endswith("__init__.py"):
        package.pop()

    def walk(node: ast.AST, late: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = late or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for module in targets(child):
                yield Import(path, child.lineno, module, late)  # type: ignore[attr-defined]  # a statement or a call
            yield from walk(child, inside)

    def targets(node: ast.AST) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names if alias.name in modules]
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            if source not in modules:
                return []
            found = {
                f"{source}.{alias.name}" if f"{source}.{alias.name}" in modules else source for alias in node.names
            }
            return sorted(found)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant):
                return [name.value] if name.value in modules else []
            return ["(computed)"]
        return []

    return list(walk(ast.parse(text), False))


def room_of(module: str, rooms: list[str]) -> str | None:
    """The room that a module is in: the longest that its name begins with."""
    return max((room for room in rooms if f"{module}.".startswith(f"{room}.")), key=len, default=None)


def floor_of(module: str) -> int:
    room = room_of(module, [room for floor in FLOORS for room in floor])
    assert room is not None, f"{module}: no room of FLOORS holds it"
    assert room != "autograd" or module == "autograd", f"{module}: no room of FLOORS holds it"
    return next(i for i, floor in enumerate(FLOORS) if room in floor)


# -- the rules: each returns what breaks it ---------------------------------------------------------


def upward_imports(sources: House) -> list[str]:
    """Imports of a floor above, or of a room of the same floor that comes later."""
    found = []
    for path, line, module, late in imports_of(sources):
        if late:
            continue
        here = module_of(path)
        if floor_of(module) > floor_of(here):
            found.append(f"{path}:{line} imports {module}, which is on a floor above")
        for order in WITHIN_A_FLOOR.values():
            mine, theirs = room_of(here, order), room_of(module, order)
            if mine and theirs and order.index(theirs) > order.index(mine):
                found.append(f"{path}:{line} imports {module}, and {theirs} comes after {mine}")
    return found


def cycles(sources: House) -> list[list[str]]:
    """Circles of files that import each other when they are imported; those under TYPE_CHECKING count."""
    graph: dict[str, set[str]] = {module_of(path): set() for path in sources}
    for path, _, module, late in imports_of(sources):
        if not late and module != module_of(path):
            graph[module_of(path)].add(module)
    order: list[str] = []
    seen: set[str] = set()
    for root in graph:
        _visit(root, graph, seen, order.append)
    backwards: dict[str, set[str]] = {module: set() for module in graph}
    for module, imported in graph.items():
        for other in imported:
            backwards[other].add(module)
    found, seen = [], set()
    for root in reversed(order):
        component: list[str] = []
        _visit(root, backwards, seen, component.append)
        if len(component) > 1:
            found.append(sorted(component))
    return found


def _visit(root: str, graph: dict[str, set[str]], seen: set[str], leave: Callable[[str], object]) -> None:
    """Depth-first search without recursion; `leave` is called with each module after all that it leads to."""
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(sorted(graph[root])))]
    while stack:
        module, rest = stack[-1]
        step = next((other for other in rest if other not in seen), None)
        if step is None:
            stack.pop()
            leave(module)
        else:
            seen.add(step)
            stack.append((step, iter(sorted(graph[step]))))


def late_imports(sources: House) -> list[str]:
    """Imports inside functions that LATE does not list."""
    return [
        f"{path}:{line} imports {module} inside a function"
        for path, line, module, late in imports_of(sources)
        if late and (path, module) not in LATE
    ]


def long_files(sources: House) -> list[str]:
    return [f"{path}: {n} lines" for path, text in sources.items() if (n := text.count("\n")) > LINES_OF_A_FILE]


def crowded_folders(paths: list[str]) -> list[str]:
    """Folders with too many files; `__init__.py` and data are not counted as reading matter."""
    counts: dict[str, int] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name != "__init__.py":
            counts[folder] = counts.get(folder, 0) + 1
    return [f"{folder}: {n} files" for folder, n in counts.items() if n > FILES_OF_A_FOLDER]


# -- the house as it is -----------------------------------------------------------------------------


def test_rooms_import_only_from_floors_below() -> None:
    assert upward_imports(house()) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert cycles(house()) == []


def test_no_import_inside_a_function_but_the_listed_ones() -> None:
    assert late_imports(house()) == []


def test_every_listed_late_import_exists() -> None:
    there = {(path, module) for path, _, module, late in imports_of(house()) if late}
    assert LATE.keys() - there == set()


def test_no_file_is_too_long_and_no_folder_too_full() -> None:
    tests = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")
    }
    everything = house() | tests
    assert long_files(everything) == []
    assert crowded_folders(list(everything)) == []


def test_a_check_that_is_silenced_has_a_reason_beside_it() -> None:
    bare = re.compile(r"# (?:type: ignore(?:\[[^]]*\])?|noqa(?:: [A-Z\d, ]+)?) *$", re.MULTILINE)
    assert bare.search("x = 1  # noqa: E501, PLC3002\n") and not bare.search("x = 1  # noqa: E501 - a table\n")
    programs = {str(path): path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").rglob("*.py")}
    assert [name for name, source in (house() | programs).items() if bare.search(source)] == []


def test_the_core_is_read_in_one_sitting() -> None:
    sources = house()
    lines = {name: sources[f"autograd/core/{name}.py"].count("\n") for name in CORE}
    assert sum(lines.values()) <= LINES_OF_THE_CORE, lines


def test_the_page_of_the_engine_lists_the_files_of_the_core_in_the_order_of_reading() -> None:
    page = (ROOT / "autograd/README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `autograd/core/(\w+)\.py` \|", page, re.MULTILINE) == list(CORE)


# -- a house that breaks each rule ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("autograd/base/dtypes.py", "from ..core.tensor import Tensor"),
        ("autograd/core/graph.py", "from autograd.ops.elementwise import arithmetic"),
        ("autograd/core/graph.py", "if True:\n    from ..transforms import gradients"),
        ("autograd/fft.py", "import autograd.tensorflow"),
        ("autograd/ops/elementwise/arithmetic.py", "from ..matrix.products import matmul"),
        ("autograd/methods.py", "import nn.functional"),
        ("nn/module.py", "from autograd.teaching import explain"),
    ],
)
def test_an_import_from_above_is_found(path: str, line: str) -> None:
    sources = house()
    before = len(upward_imports(sources))
    sources[path] += f"\n{line}\n"
    assert len(upward_imports(sources)) == before + 1


def test_a_cycle_is_found_also_under_type_checking() -> None:
    clean = {"nn/__init__.py": "", "nn/a.py": "from .b import x", "nn/b.py": "from . import c", "nn/c.py": ""}
    assert cycles(clean) == []
    assert cycles(clean | {"nn/c.py": "if TYPE_CHECKING:\n    from .a import A"}) == [["nn.a", "nn.b", "nn.c"]]
    assert cycles(clean | {"nn/c.py": "def f():\n    from .a import A"}) == []


@pytest.mark.parametrize(
    "line", ["from .b import x", "import nn.b", "importlib.import_module('nn.b')", "importlib.import_module(f'nn.{b}')"]
)
def test_an_import_inside_a_function_is_found(line: str) -> None:
    assert len(late_imports({"nn/__init__.py": "", "nn/a.py": f"def f():\n    {line}", "nn/b.py": ""})) == 1
    assert late_imports({"nn/a.py": line, "nn/b.py": ""}) == []


def test_limits_of_size_are_found() -> None:
    assert long_files({"a.py": "\n" * 500}) == [] and long_files({"a.py": "\n" * 501}) == ["a.py: 501 lines"]
    full = [f"nn/{i}.py" for i in range(30)] + ["nn/__init__.py"]
    assert crowded_folders(full) == [] and crowded_folders([*full, "nn/x.py"]) == ["nn: 31 files"]
