"""Constructors that are inherited from private bases: errors about their arguments name the class that was called."""

import inspect
import pickle
import re

import pytest

import nn
import nn.data
import nn.distributions
import nn.optim
from nn import keras

CLASSES = [
    value
    for module in (
        nn,
        keras.layers,
        keras.losses,
        keras.metrics,
        keras.optimizers,
        keras.initializers,
        nn.data,
        nn.distributions,
        nn.optim,
        nn.optim.lr_scheduler,
    )
    for name, value in vars(module).items()
    if isinstance(value, type) and value.__module__.startswith("nn.") and not name.startswith("_")
]


def refused(kind, *args, **kwargs):
    """The name in the error that says which constructor refused the arguments; None if they are accepted."""
    with pytest.raises(TypeError) as caught:
        kind(*args, **kwargs)
    found = re.match(r"(.*)(\.__init__)?\(\) (got|takes|missing)", str(caught.value))
    assert found, caught.value
    return found[1].removesuffix(".__init__")


def test_wrong_arguments_never_name_a_private_class():
    named = {kind.__name__: refused(kind, no_such_argument=1) for kind in CLASSES if takes_arguments(kind)}
    assert len(named) > 200
    assert {kind: name for kind, name in named.items() if name.startswith("_") or "<locals>" in name} == {}
    for name in ("ReLU", "Softmax", "MaxPool2d", "ZeroPad1d", "Conv2d", "BatchNorm1d", "CosineEmbeddingLoss", "L1Loss",
                 "Identity", "Flatten", "MeanSquaredError", "Precision", "Adamax", "HeNormal",
                 "LambdaLR", "MultiplicativeLR", "Normal", "Laplace"):  # fmt: skip
        assert named[name] == name


def takes_arguments(kind):
    """Whether the class checks its arguments: `nn.Identity` and StackDataset accept any."""
    return kind not in (nn.Identity, nn.data.StackDataset) and kind.__init__ is not object.__init__


class Doubled(nn.ReLU):
    pass


def test_a_copied_constructor_has_the_signature_and_calls_super():
    assert str(inspect.signature(nn.ReLU)) == "(inplace: 'bool' = False) -> 'None'"
    assert inspect.signature(nn.Conv2d) == inspect.signature(nn.modules.conv._ConvNd)
    assert nn.ReLU.__init__.__qualname__ == "ReLU.__init__"
    assert nn.ReLU(True).inplace and nn.ReLU(True).training
    assert pickle.loads(pickle.dumps(nn.ReLU.__init__)) is nn.ReLU.__init__


def test_users_classes_keep_pythons_rules():
    class Mixin(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.size = size

    class _Base(nn.Module):
        def __init__(self):
            super().__init__()
            self.origin = "base"

    class Left(_Base):
        pass

    class Right(_Base):
        def __init__(self):
            super().__init__()
            self.origin = "right"

    class Both(Left, Right):
        pass

    class Activation(nn.Sigmoid, Mixin):
        pass

    assert Both().origin == "right" and Activation(3).size == 3
    assert "__init__" not in vars(Left) and refused(Doubled, foo=1) == "Doubled"
