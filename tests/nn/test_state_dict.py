"""State dicts: keys, shared memory, and loading all tensors or none."""

import numpy as np
import pytest

import nn
from autograd import float64, ones, tensor, zeros


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))


def values(module: nn.Module) -> dict:
    return {name: value.tolist() for name, value in module.state_dict().items()}


def test_keys_are_dotted_names_and_tensors_are_shared_and_detached():
    module = net()
    state = module.state_dict()
    assert list(state) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert not any(value.requires_grad for value in state.values())
    state["0.bias"].numpy()[...] = 7.0
    assert module[0].bias.tolist() == [7.0] * 3
    assert module.state_dict(keep_vars=True)["0.bias"] is module[0].bias
    assert list(module[0].state_dict(prefix="layer.")) == ["layer.weight", "layer.bias"]


def test_persistent_buffers_are_in_the_state_dict():
    module = nn.Module()
    module.register_buffer("kept", zeros(1))
    module.register_buffer("passing", zeros(1), persistent=False)
    module.register_buffer("absent", None)
    assert list(module.state_dict()) == ["kept"]
    assert [name for name, _ in module.named_buffers()] == ["kept", "passing"]


def test_a_state_dict_loads_into_another_module():
    first, second = net(), net()
    weight = second[0].weight
    result = second.load_state_dict(first.state_dict())
    assert values(first) == values(second)
    assert second[0].weight is weight
    assert repr(result) == "<All keys matched successfully>"
    first[0].bias.data.numpy()[0] += 1
    assert values(first) != values(second)


def test_arrays_and_other_dtypes_load():
    module = nn.Linear(1, 2)
    module.load_state_dict({"weight": np.array([[1.0], [2.0]]), "bias": tensor([3, 4])})
    assert module.weight.tolist() == [[1.0], [2.0]]
    assert module.bias.tolist() == [3.0, 4.0]
    assert module.bias.array.dtype == np.float32


def test_a_scalar_parameter_loads():
    module = nn.Module()
    module.scale = nn.Parameter(tensor(1.0))
    module.load_state_dict({"scale": tensor(2.0)})
    assert module.scale.item() == 2


def test_a_loaded_parameter_still_trains():
    module = net()
    module.load_state_dict(net().state_dict())
    module(ones(1, 2)).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_missing_and_unexpected_keys_are_returned_if_not_strict():
    module = net()
    result = module.load_state_dict({"0.bias": ones(3), "other": ones(1)}, strict=False)
    assert result.missing_keys == ["0.weight", "2.weight", "2.bias"]
    assert result.unexpected_keys == ["other"]
    assert module[0].bias.tolist() == [1.0] * 3


def test_all_problems_are_reported_and_nothing_is_changed():
    module = net()
    before = values(module)
    state = module.state_dict()
    state = {name: value * 0 + 9 for name, value in state.items() if name != "2.bias"}
    state["0.weight"] = zeros(2, 2)
    state["2.weight"] = 3
    state["other"] = zeros(1)
    with pytest.raises(RuntimeError) as raised:
        module.load_state_dict(state)
    assert str(raised.value) == (
        "Error(s) in loading state_dict for Sequential:\n"
        '\tMissing key(s) in state_dict: "2.bias". \n'
        '\tUnexpected key(s) in state_dict: "other". \n'
        f"\tsize mismatch for 0.weight: copying a param with shape {zeros(2, 2).shape} from checkpoint, "
        f"the shape in current model is {module[0].weight.shape}.\n"
        '\tWhile copying the parameter named "2.weight", expected Tensor or ndarray from checkpoint '
        "but received <class 'int'>"
    )
    assert values(module) == before
    with pytest.raises(RuntimeError, match=r"^Error\(s\) in loading state_dict for Sequential:\n\tsize mismatch"):
        module.load_state_dict({"0.weight": zeros(1), "0.bias": zeros(3)}, strict=False)
    assert values(module) == before


def test_a_state_dict_that_is_not_a_mapping_is_refused():
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like, got <class 'int'>"):
        net().load_state_dict(3)


def test_strings_cannot_be_loaded():
    with pytest.raises(RuntimeError, match="type mismatch for weight"):
        nn.Linear(1, 1).load_state_dict({"weight": np.array([["a"]])}, strict=False)


def test_assign_replaces_the_parameters():
    module = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2))
    module[0].bias.requires_grad_(False)
    saved = module.state_dict()
    values = {name: x.double() if x.is_floating_point() else x for name, x in saved.items()}
    module.load_state_dict(values, assign=True)
    assert [name for name, _ in module.named_parameters()] == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert [p.requires_grad for p in module.parameters()] == [True, False, True, True]
    assert all(isinstance(p, nn.Parameter) and p.dtype == float64 for p in module.parameters())
    assert module[1].running_mean is values["1.running_mean"]
    values["0.weight"].fill_(7.0)
    assert module[0].weight.tolist() == [[7.0], [7.0]]


class Counting(nn.Module):
    """A module with state other than tensors."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def get_extra_state(self):
        return {"calls": self.calls}

    def set_extra_state(self, state):
        self.calls = state["calls"]


def test_extra_state_is_saved_and_loaded():
    module, other = nn.Sequential(Counting(), nn.Linear(1, 1)), nn.Sequential(Counting(), nn.Linear(1, 1))
    module[0].calls = 3
    state = module.state_dict()
    assert list(state) == ["0._extra_state", "1.weight", "1.bias"] and state["0._extra_state"] == {"calls": 3}
    other.load_state_dict(state)
    assert other[0].calls == 3
    del state["0._extra_state"]
    assert other.load_state_dict(state, strict=False).missing_keys == ["0._extra_state"]
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "0._extra_state"'):
        other.load_state_dict(state)
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "_extra_state"'):
        module[1].load_state_dict({**module[1].state_dict(), "_extra_state": 1})


def test_hooks_may_change_what_is_saved():
    module, seen = nn.Sequential(nn.Linear(1, 1)), []
    module[0].register_state_dict_pre_hook(lambda m, prefix, keep_vars: seen.append((m, prefix, keep_vars)))
    module[0].register_state_dict_post_hook(lambda m, state, prefix, metadata: state.update({prefix + "more": 1}))
    destination = {}
    assert module.state_dict(destination=destination, prefix="a.", keep_vars=True) is destination
    assert list(destination) == ["a.0.weight", "a.0.bias", "a.0.more"]
    assert seen == [(module[0], "a.0.", True)]
    module.register_state_dict_post_hook(lambda *_: {})
    with pytest.raises(RuntimeError, match="post-hook must return None"):
        module.state_dict()


def test_hooks_may_rename_keys_before_loading_and_remove_errors_after_it():
    module, seen = nn.Sequential(nn.Linear(1, 1)), []

    def rename(m, state, prefix, metadata, strict, missing, unexpected, errors):
        state[prefix + "weight"] = state.pop(prefix + "kernel")

    def forgive(m, keys):
        seen.append((m.bias.item(), list(keys.missing_keys), list(keys.unexpected_keys)))
        keys.unexpected_keys.clear()

    handle = module[0].register_load_state_dict_pre_hook(rename)
    module[0].register_load_state_dict_post_hook(forgive)
    given = {"0.kernel": tensor([[4.0]]), "0.bias": tensor([5.0]), "old": tensor(0.0)}
    assert repr(module.load_state_dict(given)) == "<All keys matched successfully>"
    assert module[0].weight.item() == 4.0 and list(given) == ["0.kernel", "0.bias", "old"]
    assert seen == [(5.0, [], ["old"])]
    handle.remove()
    with pytest.raises(RuntimeError, match="Missing key"):
        module.load_state_dict(given)
    module[0].register_load_state_dict_pre_hook(lambda *args: args[-1].append("a complaint"))
    with pytest.raises(RuntimeError, match="a complaint"):
        module.load_state_dict(module.state_dict())


def test_state_dicts_without_a_batch_count_load_as_in_pytorch(answers):
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1))
    model(ones(3, 2))
    older = {key: value + 1 for key, value in model.state_dict().items() if "num_batches" not in key}
    assert str(model.load_state_dict(older)) == "<All keys matched successfully>"
    assert (model[0].num_batches_tracked.item(), model[0].weight.tolist()) == (1, [2.0, 2.0])
    with pytest.raises(RuntimeError, match=r'Missing key.*: "0\.running_mean"') as caught:
        model.load_state_dict({key: value for key, value in older.items() if "mean" not in key})
    assert "num_batches" not in str(caught.value)

    def loaded(torch):
        theirs = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 1))
        return str(theirs.load_state_dict({key: torch.tensor(value.numpy()) for key, value in older.items()}))

    assert answers("torch", loaded) == "<All keys matched successfully>"
