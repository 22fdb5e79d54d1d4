"""The layout of pictures, by our own layers and by Graphviz, and how the placed boxes and arrows are drawn."""

from __future__ import annotations

import random
import shutil
import subprocess
from types import SimpleNamespace

import pytest

from autograd.teaching import placing
from autograd.teaching.folding import Arrow, Box, Drawing
from autograd.teaching.layers import _sweeps, in_layers
from autograd.teaching.picture import Picture, _on_box
from autograd.teaching.placing import CHARACTER, Placed, place, size_of

KINDS = ("leaf", "parameter", "constant", "operation", "module")


def random_parents(count, seed, most=3):
    """For each of `count` nodes some earlier ones, most of them near."""
    rng = random.Random(seed)
    chosen = [{max(0, i - 1 - int(rng.expovariate(0.3))) for _ in range(rng.randint(0, most))} for i in range(count)]
    return [sorted(above, key=lambda _: rng.random()) if i else [] for i, above in enumerate(chosen)]


def random_drawing(count, seed):
    """A drawing with boxes of all kinds and sizes, and labels that are short and long."""
    rng = random.Random(seed)
    text = lambda most: "".join(rng.choice("abc(),2 权") for _ in range(rng.randint(0, most)))
    boxes = [
        Box(rng.choice(KINDS), [text(16) for _ in range(rng.randint(1, 3))], rng.random() < 0.2, rng.random() < 0.2)
        for _ in range(count)
    ]
    arrows = [Arrow(p, i, text(20)) for i, above in enumerate(random_parents(count, seed)) for p in above]
    return Drawing(boxes, arrows)


def in_words(placed: Placed) -> str:
    """A layout as text."""
    points = lambda some: " ".join(f"{x:.2f},{y:.2f}" for x, y in some)
    return "\n".join(
        [f"{placed.width:.2f} x {placed.height:.2f}", points(placed.centres), points(placed.sizes)]
        + [f"{points(curve)} | {points([label])}" for curve, label in zip(placed.curves, placed.labels, strict=True)]
    )


@pytest.fixture
def without_dot(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_random_graphs_are_laid_out_as_before(golden):
    texts = []
    for seed in range(12):
        parents = random_parents(4 + 2 * seed, seed, 2 + seed % 3)
        widths = None if seed % 2 else [random.Random(i).uniform(0.2, 1.0) for i in range(len(parents))]
        placed = in_layers(parents, widths)
        texts.append(f"{parents}\n{placed.layer}\n{placed.slot}\n{placed.lanes}\n")
    golden("layers.txt", "\n".join(texts))


def test_random_drawings_are_placed_as_before(golden, without_dot):
    texts = [in_words(place(random_drawing(2 + 3 * seed, seed), "")) for seed in range(8)]
    golden("placed.txt", "\n\n".join(texts) + "\n")


@pytest.mark.parametrize(
    ("members", "sweeps"),
    [(0, 8), (1, 8), (24_998, 8), (24_999, 8), (25_000, 6), (33_332, 6), (33_333, 4), (66_666, 2), (10**6, 2)],
)
def test_larger_graphs_get_fewer_sweeps_down_to_two(members, sweeps):
    assert _sweeps(range(members)) == sweeps


def test_an_empty_drawing_is_placed(without_dot):
    assert place(Drawing([], []), "") == Placed(4, 0, [], [], [], [])
    assert in_layers([]).layer == []


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        ([], (40, 10)),
        (["a"], (40, 24)),
        (["abcd", "ab"], (4 * CHARACTER + 28, 38)),
        (["权A"], (3 * CHARACTER + 28, 24)),
    ],
)
def test_a_box_is_as_wide_as_its_widest_line_and_not_below_forty_pixels(lines, size):
    assert size_of(lines) == pytest.approx(size)


def test_an_arrow_to_an_earlier_box_does_not_count_for_the_layers(without_dot):
    boxes = [Box("module", [name], False, False) for name in "ab"]
    back = place(Drawing(boxes, [Arrow(0, 1, ""), Arrow(1, 0, "")]), "")
    assert back.centres == place(Drawing(boxes, [Arrow(0, 1, "")]), "").centres


# -- pictures ---------------------------------------------------------------------------------------


def rich_drawing():
    """Every kind of box: plain, the output, and with a value that is not finite."""
    boxes = [
        Box("leaf", ["x", "(2, 3)"], False, False),
        Box("parameter", ["weight: 权重", "(3, 3)", "1 nan"], False, True),
        Box("constant", ["3"], False, False),
        Box("operation", ['a<b> & "c"\\'], False, False),
        Box("module", ["0: Linear(in_features=3, out_features=2)", "8 parameters"], False, False),
        Box("operation", ["y = tanh", "= inf"], True, True),
        Box("module", ["loss"], True, False),
    ]
    ends = [(0, 3, "(2, 3)"), (1, 4, ""), (2, 3, "()"), (0, 4, "(2, 3) ×2"), (3, 4, 'a|"b"'), (4, 5, ""), (0, 6, "p")]
    return Drawing(boxes, [Arrow(*end) for end in [*ends, (5, 6, "3 values")]])


def test_every_kind_of_box_is_drawn_in_every_format(golden, without_dot):
    picture = Picture(rich_drawing())
    golden("kinds.svg", picture.svg())
    golden("kinds.dot", picture.dot())
    golden("kinds.mmd", picture.mermaid())
    assert picture._repr_svg_() == picture.svg()


def test_a_picture_says_how_many_boxes_and_arrows_it_has():
    box, arrow = Box("leaf", ["x"], False, False), Arrow(0, 0, "")
    assert repr(Picture(Drawing([box], [arrow]))) == "<Picture of 1 box and 1 arrow: save(path) writes it>"
    assert repr(Picture(Drawing([box] * 2, []))) == "<Picture of 2 boxes and 0 arrows: save(path) writes it>"


#: What Graphviz's `dot -Tplain -y` answers for `rich_drawing`, shortened: with an edge without a label, a curve of two
#: segments that ends off its boxes, and a line that is continued.
PLAIN = """graph 1 9.5 6.25
node n0 5.25 0.5 0.98 0.53 "" filled ellipse #555555 #d9ead3
node n1 1.5 1.5 1.91 0.72 "" filled hexagon #c00000 #fce5cd
node n2 7.25 0.5 0.56 0.33 "" filled parallelogram #555555 #eeeeee
node n3 6.5 2.25 1.41 0.33 "" filled box #555555 #dbe7f6
node n4 3.125 3.5 4.11 0.53 "" filled box #555555 #e6dff1
node n5 3.125 4.5 1.13 0.53 "" filled box #c00000 #dbe7f6
node n6 5.5 5.75 0.76 0.33 "" filled box #555555 #e6dff1
edge n0 n3 4 5.25 0.75 5.5 1.25 6 1.5 6.5 2.05 " (2, 3) " 5.9375 1.375 solid #777777
edge n1 n4 4 1.5 1.9 1.5 2.5 3 3 3.125 3.2 solid #777777
edge n2 n3 4 7.25 0.7 7 1.25 6.75 1.75 6.5 2.05 " () " 7.0625 1.375 solid #777777
edge n0 n4 7 5 0.75 4.5 1.5 4.25 1.75 4 2 3.75 2.5 3.5 \\
3 3.125 3.2 " (2, 3) ×2 " 4.375 1.375 solid #777777
edge n3 n4 4 6.5 2.45 6 2.75 5 3 4 3.2 " a|\\"b\\" " 5.5 2.875 solid #777777
edge n4 n5 4 3.125 3.8 3.125 4 3.125 4.1 3.125 4.2 solid #777777
edge n0 n6 4 5.25 0.8 5.5 2 5.5 4 5.5 5.5 " p " 5.625 3.125 solid #777777
edge n5 n6 4 3.125 4.8 3.5 5 4.5 5.5 5.3 5.55 " 3 values " 4.75 5.125 solid #777777
stop
"""


@pytest.fixture
def recorded_dot(monkeypatch):
    """Graphviz's answer from above, and the calls of its program."""
    calls = []

    def run(command, **options):
        calls.append((command, options))
        return SimpleNamespace(stdout=PLAIN)

    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_the_layout_of_graphviz_is_read_and_drawn(golden, recorded_dot):
    drawing = rich_drawing()
    picture = Picture(drawing)
    golden("by_graphviz.txt", in_words(place(drawing, "")) + "\n")
    golden("by_graphviz.svg", picture.svg())
    (command, options) = recorded_dot[-1]
    assert command == ["/usr/bin/dot", "-Tplain", "-y"]
    assert options["input"] == picture._dot([[] for _ in drawing.boxes]) and 'label=""' in options["input"]
    assert options["check"] and options["capture_output"] and options["timeout"] == 60


@pytest.mark.parametrize(
    ("point", "nearest"),
    [
        ((0.0, 0.0), (80.0, 40.0)), ((100.0, 0.0), (100.0, 40.0)), ((999.0, 0.0), (120.0, 40.0)),
        ((0.0, 50.0), (80.0, 50.0)), ((110.0, 55.0), (110.0, 55.0)), ((999.0, 50.0), (120.0, 50.0)),
        ((0.0, 99.0), (80.0, 60.0)), ((90.0, 99.0), (90.0, 60.0)), ((999.0, 99.0), (120.0, 60.0)),
    ],
)  # fmt: skip
def test_the_nearest_point_of_a_box(point, nearest):
    placed = Placed(0, 0, [(0.0, 0.0), (100.0, 50.0)], [(1.0, 1.0), (40.0, 20.0)], [], [])
    assert _on_box(point, placed, 1) == nearest


@pytest.mark.parametrize(
    "error", [OSError("no"), subprocess.CalledProcessError(1, "dot"), subprocess.TimeoutExpired("dot", 60)]
)
def test_if_graphviz_fails_our_own_layers_are_used(error, monkeypatch):
    def fail(*args, **options):
        raise error

    drawing = rich_drawing()
    own = placing._by_layers(drawing, [size_of(box.lines) for box in drawing.boxes])
    monkeypatch.setattr(shutil, "which", lambda name: "dot")
    monkeypatch.setattr(subprocess, "run", fail)
    assert place(drawing, "") == own


def test_a_png_is_drawn_by_graphviz_from_the_dot_text(monkeypatch, tmp_path):
    def run(command, **options):
        assert command == ["/usr/bin/dot", "-Tpng", "-Gdpi=144"] and options["check"] and options["capture_output"]
        return SimpleNamespace(stdout=b"PNG of " + options["input"])

    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/dot")
    monkeypatch.setattr(subprocess, "run", run)
    picture = Picture(rich_drawing())
    picture.save(tmp_path / "p.PNG")
    assert (tmp_path / "p.PNG").read_bytes() == b"PNG of " + picture.dot().encode()


@pytest.mark.parametrize(
    "x, y, overlaps",
    [(0, 0, True), (14.9, 0, True), (15, 0, False), (-14.9, 0, True), (-15, 0, False), (0, 6.9, True), (0, 7, False),
     (0, -6.9, True), (0, -7, False), (14.9, 6.9, True), (15, 6.9, False), (14.9, 7, False)],
)  # fmt: skip
@pytest.mark.parametrize("below", [0.0, 58.0, 60.0, -61.0])
def test_rectangles_overlap_up_to_a_gap_beside_each_other(x, y, overlaps, below):
    taken = placing._Taken()
    taken.add(100.0, below, 10.0, 4.0)
    assert taken.overlaps(100.0 + x, below + y, 3.0, 3.0) == overlaps
    assert not placing._Taken().overlaps(100.0, below, 3.0, 3.0)
