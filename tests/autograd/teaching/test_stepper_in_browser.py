"""The stepper's page in a headless browser: its steps, its gradients before and after a change, its layout."""

import time

import numpy as np
import pytest

import autograd as torch
from autograd.teaching import remember, stepper

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def neuron(a, b, c):
    """A scalar graph that uses `a` and `f` twice."""
    with remember():
        f = torch.tanh((a * b + c) * 0.3)
        return (f * a) ** 2 + f


def leaves(**values):
    return {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}


@pytest.fixture
def neuron_page(page, tmp_path):
    given = leaves(a=2.0, b=-3.0, c=10.0)
    page.open(stepper(neuron(**given), tmp_path / "neuron.html", names=given))
    return page


def engine(function, **values):
    given = leaves(**values)
    function(**given).backward()
    return {name: x.grad.item() for name, x in given.items()}


def test_keys_step_to_the_end_where_the_gradients_are_the_engines(neuron_page):
    right = "\ue014"
    steps = int(neuron_page.run("return stepper.count"))
    neuron_page.browser.find_element("tag name", "body").click()
    neuron_page.press(*[right] * (steps + 2))
    assert neuron_page.text("#phase").lower() == "backward 7 of 7"
    assert neuron_page.gradients() == pytest.approx(engine(neuron, a=2.0, b=-3.0, c=10.0), rel=1e-6)


def test_buttons_slider_and_keys_reach_the_same_steps(neuron_page):
    seen = []
    for _ in range(int(neuron_page.run("return stepper.count")) - 1):
        neuron_page.click("next")
        seen.append(neuron_page.text("#what"))
    assert not neuron_page.browser.find_element("id", "next").is_enabled()
    home = "\ue011"
    neuron_page.browser.find_element("tag name", "body").click()
    neuron_page.press(home)
    assert neuron_page.text("#what") == "The leaves"
    slid = neuron_page.run(
        "const slider = document.getElementById('slider');"
        "return [...Array(stepper.count).keys()].slice(1).map((step) => {"
        "  slider.value = step; slider.dispatchEvent(new Event('input'));"
        "  return document.getElementById('what').innerText })"
    )
    assert slid == seen
    neuron_page.click("back")
    assert neuron_page.text("#what") == seen[-2]


def test_the_address_can_contain_a_step(page, tmp_path):
    x = torch.tensor(3.0, requires_grad=True)
    address = stepper(x * x * x, tmp_path / "page.html", names={"x": x}).path.as_uri()
    for named, phase in (("#4", "backward 1 of 2"), ("#4.7", "backward 1 of 2"), ("#-3", "start"), ("#x", "start")):
        page.browser.get("about:blank")
        page.browser.get(address + named)
        assert page.text("#phase").lower() == phase


def test_two_contributions_to_one_parent_are_drawn_as_a_sum(page, tmp_path):
    x = torch.tensor(-3.0, requires_grad=True)
    page.open(stepper(x * x, tmp_path / "page.html", names={"x": x}))
    page.run("stepper.go(1e9)")
    assert page.run("return [...document.querySelectorAll('.pill text')].map(t => t.textContent)") == ["−3 + (−3)"]


def test_a_step_shows_the_rule_its_numbers_and_the_sum_for_a_reused_value(neuron_page):
    neuron_page.run("stepper.go(11)")
    text = neuron_page.text("#working")
    for words in ("g · ∂(x · y)/∂x = g · y", "= g · a", "sum so far", " = 1 + 6.6692 = 7.6692"):
        assert words in text
    lit = neuron_page.run("return document.querySelectorAll('.edge.lit.pulling').length")
    assert lit == 2
    assert (
        "Backward 3 of 7".lower()
        in neuron_page.run("return document.getElementById('announcement').textContent").lower()
    )


@pytest.mark.parametrize("name, value", [("a", 0.75), ("b", 1.5), ("c", -4.0)])
def test_after_a_change_the_gradients_are_those_the_engine_computes_anew(neuron_page, name, value):
    field = neuron_page.browser.find_element("css selector", f"[aria-label='value of {name}']")
    field.clear()
    field.send_keys(str(value))
    neuron_page.click("last")
    wanted = engine(neuron, **{"a": 2.0, "b": -3.0, "c": 10.0, name: value})
    assert neuron_page.gradients() == pytest.approx(wanted, rel=1e-5)
    neuron_page.click("reset")
    assert neuron_page.gradients() == pytest.approx(engine(neuron, a=2.0, b=-3.0, c=10.0), rel=1e-6)


def test_a_slider_changes_a_leaf_with_broadcasting_and_a_mean(page, tmp_path):
    x, t = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([[3.0, 5.0, 7.0, 9.5]] * 2)

    def loss(w, b):
        with remember():
            error = w * x + b - t
            return (error * error).mean()

    given = leaves(w=1.5, b=0.0)
    page.open(stepper(loss(**given), tmp_path / "line.html", names=given))
    page.run(
        "const s = document.querySelector('[data-slide]'); s.value = -0.45; s.dispatchEvent(new Event('input'));"
        "stepper.go(1e9)"
    )
    shown = float(page.run("return document.querySelector('[data-value]').value"))
    assert shown == pytest.approx(-0.45, abs=0.02)
    assert page.gradients() == pytest.approx(engine(loss, w=shown, b=0.0), rel=1e-5)


def test_a_graph_that_the_page_cannot_recompute_has_no_slider(page, tmp_path):
    x = torch.tensor([[2.0, 0.0], [0.0, 3.0]], requires_grad=True)
    page.open(stepper(lambda x: torch.linalg.svdvals(x).sum(), x, path=tmp_path / "page.html"))
    assert "cannot be changed: it needs svd" in page.text("#live")
    assert page.run("return document.querySelectorAll('[data-slide]').length") == 0
    assert not page.browser.find_element("id", "tools").is_displayed()


@pytest.mark.parametrize("dark", [False, True])
def test_matrices_are_heat_maps_with_a_table_of_numbers(page, tmp_path, dark):
    torch.manual_seed(0)
    x, w, b = torch.randn(12, 4), torch.randn(4, 7, requires_grad=True), torch.randn(7, requires_grad=True)
    with remember():
        loss = torch.tanh(x @ w + b).mean()
    page.look(1280, 800, dark)
    page.open(stepper(loss, tmp_path / "page.html", names={"x": x, "w": w, "b": b}))
    page.run("stepper.go(1e9)")
    loss.backward()
    found = page.gradients()
    assert np.allclose(found["w"], w.grad.array.ravel(), rtol=1e-6)
    assert np.allclose(found["b"], b.grad.array, rtol=1e-6)
    page.run("document.querySelectorAll('#working details').forEach(d => { d.open = true })")
    time.sleep(0.1)
    rows = page.run("return [...document.querySelectorAll('#working .numbers')].map(t => t.rows.length)")
    assert rows and max(rows) == 12
    cell = page.run(
        "const cell = document.querySelector('#working .heat span');"
        " cell.dispatchEvent(new Event('pointerover', {bubbles: true}));"
        " return [cell.title, cell.closest('figure').querySelector('.readout').textContent]"
    )
    assert cell[0].startswith("[0, 0] ") and cell[1].startswith("[0, 0] = ")


def test_arrays_of_more_than_two_dims_are_tiles_of_matrices(page, tmp_path):
    x = torch.arange(24.0).view(2, 2, 2, 3).requires_grad_()
    page.open(stepper((x * x).sum(), tmp_path / "page.html", names={"x": x}))
    page.run("stepper.go(1)")
    cells = page.run(
        "return [...document.querySelectorAll('#working .heat:first-of-type span')].slice(0, 24)"
        ".map(cell => [cell.title, cell.style.gridArea])"
    )
    assert page.run("return [...document.querySelectorAll('#working small')].slice(0, 4).map(s => s.textContent)") == [
        "[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]",
    ]  # fmt: skip
    assert len(cells) == 24
    places = [area.split(" / ")[:2] for _, area in cells]
    assert cells[23][0] == "[1, 1, 1, 2] 23" and places[:4] == [["2", "1"], ["2", "2"], ["2", "3"], ["3", "1"]]
    assert places[6] == ["2", "5"] and places[12] == ["5", "1"]


def test_nan_and_infinity_are_shown(page, tmp_path):
    x, z = torch.tensor(0.0, requires_grad=True), torch.tensor([1.0, -1.0, 0.0], requires_grad=True)
    with remember():
        y = torch.log(x) * x + torch.log(z).sum()
    page.open(stepper(y, tmp_path / "page.html", names={"x": x, "z": z}))
    page.run("stepper.go(1e9)")
    shown = page.text("#picture")
    assert "−∞" in shown and "NaN" in shown


NAMES = ("<img src=x onerror=alert(1)>", "weight & 'bias' \"x\"", "a_very_long_name_" * 8)


@pytest.mark.parametrize("width", [360, 1000])
def test_the_page_never_scrolls_sideways(page, tmp_path, width):
    x, y, z = (torch.randn(6, 11, requires_grad=True) for _ in range(3))
    with remember():
        out = ((x * y + z) @ x.mT).sum() + torch.tensor(1e-30, requires_grad=True) * 123456.789
    page.look(width, 740)
    page.open(stepper(out, tmp_path / "page.html", names=dict(zip(NAMES, (x, y, z)))))
    too_wide = page.run(
        "return [...Array(stepper.count).keys()].filter(step => {"
        " stepper.go(step); return document.documentElement.scrollWidth > window.innerWidth })"
    )
    assert too_wide == []
    page.run("document.getElementById('all').open = true")
    time.sleep(0.05)
    assert page.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert page.run("return document.querySelectorAll('img').length") == 0


def test_all_controls_have_accessible_names_and_the_step_is_announced(neuron_page):
    nameless = neuron_page.run(
        "return [...document.querySelectorAll('button, input, [role=group], section')]"
        ".filter(e => !e.getAttribute('aria-label') && !e.textContent.trim()).map(e => e.outerHTML)"
    )
    assert nameless == []
    assert neuron_page.run("return document.getElementById('announcement').getAttribute('aria-live')") == "polite"
    neuron_page.click("next")
    assert (
        "Forward 1 of 7" in neuron_page.run("return document.getElementById('announcement').textContent").capitalize()
    )
    assert "forward 1 of 7" in neuron_page.run(
        "return document.getElementById('slider').getAttribute('aria-valuetext')"
    )


def test_a_thousand_nodes_can_be_stepped_in_time_linear_in_their_number(page, tmp_path):
    spent = {}
    for nodes in (100, 1000):
        w, s = (torch.tensor(v, requires_grad=True) for v in (0.9, 0.5))
        with remember():
            y = s
            for _ in range(nodes // 3):
                y = torch.sin(y * w) + s * 0.5
        page.open(stepper(y, tmp_path / "page.html", names={"w": w, "s": s, "y": y}))
        page.run("stepper.go(1e9)")
        y.backward()
        assert page.gradients() == pytest.approx({"w": w.grad.item(), "s": s.grad.item()}, rel=1e-5)
        spent[nodes] = page.run(
            "const began = performance.now(); for (let k = 0; k < 10; k++) stepper.go(arguments[0] + k);"
            " return performance.now() - began",
            nodes * 7 // 10,
        )
    assert spent[1000] < 50 * spent[100]
