"""A program that is called often goes on with kernels; whatever prevents that is said once, and it goes on without."""

from __future__ import annotations

import ctypes
import os
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograd as torch
from autograd.base import threads
from autograd.compiler.kernels import Warming, build, cache, warming
from autograd.compiler.kernels.cache import Unusable
from autograd.compiler.kernels.source import source
from autograd.settings import use_deterministic_algorithms
from tests.tools.compiled import bits
from tests.tools.kernels import compiler_or_skip


@pytest.fixture(autouse=True)
def _kernels(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Kernels after three calls, in a cache that the tests share."""
    monkeypatch.setenv("GLASSGRAD_KERNELS", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "shared"))
    monkeypatch.setattr(warming, "CALLS", 3)
    monkeypatch.setattr(warming, "_unusable", [])


@pytest.fixture
def gcc() -> None:
    compiler_or_skip()


class Training:
    """A step of a small network, and all that it changes."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)
        self.x, self.y = torch.randn(5, 4), torch.randn(5, 3)

    def __call__(self) -> Any:
        self.optimizer.zero_grad()
        loss = ((self.model(self.x) - self.y) ** 2).mean()
        loss.backward()
        self.optimizer.step()
        return loss

    def state(self) -> Any:
        """Everything that the steps have left, in bits."""
        return bits([self.model, self.optimizer, [p.grad for p in self.model.parameters()]])


def call_until_warm(step: Any, *args: Any) -> list[Any]:
    """Call a compiled step until it does not wait for kernels any more; what the calls returned."""
    end, out = time.monotonic() + 30, [step(*args) for _ in range(3)]
    while isinstance(step.program.run, Warming) and time.monotonic() < end:
        out.append(step(*args))
        time.sleep(0.01)
    out.append(step(*args))
    return out


def always_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "chosen", lambda times: 0)


def test_training_goes_on_with_kernels_and_computes_the_same_bits(gcc, monkeypatch):
    always_faster(monkeypatch)
    compiled, eager = Training(), Training()
    step = torch.compile(compiled)
    losses = call_until_warm(step)
    assert bits(losses) == bits([eager() for _ in losses])
    assert compiled.state() == eager.state()
    assert "kernel1(" in str(step.program)


def pooled(x: Any) -> Any:
    """Reads views of an array that NumPy makes anew, and that are not contiguous."""
    return torch.nn.functional.avg_pool2d(x, 3, stride=2, padding=1) * 2 + 1


def chosen_by_rows(x: Any) -> Any:
    """Writes into an array that NumPy makes anew."""
    y = torch.where(x > 0, x, -x).transpose(1, 2)
    y[:, 1:] *= 3
    return y + 1 - x.transpose(1, 2)


def counted(x: Any) -> Any:
    """Reads the truth of a Python number, which is no array."""
    return torch.where(torch.tensor(x.shape[0] > 1), x * 2 - 1, x + 7)


@pytest.mark.parametrize("function", [pooled, chosen_by_rows, counted])
def test_arrays_of_any_layout_are_read_and_written_as_by_numpy(gcc, monkeypatch, function):
    always_faster(monkeypatch)
    step, x = torch.compile(function), torch.randn(2, 7, 6)
    assert {str(bits(out)) for out in call_until_warm(step, x)} == {str(bits(function(x)))}
    assert "kernel1(" in str(step.program)


def test_the_text_shows_a_kernel_as_a_call_with_its_statements_beneath(gcc, monkeypatch, tmp_path):
    always_faster(monkeypatch)
    step = torch.compile(Training())
    before = call_until_warm(step) and str(step.program)
    text = before.splitlines()
    at = next(i for i, line in enumerate(text) if "kernel1(" in line)
    beneath = text[at + 1 : at + 3]
    assert all(line.startswith("    #   ") and "out=" in line for line in beneath)
    file = step.program.save(tmp_path / "step.py")
    for saved in (file.read_text(), step.program.text("slide"), step.program._repr_html_()):
        assert "kernel" not in saved


def test_a_function_with_a_backward_pass_has_kernels_in_both_programs(gcc, monkeypatch):
    always_faster(monkeypatch)

    def function(x: Any) -> Any:
        return ((x * 2 + 1) * x - x / 3).maximum(x)

    step = torch.compile(function)
    x = torch.randn(6, 5)
    for _ in range(3):
        step(x.clone().requires_grad_())
    end = time.monotonic() + 30
    while time.monotonic() < end and "kernel1(" not in str(step.program).replace("def backward", "kernel1(", 1):
        leaf = x.clone().requires_grad_()
        step(leaf).sum().backward()
        time.sleep(0.01)
    while time.monotonic() < end and str(step.program).count("kernel1(") < 2:
        leaf = x.clone().requires_grad_()
        step(leaf).sum().backward()
        time.sleep(0.01)
    leaf, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    out, expected = step(leaf), function(other)
    out.sum().backward()
    expected.sum().backward()
    assert str(step.program).count("kernel1(") == 2
    assert bits([out, leaf.grad]) == bits([expected, other.grad])


def test_a_large_kernel_is_computed_on_all_cores(gcc, monkeypatch):
    monkeypatch.setattr(warming, "chosen", lambda times: len(times) - 2)
    ran = set()
    monkeypatch.setattr(threads, "_number", 2)
    each = threads.each

    def seen(work: Callable[[Any], None], parts: Any) -> None:
        ran.add(len(parts))
        each(work, parts)

    monkeypatch.setattr(threads, "each", seen)
    step = torch.compile(lambda x: (x * 2 + 1).sum(1) / 3)
    x = torch.randn(80, 400)
    out = call_until_warm(step, x)[-1]
    assert bits(out) == bits((x * 2 + 1).sum(1) / 3) and ran == {2}


def test_what_was_measured_is_kept_with_the_kernel(gcc, monkeypatch):
    asked = []
    monkeypatch.setattr(warming, "measured", lambda *args: asked.append(1) or [1.0, 2.0])
    for _ in range(2):
        step = torch.compile(lambda x: x * 2 - 7 / (x + 3))
        call_until_warm(step, torch.ones(7))
        assert "kernel" not in str(step.program)
    assert asked == [1]


def test_a_kernel_that_computes_something_else_is_not_used(gcc, monkeypatch):
    monkeypatch.setattr(warming, "source", lambda kernels: source(kernels).replace(" * ", " / "))
    step = torch.compile(lambda x: x * 2 - 8 / (x + 3))
    call_until_warm(step, torch.ones(7))
    assert "kernel" not in str(step.program)


def test_deterministic_algorithms_keep_approximate_functions_out(gcc, monkeypatch):
    always_faster(monkeypatch)
    use_deterministic_algorithms(True)
    try:
        step = torch.compile(lambda x: torch.exp(x * 2 + 1) * 2 + 1)
        call_until_warm(step, torch.ones(7))
    finally:
        use_deterministic_algorithms(False)
    assert "kernel1(" in str(step.program) and "#   exp" not in str(step.program)


def test_kernels_are_switched_off_by_the_environment(monkeypatch):
    monkeypatch.setenv("GLASSGRAD_KERNELS", "0")
    step = torch.compile(lambda x: x * 2 + 1)
    for _ in range(10):
        step(torch.ones(3))
    assert not isinstance(step.program.run, Warming)


# -- what can go wrong ------------------------------------------------------------------------------------


def script(folder: Path, text: str) -> str:
    path = folder / "compiler"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def hangs(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CC", script(folder, f"sleep 100 & echo $! > {folder}/pid; wait"))
    monkeypatch.setattr(build, "LIMIT", 0.5)


def fails(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CC", script(folder, "echo 'kernels.c: error: No space left on device' >&2; exit 1"))


def is_not_found(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CC", str(folder / "nothing"))


def makes_a_file_that_does_not_load(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CC", script(folder, "echo nonsense > kernels.so"))


def makes_no_file(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CC", script(folder, "exit 0"))


def the_folder_cannot_be_written(folder: Path, monkeypatch: Any) -> None:
    (folder / "cache").write_text("a file")


def the_folder_is_open_to_others(folder: Path, monkeypatch: Any) -> None:
    cache.folder().chmod(0o777)


def the_disk_is_full(folder: Path, monkeypatch: Any) -> None:
    def fsync(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)


def the_folder_is_mounted_noexec(folder: Path, monkeypatch: Any) -> None:
    def load(path: str) -> None:
        raise OSError(f"{path}: failed to map segment from shared object")

    monkeypatch.setattr(ctypes, "CDLL", load)


@pytest.mark.parametrize(
    ("spoil", "words", "needs_compiler"),
    [
        (hangs, "did not end within 0.5 s", False),
        (fails, "compiler failed: kernels.c: error: No space left on device", False),
        (is_not_found, "is not found", False),
        (makes_a_file_that_does_not_load, "do not load", False),
        (makes_no_file, "compiler failed: exit 0", False),
        (the_folder_cannot_be_written, "cannot be made", False),
        (the_folder_is_open_to_others, "only you can write", False),
        (the_disk_is_full, "cannot be kept: .*No space left", True),
        (the_folder_is_mounted_noexec, "do not load: .*failed to map segment", True),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_the_step_goes_on_without_kernels_and_says_why_once(own_cache, monkeypatch, spoil, words, needs_compiler):
    if needs_compiler:
        compiler_or_skip()
    spoil(own_cache, monkeypatch)
    compiled, eager = Training(), Training()
    step = torch.compile(compiled)
    with pytest.warns(UserWarning, match=f"run without kernels: .*{words}") as caught:
        losses = call_until_warm(step)
        call_until_warm(torch.compile(lambda x: x * 2 + 1), torch.ones(3))
    assert len(caught) == 1 and caught[0].filename == __file__
    assert bits(losses) == bits([eager() for _ in losses]) and compiled.state() == eager.state()
    assert "kernel" not in str(step.program)
    assert not list(own_cache.glob("cache/glassgrad/kernels/working-*"))
    assert spoil is not hangs or has_ended(int((own_cache / "pid").read_text()))


def has_ended(process: int) -> bool:
    """Whether a process does not run any more."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
            if Path(f"/proc/{process}/stat").read_text().split()[2] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_a_compiler_that_writes_warnings_is_none_the_worse(gcc, own_cache, monkeypatch):
    always_faster(monkeypatch)
    (command, *_) = build.compiler()
    monkeypatch.setenv("CC", script(own_cache, f'echo "warning: odd" >&2; echo out; exec {command} "$@"'))
    step = torch.compile(lambda x: x * 2 + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call_until_warm(step, torch.ones(3))
    assert "kernel1(" in str(step.program)


def test_a_child_that_was_forked_meanwhile_goes_on_without_kernels(gcc):
    step = torch.compile(lambda x: x * 2 + 1)
    for _ in range(5):
        step(torch.ones(3))
    step.program.run._process = os.getppid()
    with pytest.warns(UserWarning, match="forked"):
        assert bits(step(torch.ones(3))) == bits(torch.full((3,), 3.0))


def test_two_that_compile_the_same_at_once_both_succeed(gcc, own_cache):
    text = "#define HEAD 16\nvoid *address(void *a) { return *(char **)((char *)a + HEAD); }\n"
    found: list[Any] = []
    both = [threading.Thread(target=lambda: found.append(build.built(text))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert found[0] == found[1] and len(found) == 2
    assert build.load(*found[0])


def test_the_key_tells_sources_compilers_and_processors_apart(monkeypatch, own_cache):
    keys = [build.key_of("a"), build.key_of("b")] if _has_compiler() else []
    for i in range(2):
        (own_cache / str(i)).mkdir()
        monkeypatch.setenv("CC", script(own_cache / str(i), "exit 0"))
        keys.append(build.key_of("a"))
    monkeypatch.setattr(build, "_processor", lambda: "another")
    keys.append(build.key_of("a"))
    assert len(set(keys)) == len(keys)


def _has_compiler() -> bool:
    try:
        return bool(build.compiler())
    except Unusable:
        return False
