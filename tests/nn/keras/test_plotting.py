"""plot_model."""

import builtins
import shutil

import pytest

from nn import keras
from nn.keras import layers


def model():
    return keras.Sequential([keras.Input((3,)), layers.Dense(1)])


@pytest.mark.parametrize("program", [True, False])
def test_models_are_drawn_by_graphviz_or_by_matplotlib(program, tmp_path, monkeypatch):
    if program and shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    if not program:
        pytest.importorskip("matplotlib")
        monkeypatch.setattr(shutil, "which", lambda name: None)
    keras.utils.plot_model(model(), tmp_path / "m.png", show_shapes=True, show_layer_names=True)
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    keras.utils.plot_model(model(), tmp_path / "m.dot", show_shapes=True)
    assert "Output shape: (None, 1)" in (tmp_path / "m.dot").read_text()


def test_without_graphviz_and_matplotlib_the_error_says_what_to_install(tmp_path, monkeypatch):
    original = builtins.__import__

    def without_matplotlib(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(ImportError, match=r"needs Graphviz' program `dot`, or matplotlib"):
        keras.utils.plot_model(model(), tmp_path / "m.png")
