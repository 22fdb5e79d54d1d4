"""benchmarks/run.py runs and prints its table; the times themselves are not tested."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments):
    script = str(ROOT / "benchmarks" / "run.py")
    return subprocess.run(
        [sys.executable, script, *arguments], check=False, capture_output=True, text=True, encoding="utf-8"
    )


def test_a_benchmark_prints_its_rows_and_the_machine():
    done = run("--only", "import autograd")
    assert done.returncode == 0, done.stderr
    header, _, times, machine = done.stdout.splitlines()
    assert header.startswith("| what | ours | theirs | ratio |")
    assert "import autograd" in times
    assert "NumPy" in machine


def test_an_unknown_benchmark_is_an_error_that_lists_all_names():
    done = run("--only", "no such thing")
    assert done.returncode == 2
    assert "import autograd" in done.stderr


def test_compiled_steps_are_measured_where_jax_is_absent_too(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    compiled = importlib.import_module("compiled")
    monkeypatch.setattr(compiled, "TURN", 0.01)
    monkeypatch.setattr(compiled, "TURNS", 3)
    monkeypatch.delenv("GLASSGRAD_JAX", raising=False)
    compiled.main(["--only", "line"])
    header, _, line, summary, _ = capsys.readouterr().out.splitlines()
    assert len(line.split("|")) == len(header.split("|"))
    assert "Linear(2, 1)" in line and "JAX is not installed" in line
    assert "no ratio" in summary


def test_growth_is_measured_in_tables_and_a_plot(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    growth = importlib.import_module("growth")
    monkeypatch.setattr(growth, "TIME", 0.01)
    small = {axis: growth.AXES[axis]._replace(points=growth.AXES[axis].points[:2]) for axis in ("nodes",)}
    monkeypatch.setattr(growth, "AXES", small)
    found = {axis: {name: growth.measured(name, axis) for name in ("eager", "compiled")} for axis in small}
    lines = growth.table(found).splitlines()
    assert lines[0] == "| a chain of scalar operations: nodes | eager | compiled | eager: memory | compiled: memory |"
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| 100", "| 1,000"]
    assert lines[-1].startswith("Compiling, compiled: 100 nodes ")
    pytest.importorskip("matplotlib", reason="the plot is drawn with matplotlib, of the extra examples")
    growth.plot(found, tmp_path / "growth.svg")
    assert "<svg" in (tmp_path / "growth.svg").read_text()
