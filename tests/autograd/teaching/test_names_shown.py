"""Names that are no words: control characters, quotes, tags, half a character, very long ones, in every tool."""

import json
import re
import shutil
import xml.etree.ElementTree as ET

import pytest

import autograd
from autograd import nn
from autograd.teaching import draw, explain, histograms, plot_history, stepper, summary
from tests.autograd.teaching.test_draw import needs_dot

NAMES = [
    "\u2028", "\u2029", "a\x85b", "\0", "\x1b[31m", '"', "\\", "a\\", "\\n", "<b>&amp;", "\ud800", "\udfff\ud800",
    "\u202e", "a" * 3000, "]]>", "</script>", "<!--", "\n", "\r\n", "\t", "", "`", "%s", "{}", "|", "#", "'", "\ufffe",
    "\x9b", "日本", "💡", "\x7f", " ", "\\N", "${x}", "$\\frac$",
]  # fmt: skip
#: What would break a line, or cannot be written in UTF-8 or XML.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe]")


class Net(nn.Module):
    """A module with a submodule, a parameter and a setting of a name."""

    def __init__(self, name):
        super().__init__()
        self.own = name
        self._modules[name], self._parameters[name + "p"] = nn.Linear(2, 2), nn.Parameter(autograd.ones(2))

    def forward(self, x):
        return self._modules[self.own](x) * self._parameters[self.own + "p"]

    def extra_repr(self):
        return self.own


def graph():
    x = autograd.ones(2, requires_grad=True)
    return x, (x * 2).sum()


def texts(name, tmp_path):
    """What the tools write about a tensor and a module with a name."""
    x, y = graph()
    yield str(explain(y, names={name: x}))
    yield from (
        explain(y, names={name: x})._repr_html_(),
        stepper(y, tmp_path / "page.html", names={name: x}).text,
    )
    net, one = Net(name), autograd.ones(1, 2)
    yield from (str(summary(net, one)), net._repr_html_(), str(histograms(net, lambda out: out.sum(), one)))
    for picture in (draw(y, names={name: x}), draw(net, one), draw(net, one, depth=None)):
        yield from (picture.svg(), picture.dot(), picture.mermaid())


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_every_name_is_shown_in_one_line_of_text(name, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    for text in texts(name, tmp_path):
        assert not FORBIDDEN.search(text), text[:300]
        text.encode()
        if text.startswith("<svg"):
            ET.fromstring(text)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r"application/json[^>]*>(.*?)</script>", page, re.DOTALL)[1])
    assert len(data["nodes"]) == 4


@needs_dot
def test_graphviz_places_boxes_of_every_name():
    x, y = graph()
    for name in NAMES:
        picture = draw(y, names={name: x})
        ET.fromstring(picture.svg())
    assert draw(y, names=dict.fromkeys(NAMES, x)).png()[1:4] == b"PNG"


def test_what_cannot_be_seen_is_escaped():
    x, y = graph()
    assert "a\\nb\\x1b[31m\\u2028" in str(explain(y, names={"a\nb\x1b[31m\u2028": x}))


def test_plots_have_no_formulas_in_names():
    pytest.importorskip("matplotlib")
    figure = plot_history({"$\\frac$": [1.0, 2.0], "val_$\\frac$": [1.0, float("nan")]})
    figure.canvas.draw()
    histograms(Net("$\\frac$"), lambda out: out.sum(), autograd.ones(1, 2)).plot().canvas.draw()
