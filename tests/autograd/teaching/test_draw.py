"""draw: the content of pictures, their layout with and without Graphviz, their formats, and invalid arguments."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd
import autograd.tensorflow as tf
import nn
from autograd import float64, tensor
from autograd.core.graph import Leaf, Node
from autograd.core.tensor import wrap
from autograd.teaching import draw, remember
from autograd.teaching.draw import LIMIT
from autograd.teaching.picture import _to_borders
from autograd.teaching.placing import CHARACTER, place, size_of
from nn import keras

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


@pytest.fixture
def without_dot(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def scalars():
    a, b = leaf(2.0), leaf(-3.0)
    with remember():
        y = (a * b + a).tanh() * 4
    return draw(y, names={"a": a, "b": b, "y": y})


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
        self.pool = nn.MaxPool2d(2)

    def forward(self, image):
        x = self.pool(nn.functional.relu(self.conv1(image)))
        x = self.pool(nn.functional.relu(self.conv2(x))).flatten(1)
        x = nn.functional.relu(self.fc1(x))
        return self.fc3(nn.functional.relu(self.fc2(x)))


def test_the_picture_of_a_scalar_graph(golden, without_dot):
    picture = scalars()
    golden("scalars.svg", picture.svg())
    golden("scalars.dot", picture.dot())
    golden("scalars.mmd", picture.mermaid())


def test_each_kind_of_box_has_its_own_outline_and_arrows_show_shapes(without_dot):
    layer, x = nn.Linear(3, 2), leaf([[1.0, 2.0, 3.0]]).float().detach().requires_grad_()
    with remember(layer):
        y = layer(x) * 2
    boxes = draw(y, names={"x": x, "layer": layer}, depth=None).drawing.boxes
    assert [(b.kind, b.lines[0]) for b in boxes] == [
        ("parameter", "layer.weight"), ("parameter", "layer.bias"), ("leaf", "x"), ("operation", "linear"),
        ("constant", "2"), ("operation", "y = mul"),
    ]  # fmt: skip
    folded = draw(y, names={"x": x, "layer": layer}, depth=0).drawing
    assert [b.kind for b in folded.boxes] == ["leaf", "module", "constant", "operation"]
    assert folded.boxes[1].lines == ["Linear(in_features=3, out_features=2, bias=True)", "8 parameters"]
    assert [a.label for a in folded.arrows] == ["(1, 3)", "(1, 2)", "()"]
    tags = [
        re.sub(r"{.*}", "", e.tag)
        for e in ET.fromstring(draw(y, names={"x": x, "layer": layer}, depth=None).svg()).iter()
    ]
    assert tags.count("polygon") == 5 and tags.count("rect") == 2  # the rectangles are the page itself and the leaf


def test_lenet_folds_into_modules_and_unfolds_to_primitives(without_dot):
    model, image = LeNet(), autograd.zeros(2, 1, 28, 28)
    folded = draw(model, image)
    assert [b.lines[0].partition(":")[0] for b in folded.drawing.boxes] == [
        "image", "conv1", "relu", "pool", "conv2", "relu", "pool", "x (2) = view", "fc1", "x (3) = relu", "fc2",
        "relu", "fc3",
    ]  # fmt: skip
    assert [a.label for a in folded.drawing.arrows][-3:] == ["(2, 120)", "(2, 84)", "(2, 84)"]
    height = float(re.search(r'height="(\d+)"', folded.svg())[1])
    assert height < 760
    opened = draw(model, image, depth=None).drawing
    assert sum(b.kind == "parameter" for b in opened.boxes) == 10
    assert not any(b.kind == "module" for b in opened.boxes)
    assert len(draw(model, image, depth=0).drawing.boxes) == 2
    assert all(module._hooks is None or not module._hooks.after for module in model.modules())


def test_a_module_called_twice_is_two_boxes():
    layer = nn.Linear(3, 3)
    drawing = draw(nn.Sequential(layer, nn.Tanh(), layer), autograd.ones(1, 3)).drawing
    assert [b.kind for b in drawing.boxes].count("module") == 3
    assert [b.kind for b in drawing.boxes].count("parameter") == 2  # shared, so drawn once, outside


def test_a_value_used_twice_by_one_operation_has_one_arrow_marked_times_two():
    x = leaf([1.0, 2.0, 3.0])
    assert [a.label for a in draw(x * x).drawing.arrows] == ["(3,) ×2"]


def test_values_that_are_not_finite_are_marked(without_dot):
    x = leaf([0.0, -1.0])
    picture = draw((x.log() + 1).sum(), names={"x": x})
    assert next(b.lines for b in picture.drawing.boxes if b.warning) == ["log", "1 -inf", "1 nan"]
    assert "#c00000" in picture.svg() and "#c00000" in picture.dot()


NASTY = '<b>&"quoted"\\ #1 `x` | {y}\n\x00]'


def test_names_are_escaped_in_every_format(without_dot):
    x = leaf([1.0, 2.0])
    picture = draw(x.sin(), names={NASTY: x})
    root = ET.fromstring(picture.svg())
    escaped = NASTY.replace("\n", "\\n").replace("\x00", "\\x00")
    assert escaped in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert '\\"quoted\\"\\\\ #1' in picture.dot()
    assert (
        'n0(["#60;b#62;#38;#34;quoted#34;#92; #35;1 #96;x#96; #124; {y}#92;n#92;x00]<br/>(2,)"])' in picture.mermaid()
    )


@needs_dot
def test_graphviz_accepts_escaped_names(tmp_path):
    x = leaf([1.0, 2.0])
    for picture in (scalars(), draw(x.sin() * x, names={NASTY: x})):
        ET.fromstring(picture.svg())
        picture.save(tmp_path / "picture.png")
        assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_without_graphviz_boxes_do_not_overlap_and_arrows_lead_down(without_dot):
    drawing = draw(nn.MultiheadAttention(8, 2), *[autograd.ones(5, 2, 8)] * 3, depth=None).drawing
    placed = place(drawing, "")
    spans = [(x - w / 2, x + w / 2, y - h / 2, y + h / 2) for (x, y), (w, h) in zip(placed.centres, placed.sizes)]
    for i, a in enumerate(spans):
        assert a[0] >= 0 and a[1] <= placed.width and a[2] >= 0 and a[3] <= placed.height
        for b in spans[:i]:
            assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
    for curve in placed.curves:
        assert len(curve) % 3 == 1 and curve[0][1] < curve[-1][1]


def test_without_graphviz_labels_cover_no_box_and_no_other_label(without_dot):
    drawing = draw(LeNet(), autograd.ones(2, 1, 28, 28), depth=None).drawing
    placed = place(drawing, "")
    spans = [(x - w / 2, x + w / 2, y - h / 2, y + h / 2) for (x, y), (w, h) in zip(placed.centres, placed.sizes)]
    for arrow, (x, y) in zip(drawing.arrows, placed.labels):
        half = len(arrow.label) * CHARACTER / 2
        label = (x - half, x + half, y - 6, y + 6)
        assert all(label[1] <= b[0] or b[1] <= label[0] or label[3] <= b[2] or b[3] <= label[2] for b in spans)
        spans.append(label)


@needs_dot
def test_with_graphviz_every_arrow_starts_and_ends_on_its_boxes():
    picture = draw(LeNet(), autograd.ones(2, 1, 28, 28), depth=None)
    placed = place(picture.drawing, picture.dot())
    for arrow, curve in zip(picture.drawing.arrows, placed.curves):
        whole = _to_borders(curve, placed, arrow)
        assert len(whole) % 3 == 1
        for (x, y), box in ((whole[0], arrow.source), (whole[-1], arrow.target)):
            (middle_x, middle_y), (width, height) = placed.centres[box], placed.sizes[box]
            assert abs(x - middle_x) <= width / 2 + 1e-6 and abs(y - middle_y) <= height / 2 + 1e-6


def test_wide_characters_get_more_width_and_long_names_are_shortened_in_the_middle(without_dot):
    assert size_of(["权重权重"])[0] - size_of(["abcd"])[0] == pytest.approx(4 * CHARACTER)
    x = leaf([1.0])
    (box, _) = draw(x * x, names={"begin" + "_" * 500 + "end": x}).drawing.boxes
    assert box.lines[0].startswith("begin_") and box.lines[0].endswith("_end") and len(box.lines[0]) == 80


def test_save_chooses_the_format_by_the_suffix(tmp_path, without_dot):
    picture = scalars()
    for ending, begins in ((".svg", "<svg"), (".dot", "digraph"), (".mmd", "flowchart")):
        picture.save(tmp_path / f"p{ending}")
        assert (tmp_path / f"p{ending}").read_text(encoding="utf-8").startswith(begins)
    with pytest.raises(ValueError, match=r"ending in .svg, .png, .dot or .mmd, but got 'p.jpg'"):
        picture.save("p.jpg")
    with pytest.raises(RuntimeError, match=r"Graphviz, whose program dot was not found: install it .*or save an .svg"):
        picture.save(tmp_path / "p.png")


def test_the_error_for_too_many_boxes_names_a_depth_that_works():
    model = nn.Sequential(*[nn.Sequential(*[nn.Linear(1, 1) for _ in range(100)]) for _ in range(8)])
    with pytest.raises(ValueError, match=r"801 boxes, but at most 600 can be read: depth=1 folds them into about 8"):
        draw(model, autograd.ones(1, 1), depth=2)
    assert len(draw(model, autograd.ones(1, 1)).drawing.boxes) == 9


def test_a_huge_graph_without_modules_is_refused_before_any_work():
    node = leaf_node = Leaf()
    primitive = (leaf(1.0) * 1).node.primitive
    for _ in range(20_000):
        node = Node(primitive, (node, None), (None, 1.0))
    assert isinstance(leaf_node, Leaf)
    with pytest.raises(ValueError, match=rf"20,001 boxes, but at most {LIMIT} .* explain\(y\)"):
        draw(wrap(autograd.ones(1).array, node))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: draw(tensor(1.0)), RuntimeError, "has no graph: it does not require grad"),
        (lambda: draw(3), TypeError, "expected a Tensor or a function, but got int"),
        (
            lambda: draw(leaf(1.0) * 1, leaf(1.0)),
            TypeError,
            "arguments are given with a function, but the first argument is a Tensor",
        ),
        (lambda: draw(nn.Linear(1, 1)), TypeError, "Linear needs an input to run on"),
        (lambda: draw(leaf(1.0) * 1, depth="all"), TypeError, "depth must be an integer or None, but got str"),
        (lambda: draw(leaf(1.0) * 1, depth=-1), ValueError, "depth must be at least 0 or None, but got -1"),
    ],
)
def test_invalid_arguments_raise(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_a_freed_graph_raises():
    y = leaf(1.0).exp()
    y.backward()
    with pytest.raises(RuntimeError, match="freed by a backward pass"):
        draw(y)


def test_drawing_does_not_call_hooks():
    y = leaf(1.0) * 3
    y.register_hook(lambda g: pytest.fail("called"))
    draw(y)


def test_a_keras_model_is_drawn_with_a_box_for_each_layer_and_names_the_weights_of_a_tape():
    model = keras.Sequential([keras.layers.Dense(3, name="first"), keras.layers.Dense(1, name="last")])
    x = np.ones((2, 2), "float32")
    boxes = draw(model, x).drawing.boxes
    assert [box.lines for box in boxes] == [
        ["inputs", "(2, 2)"],
        ["first: Dense", "9 parameters"],
        ["last: Dense", "4 parameters"],
    ]
    with tf.GradientTape():
        y = tf.reduce_sum(model(x))
        lines = [box.lines[0] for box in draw(y, names=model).drawing.boxes]
    assert {"first/kernel", "first/bias", "last/kernel", "last/bias"} <= set(lines)
