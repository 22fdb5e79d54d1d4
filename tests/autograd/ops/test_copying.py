"""Copies, pickles and DLPack: what is shared, what is copied, and what cannot be."""

import copy
import pickle

import numpy as np
import pytest

import autograd
from autograd import nn, tensor
from tests.tools.answers import imported, installed


def test_a_copy_shares_memory_and_a_deep_copy_does_not():
    x = tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    shallow, deep = copy.copy(x), copy.deepcopy(x)
    x.data[0] = 9
    assert (shallow.tolist(), deep.tolist()) == ([9, 2], [1, 2])
    assert shallow.requires_grad and deep.requires_grad and shallow.is_leaf and deep.is_leaf
    assert deep.grad.tolist() == [2, 4] and deep.grad is not x.grad


def test_a_deep_copy_of_a_computed_tensor_raises():
    y = tensor([1.0], requires_grad=True) * 2
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(y)
    assert copy.copy(y).requires_grad and copy.copy(y).is_leaf
    assert copy.deepcopy(y.detach()).tolist() == [2]


def test_a_deep_copy_of_a_list_copies_a_repeated_tensor_once():
    x = autograd.ones(2)
    a, b = copy.deepcopy([x, x])
    assert a is b and a is not x


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_keeps_values_dtypes_and_requires_grad(protocol):
    x = tensor([1.0, 2.0], requires_grad=True)
    for value in (
        x,
        x * 2,
        x[1:],
        tensor(3),
        tensor([True]),
        nn.Parameter(x),
        autograd.float32,
        autograd.bool,
        x.shape,
    ):
        again = pickle.loads(pickle.dumps(value, protocol))
        if isinstance(value, autograd.Tensor):
            assert again.tolist() == value.tolist() and again.requires_grad == value.requires_grad
            assert again.dtype is value.dtype and again.is_leaf and isinstance(again, autograd.Tensor)
        else:
            assert again == value
    assert isinstance(pickle.loads(pickle.dumps(nn.Parameter(x))), nn.Parameter)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_a_copied_module_has_its_own_parameters_and_keeps_shared_submodules(again):
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    model.append(model[0])
    model.register_buffer("mean", autograd.ones(2))
    other = again(model)
    x = autograd.ones(3, 2)
    assert autograd.equal(other(x), model(x))
    assert other[0] is other[2] and other.mean.tolist() == [1, 1]
    with autograd.no_grad():
        other[0].weight.zero_()
    assert not autograd.equal(other(x), model(x))
    assert other[0].weight is dict(other.named_parameters())["0.weight"]


def test_dlpack_shares_memory_in_both_directions():
    array = np.arange(4.0)
    x = autograd.from_dlpack(array)
    x[0] = 7
    assert array[0] == 7
    assert np.from_dlpack(x[1:])[0] == 1
    np.from_dlpack(autograd.from_dlpack(x))
    assert x.__dlpack_device__() == (1, 0)


def test_dlpack_of_a_recorded_tensor_or_of_another_object_raises():
    with pytest.raises(BufferError, match="require gradient"):
        np.from_dlpack(tensor([1.0], requires_grad=True))
    with pytest.raises(TypeError, match="__dlpack__"):
        autograd.from_dlpack(3)


if installed("torch"):  # DLPack hands over an address, which cannot be recorded

    def test_dlpack_shares_memory_with_pytorch():
        torch = imported("torch")
        theirs = torch.arange(3.0)
        ours = autograd.from_dlpack(theirs)
        ours[0] = 5
        assert theirs.tolist() == [5, 1, 2]
        assert torch.from_dlpack(ours).tolist() == [5, 1, 2]
