"""torch.compiler: is_compiling, disable, reset; and Module.compile."""

import copy
import gc
import pickle
import warnings

import pytest

import autograd as torch
from autograd import nn


def called(function, times=3):
    return [function(torch.tensor([float(i)])).item() for i in range(times)]


def test_is_compiling_is_true_only_while_a_call_is_watched():
    @torch.compile
    def step(x):
        return x + (100 if torch.compiler.is_compiling() else 1)

    assert called(step, 4) == [1, 101, 102, 103]
    assert not torch.compiler.is_compiling()


def test_a_step_that_calls_what_is_disabled_runs_as_it_is():
    seen = []

    @torch.compiler.disable(reason="it counts")
    def count(x):
        seen.append(x.item())
        return x * 2

    step = torch.compile(lambda x: count(x) + 1)
    with pytest.warns(UserWarning, match="it calls count, which is disabled: it counts"):
        assert called(step, 4) == [1, 3, 5, 7]
    assert seen == [0, 1, 2, 3]
    assert count.__name__ == "count"


def test_disable_takes_functions_modules_and_compiled_functions():
    def double(x):
        return x * 2

    assert torch.compiler.disable(torch.compile(double)) is double
    assert called(torch.compiler.disable(double)) == [0, 2, 4]
    layer = torch.compiler.disable(nn.ReLU())
    with pytest.warns(UserWarning, match="which is disabled"):
        assert called(torch.compile(lambda x: layer(x))) == [0, 1, 2]
    with pytest.raises(TypeError, match="expects a function or a Module, but got int"):
        torch.compiler.disable(3)


def test_reset_forgets_all_programs():
    step = torch.compile(lambda x: x * 2)
    called(step)
    assert step.program is not None
    torch.compiler.reset()
    assert step.program is None and "not called twice yet" in step.explain()
    assert called(step) == [0, 2, 4] and step.program is not None


def test_compiling_a_module_in_place():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 3), nn.Tanh(), nn.Linear(3, 1))
    expected, names = called(model, 4), list(model.state_dict())
    seen = []
    model.register_forward_hook(lambda module, args, out: seen.append(1))
    model.compile()
    assert called(model, 4) == expected and len(seen) == 4
    assert model.forward.program is not None and list(model.state_dict()) == names
    model.compile(fullgraph=True)
    assert called(model, 4) == expected


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda step: pickle.loads(pickle.dumps(step))])
def test_copies_make_programs_of_their_own(copied):
    step = torch.compile(double_of)
    called(step)
    twin = copied(step)
    assert twin.program is None and called(twin) == [0, 2, 4]


def double_of(x):
    return x * 2


def test_a_copy_of_a_compiled_module_has_its_own_weights():
    model = nn.Linear(1, 1)
    model.compile()
    before = called(model)
    twin = copy.deepcopy(model)
    with torch.no_grad():
        twin.weight.add_(1.0)
        twin.bias.add_(1.0)
    assert called(model) == before
    assert called(twin) == pytest.approx([y + x + 1 for x, y in enumerate(before)])


def test_known_backends_are_listed_and_others_refused():
    assert "inductor" in torch.compiler.list_backends()
    with pytest.raises(RuntimeError, match="Invalid backend: 'fast'"):
        torch.compile(double_of, backend="fast")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.compile(double_of, backend="eager") is double_of


class Cyclic:
    """An object that only the garbage collector frees, and which then calls `type`."""

    def __init__(self):
        self.itself = self

    def __del__(self):
        type(self)


def test_what_the_garbage_collector_calls_is_none_of_the_steps_calls():
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(20_000)
    try:

        def step(x):
            many = [[] for _ in range(30_000)]  # so many that the collector would run
            del many
            return x * 2, x.sum().item()

        compiled = torch.compile(step, fullgraph=True)
        for _ in range(3):
            garbage = [Cyclic() for _ in range(100)]
            del garbage
            compiled(torch.ones(2))
        assert compiled.program is not None and gc.get_threshold() == (20_000, *thresholds[1:])
    finally:
        gc.set_threshold(*thresholds)


def test_a_key_of_a_dict_around_a_step_may_be_none():
    counts = {None: 0, "by": 2.0}

    def step(x):
        counts[None] += 1
        return x * counts["by"] * counts[None]

    compiled = torch.compile(step, fullgraph=True)
    assert called(compiled, 5) == [0, 4, 12, 24, 40] and compiled.program is not None
