"""stepper: the data in its page, the size of the page, and invalid arguments."""

import json
import re

import numpy as np
import pytest

import autograd as torch
from autograd.teaching import remember, stepper, steps, walk
from autograd.teaching.passes import passes_of_tensor
from autograd.teaching.stepper import data_of


def data_in(page):
    """The data inside a page."""
    return json.loads(re.search(r'id="data">(.*?)</script>', page.text, re.S).group(1))


def data_of_tensor(y, names=None):
    """The data of the page of a tensor."""
    return data_of(passes_of_tensor(y, names, None))


def test_the_page_contains_the_engines_own_backward_pass(tmp_path):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x + torch.sin(x)
    data = data_in(stepper(y, tmp_path / "page.html"))
    y.backward(retain_graph=True)
    totals = {flow["to"]: flow["sum"] for step in data["backward"] for flow in step["flows"]}
    names = [node["label"] for node in data["nodes"]]
    assert np.float32(totals[names.index("x")]) == x.grad.item()
    assert [flow["rule"] for step in data["backward"] for flow in step["flows"]] == ["g", "g", "g·cos(x)", "g·y", "g·x"]


def test_no_grad_is_written_and_nothing_is_freed(tmp_path):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    stepper(y, tmp_path / "page.html")
    assert x.grad is None
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def chain(leaf, other):
    y = leaf
    with remember():
        for _ in range(333):
            y = torch.tanh(y * other) + leaf
    return y


@pytest.mark.parametrize("shape", [(), (20, 20)])
def test_a_page_of_a_thousand_nodes_is_below_one_megabyte(shape, tmp_path):
    torch.manual_seed(0)
    leaf, other = torch.randn(shape, requires_grad=True), torch.randn(shape, requires_grad=True)
    y = chain(leaf, other)
    page = stepper(y, tmp_path / "page.html")
    assert len(data_in(page)["nodes"]) > 1000
    assert page.path.stat().st_size < 1_000_000


def test_a_large_array_is_thinned_and_keeps_the_indices_of_its_numbers():
    x = torch.arange(10_000.0).reshape(100, 100).requires_grad_()
    array = data_of_tensor(x * x, {"x": x})["arrays"][0]
    assert array["thinned"] == (100, 100)
    rows, columns = array["places"]
    assert len(array["data"]) == len(rows) * len(columns) <= 1024
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (0, 99, 0, 99)
    wanted = x.detach().array[np.ix_(rows, columns)].ravel()
    assert np.allclose(array["data"], wanted, rtol=1e-3)


def test_nan_and_infinity_become_words():
    x = torch.tensor([0.0, -1.0, 1.0], requires_grad=True)
    data = data_of_tensor(torch.log(x), {"x": x})
    assert ["-inf", "nan", 0.0] in [array["data"] for array in data["arrays"]]
    json.dumps(data, allow_nan=False)


def test_a_name_cannot_end_the_script_that_holds_it(tmp_path):
    x = torch.tensor(1.0, requires_grad=True)
    page = stepper(x * x, tmp_path / "page.html", names={"</script><script>alert(1)</script><!--": x})
    text = page.path.read_text(encoding="utf-8")
    assert "alert(1)</script>" not in text and "<!--" not in text.split('id="data">')[1]
    assert data_in(page)["nodes"][0]["label"] == "</script><script>alert(1)</script><!--"


def test_the_page_loads_nothing_from_outside(tmp_path):
    x = torch.tensor(1.0, requires_grad=True)
    text = stepper(x * x, tmp_path / "page.html").text
    assert set(re.findall(r"https?://[^\"'\s]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|img|iframe)[^>]*\ssrc=|@import|fetch\(", text)


def test_constants_are_labelled_by_name_or_by_number(tmp_path):
    x, w = torch.tensor([1.0, 2.0]), torch.tensor(0.5, requires_grad=True)
    with remember():
        y = (w * x).sum() + 3
    labels = [
        node["label"] for node in data_in(stepper(y, tmp_path / "page.html"))["nodes"] if node["kind"] == "constant"
    ]
    assert labels == ["x", "3"]


def test_an_initial_gradient_can_be_given(tmp_path):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    data = data_in(stepper(x * 2, tmp_path / "page.html", gradient=torch.tensor([10.0, 20.0])))
    assert data["arrays"][data["backward"][0]["g"][0]]["data"] == [10.0, 20.0]


def test_invalid_arguments_raise_and_write_no_page(tmp_path):
    x = torch.tensor(2.0, requires_grad=True)
    page = tmp_path / "page.html"
    with pytest.raises(TypeError, match="expected a Tensor"):
        stepper(2.0, page)
    with pytest.raises(RuntimeError, match="has no graph"):
        stepper(torch.tensor(2.0), page)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match="freed"):
        stepper(y, page)
    for _ in range(5000):
        x = x + 1
    with pytest.raises(ValueError, match=r"5,001 nodes.*room for 5,000.*explain\(\)"):
        stepper(x, page)
    assert not page.exists()


def test_the_sums_in_the_page_are_those_of_steps():
    torch.manual_seed(1)
    x, w = torch.randn(3, 2, requires_grad=True), torch.randn(2, requires_grad=True)
    loss = ((x * w).sum(0) ** 2).mean()
    graph = walk(loss, {"x": x, "w": w})
    data = data_of_tensor(loss, {"x": x, "w": w})
    for step, shown in zip(steps(graph), data["backward"], strict=True):
        for c, flow in zip(step.contributions, shown["flows"], strict=True):
            total = data["arrays"][flow["sum"][0]]["data"] if np.ndim(c.total) else flow["sum"]
            assert np.allclose(np.ravel(c.total), total, rtol=1e-6)
