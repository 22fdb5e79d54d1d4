"""Steps as users write them: what they compute, count, collect and print is the same compiled, in every call."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import nn, optim
from autograd.base.symbolic import current
from autograd.compiler import CompiledStep
from autograd.nn import functional as F
from tests.tools.compiled import Made, compare

N = 9
_rng = np.random.default_rng(1)
_X = [_rng.standard_normal((8, 4)).astype("f4") for _ in range(N)]
_Y = [_rng.integers(0, 3, 8) for _ in range(N)]
CALLS = [lambda x=x, y=y: (torch.tensor(x), torch.tensor(y)) for x, y in zip(_X, _Y)]
#: The last batch of an epoch is smaller.
EPOCHS = [lambda i=i: (torch.tensor(_X[i][: 5 + i % 2]), torch.tensor(_Y[i][: 5 + i % 2])) for i in range(N)]


class Run:
    """A model, its optimizer, and what a step keeps beside them, which `repr` shows."""

    def __init__(self, **kept: Any) -> None:
        self.model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.1)
        self.n, self.total, self.best, self.log = 0, 0.0, math.inf, []  # type: ignore[var-annotated]  # of any values
        vars(self).update(kept)

    def train(self, x: Any, y: Any) -> Any:
        self.optimizer.zero_grad()
        out = self.model(x)
        loss = F.cross_entropy(out, y)
        loss.backward()
        self.optimizer.step()
        return loss, out

    def __repr__(self) -> str:
        return repr({k: v for k, v in vars(self).items() if k not in ("model", "optimizer", "schedule")})


class Meter:
    """The running average of the usual trainers."""

    def __init__(self) -> None:
        self.value = self.sum = self.average = 0.0
        self.count = 0

    def update(self, value: Any, n: int = 1) -> None:
        self.value = value
        self.sum += value * n
        self.count += n
        self.average = self.sum / self.count

    def __repr__(self) -> str:
        return repr(vars(self))


def accuracy(out: Any, y: Any) -> Any:
    return (out.argmax(dim=1) == y).sum().item() / len(y)


def print_line(name: str, value: Any) -> None:
    print(name, value)


# -- what is compiled: each takes a Run, and x and y -----------------------------------------------------


def scaled(run: Any, x: Any, y: Any) -> Any:
    return run.train(x, y)[0].item() * x.size(0)


def rounded(run: Any, x: Any, y: Any) -> Any:
    return round(run.train(x, y)[0].item(), 4)


def metrics_in_a_dict(run: Any, x: Any, y: Any) -> Any:
    loss, out = run.train(x, y)
    return {"loss": loss.item(), "accuracy": 100 * accuracy(out, y)}


def best_of_several(run: Any, x: Any, y: Any) -> Any:
    loss, out = run.train(x, y)
    correct = (out.topk(2, 1).indices == y[:, None]).any(1)
    return (
        loss.item(),
        correct.float().mean().item() * 100.0,
        sum(p.grad.norm().item() ** 2 for p in run.model.parameters()) ** 0.5,
    )


def running_loss(run: Any, x: Any, y: Any) -> Any:
    loss, _ = run.train(x, y)
    run.total += loss.item() * x.size(0)
    run.n += len(x)
    return run.total / run.n


def best_loss(run: Any, x: Any, y: Any) -> Any:
    value = run.train(x, y)[0].item()
    if value < run.best:  # noqa: PLR1730 - a branch
        run.best = value


def smoothed(run: Any, x: Any, y: Any) -> Any:
    value = run.train(x, y)[0].item()
    run.total = value if run.n == 0 else 0.9 * run.total + 0.1 * value
    run.n = 1


def losses_in_a_list(run: Any, x: Any, y: Any) -> Any:
    loss, out = run.train(x, y)
    run.log.append(loss.item())
    run.log += [accuracy(out, y)]
    run.log.extend([(run.n, {"loss": loss.item()})])


def every_third_call(run: Any, x: Any, y: Any) -> Any:
    loss, _ = run.train(x, y)
    run.n += 1
    if run.n % 3 == 0:
        print(f"{run.n}: {loss.item():.3f}")


def accumulated(run: Any, x: Any, y: Any) -> Any:
    (F.cross_entropy(run.model(x), y) / 2).backward()
    run.n += 1
    if run.n % 2 == 0:
        run.optimizer.step()
        run.optimizer.zero_grad()


def annealed(run: Any, x: Any, y: Any) -> Any:
    beta = min(1.0, run.n / 4)
    run.n += 1
    loss = F.cross_entropy(run.model(x), y) + beta * run.model(x).square().mean()
    loss.backward()
    return loss


def clipped(run: Any, x: Any, y: Any) -> Any:
    loss = F.cross_entropy(run.model(x), y)
    if not math.isfinite(loss.item()):
        raise ValueError(f"the loss is {loss.item()}")
    loss.backward()
    norm = nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    if math.isfinite(norm):
        run.optimizer.step()
    return loss.item(), norm.item()


def validated(run: Any, x: Any, y: Any) -> Any:
    run.model.eval()
    with torch.no_grad():
        out = run.model(x)
        return F.cross_entropy(out, y).item() * len(y), (out.argmax(1) == y).sum().item()


def trains(run: Any, x: Any, y: Any) -> Any:
    run.model.train()
    return run.train(x, y)[0].item()


def stopped(run: Any, x: Any, y: Any) -> Any:
    return "stop" if run.train(x, y)[0].item() < 0.9 else "go on"


def printed(run: Any, x: Any, y: Any) -> Any:
    print("batch", x.shape, y.dtype, len(x))
    loss, out = run.train(x, y)
    run.n += 1
    print(f"loss {loss.item():.4f}", "%.2f" % loss.item(), "{:.1e}".format(loss.item()), sep=" | ", end=";\n")  # noqa: UP031, UP032
    print(
        run.n, run.n * 2, loss.detach(), accuracy.__name__ if False else "good" if loss.item() < 1 else "bad",
        (out.argmax(1) == y).float().mean().item(),
    )  # fmt: skip
    print_line("last", loss.item())
    for i, p in enumerate(run.model.parameters()):
        print(i, p.grad.norm().item())


def counted_before_it_fails(run: Any, x: Any, y: Any) -> Any:
    run.n += 1
    loss, _ = run.train(x, y)
    run.log.append(loss.item())
    if run.n % 4 == 0:
        raise ValueError(f"call {run.n}")
    run.n += 1


def read_between_writes(run: Any, x: Any, y: Any) -> Any:
    weight = run.model[0].weight[0, 0]
    before = weight.item()
    run.train(x, y)
    return before, weight.item(), weight.item() - before, divmod(before, 0.1), abs(before) // 0.01, -before


def truths(run: Any, x: Any, y: Any) -> Any:
    found = torch.isnan(x).any().item()
    value = x.sum().item()
    return found, not found, value == value, value != "text", value > 0 and value < 1, isinstance(value, float)


def of_a_named_tuple(run: Any, x: Any, y: Any) -> Any:
    return Named(run.train(x, y)[0].item(), [len(x)])


def kept_and_returned(run: Any, x: Any, y: Any) -> Any:
    run.total = run.train(x, y)[0].item()
    return run.total


def toggled(run: Any, x: Any, y: Any) -> Any:
    run.best = not run.best
    return x * 2 if run.best else x * 3


def metered(run: Any, x: Any, y: Any) -> Any:
    run.meter.update(run.train(x, y)[0].item(), x.size(0))


def wrapped_by_a_counter(run: Any, x: Any, y: Any) -> Any:
    return counting(run)(run.train)(x, y)[0].item()


def counting(run: Any) -> Any:
    def decorator(function: Any) -> Any:
        @functools.wraps(function)
        def counted(*args: Any) -> Any:
            run.counts["calls"] += 1
            return function(*args)

        return counted

    return decorator


class Named(collections.namedtuple("Named", "loss sizes")):
    """A result with names."""


@dataclasses.dataclass
class State:
    n: int = 0
    losses: Any = dataclasses.field(default_factory=lambda: collections.deque(maxlen=3))


def of_a_dataclass(run: Any, x: Any, y: Any) -> Any:
    run.state.n += 1
    run.state.losses.append(run.train(x, y)[0].item())


def averaged(run: Any, x: Any, y: Any) -> Any:
    loss, _ = run.train(x, y)
    for mean, now in zip(run.means, run.model.parameters()):
        mean.mul_(0.9).add_(now.detach(), alpha=0.1)
    return loss.item() + 1


#: For each case the step, and what it keeps beside the usual.
COMPILED: dict[Callable[..., Any], Any] = {
    **dict.fromkeys([
        scaled, rounded, metrics_in_a_dict, best_of_several, running_loss, best_loss, smoothed, losses_in_a_list,
        every_third_call, accumulated, annealed, clipped, validated, stopped, printed, counted_before_it_fails,
        read_between_writes, truths, of_a_named_tuple, kept_and_returned,
    ], dict),
    toggled: lambda: {"best": False},
    metered: lambda: {"meter": Meter()},
    wrapped_by_a_counter: lambda: {"counts": {"calls": 0}},
    of_a_dataclass: lambda: {"state": State()},
    averaged: lambda: {"means": [torch.zeros(6, 4), torch.zeros(6), torch.zeros(3, 6), torch.zeros(3)]},
}  # fmt: skip


def made(step: Callable[..., Any], kept: dict[str, Any], between: Any = lambda i, run: None) -> Made:
    run = Run(**kept)
    return Made(lambda x, y: step(run, x, y), [run.model, run.optimizer, run], lambda i: between(i, run))


@pytest.mark.parametrize("step", COMPILED, ids=lambda step: step.__name__)
def test_a_step_compiles_and_leaves_and_prints_the_same(step, request):
    if step is of_a_named_tuple:  # of which a method written by Python is looked for among all functions
        request.getfixturevalue("with_module_variables")
    assert (ran := compare(lambda: made(step, COMPILED[step]()), CALLS)).compiled.program and not ran.reasons


@pytest.mark.parametrize("step", [running_loss, losses_in_a_list, printed, metered], ids=lambda step: step.__name__)
def test_batches_of_several_sizes_go_on_with_the_same_counts(step):
    assert compare(lambda: made(step, COMPILED[step]()), EPOCHS).compiled.program is not None


def reset(i: int, run: Any) -> None:
    if i in (4, 7):
        run.n, run.total, run.log = 0, 0.0, []


def of_another_type(i: int, run: Any) -> None:
    if i in (3, 5, 7):
        run.total = {3: 1, 5: np.float64(2.0), 7: True}[i]


@pytest.mark.parametrize("between", [reset, of_another_type])
@pytest.mark.parametrize("step", [running_loss, losses_in_a_list, every_third_call], ids=lambda step: step.__name__)
def test_what_is_changed_between_the_calls_is_what_the_step_goes_on_with(step, between):
    assert compare(lambda: made(step, {}, between), CALLS).compiled.program is not None


def test_a_step_may_set_the_mode_of_its_model():
    ran = compare(lambda: made(trains, {"shown": Modes()}, lambda i, run: run.shown.of(i, run)), CALLS)
    assert ran.compiled.program is not None and not ran.reasons


class Modes:
    """Sets the mode of a model before some of the calls, and tells what the one before left."""

    left: tuple[bool, ...] = ()

    def of(self, i: int, run: Any) -> None:
        self.left += (run.model[1].training,)
        run.model.train(i in (4, 5))

    def __repr__(self) -> str:
        return repr(self.left)


#: Ways to read the rate of an optimizer, before and after it takes its step.
RATES: dict[str, Callable[[Any], Any]] = {
    "the setting": lambda run: run.optimizer.param_groups[0]["lr"],
    "a copy": lambda run: dict(run.optimizer.param_groups[0])["lr"],
    "all groups": lambda run: [group["lr"] * 2 for group in run.optimizer.param_groups],
    "a branch": lambda run: 1.0 if run.optimizer.param_groups[0]["lr"] < 0.07 else 2.0,
    "the schedule": lambda run: run.schedule.get_last_lr()[0],
    "the optimizer of the schedule": lambda run: run.schedule.optimizer.param_groups[0]["lr"],
}


@pytest.mark.parametrize("stepping", [True, False])
@pytest.mark.parametrize("name", RATES)
def test_the_rate_that_a_step_reads_is_that_of_the_call(name, stepping):
    def step(run: Any, x: Any, y: Any) -> Any:
        before = RATES[name](run)
        loss = run.train(x, y)[0].item() if stepping else x.sum()
        run.log.append(RATES[name](run))
        return before, loss * (before if isinstance(before, float) else 1)

    def scheduled(i: int, run: Any) -> None:
        if run.schedule is None:
            run.schedule = optim.lr_scheduler.ExponentialLR(run.optimizer, 0.9)
        else:
            run.optimizer.step()
            run.schedule.step()

    assert compare(lambda: made(step, {"schedule": None}, scheduled), CALLS).compiled.program is not None


@pytest.mark.parametrize("where", ["global", "nonlocal", "list", "dict"])
def test_a_number_may_stand_in_any_variable_around_the_step(where):
    def make() -> Made:
        global _counter
        _counter, own, box, table = 0, 0, [0], collections.defaultdict(int, n=0)

        def step(x: Any, y: Any) -> Any:
            global _counter
            nonlocal own
            if where == "global":
                _counter += 1
            if where == "nonlocal":
                own += 1
            if where == "list":
                box[0] += 1
            if where == "dict":
                table["n"] += 1
            return x * (_counter + own + box[0] + table["n"] > 4), _counter + own + box[0] + table["n"]

        return Made(step, [box, table])

    ran = compare(make, CALLS)
    assert ran.compiled.program is not None and not ran.reasons


def test_checking_neither_counts_nor_prints_twice(capsys):
    run = Run()
    step = torch.compile(
        lambda x, y: (running_loss(run, x, y), losses_in_a_list(run, x, y), print_line("n", run.n))[0], check=True
    )
    for call in CALLS:
        step(*call())
    assert run.n == 8 * N and len(run.log) == 3 * N and step.program is not None
    assert capsys.readouterr().out.splitlines() == [f"n {8 * (i + 1)}" for i in range(N)]


def test_the_program_shows_the_numbers_that_it_reads():
    run = Run()
    step = torch.compile(lambda x, y: running_loss(run, x, y))
    for call in CALLS[:5]:
        step(*call())
    text = str(step.program)
    assert "after each call it assigns run." in step.explain()
    assert "loss_item = float(loss)" in text and "(run_total + (loss_item * 8))" in text


def test_the_slide_shows_once_what_a_number_was():
    run = Run()

    @torch.compile
    def step(x: Any, y: Any) -> Any:
        run.n += 1
        return x * (run.n + 1) + run.n

    for call in CALLS[:5]:
        step(*call())
    assert step.program.text("slide").count("run_n = ") == 1


# -- what runs as it is, with the same effects -------------------------------------------------------------


def logged(run: Any, x: Any, y: Any) -> Any:
    run.train(x, y)
    run.logger.info("step")


def handled(record: Any, kept: list[str]) -> bool:
    kept.append(record.getMessage())
    return False


def logger() -> dict[str, Any]:
    found, kept = logging.Logger("steps", logging.INFO), []  # type: ignore[var-annotated]  # of texts
    found.addFilter(lambda record: handled(record, kept))
    return {"logger": found, "kept": kept}


class Lines(list):  # type: ignore[type-arg]  # of texts
    """A file that keeps what is written."""

    write = list.append


REFUSED: dict[str, tuple[Any, Any, str]] = {
    "a log": (logged, logger, "calls time.time()"),
    "a clock": (lambda run, x, y: (time.perf_counter(), run.train(x, y))[0] > 0, dict, "calls time.perf_counter()"),
    "text": (lambda run, x, y: f"{run.train(x, y)[0].item():.3f}", dict, "after it wrote"),
    "text that is printed later": (lambda run, x, y: print_line("loss", f"{run.train(x, y)[0].item():.3f}"), dict, "after it wrote"),  # noqa: E501
    "a tensor with a graph": (lambda run, x, y: print(run.train(x, y)[0]), dict, "write the call as a statement"),
    "math": (lambda run, x, y: math.exp(run.train(x, y)[0].item()), dict, "after it wrote"),
    "a function in C that takes floats alone": (lambda run, x, y: json.dumps(run.train(x, y)[0].item()), dict, "JSON"),
    "an object that is made anew": (lambda run, x, y: State(run.train(x, y)[0].item()), dict, "returns a new State"),
    "a list that is read": (lambda run, x, y: run.log.append(len(run.log)), dict, "reads run.log, to which it appends"),
    "a list that is returned": (lambda run, x, y: (run.log.append(1), run.log)[1], dict, "returns a list or dict that it changes"),  # noqa: E501
    "a new key in each call": (lambda run, x, y: run.table.update({len(run.table): x.sum().item()}), lambda: {"table": {}}, "changes run.table"),  # noqa: E501
    "an array as an argument of the layer": (lambda run, x, y: run.train(x, y)[0].detach().numpy(), dict, "NumPy array"),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_step_that_no_program_can_repeat_runs_as_it_is(name):
    step, kept, reason = REFUSED[name]
    ran = compare(lambda: made(step, kept()), CALLS)
    assert ran.compiled.program is None
    assert any(part in ran.reasons[0] for part in reason.split("|")), ran.reasons


def test_other_threads_compute_with_plain_numbers_while_a_step_is_watched():
    run, found = Run(), queue.SimpleQueue()  # type: ignore[var-annotated]  # of tuples
    written: list[int] = []

    def other() -> None:
        rate = run.optimizer.param_groups[0]["lr"]
        found.put((rate * 2, rate > 0.05, np.multiply(np.ones(2), rate)))

    def step(x: Any, y: Any) -> Any:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        written.append(0 if current.trace is None else len(current.trace.record.statements))
        return run.train(x, y)[0]

    compiled = CompiledStep(step, silent=True)
    for call in CALLS[:3]:
        compiled(*call())
        double, is_larger, array = found.get()
        assert (type(double), type(is_larger), type(array)) == (float, bool, np.ndarray)
    assert not any(written)
