"""Modules nested 1,000 levels deep, and subclasses that change how the tree is walked."""

import copy

import pytest

import nn
from autograd import float64, ones

LEVELS = 1000


def nested(levels=LEVELS):
    module = nn.Sequential(nn.Linear(1, 1))
    for _ in range(levels - 1):
        module = nn.Sequential(module)
    return module


def test_a_deep_module_has_names_and_parameters():
    module = nested()
    assert len(list(module.modules())) == LEVELS + 1
    names = [name for name, _ in module.named_parameters()]
    assert names == ["0." * LEVELS + "weight", "0." * LEVELS + "bias"]
    assert module.get_submodule(".".join("0" * LEVELS)) is list(module.modules())[-1]


def test_a_deep_module_is_saved_and_loaded():
    module, other = nested(), nested()
    state = module.state_dict()
    assert list(state) == ["0." * LEVELS + "weight", "0." * LEVELS + "bias"]
    assert not any(other.load_state_dict(state))
    assert all(a.equal(b) for a, b in zip(module.parameters(), other.parameters(), strict=True))
    missing = other.load_state_dict({}, strict=False).missing_keys
    assert missing == list(state)


def test_a_deep_module_is_changed():
    module = nested()
    assert not any(part.training for part in module.eval().modules())
    assert all(p.dtype == float64 for p in module.to(float64).parameters())
    assert not any(p.requires_grad for p in module.requires_grad_(False).parameters())
    module.zero_grad()
    seen = []
    module.apply(lambda part: seen.append(type(part).__name__))
    assert seen == ["Linear"] + ["Sequential"] * LEVELS


def test_a_deep_module_is_shown_and_copied():
    module = nested()
    lines = repr(module).split("\n")
    assert len(lines) == 2 * LEVELS + 1 and lines[1] == "  (0): Sequential("
    assert lines[LEVELS] == "  " * LEVELS + "(0): Linear(in_features=1, out_features=1, bias=True)"
    copied = copy.deepcopy(module)
    assert len(list(copied.modules())) == LEVELS + 1
    assert not set(map(id, copied.modules())) & set(map(id, module.modules()))
    assert all(a.equal(b) and a is not b for a, b in zip(module.parameters(), copied.parameters(), strict=True))


def test_a_deep_module_is_called_as_far_as_python_recurses():
    assert nested(200)(ones(1, 1)).shape == (1, 1)
    with pytest.raises(RecursionError):
        nested(2000)(ones(1, 1))


def test_shared_and_circular_modules_are_copied_as_they_are():
    shared = nn.Linear(1, 1)
    module = nn.Sequential(shared, nn.Sequential(shared))
    module.owner = [module]
    other = copy.deepcopy(module)
    assert other[0] is other[1][0] and other[0] is not shared and other.owner[0] is other
    module.again = module
    assert len(list(module.eval().modules())) == 3
    assert module.apply(lambda part: None) is module


class Own(nn.Module):
    """Has a way of its own to be copied, pickled and shown."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(1, 1)

    def __deepcopy__(self, memo):
        memo[id(self)] = new = Own()
        new.mark = "copied"
        return new

    def __repr__(self):
        return "mine"


class Slim(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.cache = nn.Linear(1, 1), [1]

    def __getstate__(self):
        return {**self.__dict__, "cache": []}


def test_a_copy_honours_the_ways_of_subclasses():
    module = nn.Sequential(Own(), nn.Sequential(Slim()))
    other = copy.deepcopy(module)
    assert other[0].mark == "copied" and other[1][0].cache == [] and module[1][0].cache == [1]
    assert other[1][0].inner is not module[1][0].inner
    assert repr(module[:1]) == "Sequential(\n  (0): mine\n)"


class Frozen(nn.Sequential):
    """A part that stays in evaluation mode."""

    def train(self, mode=True):
        return super().train(False)


def test_training_mode_honours_the_methods_of_descendants():
    module = nn.Sequential(nn.Dropout(), nn.Sequential(Frozen(nn.Dropout())))
    module.train()
    assert [part.training for part in module.modules()] == [True, True, True, False, False]


class Counted(nn.Module):
    """Saves and loads its weight under another name, with a count beside it."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(ones(2))
        self.count = 3

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        super()._save_to_state_dict(destination, prefix, keep_vars)
        destination[prefix + "w"] = destination.pop(prefix + "weight")
        destination[prefix + "count"] = ones(1) * self.count

    def _load_from_state_dict(self, state_dict, prefix, *rest):
        self.count = int(state_dict.pop(prefix + "count"))
        state_dict[prefix + "weight"] = state_dict.pop(prefix + "w")
        super()._load_from_state_dict(state_dict, prefix, *rest)


class Silent(nn.Module):
    """Loads nothing, and accepts any keys of its own."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(ones(2))

    def _load_from_state_dict(self, state_dict, prefix, *rest):
        self.seen = [key for key in state_dict if key.startswith(prefix)]


def test_a_subclass_saves_and_loads_its_own_state():
    module, other = (nn.Sequential(nn.Linear(1, 1), Counted()) for _ in range(2))
    module[1].count = 7
    with pytest.raises(RuntimeError, match="leaf"):
        module[1].weight.mul_(2)
    module[1].weight.data.mul_(2)
    state = module.state_dict()
    assert list(state) == ["0.weight", "0.bias", "1.w", "1.count"]
    given = dict(state)
    assert not any(other.load_state_dict(state))
    assert state.keys() == given.keys()
    assert other[1].count == 7 and other[1].weight.tolist() == [2.0, 2.0]
    before = other[0].weight.item()
    with pytest.raises(RuntimeError, match=r"size mismatch for 1\.weight"):
        other.load_state_dict({**state, "0.weight": ones(1, 1) * 9, "1.w": ones(3)})
    assert other[0].weight.item() == before


def test_keys_of_a_module_that_loads_itself_are_not_unexpected():
    module = nn.Sequential(Silent(), nn.Linear(1, 1))
    state = {**module.state_dict(), "0.extra": ones(1)}
    assert not any(module.load_state_dict(state)) and module[0].seen == ["0.weight", "0.extra"]
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "1.extra", "other", "2.x"'):
        module.load_state_dict({**state, "1.extra": ones(1), "other": ones(1), "2.x": ones(1)})


def test_a_subclass_may_load_from_a_dict_of_its_own():
    class Renamed(nn.Linear):
        def _load_from_state_dict(self, state_dict, prefix, *rest):
            super()._load_from_state_dict({prefix + "weight": ones(1, 1) * 5, prefix + "bias": ones(1)}, prefix, *rest)

    module = nn.Sequential(Renamed(1, 1))
    module.load_state_dict({})
    assert module[0].weight.item() == 5
