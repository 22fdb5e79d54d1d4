"""plot_model."""

import builtins
import shutil
import subprocess
import types

import pytest

from nn import keras
from nn.keras import layers, plotting


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


def branched():
    x = keras.Input((3,), name="image")
    both = layers.Add(name="sum")([layers.Dense(2, name="a<$b>")(x), layers.Dense(2, name="b")(x)])
    return keras.Model(x, layers.Concatenate(name="all")([layers.Dense(4, name="c")(both), x]))


def source(path, **options):
    keras.utils.plot_model(branched(), path, **options)
    return path.read_text(encoding="utf-8").splitlines()


CELL = (
    '<table border="0" cellborder="1" cellspacing="0" cellpadding="8"><tr><td bgcolor="black"><font color="white"><b>'
)
ARROWS = ["  0 -> 1;", "  0 -> 2;", "  0 -> 5;", "  1 -> 3;", "  2 -> 3;", "  3 -> 4;", "  4 -> 5;", "}"]


def test_the_language_of_graphviz_word_for_word(tmp_path):
    plain = source(tmp_path / "m.dot")
    kinds = ["InputLayer", "Dense", "Dense", "Add", "Dense", "Concatenate"]
    boxes = [f"  {i} [label=<{CELL}{kind}</b></font></td></tr></table>>];"
             for i, kind in enumerate(kinds)]  # fmt: skip
    head = ["digraph model {", "  rankdir=TB;", '  node [shape=plain, fontname="Helvetica"];']
    assert plain == [*head, *boxes, *ARROWS]
    full = source(tmp_path / "m.dot", show_shapes=True, show_layer_names=True, rankdir="LR")
    assert full[1] == "  rankdir=LR;" and full[9:] == ARROWS
    assert full[3].endswith(
        "<b>image (InputLayer)</b></font></td></tr><tr><td>Output shape: (None, 3)</td></tr></table>>];"
    )
    assert full[4].endswith(
        "<b>a&lt;$b&gt; (Dense)</b></font></td></tr><tr><td>Input shape: (None, 3)</td></tr>"
        "<tr><td>Output shape: (None, 2)</td></tr></table>>];"
    )


class Figure:
    """Notes what is drawn, in place of matplotlib's figure and axes."""

    def __init__(self, figsize):
        self.size, self.boxes, self.arrows = figsize, {}, {}

    def add_axes(self, place):
        assert place == (0, 0, 1, 1)
        return self

    def set(self, xlim, ylim):
        self.limits = [*xlim, *ylim]

    def axis(self, name):
        assert name == "off"

    def annotate(self, text, xy, xytext=None, **style):
        if text:
            assert style == {
                "ha": "center", "va": "center", "fontsize": 9, "zorder": 3,
                "bbox": {"boxstyle": "square,pad=0.5", "facecolor": "white"},
            }  # fmt: skip
            self.boxes[text] = xy
        else:
            self.arrows[xytext, xy] = style["arrowprops"].pop("connectionstyle")
            assert style == {"zorder": 1, "arrowprops": {"arrowstyle": "-|>", "shrinkA": 24, "shrinkB": 24}}


@pytest.mark.parametrize(
    "rankdir, size, limits, places",
    [
        ("TB", (6.8, 6.5), [-3.4, 3.4, -5.85, 0.65], lambda level, side: (side * 1.7, -level * 1.3)),
        ("LR", (18.6, 2.6), [-1.7, 16.9, -1.3, 1.3], lambda level, side: (level * 3.8, -side * 0.65)),
    ],
)
def test_boxes_and_arrows_of_a_picture(rankdir, size, limits, places):
    figure = plotting._draw(Figure, plotting._boxes(branched(), True, True), rankdir)
    assert figure.size == pytest.approx(size)
    assert figure.limits == pytest.approx(limits)
    titles = ["image (InputLayer)", r"a<\$b> (Dense)", "b (Dense)", "sum (Add)", "c (Dense)", "all (Concatenate)"]
    assert [text.splitlines()[0] for text in figure.boxes] == titles
    assert list(figure.boxes)[3].splitlines()[1:] == ["Input shape: [(None, 2), (None, 2)]", "Output shape: (None, 2)"]
    expected = [places(*at) for at in ((0, 0), (1, -1), (1, 1), (2, 0), (3, 0), (4, 0))]
    at = list(figure.boxes.values())
    assert at == [pytest.approx(place) for place in expected]
    pairs = [(0, 1), (0, 2), (0, 5), (1, 3), (2, 3), (3, 4), (4, 5)]
    # Only the arrow from the input to the last layer has boxes in its way.
    assert figure.arrows == {(at[i], at[j]): f"arc3,rad={0.4 if j - i == 5 else 0.0}" for i, j in pairs}


def test_programs_are_asked_for_the_kind_of_the_file(monkeypatch, tmp_path):
    asked = []

    def run(command, **options):
        asked.append((command, options.pop("input").decode().splitlines()[1]))
        assert options == {"capture_output": True, "check": True}
        return types.SimpleNamespace(stdout=b"picture")

    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    keras.utils.plot_model(model(), tmp_path / "m.png", rankdir="LR")
    keras.utils.plot_model(model(), tmp_path / "m.svg", dpi=300)
    keras.utils.plot_model(model(), tmp_path / "n.png", dpi=50)
    assert (tmp_path / "m.svg").read_bytes() == b"picture"
    assert asked == [
        (["/bin/dot", "-Tpng", "-Gdpi=200"], "  rankdir=LR;"), (["/bin/dot", "-Tsvg", "-Gdpi=72"], "  rankdir=TB;"),
        (["/bin/dot", "-Tpng", "-Gdpi=50"], "  rankdir=TB;"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options, message",
    [
        ({"rankdir": "BT"}, r"^plot_model: rankdir must be 'TB' or 'LR', but got 'BT'$"),
        ({"to_file": "m.gif"}, r"^plot_model: to_file must end in .png, .svg, .pdf or .dot, but got m.gif$"),
        ({"model": keras.Sequential([layers.Dense(1)], name="chain")},
         "'chain' has no graph: build it, or add an Input as its first layer$"),
        ({"model": type("Own", (keras.Model,), {})(name="own")},
         "'own' has no graph: a subclass computes its output in Python$"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        keras.utils.plot_model(**{"model": branched(), **options})
