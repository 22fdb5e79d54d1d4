"""Module: registration, walking the tree, modes, dtypes and the repr."""

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
from autograd import ones, tensor, zeros


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(4, 2)
        self.scale = nn.Parameter(autograd.ones(2))
        self.register_buffer("seen", zeros(1))

    def forward(self, x):
        return self.second(autograd.relu(self.first(x))) * self.scale


def test_parameters_come_in_order_of_registration_with_dotted_names():
    names = [name for name, _ in Net().named_parameters()]
    assert names == ["scale", "first.weight", "first.bias", "second.weight", "second.bias"]
    assert [name for name, _ in Net().named_parameters(prefix="net", recurse=False)] == ["net.scale"]


def test_modules_and_children_are_walked_once_each():
    net = Net()
    net.again = net.first
    assert [name for name, _ in net.named_modules()] == ["", "first", "second"]
    assert [name for name, _ in net.named_children()] == ["first", "second"]
    assert len(list(net.parameters())) == 5
    assert len(list(net.named_parameters(remove_duplicate=False))) == 7
    assert [name for name, _ in net.named_buffers()] == ["seen"]
    assert next(iter(net.modules())) is net
    assert list(net.children()) == [net.first, net.second]
    assert next(iter(net.buffers())) is net.seen


def test_the_walk_goes_on_after_a_module_that_was_met_before():
    shared = nn.Linear(1, 1)
    net = nn.Sequential(nn.Sequential(shared, nn.ReLU()), shared, nn.Sequential(shared, nn.Tanh()), nn.Sigmoid())
    assert [name for name, _ in net.named_modules()] == ["", "0", "0.0", "0.1", "2", "2.1", "3"]
    assert [name for name, _ in net.named_modules({net[0]}, "net")] == ["net", "net.1", "net.2", "net.2.1", "net.3"]
    everywhere = ["", "0", "0.0", "0.1", "1", "2", "2.0", "2.1", "3"]
    assert [name for name, _ in net.named_modules(remove_duplicate=False)] == everywhere
    assert list(net.modules()) == [module for _, module in net.named_modules()]
    assert len(list(net.modules(False))) == len(everywhere)
    visited = []
    net.apply(visited.append)
    assert [type(module).__name__ for module in visited] == [
        "Linear", "ReLU", "Sequential", "Linear", "Linear", "Tanh", "Sequential", "Sigmoid", "Sequential",
    ]  # fmt: skip
    net.train(False)
    assert not any(module.training for module in net.modules())
    assert [key for key in net.state_dict() if key.endswith("weight")] == ["0.0.weight", "1.weight", "2.0.weight"]
    copied = copy.deepcopy(net)
    assert copied[0][0] is copied[1] is copied[2][0] is not shared
    assert repr(copied) == repr(net)


KINDS = {"_parameters": nn.Parameter(zeros(1)), "_buffers": nn.Buffer(zeros(1)), "_modules": nn.ReLU()}


@pytest.mark.parametrize("new", KINDS)
@pytest.mark.parametrize("old", KINDS)
def test_a_name_belongs_to_the_kind_of_the_value_that_was_assigned_last(old, new):
    module = nn.Module()
    module.x = KINDS[old]
    # A parameter takes over any name, a module only that of a buffer, as in PyTorch.
    if (new == "_buffers" and old != new) or (old, new) == ("_parameters", "_modules"):
        with pytest.raises(TypeError, match=r"cannot assign '(Buffer|ReLU)' as"):
            module.x = KINDS[new]
        new = old
    module.x = KINDS[new]
    assert {kind for kind in KINDS if "x" in vars(module)[kind]} == {new} and module.x is KINDS[new]
    del module.x
    assert not any(vars(module)[kind] for kind in KINDS) and not hasattr(module, "x")


def test_a_parameter_that_is_replaced_leaves_the_module():
    net = Net()
    net.scale = nn.Parameter(zeros(2))
    assert net.get_parameter("scale") is net.scale
    assert len(list(net.parameters())) == 5
    net.scale = None
    assert net.scale is None
    assert len(list(net.parameters())) == 4
    del net.first
    assert [name for name, _ in net.named_parameters()] == ["second.weight", "second.bias"]
    assert not hasattr(net, "first")


def test_an_attribute_can_change_its_kind():
    net = Net()
    net.first = nn.Parameter(zeros(1))
    assert "first" not in dict(net.named_modules())
    assert "first" in dict(net.named_parameters())
    net.note = "plain"
    net.note = nn.ReLU()
    assert net.get_submodule("note") is net.note


def test_submodules_parameters_and_buffers_are_found_by_name():
    net = nn.Sequential(Net())
    assert net.get_submodule("") is net
    assert net.get_submodule("0.first") is net[0].first
    assert net.get_parameter("0.first.weight") is net[0].first.weight
    assert net.get_buffer("0.seen") is net[0].seen


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda net: net.foo, "'Net' object has no attribute 'foo'"),
        (lambda net: delattr(net, "foo"), "'Net' object has no attribute 'foo'"),
        (lambda net: net.get_submodule("x"), "Net has no attribute `x`"),
        (lambda net: net.get_submodule("scale"), "`scale` is not an nn.Module"),
        (lambda net: net.get_parameter("first"), "`first` is not an nn.Parameter"),
        (lambda net: net.get_parameter("first.x"), "Linear has no attribute `x`"),
        (lambda net: net.get_buffer("scale"), "`scale` is not a buffer"),
    ],
)
def test_a_missing_attribute_raises_attribute_error(ask, message):
    with pytest.raises(AttributeError) as raised:
        ask(Net())
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("assign", "message"),
    [
        (lambda m: setattr(m, "w", nn.Parameter(zeros(1))), "cannot assign parameters before Module.__init__() call"),
        (lambda m: setattr(m, "w", nn.ReLU()), "cannot assign module before Module.__init__() call"),
        (lambda m: m.register_parameter("w", None), "cannot assign parameter before Module.__init__() call"),
        (lambda m: m.register_buffer("w", zeros(1)), "cannot assign buffer before Module.__init__() call"),
    ],
)
def test_nothing_is_registered_before_init(assign, message):
    class Early(nn.Module):
        def __init__(self) -> None:
            assign(self)

    with pytest.raises(AttributeError) as raised:
        Early()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("assign", "error", "message"),
    [
        (lambda m: setattr(m, "scale", zeros(2)), TypeError, "cannot assign 'Tensor' as parameter 'scale'"),
        (lambda m: setattr(m, "first", 3), TypeError, "cannot assign 'int' as child module 'first'"),
        (lambda m: setattr(m, "seen", 3), TypeError, "cannot assign 'int' as buffer 'seen'"),
        (lambda m: m.register_parameter("p", zeros(2)), TypeError, "cannot assign 'Tensor' object to parameter 'p'"),
        (lambda m: m.register_buffer("b", 3), TypeError, "cannot assign 'int' object to buffer 'b'"),
        (lambda m: m.add_module("m", 3), TypeError, "int is not a Module subclass"),
        (lambda m: m.register_buffer(3, zeros(1)), TypeError, "buffer name should be a string. Got int"),
        (lambda m: m.register_buffer("a.b", zeros(1)), KeyError, 'buffer name can\'t contain "."'),
        (lambda m: m.register_parameter("", None), KeyError, 'parameter name can\'t be empty string ""'),
        (lambda m: m.add_module("a.b", None), KeyError, 'module name can\'t contain ".", got: a.b'),
        (lambda m: m.register_buffer("scale", zeros(1)), KeyError, "attribute 'scale' already exists"),
        (lambda m: m.train(3), ValueError, "training mode is expected to be boolean"),
        (lambda m: m.to(autograd.int64), TypeError, "nn.Module.to only accepts floating point or complex dtypes"),
    ],
)
def test_bad_registrations_raise_and_change_nothing(assign, error, message):
    net = Net()
    before = repr(net), list(net.state_dict()), net.training
    with pytest.raises(error) as raised:
        assign(net)
    assert raised.value.args[0].startswith(message)
    assert (repr(net), list(net.state_dict()), net.training) == before


def test_calling_a_module_without_forward_raises():
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        nn.Module()(1)


def test_train_and_eval_reach_every_module():
    net = nn.Sequential(Net(), nn.Dropout())
    assert not any(module.training for module in net.eval().modules())
    assert all(module.training for module in net.train().modules())


def test_apply_visits_children_first():
    seen = []
    net = nn.Sequential(nn.ReLU(), nn.Tanh())
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["ReLU", "Tanh", "Sequential"]


def test_dtypes_change_in_place_and_integers_stay():
    net = Net()
    net.register_buffer("count", tensor([1]))
    weight = net.first.weight
    net.first(autograd.ones(1, 3)).sum().backward()
    assert net.double() is net
    assert net.first.weight is weight
    assert weight.dtype is autograd.float64
    assert weight.grad.dtype is autograd.float64
    assert net.seen.dtype is autograd.float64
    assert net.count.dtype is autograd.int64
    assert net.to(autograd.float16).first.bias.dtype is autograd.float16
    assert net.to(weight).to("cpu").float().first.bias.dtype is autograd.float32
    assert net.half().scale.dtype is autograd.float16


def test_zero_grad_deletes_or_zeroes_gradients():
    net = Net()
    net(autograd.ones(1, 3)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all((parameter.grad.numpy() == 0).all() for parameter in net.parameters())
    net.zero_grad()
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_frozen_module_gets_no_gradient():
    net = Net()
    net.first.requires_grad_(False)
    net(autograd.ones(1, 3)).sum().backward()
    assert net.first.weight.grad is None
    assert net.second.weight.grad is not None


def test_a_deep_copy_has_its_own_memory_and_keeps_sharing():
    net = Net()
    net.again = net.first
    other = copy.deepcopy(net)
    other.scale.data.numpy()[0] = 5.0
    assert net.scale.data[0].item() == 1
    assert other.again.weight is other.first.weight
    assert other.first.weight is not net.first.weight
    assert other.first.weight in set(other.parameters())


def test_a_parameter_requires_a_gradient_and_shares_memory():
    data = zeros(2)
    parameter = nn.Parameter(data)
    data.numpy()[0] = 1.0
    assert parameter.tolist() == [1.0, 0.0]
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert not nn.Parameter(data, requires_grad=False).requires_grad
    assert type(parameter * 2) is autograd.Tensor
    assert repr(nn.Parameter(zeros(2))) == "Parameter containing:\ntensor([0., 0.], requires_grad=True)"
    with pytest.raises(RuntimeError, match="can require gradients"):
        nn.Parameter(tensor([1]))


def test_the_repr_shows_the_tree():
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Flatten(), nn.Dropout(0.3)), nn.Identity())
    assert repr(net) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): Flatten(start_dim=1, end_dim=-1)\n"
        "    (1): Dropout(p=0.3, inplace=False)\n"
        "  )\n"
        "  (2): Identity()\n"
        ")"
    )
    assert repr(nn.Module()) == "Module()"


def test_a_buffer_is_registered_by_assignment():
    module = nn.Module()
    module.kept, module.passing = nn.Buffer(ones(1)), nn.Buffer(ones(2), persistent=False)
    for m in (module, copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert [name for name, _ in m.named_buffers()] == ["kept", "passing"] and list(m.state_dict()) == ["kept"]
    module.kept = zeros(1)
    assert module.state_dict()["kept"].item() == 0
    module.number, module.weight = 3, nn.Parameter(ones(1))
    with pytest.raises(KeyError, match="attribute 'number' already exists"):
        module.number = nn.Buffer(ones(1))
    with pytest.raises(TypeError, match="cannot assign 'Buffer' as parameter 'weight'"):
        module.weight = nn.Buffer(ones(1))


def test_set_submodule_replaces_or_adds_a_submodule():
    module = nn.Sequential(nn.Sequential(nn.Linear(1, 1)))
    module.number = 3
    module.set_submodule("0.0", nn.ReLU())
    module.set_submodule("0.last", nn.Tanh())
    assert [name for name, _ in module.named_modules()] == ["", "0", "0.0", "0.last"]
    for target, new, strict, error in (
        ("", nn.ReLU(), False, ValueError),
        ("0.0", 3, False, ValueError),
        ("0.new", nn.ReLU(), True, AttributeError),
        ("number", nn.ReLU(), False, AttributeError),
        ("a.b", nn.ReLU(), False, AttributeError),
    ):
        with pytest.raises(error):
            module.set_submodule(target, new, strict)


@pytest.mark.parametrize("layer", [nn.Linear(2, 1), nn.Softmax(1), nn.LayerNorm(2), nn.Dropout(), nn.Embedding(3, 1)])
def test_an_input_that_is_not_a_tensor_is_named(layer):
    for given, kind in ((np.ones((1, 2)), "ndarray"), (None, "NoneType"), ([1.0], "list")):
        for module in (layer, nn.Sequential(nn.Identity(), layer)):
            named = f"(layer_norm|{type(layer).__name__})"
            with pytest.raises(TypeError, match=rf"(?i){named}.* must be Tensor, not (numpy\.)?{kind}"):
                module(given)


def test_an_attribute_error_in_forward_is_not_changed():
    class Wrong(nn.Module):
        def forward(self, x):
            return x.no_such_thing

    with pytest.raises(AttributeError, match="no_such_thing"):
        Wrong()(np.ones(2))
