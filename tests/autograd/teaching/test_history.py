"""History: recorded quantities and their plot."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from autograd import tensor
from autograd.teaching import History, plot_history


def test_a_history_of_numbers_and_tensors_has_a_panel_for_each_quantity():
    pytest.importorskip("matplotlib")
    history = History()
    for epoch in range(4):
        history.record(loss=tensor(1.0 / (epoch + 1)), val_loss=0.5, accuracy=epoch / 4)
    figure = history.plot()
    assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy"]
    assert [line.get_label() for line in figure.axes[0].lines] == ["loss", "val_loss"]
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [1, 1 / 2, 1 / 3, 1 / 4])


def test_values_that_are_not_finite_interrupt_the_line_and_are_marked():
    pytest.importorskip("matplotlib")
    figure = plot_history({"loss": [1.0, float("nan"), float("inf"), 0.5]})
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), [1, np.nan, np.nan, 0.5])
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert "loss not finite" in labels
    (marked,) = [line for line in figure.axes[0].lines if line.get_marker() == "x" and len(line.get_xdata())]
    np.testing.assert_array_equal(marked.get_xdata(), [2, 3])


def test_recording_something_other_than_numbers_raises_and_records_nothing():
    history = History()
    with pytest.raises(TypeError, match="accuracy must be a number, but got str: 'high'"):
        history.record(loss=1.0, accuracy="high")
    assert history.values == {} and history._repr_svg_() is None
    with pytest.raises(ValueError, match=r"nothing was recorded: call record\(loss=...\)"):
        history.plot()


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    history = History()
    history.record(loss=1)
    with pytest.raises(
        ImportError, match="not installed: pip install matplotlib; the numbers are available without it"
    ):
        history.plot()


def test_plotting_something_other_than_a_mapping_raises():
    with pytest.raises(TypeError, match=r"expected a mapping from quantities to their values, .* but got list"):
        plot_history([1.0])
