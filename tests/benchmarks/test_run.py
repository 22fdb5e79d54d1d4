"""benchmarks/run.py runs and prints its table; the times themselves are not tested."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*arguments):
    script = str(ROOT / "benchmarks" / "run.py")
    return subprocess.run(
        [sys.executable, script, *arguments], check=False, capture_output=True, text=True, encoding="utf-8"
    )


def test_a_benchmark_prints_its_rows_and_the_machine():
    done = run("--only", "NumPy by hand")
    assert done.returncode == 0, done.stderr
    header, _, times, machine = done.stdout.splitlines()
    assert header.startswith("| what | ours | theirs | ratio |")
    assert "NumPy by hand" in times
    assert "NumPy" in machine


def test_an_unknown_benchmark_is_an_error_that_lists_all_names():
    done = run("--only", "no such thing")
    assert done.returncode == 2
    assert "import autograd" in done.stderr
