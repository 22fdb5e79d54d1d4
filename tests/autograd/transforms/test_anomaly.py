"""Anomaly mode: its errors name the primitive and the user's line; turned off, it leaves nothing behind."""

import numpy as np
import pytest

import autograd
from autograd import detect_anomaly, set_detect_anomaly, tensor
from autograd.core import backward, graph, primitive, writes
from autograd.transforms.anomaly import AnomalyError, line_of
from tests.tools.tensors import leaf

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(autouse=True)
def off_again():
    yield
    assert not autograd.is_anomaly_enabled()
    assert graph.watchers == [] and backward.pass_watchers == [] and writes.where_written == []


def test_one_object_may_be_entered_again():
    mode = detect_anomaly()
    with mode:
        with mode:
            assert autograd.is_anomaly_enabled()
        assert autograd.is_anomaly_enabled()
    assert not autograd.is_anomaly_enabled()


def test_a_nan_in_the_forward_pass_names_the_primitive_and_the_line():
    x = leaf([1.0, -1.0])
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        (x * 2).log().sum()  # here
    message = str(caught.value)
    assert message.startswith("log returned NaN, and no argument contains NaN: 1 of 2 elements, shape (2,)")
    assert "test_anomaly.py" in message and "(x * 2).log().sum()  # here" in message
    assert isinstance(caught.value, RuntimeError)


def test_the_error_tells_whether_an_argument_contains_nan():
    with detect_anomaly(), pytest.raises(AnomalyError, match="mul returned NaN, and an argument contains NaN"):
        leaf([1.0, 2.0]) * tensor([1.0, float("nan")])


def test_a_nan_in_the_backward_pass_names_the_line_of_the_forward_call():
    x = leaf([0.0, 1.0])
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        y = x.sqrt()  # the culprit
        (y * 0).sum().backward()
    message = str(caught.value)
    assert message.startswith("Function 'SqrtBackward0' returned nan values in its 0th output")
    assert "y = x.sqrt()  # the culprit" in message


def test_a_nan_is_found_in_a_graph_recorded_before_anomaly_mode():
    y = (leaf([0.0]).sqrt() * 0).sum()
    with detect_anomaly(), pytest.raises(AnomalyError, match="before the forward pass to see the line"):
        y.backward()
    y = (leaf([0.0]).sqrt() * 0).sum()
    y.backward()


def test_a_call_of_a_function_is_checked():
    class Bad(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, g, h):
            return g * float("nan")

    with detect_anomaly(), pytest.raises(AnomalyError, match="'BadBackward' returned nan values"):
        Bad.apply(leaf([1.0]))[0].sum().backward()
    with detect_anomaly(), pytest.raises(AnomalyError, match="Bad returned NaN, and an argument contains NaN"):
        Bad.apply(leaf([float("nan")]))


def test_the_users_line_is_outside_the_layers_of_nn():
    layer = autograd.nn.Linear(2, 1)
    layer.weight.data.fill_(float("nan"))
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"out = layer\(autograd.ones\(1, 2\)\)"):
        out = layer(autograd.ones(1, 2))
        del out


def test_without_check_nan_lines_are_recorded_and_nan_is_allowed():
    with detect_anomaly(check_nan=False):
        y = leaf([-1.0]).sqrt()
        y.sum().backward()
    assert "y = leaf([-1.0]).sqrt()" in line_of(y.grad_fn)


def test_an_error_in_a_backward_pass_gets_a_note_with_the_line():
    def fail(ctx, g):
        raise ValueError("mine")

    made = type(
        "Mine", (autograd.Function,), {"forward": staticmethod(lambda ctx, x: x * 2), "backward": staticmethod(fail)}
    )
    with detect_anomaly(), pytest.raises(ValueError, match="mine") as caught:
        made.apply(leaf([1.0])).sum().backward()  # noted
    assert any("# noted" in note for note in caught.value.__notes__)


def test_second_derivatives_are_checked_too():
    x = leaf([0.0])
    with detect_anomaly():
        (g,) = autograd.grad((x**1.5).sum(), x, create_graph=True)
        with pytest.raises(AnomalyError):
            (g * 0).sum().backward()


def test_anomaly_modes_nest_and_are_restored():
    with set_detect_anomaly(True):
        with set_detect_anomaly(False):
            assert not autograd.is_anomaly_enabled()
            leaf([-1.0]).sqrt()
        assert autograd.is_anomaly_enabled()
        with detect_anomaly(check_nan=False):
            assert not autograd.is_anomaly_check_nan_enabled()
        assert autograd.is_anomaly_check_nan_enabled()
    set_detect_anomaly(True)
    set_detect_anomaly(False)


def test_anomaly_mode_does_not_change_gradients():
    def gradients():
        x = tensor([0.3, 0.7], dtype=autograd.float64, requires_grad=True)
        y = autograd.cat([x.exp() * x, x.sin()]).prod()
        (g,) = autograd.grad(y, x, create_graph=True)
        return g.tolist(), autograd.grad(g.sum(), x)[0].tolist()

    expected = gradients()
    with detect_anomaly():
        assert gradients() == expected


def test_nodes_are_ordinary_after_anomaly_mode_is_turned_off():
    with detect_anomaly():
        pass
    x = leaf([1.0])
    y = x * x
    assert type(y.grad_fn) is graph.Node and type(y.grad_fn.primitive) is primitive.Primitive
    assert np.isnan((x * float("nan")).item())


def test_the_error_of_an_inplace_modification_has_the_lines_of_the_save_and_of_the_write():
    x = leaf([1.0, 2.0])
    with detect_anomaly():
        y = x * 1
        z = (y * y).sum()  # saves y
        y.add_(1)  # writes it
        with pytest.raises(RuntimeError, match="modified by an inplace operation") as caught:
            z.backward()
    message = str(caught.value)
    assert "It was saved at" in message and "# saves y" in message
    assert message.count("It was written at") == 1 and "y.add_(1)  # writes it" in message
