"""FunctionLayer: a layer's options are those of the function it calls, read at each call."""

import inspect

import pytest

import nn
from autograd import tensor
from nn import functional as F
from nn.modules.function_layer import UnaryLayer


def scaled(input, factor, shift=0.0, training=True):
    return input * factor + (shift if training else 0.0)


class Scale(UnaryLayer, function=scaled, shown=("factor",)):
    def __init__(self, factor, shift=0.0, bound=1.0):
        super().__init__()
        self.factor, self.shift, self.bound = factor, shift, bound


def test_the_options_are_the_parameters_that_constructor_and_function_share():
    assert Scale(2.0, shift=1.0)(tensor(3.0)).item() == 7.0
    assert Scale(2.0, shift=1.0).eval()(tensor(3.0)).item() == 6.0
    loss = nn.CrossEntropyLoss(tensor([1.0, 3.0]), ignore_index=1, reduction="sum", label_smoothing=0.1)
    x, t = tensor([[0.0, 1.0], [1.0, 0.0]]), tensor([0, 1])
    options = {"ignore_index": 1, "reduction": "sum", "label_smoothing": 0.1}
    assert loss(x, t).item() == F.cross_entropy(x, t, tensor([1.0, 3.0]), **options).item()


def test_an_option_that_is_set_later_counts_at_the_next_call():
    layer = Scale(2.0)
    layer.factor = 5.0
    assert layer(tensor(3.0)).item() == 15.0 and repr(layer) == "Scale(factor=5.0)"


def test_the_training_mode_is_passed_on():
    dropout = nn.Dropout(1.0)
    assert dropout(tensor([3.0])).item() == 0.0
    assert dropout.eval()(tensor([3.0])).item() == 3.0


def test_a_subclass_inherits_function_options_repr_and_dims():
    class Mine(nn.LeakyReLU):
        def __init__(self):
            super().__init__(0.5)

    assert Mine()(tensor(-2.0)).item() == -1.0 and repr(Mine()) == "Mine(negative_slope=0.5)"

    class Pad(nn.ReflectionPad1d):
        pass

    class Norm(nn.BatchNorm2d):
        pass

    assert Pad(1)(tensor([[1.0, 2.0, 3.0]])).tolist() == [[2.0, 1.0, 2.0, 3.0, 2.0]]
    with pytest.raises(ValueError, match="expected 4D input"):
        Norm(1)(tensor([[1.0]]))


def test_a_subclass_may_take_class_arguments_of_another_base():
    class Tagged:
        def __init_subclass__(cls, *, tag, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.tag = tag

    class Both(nn.ReLU6, Tagged, tag="a"):
        pass

    class Norm(nn.GroupNorm, Tagged, tag="b"):
        pass

    assert Both.tag == "a" and Both()(tensor(9.0)).item() == 6.0 and Norm.tag == "b"


def test_signatures_stay_explicit():
    assert str(inspect.signature(nn.Softplus)) == "(beta: 'float' = 1.0, threshold: 'float' = 20.0) -> 'None'"
    assert list(inspect.signature(nn.MSELoss().forward).parameters) == ["input", "target"]
