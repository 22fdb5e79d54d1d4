"""Libraries edit `_parameters`, `_buffers`, `_modules` and the dicts of hooks: the module follows, as in PyTorch."""

import copy
import gc
import importlib
import pickle
import random
import weakref
from collections import OrderedDict

import pytest
from hypothesis import given, strategies as st

import autograd
import nn

NAMES = ["weight", "bias", "extra"]
REGISTRIES = ["_parameters", "_buffers", "_modules"]


def value_for(library, registry, number):
    """A new value for a registry, that a number tells from others."""
    tensor = library.full((1,), float(number))
    if registry == "_modules":
        module = library.nn.Module()
        module.number = number
        return module
    return library.nn.Parameter(tensor) if registry == "_parameters" else tensor


def number_of(value):
    return value if value is None else value.number if hasattr(value, "number") else int(value.item())


#: By name: an edit of a module, given the library, a registry, a name and a number.
EDITS = {
    "set": lambda t, m, r, n, i: getattr(m, r).__setitem__(n, value_for(t, r, i)),
    "none": lambda t, m, r, n, i: getattr(m, r).__setitem__(n, None),
    "del": lambda t, m, r, n, i: getattr(m, r).__delitem__(n),
    "pop": lambda t, m, r, n, i: getattr(m, r).pop(n, None),
    "popitem": lambda t, m, r, n, i: getattr(m, r).popitem(),
    "setdefault": lambda t, m, r, n, i: getattr(m, r).setdefault(n, value_for(t, r, i)),
    "update": lambda t, m, r, n, i: getattr(m, r).update({n: value_for(t, r, i)}),
    "clear": lambda t, m, r, n, i: getattr(m, r).clear(),
    "replace": lambda t, m, r, n, i: setattr(m, r, {n: value_for(t, r, i)}),
    "replace by a copy": lambda t, m, r, n, i: setattr(m, r, getattr(m, r).copy()),
    "plain attribute": lambda t, m, r, n, i: setattr(m, n, value_for(t, "_buffers", i)),
    "hidden by a plain attribute": lambda t, m, r, n, i: object.__setattr__(m, n, value_for(t, "_buffers", i)),
    "registered attribute": lambda t, m, r, n, i: setattr(m, n, value_for(t, r, i)),
    "delattr": lambda t, m, r, n, i: delattr(m, n),
    "register": lambda t, m, r, n, i: (
        m.register_parameter if r == "_parameters" else m.register_buffer if r == "_buffers" else m.add_module
    )(n, value_for(t, r, i)),
}


def described(module):
    """What a module shows: its registries in order, its attributes, its tensors and its state dict."""
    return [
        *[[(name, number_of(value)) for name, value in getattr(module, registry).items()] for registry in REGISTRIES],
        [number_of(getattr(module, name)) if hasattr(module, name) else "missing" for name in NAMES],
        [name for name, _ in module.named_parameters()], [name for name, _ in module.named_buffers()],
        [name for name, _ in module.named_children()],
        list(module.state_dict()),
    ]  # fmt: skip


def after(library, edits):
    """What a linear layer shows after each edit, or the error that the edit raised."""
    module = library.nn.Linear(1, 1)
    with library.no_grad():
        module.weight.fill_(100), module.bias.fill_(101)
    shown = []
    for number, (edit, registry, name) in enumerate(edits):
        try:
            EDITS[edit](library, module, registry, name, number)
        except (AttributeError, KeyError, TypeError) as error:
            shown.append(type(error).__name__)
        shown.append(described(module))
    return shown


edits = st.lists(
    st.tuples(st.sampled_from(list(EDITS)), st.sampled_from(REGISTRIES), st.sampled_from(NAMES)), min_size=4, max_size=8
)


def test_random_edits_of_the_registries_show_what_pytorch_shows(answers):
    def draw():
        choose = random.Random(0).choice
        return [[[choose(list(EDITS)), choose(REGISTRIES), choose(NAMES)] for _ in range(8)] for _ in range(60)]

    sequences = answers.examples("torch", draw)
    recorded = answers("torch", lambda library: [after(library, sequence) for sequence in sequences])
    for sequence, theirs in zip(sequences, recorded, strict=True):
        assert after(autograd, sequence) == theirs, sequence


@given(edits)
def test_every_registered_value_is_the_attribute_unless_another_hides_it(edits):
    module = nn.Linear(1, 1)
    for number, (edit, registry, name) in enumerate(edits):
        try:
            EDITS[edit](autograd, module, registry, name, number)
        except (AttributeError, KeyError, TypeError):
            continue
        hidden = edit == "hidden by a plain attribute"
        for values in (module._parameters, module._buffers, module._modules):
            for key, value in values.items():
                assert hidden or hasattr(module, key), (key, value)
    twin = copy.deepcopy(module)
    assert described(twin) == described(module)
    twin._parameters["new"] = nn.Parameter(autograd.ones(1))
    assert twin.new is twin._parameters["new"] and not hasattr(module, "new")


def test_a_layer_computes_with_what_was_put_into_its_registries():
    model, x = nn.Sequential(nn.Linear(2, 2), nn.ReLU()), autograd.ones(1, 2)
    model._modules["0"] = nn.Identity()
    assert model(x).tolist() == [[1, 1]] and model[0] is model._modules["0"]
    layer = nn.Linear(2, 2, bias=False)
    weight = layer.weight
    del layer._parameters["weight"]
    assert not hasattr(layer, "weight") and list(layer.parameters()) == []
    layer.weight = weight * 2  # a plain attribute, computed from another tensor
    layer.register_parameter("weight_g", weight)
    layer(x).sum().backward()
    assert weight.grad.tolist() == [[2, 2], [2, 2]] and list(layer.state_dict()) == ["weight_g"]
    layer._buffers |= {"scale": autograd.ones(1)}
    assert layer.scale.item() == 1


def test_a_shallow_copy_shares_the_registries_until_they_are_replaced():
    layer = nn.Linear(1, 1)
    twin = copy.copy(layer)
    twin._parameters["weight"] = new = nn.Parameter(autograd.ones(1, 1))
    assert layer.weight is twin.weight is new
    twin._parameters = twin._parameters.copy()
    del twin._parameters["weight"]
    assert layer.weight is new and not hasattr(twin, "weight")


def test_registries_are_dicts_that_copies_and_pickles_rebuild():
    layer = nn.Sequential(nn.Linear(1, 1))
    assert isinstance(layer._modules, dict) and type(copy.copy(layer._modules)) is dict
    twin = pickle.loads(pickle.dumps(layer))
    twin[0]._parameters.pop("bias")
    assert [name for name, _ in twin.named_parameters()] == ["0.weight"] and not hasattr(twin[0], "bias")
    with pytest.raises(KeyError):
        layer._parameters.popitem()
    with pytest.raises(KeyError):
        layer._parameters.pop("nothing")


def test_a_module_is_freed_with_its_last_use():
    layer = nn.Sequential(nn.Linear(1, 1))
    layer._modules["0"]._parameters["bias"] = None
    watched = weakref.ref(layer[0])
    gc.disable()
    try:
        del layer
        assert watched() is None
    finally:
        gc.enable()


def hooks_called(library):
    """What a layer does after its dicts of hooks were read, changed and replaced."""
    layer, x, found = library.nn.Identity(), library.ones(1), []
    handle = layer.register_forward_hook(lambda module, args, out: out * 2)
    layer.register_forward_hook(lambda module, args, kwargs, out: out + 1, with_kwargs=True, prepend=True)
    found += [len(layer._forward_hooks), len(layer._forward_hooks_with_kwargs), layer(x).item()]
    layer._forward_hooks.move_to_end(handle.id, last=False)
    found.append(layer(x).item())
    del layer._forward_hooks[handle.id]
    handle.remove()
    found.append(layer(x).item())
    layer._forward_hooks.clear()
    pre = layer.register_forward_pre_hook(lambda module, args: (args[0] * 5,))
    found += [list(layer._forward_pre_hooks) == [pre.id], layer(x).item()]
    layer._forward_pre_hooks = OrderedDict()
    found.append(layer(x).item())
    mine = importlib.import_module(f"{library.__name__}.utils.hooks").RemovableHandle(layer._forward_hooks)
    layer._forward_hooks[mine.id] = lambda module, args, out: out - 3
    found.append(layer(x).item())
    mine.remove()
    layer._register_load_state_dict_pre_hook(lambda state, prefix, *rest: found.append(sorted(state)))
    layer.load_state_dict({})
    layer._load_state_dict_pre_hooks.clear()
    layer.load_state_dict({})
    kinds = ["_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks", "_state_dict_pre_hooks"]
    found += [len(getattr(layer, kind)) for kind in [*kinds, "_load_state_dict_post_hooks"]]
    return [*found, layer(x).item(), sorted(layer._non_persistent_buffers_set)]


def test_dicts_of_hooks_are_honoured_as_in_pytorch(answers):
    assert hooks_called(autograd) == answers("torch", hooks_called)
    assert isinstance(nn.Identity()._forward_hooks, OrderedDict)


def internals(library):
    """What libraries call of layers and of `init` though its name is private."""
    weight = library.arange(8.0).reshape(1, 2, 2, 2)
    layer = library.nn.Conv2d(2, 1, 2, padding=1, padding_mode="circular")
    of_init = library.nn.init
    blocks = library.nn.ModuleList([library.nn.Identity(), None])
    return [
        layer._conv_forward(library.ones(1, 2, 3, 3), weight, None),
        of_init._calculate_fan_in_and_fan_out(weight), of_init._calculate_correct_fan(weight, "fan_out"),
        len(blocks), [block is None for block in blocks], [name for name, _ in blocks.named_modules()], repr(blocks),
    ]  # fmt: skip


def test_private_functions_that_libraries_call_exist(answers):
    assert str(internals(autograd)[1:]) == str(answers("torch", internals)[1:])
    assert internals(autograd)[0].shape == (1, 1, 4, 4)
