"""Constructors, methods and functions of all rooms refuse wrong arguments by a sentence of the project's own."""

import inspect
import warnings

import numpy as np
import pytest

import autograd as torch
import nn
from autograd import distributions, optim
from nn import data
from tests.tools import wrong_calls
from tests.tools.wrong_input import is_ours

#: How the lines of `good_calls.txt` begin that are tested together, and the part of their wrong calls that is made.
SHARES = {
    "nn.": 0.012, "net.": 0.03, "optim.": 0.03, "schedule.": 0.03, "sgd.": 0.1, "data.": 0.1, "all_of": 0.1,
    "distributions.": 0.03, "normal.": 0.1, "careless": 0.1, "torch.": 0.03, "func.": 0.03, "y.": 0.1,
    "extend.": 0.1, "strategies.": 0.05, "teaching.": 0.01, "testing.": 0.005, "Twice": 0.2, "tape.": 0.1,
}  # fmt: skip


@pytest.mark.parametrize("beginning", SHARES)
def test_every_error_is_raised_by_the_project_and_nothing_is_changed(beginning):
    lines = wrong_calls.lines_of(beginning)
    assert lines and list(wrong_calls.faults(lines, share=SHARES[beginning])) == []


def test_every_good_call_is_tested():
    assert [line for line in wrong_calls.lines_of() if not line.startswith(tuple(SHARES))] == []


def weight():
    w = nn.Parameter(torch.ones(2))
    w.grad = torch.ones(2)
    return w


#: A call, the kind of its error, and what the message says: PyTorch's kind where PyTorch refuses the call too.
CALLS = {
    "a layer's size": (lambda: nn.Linear("a", 2), TypeError, "Linear: in_features must be an integer"),
    "a layer's input": (lambda: nn.LSTM(3, 2)(None), TypeError, r"LSTM\(\): argument 'input' .*must be Tensor"),
    "an unknown option": (lambda: nn.ReLU(size=1), TypeError, r"^ReLU\(\) got an unexpected keyword"),
    "a name of a submodule": (
        lambda: nn.ReLU().get_submodule(3), TypeError, r"get_submodule\(\): argument 'target' .*must be str, not int",
    ),
    "a missing key": (lambda: nn.ModuleDict({})["a"], KeyError, "a"),
    "a place in a list": (lambda: nn.Sequential(nn.ReLU())["a"], TypeError, "cannot be interpreted as an integer"),
    "a size beyond the memory": (lambda: nn.Sequential(nn.ReLU()) * 10**15, RuntimeError, "not enough memory"),
    "a setting": (lambda: torch.use_deterministic_algorithms("a"), TypeError, "argument 'mode' must be bool, not str"),
    "a closure": (lambda: optim.SGD([weight()], 0.1).step("a"), TypeError, r"SGD\.step\(\): .*given: closure = 'a'"),
    "a schedule's function": (
        lambda: optim.lr_scheduler.LambdaLR(optim.SGD([weight()], 0.1), 5), TypeError, r"'int' object is not callable",
    ),
    "a data set without samples": (lambda: list(data.DataLoader(5)), TypeError, "DataLoader: the dataset must have"),
    "indices without a length": (lambda: list(data.SubsetRandomSampler(5)), TypeError, "SubsetRandomSampler"),
    "a shape of draws": (
        lambda: distributions.Normal(0.0, 1.0).sample(("a",)), TypeError, r"Normal\.sample\(\)|must be .*int|Size",
    ),
    "a value of a constraint": (
        lambda: distributions.constraints.real.check(1.0), TypeError, "argument 'value' .*must be Tensor, not float",
    ),
    "a mode": (lambda: torch.set_grad_enabled("a"), TypeError, "argument 'mode' must be bool, not str"),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_an_error_from_inside_names_the_call_and_what_was_given(case):
    call, kind, message = CALLS[case]
    with pytest.raises(kind, match=message) as caught:
        call()
    assert type(caught.value) is kind and is_ours(caught.value)


def test_errors_of_the_users_own_code_pass_unchanged():
    class Samples:
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return [][index]

    class Own(nn.Module):
        def forward(self, x):
            return {}[x]

    def closure():
        raise AttributeError("mine")

    for kind, message, call in (
        (IndexError, "^list index out of range$", lambda: list(data.DataLoader(Samples()))),
        (KeyError, "^'a'$", lambda: nn.Sequential(Own())("a")),
        (AttributeError, "^mine$", lambda: optim.SGD([weight()], 0.1).step(closure)),
        (
            ZeroDivisionError,
            "division by zero",
            lambda: optim.lr_scheduler.LambdaLR(optim.SGD([weight()], 0.1), lambda n: 1 / n),
        ),
        (TypeError, "^no layer$", lambda: exec(compile("raise TypeError('no layer')", "<string>", "exec"))),
    ):
        with pytest.raises(kind, match=message):
            call()


@pytest.mark.parametrize("file", ["<stdin>", "<string>", "<ipython-input-1>"])
@pytest.mark.parametrize(
    ("result", "kind", "message"),
    [
        ("[][3]", IndexError, r"list index out of range"),
        ("{}['no key']", KeyError, r"'no key'"),
        ("None.shape", AttributeError, r"'NoneType' object has no attribute 'shape'"),
        ("np.zeros(2)[5]", IndexError, r"index 5 is out of bounds for axis 0 with size 2"),
    ],
)
def test_an_error_of_code_that_was_typed_in_is_the_users(file, result, kind, message):
    typed = {"nn": nn, "np": np}
    exec(compile(f"class Own(nn.Module):\n    def forward(self, x):\n        return {result}", file, "exec"), typed)
    with pytest.raises(kind, match=f"^{message}$"):
        typed["Own"]()(1)


def test_a_schedule_that_cannot_be_made_leaves_the_optimizer_as_it_was():
    optimizer = optim.SGD([weight()], lr=torch.tensor(0.5), momentum=0.5)
    before = {name: value for name, value in optimizer.param_groups[0].items() if name != "params"}
    for make in (
        lambda: optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.2, scale_fn=3),
        lambda: optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 10, div_factor="a"),
        lambda: optim.lr_scheduler.LambdaLR(optimizer, 5),
    ):
        with pytest.raises(TypeError):
            make()
        group = optimizer.param_groups[0]
        assert {name: value for name, value in group.items() if name != "params"} == before
        assert group["lr"].item() == 0.5


def test_a_schedule_whose_step_fails_stays_where_it_was():
    schedule = optim.lr_scheduler.LambdaLR(optim.SGD([weight()], lr=0.5), lambda epoch: 1 / (2 - epoch))
    schedule.optimizer.step()
    schedule.step()
    with pytest.raises(ZeroDivisionError):
        schedule.step()
    assert schedule.last_epoch == 1 and schedule.get_last_lr() == [0.5]


def test_statistics_that_cannot_be_recomputed_stay_as_they_were():
    norm = nn.BatchNorm1d(2).eval()
    norm.running_mean.fill_(3.0)
    for loader in (5, [torch.ones(4, 2), "no batch"]):
        with pytest.raises(TypeError):
            optim.swa_utils.update_bn(loader, norm)
        assert norm.running_mean.tolist() == [3, 3] and norm.momentum == 0.1 and not norm.training


def test_methods_keep_their_signatures_and_documentation():
    assert nn.Linear.__init__.__qualname__ == "Linear.__init__"
    assert list(inspect.signature(nn.Linear).parameters)[:2] == ["in_features", "out_features"]
    assert inspect.signature(optim.SGD.step).parameters["closure"].default is None
    assert optim.SGD.add_param_group.__doc__.startswith("Add a group of parameters")
    assert inspect.isgeneratorfunction(data.RandomSampler.__iter__)


def test_the_driver_finds_a_foreign_error_and_a_changed_object(monkeypatch):
    class Broken(nn.Module):
        def forward(self, x):
            raise NotImplementedError

        def change(self, x):
            self.training = False
            raise ValueError(x)

    monkeypatch.setitem(wrong_calls.FIXED, "sort", np.sort)
    found = list(wrong_calls.faults(["sort([1, 2])"]))
    assert any("sort([1, 2]) with 0 = None: AxisError" in line for line in found)

    def bound(line):
        module = Broken()
        return wrong_calls.Call(line, module.change, [1], {})

    monkeypatch.setattr(wrong_calls, "call_of", bound)
    monkeypatch.setattr(wrong_calls, "is_ours", lambda error: True)
    with warnings.catch_warnings():
        assert "changed something before ValueError" in wrong_calls.fault_of("broken.change(1)", 0, "None")
