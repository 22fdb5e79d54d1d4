"""The table of names without effect: each name does what its row says."""

import ast
import importlib
import inspect
import pickle

import pytest

import autograd as torch
import nn
from autograd.without_effect import REASONS, TABLE, rows


def kept(x):
    return x


@pytest.mark.parametrize("module", TABLE)
def test_each_name_does_what_the_table_says(module):
    place = importlib.import_module(f"autograd.{module}".rstrip("."))
    for name, what in rows(module):
        if module == "utils.tensorboard":
            continue
        value = getattr(place, name)
        assert getattr(place, name) is value
        kind, _, rest = what.partition(" ")
        if kind == "=":
            assert value == ast.literal_eval(rest)
        elif kind == "is":
            path, _, last = rest.rpartition(".")
            assert value is getattr(importlib.import_module(path), last)
        elif kind == "argument":
            assert value(kept) is kept and value(kept, 1, a=2) is kept and value(fn=kept) is kept
            assert value(drop=True)(kept) is kept and value()(kept) is kept
        elif kind == "decorator":
            assert value("name", 1)(kept) is kept
        elif kind == "context":
            with value(0, a=1):
                assert value()(kept)(3) == 3
        elif kind == "class":
            assert not isinstance(kept, value) and issubclass(type("Own", (value,), {}), value)
            with pytest.raises(RuntimeError, match="is not supported"):
                value(1)
        elif kind == "subclass":
            assert issubclass(value, nn.Module) and not isinstance(nn.Linear(1, 1), value)
        elif kind in ("error", "warning"):
            assert issubclass(value, RuntimeError if kind == "error" else Warning)
        elif kind == "enum":
            assert [member.name for member in value] == rest.split()
        elif kind == "refused:":
            with pytest.raises(RuntimeError) as raised:
                value(1, a=2)
            assert str(raised.value) == f"torch.{module}.{name} is not supported: {REASONS[rest]}"
        else:
            assert value() == value(1, a=2) == ast.literal_eval(what)


def test_an_answer_that_a_program_changes_is_fresh_the_next_time():
    torch.cuda.memory_stats()["a"] = 1
    torch.cuda.get_arch_list().append(1)
    assert torch.cuda.memory_stats() == {} and torch.cuda.get_arch_list() == []


def test_names_are_documented_and_listed():
    assert inspect.getdoc(torch.jit.is_scripting) == "Do nothing, and return False."
    assert "script" in dir(torch.jit) and "script" in torch.jit.__all__
    with pytest.raises(AttributeError, match=r"module 'autograd\.jit' has no attribute 'no_such'"):
        torch.jit.no_such
    with pytest.raises(ModuleNotFoundError, match="tensorboardX"):
        from autograd.utils.tensorboard import SummaryWriter  # noqa: F401 - the import raises


def test_a_scripted_module_and_function_are_what_they_were():
    class Net(torch.jit.ScriptModule):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)

        @torch.jit.script_method
        def forward(self, x):
            return self.layer(x)

    @torch.jit.ignore(drop=True)
    def helper(x):
        return x

    net = Net()
    assert torch.jit.script(net) is net and torch.jit.trace(net, torch.ones(1, 2))(torch.ones(3, 2)).shape == (3, 1)
    assert helper(3) == 3 and torch.compiler.allow_in_graph(helper) is helper


def test_a_profile_records_nothing_and_says_so(tmp_path):
    from autograd.profiler import ProfilerActivity, profile, record_function, schedule

    ready = []
    with profile(
        activities=[ProfilerActivity.CPU], schedule=schedule(wait=1, warmup=1, active=2), on_trace_ready=ready.append
    ) as measured:
        with record_function("step"):
            torch.ones(2).exp()
        measured.step()
    assert ready == [measured] and list(measured.events()) == [] and "cProfile" in measured.key_averages().table()
    measured.export_chrome_trace(str(tmp_path / "trace.json"))
    assert (tmp_path / "trace.json").read_text(encoding="utf-8") == '{"traceEvents": []}'
    assert torch.autograd.profiler.record_function is record_function


@pytest.mark.parametrize("name", ["cuda", "mps", "meta", "xpu", "cuda:1"])
def test_another_device_exists_and_compares_but_holds_no_tensor(name):
    device = torch.device(name)
    assert (
        device == torch.device(name) and device != torch.device("cpu") and pickle.loads(pickle.dumps(device)) == device
    )
    for move in (
        lambda: torch.ones(2).to(device), lambda: torch.zeros(2, device=device), lambda: nn.Linear(1, 1).to(device),
        lambda: nn.Linear(1, 1, device=device), lambda: torch.tensor([1.0], device=name),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="is not supported: Glassgrad is CPU-only"):
            move()
