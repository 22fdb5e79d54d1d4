"""Mutation tests of the code: one small change at a random place, which a test must notice.

    python tests/tools/code_mutants.py                           200 mutants, spread evenly over all areas
    python tests/tools/code_mutants.py 30 --area keras --seed 2  30 mutants of one area, not those of seed 1
    python tests/tools/code_mutants.py --at nn/init.py:40        every mutant of one line

Cosmic Ray lists the possible changes: operators, comparisons, numbers, conditions, loops, decorators. A random sample
of them is tried, the same for the same seed. First the whole suite runs once and notes which test executes which line
(`--map FILE` keeps this for the next run). Each mutant is then written into a copy of the repository, and the tests
that execute its line run in a fork of this process until one fails. This needs `pip install -e ".[mutation]"` and a
system that can fork. Mutants that do the same as the original are listed in `equivalent_mutants.txt` and not drawn.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import hashlib
import io
import json
import multiprocessing
import os
import py_compile
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HYPOTHESIS_PROFILE"] = "mutants"

import hypothesis.extra.numpy  # noqa: F401 - once here, rather than again for each mutant
import pytest
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from coverage import Coverage, CoverageData

ROOT = Path(__file__).resolve().parents[2]
#: After this many seconds a mutant counts as killed: it is in an endless loop.
PATIENCE = 300
#: A mutant that asks for more than this many bytes counts as killed, too.
MEMORY = 8 << 30
#: The tests of one mutant may take this many seconds, as measured without it; the slowest are left out.
BUDGET = 100
#: The tests of the signatures, which see a changed default without executing its line.
SIGNATURES = ("test_defaults_", "test_signatures")
#: Plain assertions: their messages are not needed, and the tests need not be compiled again to have them.
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--assert=plain")
#: Left out as equivalent: types, nodes and None equal only themselves, so `==` means the same as `is`.
SAME = {"core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq"}

#: The areas: together they are all the code. A file belongs to the first area with a matching pattern.
AREAS = {
    "core": ("autograd/core/**/*.py", "autograd/base/**/*.py", "autograd/graph.py"),
    "compiler": ("autograd/compiler/**/*.py",),
    "ops": ("autograd/ops/**/*.py", "autograd/linalg/**/*.py", "autograd/signal/**/*.py"),
    "tape": ("autograd/tape/**/*.py",),
    "tensorflow": ("autograd/tensorflow/**/*.py",),
    "teaching": ("autograd/teaching/**/*.py",),
    "testing": ("autograd/testing/**/*.py",),
    "transforms": ("autograd/transforms/**/*.py", "autograd/*.py", "autograd/cuda/**/*.py"),
    "data": ("nn/data/**/*.py", "autograd/saving/**/*.py", "autograd/utils/**/*.py", "autograd/backends/**/*.py"),
    "functional": ("nn/functional/**/*.py",),
    "optim": ("nn/optim/**/*.py",),
    "keras": ("nn/keras/**/*.py",),
    "distributions": ("nn/distributions/**/*.py",),
    "modules": ("nn/modules/**/*.py", "nn/**/*.py"),
}


def areas_of_files() -> dict[str, str]:
    """Every file of the packages, with its area; but for the hooks of pytest, which are no part of the wheel.

    Raises:
        ValueError: a file belongs to no area.
    """
    found: dict[str, str] = {}
    for area, patterns in AREAS.items():
        for pattern in patterns:
            for path in sorted(ROOT.glob(pattern)):
                found.setdefault(str(path.relative_to(ROOT)), area)
    for hooks in [file for file in found if file.endswith("conftest.py")]:
        del found[hooks]
    files = {p for room in ("autograd", "nn") for p in (ROOT / room).rglob("*.py") if p.name != "conftest.py"}
    missed = {str(p.relative_to(ROOT)) for p in files} - set(found)
    if missed:
        raise ValueError(f"code_mutants: no area holds {', '.join(sorted(missed))}: correct AREAS")
    return found


# -- mutants ----------------------------------------------------------------------------------------


class Mutant(NamedTuple):
    """One change of one file: an operator of Cosmic Ray, applied at one of its places."""

    area: str
    file: str
    operator: str
    occurrence: int
    line: int

    def source(self) -> str:
        """The text of the changed file."""
        made = get_operator(self.operator)()
        changed = mutate_code((ROOT / self.file).read_text(encoding="utf-8"), made, self.occurrence)
        assert changed is not None
        return str(changed)

    def changed_line(self) -> str:
        """The line as the mutant has it, without its indentation."""
        before, after = (text.splitlines() for text in ((ROOT / self.file).read_text("utf-8"), self.source()))
        return next((b for a, b in zip(before, after) if a != b), "a line was removed").strip()

    def name(self) -> str:
        """How `equivalent_mutants.txt` names it: the file and the changed line."""
        return f"{self.file}: {self.changed_line()}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.operator.removeprefix('core/')}\n    {self.changed_line()}"


def mutants_of(file: str, area: str) -> Iterator[Mutant]:
    """All the mutants of a file."""
    nodes = list(ast_nodes(get_ast_from_path(ROOT / file)))
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or name in SAME:
            continue
        made = operator()
        places = [start for node in nodes for start, _ in made.mutation_positions(node)]
        for occurrence, (line, _) in enumerate(places):
            yield Mutant(area, file, name, occurrence, line)


def equivalent() -> set[str]:
    """The names of the mutants that are known to do the same as the original."""
    lines = (ROOT / "tests/tools/equivalent_mutants.txt").read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith(("#", " "))}


def sample(area: str, count: int, seed: int) -> list[Mutant]:
    """A random sample, without equivalent mutants and those that are no valid Python or change only annotations."""
    shuffled = [mutant for file, its in areas_of_files().items() if its == area for mutant in mutants_of(file, area)]
    random.Random(f"{area} {seed}").shuffle(shuffled)
    known = equivalent()
    chosen: list[Mutant] = []
    for mutant in shuffled:
        if len(chosen) == count:
            break
        meaning = _meaning(mutant.source())
        if meaning is None or meaning == _meaning((ROOT / mutant.file).read_text(encoding="utf-8")):
            continue
        if mutant.name() not in known:
            chosen.append(mutant)
    return chosen


def _meaning(source: str) -> str | None:
    """The syntax tree of a source without what is for type checkers alone; None if it is no valid Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
            node.decorator_list = [d for d in node.decorator_list if getattr(d, "id", None) != "overload"]
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif _is_for_type_checkers(node):
            node.body = []
    return ast.dump(tree)


def _is_for_type_checkers(node: ast.AST) -> bool:
    """Whether a node is a protocol, or what is imported for types."""
    if isinstance(node, ast.ClassDef):
        return any(getattr(base, "id", None) == "Protocol" for base in node.bases)
    return isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"


# -- which test executes which line -----------------------------------------------------------------


class Watch:
    """A plugin of pytest that measures the lines and the time of every test that passes."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        began = time.perf_counter()
        yield
        self.seconds[item.nodeid] = time.perf_counter() - began
        self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def passed(self) -> dict[str, float]:
        """The seconds of each test that passed: one that fails without a mutant says nothing about any."""
        return {name: seconds for name, seconds in self.seconds.items() if name not in self.failed}


class Chosen:
    """A plugin of pytest that runs the tests of a list alone, in its order."""

    def __init__(self, names: Iterable[str]) -> None:
        self.rank = {name: i for i, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.rank), key=lambda item: self.rank[item.nodeid])


def tree_hash() -> str:
    """A hash of the code and the tests, which tells whether a map of lines is still right."""
    digest = hashlib.sha256()
    for room in ("autograd", "nn", "tests"):
        for path in sorted((ROOT / room).rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def measure(file: Path) -> None:
    """Run the whole suite in a copy of the repository, and write which test executes which line."""
    pid = os.fork()
    if pid == 0:
        try:
            prepare()
            coverage = Coverage(data_file=str(file), source=["autograd", "nn"], config_file=False)
            watch = Watch(coverage)
            coverage.start()
            pytest.main(["-q", "-p", "no:cacheprovider", "--assert=plain"], plugins=[watch])
            coverage.stop()
            coverage.save()
            note = {"hash": tree_hash(), "root": str(copy), "seconds": watch.passed()}
            file.with_suffix(".json").write_text(json.dumps(note), encoding="utf-8")
            print("fail without a mutant and are left out:", sorted(watch.failed) or "none")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


class Map:
    """Which tests execute a line of a file, the quickest first."""

    def __init__(self, file: Path) -> None:
        note: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        self.root, self.seconds, self.hash = note["root"], note["seconds"], note["hash"]
        self.data = CoverageData(str(file))
        self.data.read()

    def tests_of(self, file: str, line: int) -> list[str]:
        """The tests that execute the line; of a line that is executed while modules are imported, those of the file."""
        lines = self.data.contexts_by_lineno(os.path.join(self.root, file))
        names = set(lines.get(line, [])) - {""}
        here = set(lines.get(line, []))
        if "" in lines.get(line, [""]):  # a definition: its own tests first, then all that use the file
            names |= {name for tests in lines.values() for name in tests} - {""}
            here |= {name for name in self.seconds if os.path.basename(name).startswith(SIGNATURES)}
            names |= here
        folder = "tests/" + os.path.dirname(file)
        order = sorted(
            (name for name in names if name in self.seconds),
            key=lambda n: (n not in here, not n.startswith((file, folder)), self.seconds[n]),
        )
        spent, within = 0.0, []
        for name in order:
            spent += self.seconds[name]
            if spent > BUDGET and within:
                break
            within.append(name)
        return within


# -- running them -----------------------------------------------------------------------------------


def prepare() -> None:
    """Make a copy of the repository for this process."""
    global copy
    sys.dont_write_bytecode = True
    copy = Path(tempfile.mkdtemp(prefix="mutants-", dir=os.environ["MUTANTS_SCRATCH"])) / "tree"
    ignored = shutil.ignore_patterns(".git", "__pycache__", ".*_cache", ".hypothesis", ".venv", "build", "dist")
    shutil.copytree(ROOT, copy, ignore=ignored)
    compileall.compile_dir(copy, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    os.chdir(copy)
    sys.path.insert(0, str(copy))


class Work(NamedTuple):
    """A mutant, the tests that execute its line, and further files or folders of tests to run."""

    mutant: Mutant
    tests: list[str]
    further: list[str]


def survives(work: Work) -> tuple[Mutant, bool]:
    """The mutant, and whether its tests pass although it is in place."""
    mutant, tests, further = work
    file = copy / mutant.file
    before = file.read_text(encoding="utf-8")
    file.write_text(mutant.source(), encoding="utf-8")
    try:
        return mutant, passes(tests[:25]) and passes(tests[25:]) and passes(further)
    finally:
        file.write_text(before, encoding="utf-8")


def passes(tests: list[str]) -> bool:
    """Whether the named tests pass, in their order, or whole files and folders of tests."""
    if not tests:
        return True
    files = list(dict.fromkeys(name.partition("::")[0] for name in tests))
    plugins = [Chosen(tests)] if "::" in tests[0] else []
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.alarm(PATIENCE)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        failed = True
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                failed = bool(pytest.main([*OPTIONS, *files], plugins=plugins))
        finally:
            os._exit(failed)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) == 0


def chosen_mutants(asked: argparse.Namespace) -> list[Mutant]:
    """The mutants that the command line asks for."""
    if asked.at:
        file, _, line = asked.at.partition(":")
        return [m for m in mutants_of(file, areas_of_files()[file]) if str(m.line) == line and _meaning(m.source())]
    areas = asked.area or list(AREAS)
    share, rest = divmod(asked.count, len(areas))
    return [mutant for i, area in enumerate(areas) for mutant in sample(area, share + (i < rest), asked.seed)]


def main() -> int:
    """Run a sample of the mutants of the areas named on the command line, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=200, help="how many mutants, spread over the areas")
    parser.add_argument("--area", action="append", choices=AREAS, help="an area, again for each; all if none is named")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--at", metavar="FILE:LINE", help="every mutant of this line instead of a sample")
    parser.add_argument("--map", type=Path, help="where to keep which test executes which line")
    parser.add_argument("--stale", action="store_true", help="use the map although code or tests have changed since")
    parser.add_argument("--tests", nargs="+", default=[], metavar="TEST", help="run these files or folders too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MUTANTS_SCRATCH"] = scratch
        mapped = asked.map or Path(scratch) / "lines"
        fresh = mapped.exists() and (asked.stale or Map(mapped).hash == tree_hash())
        if not fresh:
            measure(mapped)
        lines = Map(mapped)
        work = [Work(m, lines.tests_of(m.file, m.line), asked.tests) for m in chosen_mutants(asked)]
        return run(work)


def run(work: list[Work]) -> int:
    """Try the mutants, print those that survive and a table; 1 if more than one in twenty survives."""
    killed = dict.fromkeys(AREAS, 0)
    total = dict.fromkeys(AREAS, 0)
    began = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0)), prepare) as pool:
        for mutant, survived in pool.imap_unordered(survives, work):
            total[mutant.area] += 1
            killed[mutant.area] += not survived
            if survived:
                print(f"survived: {mutant}", flush=True)
            if sum(total.values()) % 25 == 0:
                print(f"{sum(total.values())} of {len(work)} in {time.perf_counter() - began:.0f} s", flush=True)
    for area in (area for area in AREAS if total[area]):
        print(f"| {area} | {killed[area]} of {total[area]} |")
    print(f"| all | {sum(killed.values())} of {len(work)} |  ({time.perf_counter() - began:.0f} s)")
    return 1 if sum(killed.values()) < 0.95 * len(work) else 0


if __name__ == "__main__":
    sys.exit(main())
