"""Containers: they behave as a list or a dict, and register what they contain."""

import copy
from collections import OrderedDict

import pytest
from hypothesis import given, strategies as st

import nn
from autograd import ones, zeros

positions = st.integers(-4, 3)


def marked(count: int) -> list[nn.Module]:
    return [nn.Linear(1, i + 1) for i in range(count)]


@given(st.sampled_from([nn.Sequential, nn.ModuleList]), positions, st.one_of(st.none(), positions))
def test_a_sequence_is_indexed_and_sliced_like_a_list(kind, i, j):
    modules = marked(4)
    held = kind(*modules) if kind is nn.Sequential else kind(modules)
    assert held[i] is modules[i]
    assert list(held[i:j]) == modules[i:j]
    assert list(held) == modules
    assert len(held) == 4


@given(st.sampled_from([nn.Sequential, nn.ModuleList]), st.lists(st.tuples(st.sampled_from("aidps"), positions)))
def test_a_sequence_is_changed_like_a_list(kind, steps):
    plain: list[nn.Module] = []
    held = kind()
    for step, i in steps:
        new = nn.ReLU()
        if step == "a":
            plain.append(new)
            held.append(new)
        elif step == "i" and abs(i) <= len(plain):
            plain.insert(i, new)
            held.insert(i, new)
        elif -len(plain) <= i < len(plain):
            if step == "d":
                del plain[i], held[i]
            elif step == "p":
                assert held.pop(i) is plain.pop(i)
            elif step == "s":
                plain[i] = held[i] = new
    assert list(held) == plain
    assert [name for name, _ in held.named_modules(remove_duplicate=False)][1:] == [str(i) for i in range(len(plain))]
    assert all(getattr(held, str(i)) is module for i, module in enumerate(plain))


def test_sequential_composes_its_modules():
    double, add = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.constant_(double.weight, 2.0)
    nn.init.zeros_(double.bias)
    nn.init.ones_(add.weight)
    nn.init.ones_(add.bias)
    assert nn.Sequential(double, add)(ones(1, 1)).item() == 3
    assert nn.Sequential(add, double)(ones(1, 1)).item() == 4
    assert nn.Sequential()(3) == 3


def test_sequential_accepts_named_modules():
    net = nn.Sequential(OrderedDict(hidden=nn.Linear(1, 2), out=nn.Linear(2, 1)))
    assert net.hidden is net[0]
    assert list(net.state_dict()) == ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
    assert [name for name, _ in net[1:].named_children()] == ["out"]


def test_sequences_are_concatenated_by_plus():
    first, second = nn.Sequential(nn.ReLU()), nn.Sequential(nn.Tanh())
    assert [type(m).__name__ for m in first + second] == ["ReLU", "Tanh"]
    first += second
    assert len(first) == 2
    assert len(nn.ModuleList([nn.ReLU()]).extend([nn.ReLU()])) == 2


def test_the_repr_of_a_module_list_groups_equal_modules():
    layers = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.ReLU()])
    assert repr(layers) == (
        "ModuleList(\n  (0-1): 2 x Linear(in_features=1, out_features=1, bias=True)\n  (2): ReLU()\n)"
    )


def test_a_module_dict_behaves_like_a_dict():
    held = nn.ModuleDict({"a": nn.ReLU()})
    held["b"] = nn.Tanh()
    held.update([("c", nn.Linear(1, 1))])
    assert list(held) == list(held.keys()) == ["a", "b", "c"]
    assert "b" in held and "d" not in held
    assert len(held) == 3
    assert list(held.values())[1] is held["b"] is held.b
    assert dict(held.items())["a"] is held.a
    assert list(held.state_dict()) == ["c.weight", "c.bias"]
    assert isinstance(held.pop("b"), nn.Tanh)
    del held["a"]
    assert list(held) == ["c"]
    held.clear()
    assert len(held) == 0
    assert repr(nn.ModuleDict({"a": nn.ReLU()})) == "ModuleDict(\n  (a): ReLU()\n)"


def test_parameter_containers_register_tensors():
    held = nn.ParameterList([nn.Parameter(zeros(2, 3)), zeros(2), 3])
    assert [name for name, _ in held.named_parameters()] == ["0", "1"]
    assert held[1].requires_grad
    assert held[-1] == 3
    assert len(held[:2]) == 2
    held[0] = nn.Parameter(ones(1))
    assert held[0].tolist() == [1.0]
    assert repr(held).splitlines() == [
        "ParameterList(",
        "    (0): Parameter containing: [autograd.float32 of size 1]",
        "    (1): Parameter containing: [autograd.float32 of size 2]",
        "    (2): Object of type: int",
        ")",
    ]
    named = nn.ParameterDict({"w": zeros(2)})
    named["b"] = zeros(1)
    assert [name for name, _ in named.named_parameters()] == ["w", "b"]
    del named["w"]
    assert list(named) == ["b"]
    assert "w" not in named
    assert [key for key, _ in named.items()] == ["b"]
    assert list(nn.ParameterDict(named).keys()) == ["b"]


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda: nn.Sequential(3), TypeError, "int is not a Module subclass"),
        (lambda: nn.Sequential(nn.ReLU())[5], IndexError, "index 5 is out of range"),
        (lambda: nn.Sequential(nn.ReLU())["a"], TypeError, "'str' object cannot be interpreted as an integer"),
        (lambda: nn.Sequential(nn.ReLU()).insert(9, nn.ReLU()), IndexError, "Index out of range: 9"),
        (lambda: nn.ModuleList([3]), TypeError, "int is not a Module subclass"),
        (
            lambda: nn.ModuleList(3),
            TypeError,
            "ModuleList.extend should be called with an iterable, but got int",
        ),
        (lambda: nn.ModuleDict({})["b"], KeyError, "b"),
        (
            lambda: nn.ModuleDict(3),
            TypeError,
            "ModuleDict.update should be called with an iterable of key/value pairs, but got int",
        ),
        (
            lambda: nn.ModuleDict([(1, 2, 3)]),
            ValueError,
            "ModuleDict update sequence element #0 has length 3; 2 is required",
        ),
        (lambda: nn.ParameterList([])[0], IndexError, "index 0 is out of range"),
        (
            lambda: nn.ParameterList(zeros(2)),
            TypeError,
            "ParameterList.extend should be called with an iterable, but got Tensor",
        ),
        (lambda: nn.ParameterDict({})["b"], KeyError, "b"),
        (lambda: nn.ParameterDict({"keys": zeros(1)}), KeyError, "attribute 'keys' already exists"),
    ],
)
def test_error_messages(do, error, message):
    with pytest.raises(error) as raised:
        do()
    assert raised.value.args[0] == message


def kinds(modules):
    return [type(module).__name__ for module in modules]


def test_a_sequence_times_a_number_repeats_the_same_modules():
    two = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    for six in (two * 3, 3 * two):
        assert kinds(six) == ["Linear", "ReLU"] * 3 and six[0] is six[4] is two[0]
        assert list(six._modules) == list("012345") and len(list(six.parameters())) == 2
    same = two
    two *= 2
    assert two is same and kinds(two) == ["Linear", "ReLU"] * 2
    named = nn.Sequential(OrderedDict(a=nn.ReLU())) * 2
    assert list(named._modules) == ["0", "1"]
    for times in (0, -1):
        with pytest.raises(ValueError, match=f"Non-positive multiplication factor {times}"):
            two * times
        with pytest.raises(ValueError, match="Non-positive"):
            two *= times
    with pytest.raises(TypeError, match="'Sequential' and 'float'"):
        two * 1.5
    assert len(two) == 4


def test_an_element_may_be_none():
    modules = nn.ModuleList([nn.Linear(1, 1), None])
    assert len(modules) == 2 and modules[1] is None and None in modules
    assert repr(modules) == "ModuleList(\n  (0): Linear(in_features=1, out_features=1, bias=True)\n  (1): None\n)"
    assert list(modules.state_dict()) == ["0.weight", "0.bias"] and len(list(modules.children())) == 1
    modules.insert(0, None)
    modules.append(None)
    assert kinds(modules) == ["NoneType", "Linear", "NoneType", "NoneType"]
    modules.double().train().eval().apply(lambda module: None)
    assert copy.deepcopy(modules)[0] is None
    assert nn.ModuleDict({"a": None})["a"] is None
    assert nn.Sequential().append(None)[0] is None


def test_a_dict_of_parameters_has_the_methods_of_a_dict():
    d = nn.ParameterDict({"b": ones(1), "a": zeros(2)})
    assert list(d) == ["a", "b"] and list(reversed(d)) == ["b", "a"] and list(d.state_dict()) == ["a", "b"]
    assert list(nn.ParameterDict([("b", ones(1)), ("a", ones(1))])) == ["b", "a"]
    assert list(nn.ParameterDict(OrderedDict(b=ones(1), a=ones(1)))) == ["b", "a"]
    assert d.get("c") is None and d.get("c", 3) == 3 and d.get("a") is d["a"]
    assert d.setdefault("c", ones(3)).shape == (3,) and d.setdefault("c", ones(4)).shape == (3,)
    both = d | nn.ParameterDict({"d": ones(1), "a": ones(5)})
    assert list(both) == ["a", "b", "c", "d"] and both["a"].shape == (5,) and both["b"] is d["b"]
    d |= nn.ParameterDict({"e": ones(1)})
    assert list(d) == ["a", "b", "c", "e"] and list(d.copy()) == list(d) and d.copy()["a"] is d["a"]
    assert d.popitem()[0] == "e" and d.pop("a").shape == (2,) and list(d) == ["b", "c"]
    assert list(d.fromkeys(["x", "y"], ones(1))) == ["x", "y"]
    d.clear()
    assert not len(d) and not list(d.parameters())
    for empty in (d.popitem, lambda: d.pop("a")):
        with pytest.raises(KeyError):
            empty()
    with pytest.raises(TypeError, match="iterable of key/value pairs, but got int"):
        d.update(3)


def test_containers_of_parameters_cannot_be_called():
    for container in (nn.ParameterList, nn.ParameterDict):
        with pytest.raises(RuntimeError, match=f"{container.__name__} should not be called"):
            container()(1)
    shown = "ParameterList(  (0): Parameter containing: [autograd.float32 of size 2])"
    assert repr(nn.ParameterList([ones(2)])) == shown
