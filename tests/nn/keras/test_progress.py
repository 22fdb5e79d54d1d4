"""The progress bar."""

import re

import numpy as np

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


def test_an_interactive_bar_is_redrawn_in_place(capsys, monkeypatch):
    monkeypatch.setattr(progress, "is_interactive", lambda: True)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    bar = progress.ProgressBar(4, verbose=1)
    for step in (1, 2, 3, 4):
        bar.update(step, {"loss": 0.5 / step})
    bar.update(4, {"loss": 0.1}, finished=True)
    lines = capsys.readouterr().out.split("\r")
    assert len(lines) == 6
    assert lines[2].startswith("2/4 \33[32m━━━━━━━━━━\33[0m\33[37m━━━━━━━━━━\33[0m")
    assert lines[-1].rstrip(" \n").endswith("loss: 0.1000")
