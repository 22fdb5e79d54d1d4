"""Modules and other objects in files: by the name of their class and their attributes, without a pickle."""

import argparse
import collections
import copyreg
import dataclasses
import io
import types
import zipfile

import pytest
from hypothesis import given, strategies as st

import autograd as torch
import nn
from autograd.saving.files import LoadError


class Scaled(nn.Module):
    """A model of a user, with a function, a device and a dtype among its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5))
        self.tied = self.inner[0]
        self.activation = nn.functional.gelu
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self.register_buffer("scale", torch.tensor(2.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.activation(self.inner(x)) * self.scale


@dataclasses.dataclass
class Settings:
    sizes: tuple
    mean: torch.Tensor


class Slotted:
    __slots__ = ("a", "b")


class OwnState:
    def __getstate__(self):
        return [self.value, 1]

    def __setstate__(self, state):
        self.value = state[0] + state[1]


def copied(obj, **options):
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return torch.load(file, **options)


def test_a_module_computes_the_same_after_loading_and_trains_on():
    torch.manual_seed(0)
    model = Scaled().eval()
    model.inner[1].running_mean += 0.5
    x = torch.randn(5, 3)
    again = copied({"model": model, "epoch": 3}, weights_only=False)["model"]
    assert type(again) is Scaled and not again.training and torch.equal(again(x), model(x))
    assert again.tied is again.inner[0] and again.activation is nn.functional.gelu and again.dtype is torch.float32
    assert again.tied.weight is dict(again.named_parameters())["inner.0.weight"]
    again(x).sum().backward()
    before = again.tied.bias.clone()
    torch.optim.SGD(again.parameters(), lr=0.1).step()
    assert not torch.equal(before, again.tied.bias)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.LSTM(2, 3),
        lambda: nn.TransformerEncoderLayer(4, 2, 8),
        lambda: nn.ModuleDict({"a": nn.Conv2d(1, 2, 3), "b": nn.Embedding(3, 2)}),
        lambda: nn.ParameterList([torch.ones(2)]),
        lambda: nn.GroupNorm(1, 2),
    ],
)
def test_modules_of_every_kind_have_the_same_state_after_loading(make):
    module = make()
    again = copied(module, weights_only=False)
    assert repr(again) == repr(module) and list(again.state_dict()) == list(module.state_dict())
    for one, other in zip(module.state_dict().values(), again.state_dict().values()):
        assert torch.equal(one, other)


def test_plain_objects_have_their_attributes_after_loading():
    slotted, own = Slotted(), OwnState()
    slotted.a, own.value = torch.ones(2), 4
    found = copied(
        {
            "args": argparse.Namespace(lr=0.1, name="run", device=torch.device("cpu"), sizes=[1, (2,)]),
            "simple": types.SimpleNamespace(x=1),
            "settings": Settings((1, 2), torch.ones(3)),
            "slotted": slotted,
            "own": own,
            "types": [argparse.Namespace, len, Settings],
        },
        weights_only=False,
    )
    assert found["args"] == argparse.Namespace(lr=0.1, name="run", device=torch.device("cpu"), sizes=[1, (2,)])
    assert isinstance(found["args"].device, torch.device) and found["simple"] == types.SimpleNamespace(x=1)
    assert found["settings"].sizes == (1, 2) and found["settings"].mean.tolist() == [1, 1, 1]
    assert found["slotted"].a.tolist() == [1, 1] and not hasattr(found["slotted"], "b")
    assert found["own"].value == 5 and found["types"] == [argparse.Namespace, len, Settings]


@given(links=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12), nested=st.sampled_from([0, 1, 60]))
def test_objects_that_refer_to_each_other_in_any_way_do_so_after_loading(links, nested):
    nodes = [types.SimpleNamespace(number=i, links=[]) for i in range(6)]
    for one, other in links:
        held = nodes[other]
        for _ in range(nested):
            held = [held]
        nodes[one].links.append(held)
    again = copied(nodes, weights_only=False)
    assert [node.number for node in again] == list(range(6))
    for node, new in zip(nodes, again):
        for pair in zip(node.links, new.links, strict=True):
            held, new_held = pair
            for _ in range(nested):
                [held], [new_held] = held, new_held
            assert new_held is again[held.number]


@pytest.mark.parametrize("obj", [nn.ReLU(), [argparse.Namespace()], {"f": len}, argparse.Namespace])
def test_objects_are_loaded_only_where_the_caller_trusts_the_file(obj):
    file = io.BytesIO()
    torch.save(obj, file)
    with zipfile.ZipFile(file) as archive:
        assert not any(name.endswith(".pkl") for name in archive.namelist())
    file.seek(0)
    with pytest.raises(LoadError, match=r"holds more than tensors and plain values: .*weights_only=False\) does so"):
        torch.load(file)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"root": 0, "objects": [{"class": "no.such:Class", "state": None}]}, "'no.such:Class', which cannot be imp"),
        (
            {"root": 0, "objects": [{"class": "math:pi", "state": None}]},
            "'math:pi', which is neither a class nor a function",
        ),
        ({"root": 0, "objects": [{"class": "math:sin", "state": None}]}, "'math:sin' is not a class"),
        ({"root": 0, "objects": [3]}, "an object of None, which cannot be imported"),
        ({"root": {"type": "object", "number": 0}}, "the number of an object must be below 0, but got 0"),
        ({"root": {"type": "object", "number": "a"}}, "the number of an object must be below 0, but got 'a'"),
        ({"root": {"type": "global", "name": "math:no"}}, "'math:no', which cannot be imported"),
        ({"root": {"type": "device", "name": "moon"}}, "device 'moon' is unknown"),
    ],
)
def test_a_tree_that_names_what_does_not_exist_is_refused(tree, message):
    from autograd.saving import json_tree

    with pytest.raises((LoadError, RuntimeError), match=message):
        json_tree.decode(tree, lambda i: None, classes=True)


class Local:
    def __reduce__(self):
        return copyreg._reconstructor, (Local, object, None)


def test_an_object_with_a_pickle_of_its_own_is_refused():
    with pytest.raises(TypeError, match="Local has more than attributes"):
        copied(Local())

    class Inside:
        pass

    with pytest.raises(TypeError, match=r"Inside can't be imported from .*: define it there at the top level"):
        copied([Inside()])


def test_classes_that_were_declared_safe_are_loaded_and_no_others():
    def loads(obj):
        file = io.BytesIO()
        torch.save(obj, file)
        file.seek(0)
        return torch.load(file)

    serialization = torch.serialization
    settings = argparse.Namespace(rate=0.1, kinds=[collections.ChainMap])
    with serialization.safe_globals([argparse.Namespace]):
        assert loads(argparse.Namespace(a=torch.ones(1))).a.tolist() == [1]
        with pytest.raises(RuntimeError, match="add_safe_globals allows single classes"):
            loads(settings)
        serialization.add_safe_globals([collections.ChainMap])
        assert loads(settings) == settings and len(serialization.get_safe_globals()) == 2
    assert serialization.get_safe_globals() == []
    with pytest.raises(RuntimeError, match="argparse:Namespace"):
        loads(settings)
    with pytest.raises(TypeError, match="can't be imported"):
        serialization.add_safe_globals([lambda: 0])
    serialization.add_safe_globals([argparse.Namespace])
    serialization.clear_safe_globals()
    assert serialization.get_safe_globals() == []
