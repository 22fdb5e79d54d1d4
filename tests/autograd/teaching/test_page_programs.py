"""The programs that a page computes: after changes of entries and after training they give what the engine gives."""

import json

import numpy as np
import pytest

import autograd as torch
from autograd.compiler.symbols import bare
from autograd.compiler.trace import Trace
from autograd.teaching import remember, stepper
from autograd.teaching.page_program import NotForPages, PageProgram
from autograd.teaching.passes import passes_of_function, passes_of_tensor
from autograd.teaching.stepper import data_of
from tests.tools.page.programs import PROGRAMS

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

#: What the page holds: every value of the graph and every number of the backward pass that it computes.
NUMBERS = """
    const text = (x) => (Number.isFinite(x) ? x : String(x));
    const parts = (x) => (x instanceof Complex ? [x.re, x.im] : [x]);
    const flat = (v) => (v && v.thinned ? [] : elements(v).flatMap(parts).map(text));
    const { values, backward } = stepper.run;
    const sent = (flows) => flows.flatMap((f) => [flat(f.gives), flat(f.sum)]);
    const gradients = backward.map((step) => [flat(step.g), ...sent(step.flows)]);
    return JSON.stringify([values.map(flat), gradients]);
"""


def numbers_on(page):
    values, backward = json.loads(page.run(NUMBERS))
    return [np.array([float(x) for x in array]) for array in (*values, *(g for step in backward for g in step))]


def flat(value):
    value = bare(value)
    array = np.asarray(np.nan if value is None else value).ravel()
    return array.view(float) if array.dtype.kind == "c" else array.astype(float)


def numbers_of(passes):
    found = [entry.value for entry in passes.graph]
    for step in passes.backward:
        found += [step.cotangent, *(x for c in step.contributions for x in (c.value, c.total))]
    return [flat(value) for value in found]


def assert_same(page, passes):
    """Within 1e-9 of the largest entry; what is rounding error alone, within 1e-12 of the largest of all gradients."""
    computed, wanted = numbers_on(page), numbers_of(passes)
    assert len(computed) == len(wanted)
    most = max(np.abs(a[np.isfinite(a)]).max(initial=0) for a in wanted)
    for found, right in zip(computed, wanted):
        if found.size:  # an unknown value is not shown, and of a large one that never changes a part
            largest = np.abs(right[np.isfinite(right)]).max(initial=0)
            np.testing.assert_allclose(found, right, rtol=0, atol=1e-9 * max(largest, 1e-3 * most))


def leaves_of(passes):
    """For each leaf its number in the graph and its variable."""
    nodes = zip(passes.graph, passes.graph.nodes)
    return [(entry.number, node.variable) for entry, node in nodes if entry.kind in ("leaf", "parameter")]


def engine(function, args):
    """Both passes by the engine, with the random numbers that the page was made with."""
    torch.manual_seed(1)
    return passes_of_function(function, args, {}, None)


def train(function, args, variables, steps, rate):
    """Steps of gradient descent; a function that writes its leaves itself takes its own steps."""
    before = [v.detach().clone() for v in variables]
    for _ in range(steps):
        torch.manual_seed(1)
        loss = function(*args)
        if all(np.array_equal(a.array, v.array) for a, v in zip(before, variables)):
            grads = torch.grad(loss, variables)
            with torch.no_grad():
                for variable, g in zip(variables, grads):
                    variable.sub_(rate * g)
            before = [v.detach().clone() for v in variables]


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_a_program_gives_on_the_page_what_the_engine_gives(make, page, tmp_path):
    torch.manual_seed(0)
    function, args = make()
    torch.manual_seed(1)
    page.open(stepper(function, *args, path=tmp_path / "page.html", names={}))
    assert page.run("return stepper.obstacle") == ""
    leaves = [
        leaf
        for leaf in leaves_of(engine(function, args))
        if page.run("return stepper.canChange(arguments[0])", leaf[0])
    ]
    drawn = np.random.default_rng(0)
    edits = []
    for number, variable in leaves:
        flat = variable.detach().numpy().reshape(-1)
        for k in drawn.integers(flat.size, size=2).tolist():
            flat[k] = value = round(float(drawn.normal()), 6)
            edits.append([number, k, value])
    page.run(
        "for (const [i, k, v] of arguments[0]) writeEntry(stepper.state[stepper.data.nodes[i].place], k, v);"
        "stepper.change(...arguments[0].at(-1))", edits,
    )  # fmt: skip
    assert_same(page, engine(function, args))
    page.run(
        "if (!stepper.machine.settings.lr) document.getElementById('rate').value = 0.1; stepper.trainer.train(100)"
    )
    train(function, args, [variable for _, variable in leaves], 100, 0.1)
    assert_same(page, engine(function, args))


def test_a_recorded_graph_is_computed_if_its_arguments_are_known(page, tmp_path):
    x, w = torch.randn(5, 3, dtype=torch.float64), torch.randn(3, 2, dtype=torch.float64, requires_grad=True)

    def loss():
        return (torch.softmax(x @ w * 3 + 5, 1)[:, 1:].sum(0, keepdim=True) ** 2).mean()

    with remember():
        y = loss()
    page.open(stepper(y, tmp_path / "page.html"))
    hooked = x @ w
    hooked.register_hook(lambda g: g * 2)
    assert "v2 has a hook (give stepper() the function" in stepper(hooked.sum(), names={"w": w}).text
    page.run("stepper.change(stepper.data.nodes.findIndex(n => n.label === 'w'), 3, 0.25)")
    with torch.no_grad():
        w[1, 1] = 0.25
    loss().backward()
    page.run("stepper.go(1e9)")
    assert np.allclose(page.gradients()["w"], w.grad.array.ravel(), rtol=1e-12)


def test_a_recorded_graph_keeps_the_names_and_lines_of_its_operations():
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with remember():
        tripled = x * 3
        y = tripled.sum()
    data = data_of(passes_of_tensor(y, {"x": x, "tripled": tripled, "y": y}, None))
    assert data["program"] is not None
    assert [node["label"] for node in data["nodes"]] == ["x", "3", "tripled", "y"]
    assert [line.partition(": ")[2] for line in data["lines"]] == ["tripled = x * 3", "y = tripled.sum()"]


def test_a_parameter_of_any_layout_is_written_in_place(page, tmp_path):
    w = torch.randn(3, 2, dtype=torch.float64).T.requires_grad_()
    x = torch.randn(4, 2, dtype=torch.float64)

    def step():
        loss = torch.tanh(x @ w).square().sum()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
            w[0, 1] = 0.5
            w.grad = None
        return loss

    page.open(stepper(step, path=tmp_path / "page.html"))
    page.run("stepper.trainer.train(3)")
    for _ in range(3):
        step()
    assert_same(page, engine(step, ()))


def test_an_option_that_the_page_does_not_know_is_refused():
    trace = Trace()
    with trace:
        x = trace.record.symbol(np.arange(3.0))
        out = x.copy()
        np.add(out, 1.0, out=out, where=np.array([True, False, True]))
    with pytest.raises(NotForPages, match="add with where="):
        PageProgram(trace, [out], [x])


def test_numbers_in_python_are_part_of_a_recorded_graph(page, tmp_path):
    x = torch.tensor(2.0, requires_grad=True)
    page.open(stepper((x * 3 + 5) ** 2, tmp_path / "page.html", names={"x": x}))
    page.run("stepper.change(0, 0, 1.0); stepper.go(1e9)")
    assert page.gradients() == {"x": 48.0}
