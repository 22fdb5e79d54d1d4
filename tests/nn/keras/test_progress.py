"""The progress bar."""

import math
import re
import sys
import types

import numpy as np
import pytest

from nn import keras
from nn.keras import layers, progress


def test_fit_prints_a_line_per_epoch_or_a_bar_or_nothing(capsys):
    x = np.ones((20, 3), np.float32)
    y = x.sum(1, keepdims=True)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(x, y, 8, epochs=2)
    assert re.fullmatch(
        r"(Epoch \d/2\n3/3 - 0s - [\w.]+/step - loss: [\d.e-]+ - mae: [\d.e-]+\n){2}", capsys.readouterr().out
    )
    model.fit(x, y, 8, verbose=1)
    assert "3/3 ━━━━━━━━━━━━━━━━━━━━ 0s " in capsys.readouterr().out
    model.fit(x, y, verbose=0)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "function, texts",
    [
        (progress.number, {0.5: "0.5000", -0.25: "-0.2500", 0.0011: "0.0011", 1e-3: "1.0000e-03", -5e-4: "-5.0000e-04",
                           0.0: "0.0000e+00", 1234.56789: "1234.5679"}),
        (progress.duration, {0.0: "0s", 1.0: "1s", 2.4: "2s", 0.9994: "999ms", 0.0234: "23ms", 1e-3: "1ms",
                             0.00099: "990us", 2e-6: "2us"}),
        (progress.clock, {0.0: "0s", 59.4: "59s", 60.0: "60s", 61.0: "1:01", 600.0: "10:00", 3599.0: "59:59",
                          3600.0: "60:00", 3601.0: "1:00:01", 7384.0: "2:03:04"}),
    ],
)  # fmt: skip
def test_numbers_and_times_as_text(function, texts):
    assert {value: function(value) for value in texts} == texts
    assert progress.number(math.nan) == "nan"


def bar(done):
    return f"\33[32m{'━' * done}\33[0m\33[37m{'━' * (20 - done)}\33[0m"


VALUES = " - acc: 0.5000 - loss: "
#: Whether the output is a terminal, the number of steps, verbose, and after each step: the time, and what is written.
PASSES = {
    "the first step is left out of the mean; the data end early": (True, 12, 1, {
        2: f"\r 1/12 {bar(1)} 22s 2s/step{VALUES}1.0000",
        12: f"\r 2/12 {bar(3)} 1:40 10s/step{VALUES}0.5000",
        22: f"\r 3/12 {bar(5)} 1:30 10s/step{VALUES}0.3333",
        32: f"\r4/4 {bar(20)} 32s 10s/step{VALUES}0.2500   \n",
    }),
    "a shorter line covers a longer one": (True, 1000, 1, {
        1: f"\r   1/1000 {bar(0)} 16:39 1s/step{VALUES}1.0000",
        1.001: "",  # too soon after the last one
        1.052: f"\r   3/1000 {bar(0)} 26s 26ms/step{VALUES}0.3333",
        4: f"\r4/4 {bar(20)} 4s 1s/step{VALUES}0.2500         \n",
    }),
    "an unknown number of steps": (True, None, 1, {
        0.5: f"\r      1/Unknown 0s 500ms/step{VALUES}1.0000",
        1.5: f"\r      2/Unknown 2s 1s/step{VALUES}0.5000   ",
        2.5: f"\r3/3 {bar(20)} 2s 1s/step{VALUES}0.3333\n",
    }),
    "a file": (False, 3, 1, {1: "", 2: "", 3.5: f"3/3 {'━' * 20} 4s 1s/step{VALUES}0.3333\n"}),
    "one line a pass": (True, 10, 2, {2: "", 4: "", 8: f"3/3 - 8s - 3s/step{VALUES}0.3333\n"}),
    "a single step": (True, 1, 1, {0: f"\r1/1 {bar(20)} 0s 0s/step{VALUES}1.0000\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PASSES)
def test_what_is_written_after_every_step(name, monkeypatch, capsys):
    interactive, target, verbose, expected = PASSES[name]
    clock = types.SimpleNamespace(now=100.0)
    monkeypatch.setattr(progress.time, "perf_counter", lambda: clock.now)
    monkeypatch.setattr(progress, "is_interactive", lambda: interactive)
    shown, written = progress.ProgressBar(target, verbose), {}
    for step, seconds in enumerate(expected, 1):
        clock.now = 100.0 + seconds
        shown.update(step, {"loss": 1 / step, "acc": 0.5}, finished=step == len(expected))
        written[seconds] = capsys.readouterr().out
    assert written == expected


def test_a_terminal_and_a_notebook_are_interactive(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert not progress.is_interactive()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert progress.is_interactive()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    assert progress.is_interactive()
