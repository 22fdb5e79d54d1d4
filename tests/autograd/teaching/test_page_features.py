"""What a page offers beside its steps: changes, training, nudges, questions, entries, lines, the trail of a NaN."""

import os
from pathlib import Path

import numpy as np
import pytest

import autograd as torch
from autograd.teaching import remember, stepper
from nn import functional as F

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

KEYS = {"right": "\ue014", "down": "\ue015", "up": "\ue013", "enter": "\ue007", "tab": "\ue004"}


def leaf(value):
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def network():
    """A model of two inputs, which learns XOR."""
    torch.manual_seed(0)
    X = torch.randn(16, 2, dtype=torch.float64)
    t = (X[:, 0] * X[:, 1] > 0).long()

    def loss(W1, b1, W2, b2):
        hidden = torch.tanh(X @ W1 + b1)
        return F.cross_entropy(hidden @ W2 + b2, t)

    return loss, [torch.randn(*s, dtype=torch.float64).requires_grad_() for s in ((2, 4), (4,), (4, 2), (2,))]


@pytest.fixture
def network_page(page, tmp_path):
    loss, leaves = network()
    page.open(stepper(loss, *leaves, path=tmp_path / "page.html"))
    return page


def choose(page, kind):
    page.run(
        "const ask = document.getElementById('ask'); ask.value = arguments[0]; ask.dispatchEvent(new Event('change'))",
        kind,
    )  # fmt: skip


# -- training -------------------------------------------------------------------------------------


def test_the_page_trains_and_shows_the_curve_the_data_and_the_boundary(network_page):
    page = network_page
    assert page.run("return document.querySelectorAll('#plane .point').length") == 16
    before = page.text("#plane p")
    page.run("document.getElementById('rate').value = 0.5")
    for count in (1, 10, 100):
        page.click(f"train-{count}")
    loss, leaves = network()
    for _ in range(111):
        for x, g in zip(leaves, torch.grad(loss(*leaves), leaves)):
            with torch.no_grad():
                x.sub_(0.5 * g)
    assert page.run("return stepper.trainer.losses.length") == 112
    assert page.run("return stepper.trainer.losses.at(-1)") == pytest.approx(loss(*leaves).item(), rel=1e-9)
    assert "after 111 steps" in page.text("#loss")
    after = page.text("#plane p")
    assert before != after and int(after.split()[0]) >= 12
    page.click("reset")
    assert page.text("#plane p") == before and page.text("#curve") == ""


def test_a_page_with_too_many_entries_shows_and_does_not_train(page, tmp_path):
    x = torch.randn(150, 140, requires_grad=True)
    page.open(stepper(lambda x: (x * x).sum(), x, path=tmp_path / "page.html"))
    assert "its leaves have 21,000 entries, and the page computes with up to 20,000" in page.text("#live")
    assert "cannot train" in page.text("#told") and not page.run("return !!document.querySelector('[data-value]')")
    page.run("stepper.go(1e9)")
    assert page.text("#phase").lower() == "backward 2 of 2"


def test_a_page_that_computes_something_else_than_the_engine_says_so_and_does_not_compute(network_page):
    said = network_page.run(
        """
        const text = document.getElementById("data").textContent;
        return ["tanh", "dot"].map((name) => {
          const data = readData(text);
          data.program.statements.find((s) => s[1] === name)[1] = name === "tanh" ? "sinh" : "nothing";
          return new Stepper(data);
        }).concat([new Stepper(readData(text))]).map((s) => [s.obstacle, s.machine === null]);
        """
    )
    assert said == [
        ["the page computes another hidden than the engine", True], ["the page does not know NumPy's nothing", True],
        ["", False],
    ]  # fmt: skip


def test_a_condition_that_turns_out_otherwise_is_told_and_nothing_false_is_shown(page, tmp_path):
    def f(x):
        return x * 2 if x > 0 else x * 3

    page.open(stepper(f, leaf(1.0), path=tmp_path / "page.html"))
    page.run("stepper.change(0, 0, 4)")
    assert page.run("return stepper.run.values.at(-1)") == 8
    page.run("stepper.change(0, 0, -4)")
    assert "another way" in page.text("#branch") and page.run("return stepper.run.values.at(-1)") == 8
    page.run("stepper.change(0, 0, 1.5)")
    assert page.text("#branch") == "" and page.run("return stepper.run.values.at(-1)") == 3


def test_an_optimizer_without_state_is_named_and_a_number_that_is_read_is_told(page, tmp_path):
    w, seen = leaf([1.0, 2.0]), []
    optimizer = torch.optim.Adam([w], lr=0.1)

    def step():
        loss = (w * w).sum()
        seen.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    page.open(stepper(step, path=tmp_path / "page.html"))
    assert "call the step once before stepper()" in page.text("#live")
    step()
    page.open(stepper(step, path=tmp_path / "page.html"))
    assert "reads a number out of a tensor" in page.text("#live")
    assert page.run("return document.getElementById('rate').value") == "0.1"
    assert "the update that the function itself makes" in page.text("#told")


# -- entries --------------------------------------------------------------------------------------


def test_an_entry_is_chosen_by_keys_changed_and_nudged(network_page):
    page = network_page
    page.run("stepper.go(1e9); document.querySelector('.leaf-box .heat').focus()")
    page.press(KEYS["right"], KEYS["right"], KEYS["down"])
    assert page.text(".leaf-box .entry").strip() == "[1, 1]"
    field = page.browser.find_element("css selector", "[aria-label='value of W1']")
    field.clear()
    field.send_keys("0.75")
    loss, leaves = network()
    leaves[0].detach().numpy()[1, 1] = 0.75
    loss(*leaves).backward()
    assert np.allclose(page.gradients()["W1"], leaves[0].grad.numpy().ravel(), rtol=1e-9)
    page.run("document.getElementById('h').value = '0.001'")
    page.browser.find_element("css selector", "[aria-label='nudge W1']").click()
    leaves[0].detach().numpy()[1, 1] += 0.001
    words = page.text(".leaf-box .slope").replace("−", "-").split()
    slope, gradient = float(words[words.index("slope") + 1].strip(",")), float(words[-1])
    assert gradient == pytest.approx(leaves[0].grad[1, 1].item(), rel=1e-4)
    assert slope == pytest.approx(gradient, rel=0.05)


def test_an_entry_of_a_product_lights_its_row_and_column_and_is_written_out(network_page):
    page = network_page
    page.step_of("v5")  # X @ W1
    found = page.run(
        "const figures = [...document.querySelectorAll('#working figure')]; figures.at(-1).choose(6);"
        "const lit = figures.map((f) => [...f.querySelectorAll('.heat span')].flatMap((s, k) =>"
        " s.classList.contains('lit') ? [k] : []));"
        "return [lit, document.querySelector('.written').textContent]"
    )  # fmt: skip
    lit, words = found
    assert lit[1] == [2 * k + 1 for k in range(16)]  # X, whose second column meets
    assert lit[0] == [4 * k + 2 for k in range(16)]  # the third of g
    assert words.startswith("row 1 of Xᵀ · column 2 of g = ") and "(16 terms)" in words
    page.run("stepper.go(1)")
    page.run("[...document.querySelectorAll('#working figure')].at(-1).choose(5)")
    words = page.text(".written").replace("−", "-").replace("(", "").replace(")", "")
    total, terms = words.split(" = ")[2], words.split(" = ")[1].split(" + ")
    assert words.startswith("row 1 of X · column 1 of W1")
    product = sum(float(a) * float(b) for a, b in (term.split(" × ") for term in terms))
    assert product == pytest.approx(float(total), rel=0.02)


# -- questions ------------------------------------------------------------------------------------


@pytest.fixture
def scalars_page(page, tmp_path):
    page.open(stepper(lambda a, b: (a * b + a) ** 2, leaf(2.0), leaf(3.0), path=tmp_path / "page.html"))
    return page


def answer(page, text):
    field = page.browser.find_element("id", "answer")
    field.clear()
    field.send_keys(text, KEYS["enter"])
    return page.text("#question")


def test_numbers_are_asked_and_a_wrong_one_is_told_what_is_off(scalars_page):
    page = scalars_page
    choose(page, "numbers")
    page.run("stepper.go(stepper.operations.length + 2)")  # the square of 8, with g = 1
    assert "·" in page.text("#leaves") and "16" not in page.text("#working")
    assert "The sign is off" in answer(page, "-16")
    assert "g alone" in answer(page, "1")
    assert "Your factor is 3" in answer(page, "3")
    assert "Right" in answer(page, "16")
    assert "16" in page.text("#working")
    page.click("next")  # a sum: g is passed on
    page.run("stepper.go(stepper.step + 1)")  # a·b, with g = 16
    assert "local factor alone" in answer(page, "3")
    assert "multiplied, not added" in answer(page, "19")
    assert "Right" in answer(page, "48")


def test_factors_entries_and_rules_are_asked(scalars_page, tmp_path):
    page = scalars_page
    choose(page, "factors")
    page.run("stepper.go(stepper.operations.length + 4)")
    assert "asked is the factor alone" in answer(page, "48") and "Right" in answer(page, "3")
    choose(page, "rules")
    buttons = page.browser.find_elements("css selector", "#question .answers button:not(.give)")
    right = next(b for b in buttons if b.text == "g · y")
    next(b for b in buttons if b is not right).click()
    assert "is not it: differentiate x · y" in page.text("#question")
    right.click()
    assert "Right" in page.text("#question")
    x, w = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([[1.0, -1.0], [0.5, 2.0]])
    page.open(stepper(lambda x, w: (x @ w).sum(), x, w, path=tmp_path / "matrices.html"))
    choose(page, "entries")
    page.run("stepper.go(stepper.operations.length + 3)")
    k = page.run("return (stepper.step * 7) % 4")
    right = np.array([[0.0, 2.5], [0.0, 2.5]]).ravel()[k]
    assert "entry" in page.text("#question") and "another entry" in answer(page, "0" if right else "2.5")
    assert "Right" in answer(page, str(right))


def test_the_order_is_asked_and_answered_in_the_picture(scalars_page):
    page = scalars_page
    choose(page, "order")
    page.run("stepper.go(stepper.operations.length + 2)")
    click = (
        "const i = stepper.data.nodes.findIndex(n => n.op === arguments[0]);"
        "stepper.picture.nodes[i].group.dispatchEvent(new Event('click'))"
    )
    page.run(click, "mul")
    assert "must wait" in page.text("#question")
    page.run(click, "add")
    assert page.text("#phase").lower() == "backward 2 of 3"


# -- lines, the trail, what was given -----------------------------------------------------------------


def test_lines_light_nodes_and_nodes_light_lines(network_page):
    page = network_page
    page.run("stepper.go(2)")
    assert "hidden = torch.tanh(X @ W1 + b1)" in page.text("#code .lit")
    page.run("[...document.querySelectorAll('button.line')].at(-1).focus()")
    marked = page.run(
        "return stepper.picture.nodes.flatMap(({group}, i) => group.classList.contains('of-line') ? [i] : [])"
    )
    ops = page.run("return arguments[0].map(i => stepper.data.nodes[i].op)", marked)
    assert ops == ["mm", "add", "cross_entropy"]
    page.run("[...document.querySelectorAll('button.line')][0].click()")
    assert page.text("#what") == "hidden = tanh(v6)"


def test_the_first_value_that_is_not_finite_and_its_trail_are_named(page, tmp_path):
    def f(x):
        safe = torch.exp(x)
        return (torch.log(x) * 2 + safe).sum()

    page.open(stepper(f, leaf([1.0, -1.0]), path=tmp_path / "page.html"))
    said = page.text("#trail")
    assert "The first value that is not finite is" in said and "= log(x)" in said and "torch.log(x) * 2" in said
    on = page.run(
        "const on = (i) => stepper.picture.nodes[i].group.classList.contains('on-trail');"
        "return stepper.data.nodes.filter((_, i) => on(i)).map((n) => n.op)"
    )
    assert on == ["log", "mul", "add", "sum"]
    page.run("stepper.change(0, 1, 2.0)")
    assert not page.run("return !!document.querySelector('#trail:not([hidden])')")
    page.open(stepper(lambda x: torch.sqrt(x).sum(), leaf([0.0, 4.0]), path=tmp_path / "backward.html"))
    assert "The first gradient that is not finite is made at" in page.text("#trail")


def test_what_an_operation_was_given_besides_its_parents_is_shown(page, tmp_path):
    t, mask = torch.tensor([2, 0]), torch.tensor([[True, False, True], [True, True, False]])

    def f(x):
        y = torch.where(mask, x, 0.0)
        return F.cross_entropy(torch.softmax(y, dim=1)[:, [0, 2, 1]], t) + x.sum(dim=0).max()

    page.open(stepper(f, leaf(np.eye(2, 3).tolist()), path=tmp_path / "page.html"))
    shown = {}
    for step in range(int(page.run("return stepper.operations.length"))):
        page.run("stepper.go(arguments[0])", step + 1)
        op = page.run("return stepper.data.nodes[stepper.operations[stepper.step - 1]].op")
        shown[op] = page.run("return (document.querySelector('#working .others') || {textContent: ''}).textContent")
    assert "target" in shown["cross_entropy"] and "condition" in shown["where"]
    assert "axis = 1" in shown["softmax"] and "key" in shown["index"]
    assert "axis" in shown["sum"] or "axes" in shown["sum"]


def test_complex_numbers_are_shown_and_changed(page, tmp_path):
    z = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128, requires_grad=True)
    page.open(stepper(lambda z: (z * z.conj()).real.sum(), z, path=tmp_path / "page.html"))
    page.run("stepper.go(1e9); stepper.change(0, 1, new Complex(0.5, 4))")
    assert page.run("return stepper.run.values.at(-1)") == pytest.approx(5 + 16.25)
    gradient = page.run("return stepper.run.backward.at(-1).g.data.map(v => [v.re, v.im])")
    assert np.allclose(gradient, [[2, 4], [1, 8]])
    assert "0.5 + 4i" in page.text("#leaves")


# -- scales, keys, notebooks ------------------------------------------------------------------------------


def test_one_scale_colours_all_values_and_infinities_have_a_legend(page, tmp_path):
    def f(x, b):
        return torch.log(x + b).sum()

    page.open(stepper(f, leaf([2.4, 0.0, -1.0]), leaf([0.0, 0.13, 0.0]), path=tmp_path / "page.html"))
    colours = page.run("return [2.4, 0.13, 0].map((v) => colour(v, scales.value))")
    cells = page.run("return [...document.querySelectorAll('.leaf-box .heat span')].map(s => s.style.backgroundColor)")
    plain = [c.replace(",", "") for c in cells]
    assert plain[0] == colours[0] and plain[4] == colours[1] and plain[1] == colours[2] and len(set(colours)) == 3
    assert page.run("return ['is-nan', 'is-infinite'].map(id => document.getElementById(id).hidden)") == [False, True]
    assert "±2.4" in page.text("#legend")


def test_nodes_are_reached_by_keys(network_page):
    page = network_page
    page.run("document.querySelector('.node[tabindex=\"0\"]').focus()")
    page.press(KEYS["up"], KEYS["up"], KEYS["enter"])
    assert page.run("return document.activeElement.querySelector('.name').textContent") == "v8"
    assert page.text("#what").startswith("v8 = ")
    assert page.run("return document.querySelectorAll('.node[tabindex=\"0\"]').length") == 1


def test_axe_finds_nothing_serious(network_page):
    axe = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
    if not axe.exists():
        pytest.skip("axe-core is not installed: npm install axe-core, or set AXE_CORE to its axe.min.js")
    page = network_page
    page.run(axe.read_text(encoding="utf-8"))
    page.click("train-1")
    for dark, step, kind in ((False, 4, ""), (True, 1e9, ""), (False, 10, "rules")):
        page.look(1280, 800, dark)
        choose(page, kind)
        page.run("stepper.go(arguments[0])", step)
        found = page.browser.execute_async_script(
            "const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => [v.impact, v.id])))"
        )
        assert [v for v in found if v[0] in ("serious", "critical")] == []


def test_a_notebook_shows_the_page_in_a_frame_and_save_writes_it(tmp_path):
    x = leaf(2.0)
    with remember():
        y = x * x
    page = stepper(y)
    shown = page._repr_html_()
    assert shown.startswith("<iframe") and "srcdoc=" in shown and "<script" not in shown
    assert page.path is None
    with pytest.raises(TypeError, match="call its save"):
        os.fspath(page)
    assert page.save(tmp_path / "page.html").read_text(encoding="utf-8") == page.text
    assert os.fspath(page) == str(tmp_path / "page.html")


def test_a_function_leaves_nothing_behind():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    bn = torch.nn.BatchNorm1d(2)
    before = [w.tolist(), bn.running_mean.tolist(), str(torch.get_rng_state())]

    def step(x):
        loss = ((bn(x) * w + torch.randn(2)) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
        return loss

    stepper(step, torch.randn(4, 2, generator=torch.Generator().manual_seed(1)))
    assert [w.tolist(), bn.running_mean.tolist(), str(torch.get_rng_state())] == before
    assert w.grad is None and bn.weight.grad is None


@pytest.mark.parametrize("bad, message", [
    (lambda: stepper(lambda: 3), "returned no tensor"),
    (lambda: stepper(lambda: torch.tensor(1.0)), "has no graph"),
    (lambda: stepper(torch.ones(1, requires_grad=True) * 2, "a", "b"), "followed by the path alone"),
    (lambda: stepper(3), "expected a Tensor"),
])  # fmt: skip
def test_invalid_arguments_raise(bad, message):
    with pytest.raises((TypeError, RuntimeError), match=message):
        bad()
