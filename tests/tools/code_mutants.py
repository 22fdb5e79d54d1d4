"""Mutation tests of the code: the engine, the tape, the losses and the optimizers, changed at random places.

    python tests/tools/code_mutants.py                         100 mutants of each of these parts
    python tests/tools/code_mutants.py 25 engine --seed 2      25 mutants of the engine, not those of seed 1

Cosmic Ray lists the possible changes: operators, comparisons, numbers, conditions, loops, decorators. A random sample
of them is tried, the same for the same seed. Each mutant is written into a copy of the repository and tested in a fork
of this process, which ends at the first test that fails. Where PyTorch is installed, the tests that compare with it
take part. This needs `pip install -e ".[mutation]"` and a system that can fork.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import io
import multiprocessing
import os
import py_compile
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HYPOTHESIS_PROFILE"] = "mutants"

import hypothesis.extra.numpy  # noqa: F401 - once here, rather than again for each mutant
import pytest
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

with contextlib.suppress(ImportError):
    import torch  # noqa: F401 - many tests compare with it where it is installed

ROOT = Path(__file__).resolve().parents[2]
#: After this many seconds a mutant counts as killed: it is in an endless loop.
PATIENCE = 300
#: Plain assertions: their messages are not needed, and the tests need not be compiled again to have them.
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--assert=plain")
#: Left out as equivalent: types, nodes and None equal only themselves, so `==` means the same as `is`.
SAME = {"core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq"}


class Area(NamedTuple):
    """A part of the code, and the tests that should fail when it is changed.

    Attributes:
        files: patterns of the files that are changed.
        first: the tests that most mutants fail. They run first, before the others are even collected.
        then: the other tests.
    """

    files: tuple[str, ...]
    first: tuple[str, ...]
    then: tuple[str, ...]


AREAS = {
    "engine": Area(
        (
            "autograd/core/*.py", "autograd/graph.py", "autograd/ops/inplace/writing.py",
            "autograd/transforms/function.py", "autograd/transforms/gradients.py",
        ),
        ("tests/autograd/core", "tests/autograd/transforms"),
        (
            "tests/autograd/ops/test_inplace.py", "tests/autograd/ops/test_indexing.py",
            "tests/autograd/ops/test_shape.py", "tests/autograd/test_semantics.py",
            "tests/autograd/test_regressions.py", "tests/autograd/test_bad_input.py", "tests/autograd/test_func.py",
            "tests/autograd/test_functional.py", "tests/autograd/testing/test_state_machine.py",
            "tests/autograd/testing/test_programs.py", "tests/autograd/testing/test_laws.py",
            "tests/autograd/testing/test_gradcheck.py",
        ),
    ),
    "tape": Area(
        ("autograd/tape/*.py",),
        ("tests/autograd/tape",),
        (
            "tests/autograd/tensorflow", "tests/autograd/testing/test_laws.py",
            "tests/examples/test_tensorflow_programs.py",
        ),
    ),
    "losses": Area(
        (
            "autograd/ops/fused/losses.py", "nn/modules/loss.py", "nn/modules/margin_loss.py",
            *(
                f"nn/functional/{name}.py"
                for name in ("crossentropy", "regression", "reduction", "likelihoods", "margins")
            ),
        ),
        ("tests/nn/functional",),
        (
            "tests/nn/test_defaults_against_torch.py",
            *(
                f"tests/autograd/ops/test_primitives.py::test_first_and_second_derivatives_agree_with_the_oracle[{name}]"
                for name in ("cross_entropy", "cross_entropy_miss", "mse_loss", "binary_cross_entropy")
            ),
        ),
    ),
    "optimizers": Area(
        ("nn/optim/*.py", "nn/optim/lr_scheduler/*.py"),
        ("tests/nn/optim",),
        ("tests/nn/test_defaults_against_torch.py",),
    ),
}  # fmt: skip


def files_of(area: str) -> list[str]:
    """The files of an area.

    Raises:
        ValueError: a pattern matches no file, or a test does not exist.
    """
    found = []
    for pattern in AREAS[area].files:
        matches = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))
        if not matches:
            raise ValueError(f"code_mutants: {pattern} matches no file: correct AREAS")
        found += matches
    for test in (*AREAS[area].first, *AREAS[area].then):
        if not (ROOT / test.partition("::")[0]).exists():
            raise ValueError(f"code_mutants: {test} does not exist: correct AREAS")
    return found


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

    def __str__(self) -> str:
        before, after = (text.splitlines() for text in ((ROOT / self.file).read_text("utf-8"), self.source()))
        changed = next((b for a, b in zip(before, after) if a != b), "a line was removed")
        return f"{self.file}:{self.line} {self.operator.removeprefix('core/')}\n    {changed.strip()}"


def mutants(area: str) -> Iterator[Mutant]:
    """All the mutants of an area."""
    for file in files_of(area):
        nodes = list(ast_nodes(get_ast_from_path(ROOT / file)))
        for name in operator_names():
            operator = get_operator(name)
            if operator.arguments() or name in SAME:
                continue
            made = operator()
            places = [start for node in nodes for start, _ in made.mutation_positions(node)]
            for occurrence, (line, _) in enumerate(places):
                yield Mutant(area, file, name, occurrence, line)


def sample(area: str, count: int, seed: int) -> list[Mutant]:
    """A random sample, without mutants that are no valid Python or change only annotations, which nothing evaluates."""
    shuffled = list(mutants(area))
    random.Random(f"{area} {seed}").shuffle(shuffled)
    chosen: list[Mutant] = []
    for mutant in shuffled:
        if len(chosen) == count:
            break
        meaning = _meaning(mutant.source())
        if meaning is not None and meaning != _meaning((ROOT / mutant.file).read_text(encoding="utf-8")):
            chosen.append(mutant)
    return chosen


def _meaning(source: str) -> str | None:
    """The syntax tree of a source without its annotations; None if it is no valid Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


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


def survives(mutant: Mutant) -> bool:
    """Whether all tests pass although the mutant is in place."""
    file = copy / mutant.file
    before = file.read_text(encoding="utf-8")
    file.write_text(mutant.source(), encoding="utf-8")
    try:
        return passes(AREAS[mutant.area], mutant.file)
    finally:
        file.write_text(before, encoding="utf-8")


def passes(area: Area, file: str) -> bool:
    """Whether the tests of an area and the doctests of a file pass."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.alarm(PATIENCE)
        failed = True
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                failed = any(pytest.main([*OPTIONS, *tests]) for tests in ((file, *area.first), area.then))
        finally:
            os._exit(failed)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) == 0


def judged(mutant: Mutant) -> tuple[Mutant, bool]:
    """The mutant, and whether it survived."""
    return mutant, survives(mutant)


def main() -> int:
    """Run a sample of the mutants of the areas named on the command line, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=100, help="how many mutants of each part")
    parser.add_argument("areas", nargs="*", metavar="area", help=f"of {', '.join(AREAS)}; all if none is named")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    asked = parser.parse_args()
    areas = asked.areas or list(AREAS)
    chosen = [mutant for area in areas for mutant in sample(area, asked.count, asked.seed)]
    killed, total = dict.fromkeys(areas, 0), dict.fromkeys(areas, 0)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MUTANTS_SCRATCH"] = scratch
        with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0)), prepare) as pool:
            whole = pool.starmap(passes, [(AREAS[area], files_of(area)[0]) for area in areas])
            if not all(whole):
                print("The tests fail without a mutant:", *(area for area, good in zip(areas, whole) if not good))
                return 1
            for mutant, survived in pool.imap_unordered(judged, chosen):
                total[mutant.area] += 1
                if sum(total.values()) % 25 == 0:
                    print(f"{sum(total.values())} of {len(chosen)} in {time.perf_counter() - began:.0f} s", flush=True)
                killed[mutant.area] += not survived
                if survived:
                    print(f"survived: {mutant}", flush=True)
    for area in areas:
        print(f"{area}: {killed[area]} of {total[area]} killed")
    print(f"{sum(killed.values())} of {len(chosen)} in {time.perf_counter() - began:.0f} s")
    return 1 if sum(killed.values()) < 0.95 * len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
