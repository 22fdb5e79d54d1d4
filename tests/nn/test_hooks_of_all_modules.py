"""Hooks of all modules: called for every module, before its own hooks, and on registration."""

import pytest

import nn
from autograd import ones
from autograd.graph import get_gradient_edge, register_multi_grad_hook
from nn.modules import module as m


@pytest.fixture(name="added")
def _added():
    """Removes the handles that a test appends."""
    handles = []
    yield handles
    for handle in handles:
        handle.remove()


def test_forward_hooks_of_all_modules_come_before_a_modules_own(added):
    log = []
    net = nn.Sequential(nn.Identity())
    net.register_forward_pre_hook(lambda module, args: log.append("own before"))
    net.register_forward_hook(lambda module, args, out: log.append("own after"))
    added.append(m.register_module_forward_pre_hook(lambda module, args: log.append(("before", type(module).__name__))))
    added.append(m.register_module_forward_hook(lambda module, args, out: log.append(("after", type(module).__name__))))
    net(ones(1))
    assert log == [
        ("before", "Sequential"), "own before", ("before", "Identity"), ("after", "Identity"), ("after", "Sequential"),
        "own after",
    ]  # fmt: skip
    for handle in added:
        handle.remove()
    log.clear()
    net(ones(1))
    assert log == ["own before", "own after"]


def test_hooks_of_all_modules_replace_arguments_and_outputs(added):
    net = nn.Identity()
    added.append(m.register_module_forward_pre_hook(lambda module, args: args[0] * 2))
    added.append(m.register_module_forward_hook(lambda module, args, kwargs, out: out + args[0] * 10, with_kwargs=True))
    assert net(ones(1)).tolist() == [22.0]


def test_a_hook_of_all_modules_is_called_when_forward_raises(added):
    log = []
    added.append(m.register_module_forward_hook(lambda *args: log.append(args[2]), always_call=True))
    with pytest.raises(RuntimeError):
        nn.Linear(2, 1)(ones(3))
    assert log == [None]


def test_backward_hooks_of_all_modules(added):
    log = []
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: log.append("own"))
    added.append(m.register_module_full_backward_pre_hook(lambda module, grad_output: log.append("before")))
    added.append(m.register_module_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] * 0 + 5,)))
    x = ones(1, 1).requires_grad_()
    layer(x).sum().backward()
    assert log == ["before", "own"] and x.grad.tolist() == [[5.0]]


def test_registration_hooks_see_and_replace_what_is_registered(added):
    log = []
    seen = lambda kind: lambda module, name, value: log.append((kind, type(module).__name__, name))
    added.append(m.register_module_parameter_registration_hook(seen("parameter")))
    added.append(m.register_module_buffer_registration_hook(seen("buffer")))
    added.append(m.register_module_module_registration_hook(seen("module")))
    net = nn.Sequential(nn.BatchNorm1d(1, affine=False))
    net.weight = nn.Parameter(ones(1))
    net.other = nn.ReLU()
    net.register_parameter("none", None)
    net[0].running_mean = ones(1)
    assert log == [
        ("buffer", "BatchNorm1d", "running_mean"), ("buffer", "BatchNorm1d", "running_var"),
        ("buffer", "BatchNorm1d", "num_batches_tracked"), ("module", "Sequential", "0"),
        ("parameter", "Sequential", "weight"), ("module", "Sequential", "other"),
        ("buffer", "BatchNorm1d", "running_mean"),
    ]  # fmt: skip
    added.append(m.register_module_parameter_registration_hook(lambda *_: nn.Parameter(ones(3))))
    assert nn.PReLU().weight.shape == (3,)


def test_every_handle_has_its_own_number():
    handles = [nn.ReLU().register_forward_hook(lambda *_: None), ones(1).requires_grad_().register_hook(lambda g: g)]
    assert handles[0].id != handles[1].id and all(isinstance(handle.id, int) for handle in handles)


def test_a_hook_that_cannot_be_called_is_refused_when_it_is_registered():
    weight = ones(2, requires_grad=True)
    product = weight * 2
    found = 0
    for owner in (
        weight,
        product.grad_fn,
        get_gradient_edge(weight).node,
        nn.Linear(2, 2),
        nn.optim.SGD([weight], lr=0.1),
        m,
        nn.optim.optimizer,
    ):
        for name in dir(owner):
            if name.startswith("register_") and name.endswith("hook"):
                found += 1
                with pytest.raises(TypeError, match=r"^a hook must be callable, but got int: 3"):
                    getattr(owner, name)(3)
    assert found > 25
    with pytest.raises(TypeError, match=r"^a hook must be callable"):
        register_multi_grad_hook([weight], 3)
    product.sum().backward()
    assert weight.grad.tolist() == [2, 2]
