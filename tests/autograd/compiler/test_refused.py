"""What a program would not do is refused, with the reason: the step then runs as it is, with the same effects."""

from __future__ import annotations

import cProfile
import io
import math
import os
import random
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from queue import Queue, SimpleQueue
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import nn, optim
from autograd.nn import functional as F
from autograd.utils.checkpoint import checkpoint
from tests.tools.compiled import Made, compare, data, trained

XY = data((8, 4), (8, 2))
SGD = lambda model: optim.SGD(model.parameters(), lr=0.1)


def changing(write: Callable[[Any, Any], Any], box: Callable[[], Any]) -> Callable[[], Made]:
    """A step that changes something around it, which is compared too."""

    def make() -> Made:
        own = box()

        def step(x: Any, y: Any) -> Any:
            write(own, x)
            return x * 2

        return Made(step, [own])

    return make


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w, self.n = nn.Parameter(torch.ones(4)), 0

    def forward(self, x: Any) -> Any:
        self.n += 1
        return x * self.w * self.n


class CountingOptimizer(optim.Optimizer):
    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, {"lr": 0.1})

    @torch.no_grad()
    def step(self) -> None:
        for p in self.param_groups[0]["params"]:
            self.state[p]["t"] = self.state[p].get("t", 0) + 1
            p.sub_(p.grad * self.param_groups[0]["lr"] / self.state[p]["t"])


def scheduled() -> Made:
    model = nn.Linear(4, 2)
    optimizer = SGD(model)
    schedule = optim.lr_scheduler.StepLR(optimizer, 100)
    made = trained(model, lambda _: optimizer)
    return Made(lambda x, y: (made.step(x, y), schedule.step()), [model, optimizer])


def changes_its_rate() -> Made:
    model = nn.Linear(4, 2)
    optimizer = SGD(model)
    made = trained(model, lambda _: optimizer)

    def step(x: Any, y: Any) -> Any:
        optimizer.param_groups[0]["lr"] *= 0.9
        return made.step(x, y)

    return Made(step, [model, optimizer])


def keeps_the_graph_of_a_gradient() -> Made:
    model = nn.Linear(4, 2)
    return Made(lambda x, y: F.mse_loss(model(x), y).backward(create_graph=True), [model])


def asks_after_the_update() -> Made:
    made = trained(nn.Linear(4, 2), SGD)
    return made._replace(step=lambda x, y: math.exp(made.step(x, y).item()))


def recomputes_dropout() -> Made:
    model = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5))
    loss = lambda x, y: F.mse_loss(checkpoint(model, x * 1, use_reentrant=False), y).backward()
    return Made(loss, [model])


def hooks_a_value() -> Made:
    model = nn.Linear(4, 2)

    def step(x: Any, y: Any) -> Any:
        h = model(x)
        h.register_hook(lambda g: g * 2)
        F.mse_loss(h, y).backward()

    return Made(step, [model])


def on_a_tape(x: Any, y: Any) -> Any:
    with torch.autograd.detect_anomaly():
        return x * 2


def in_a_thread(x: Any, y: Any) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append((x.exp() * y.sum()).sum()))
    thread.start()
    thread.join()
    return found[0] * 2


def in_a_thread_that_waits() -> Made:
    """A step whose work is done by a thread that was started before, and that it wakes without a queue."""
    work: list[Any] = []
    given, done = threading.Semaphore(0), threading.Semaphore(0)

    def worker() -> None:
        while given.acquire():
            work[0] = work[0].exp().sum()
            done.release()

    threading.Thread(target=worker, daemon=True).start()

    def step(x: Any, y: Any) -> Any:
        work[:] = [x]
        given.release()
        done.acquire()
        return work.pop() * 2

    return Made(step)


def in_a_pool() -> Made:
    pool = ThreadPoolExecutor(1)
    list(pool.map(int, range(2)))
    return Made(lambda x, y: sum(pool.map(lambda v: (v * 3).sin().sum(), [x, y])) * 2)


class Token:
    """What is only itself."""

    def __repr__(self) -> str:
        return "a token"


def counts_in_its_attribute() -> Made:
    def step(x: Any, y: Any) -> Any:
        step.box = (*getattr(step, "box", ()), 1)
        return x * len(step.box)

    return Made(step)


def counts_in_a_context() -> Made:
    count = ContextVar("count", default=1)
    return Made(lambda x, y: (count.set(count.get() + 1), x * count.get())[1])


def reads_a_large_dict() -> Made:
    numbers = {str(i): i for i in range(20_000)}
    return Made(lambda x, y: x * numbers["9"])


def drawing_from(own: Any) -> Made:
    return Made(lambda x, y: x * own.random())


def taking(own: Any) -> Made:
    for i in range(100):
        own.put(torch.full((1,), float(i)))
    return Made(lambda x, y: x * own.get())


def reading() -> Made:
    own = io.StringIO("1\n2\n3\n" * 10)
    return Made(lambda x, y: x * float(own.readline()))


def drawn_anew() -> Made:
    """Other numbers in each call, also without a program; all are in one place."""
    return Made(lambda x, y: x * 0 * np.random.default_rng().random())


#: For each case a maker of the step, and a part of the reason.
CASES: dict[str, tuple[Any, str]] = {
    "a list that is read and grows": (changing(lambda box, x: box.append(len(box)), list), "reads own, to which it appends"),  # noqa: E501
    "a list that shrinks": (changing(lambda box, x: box.pop(), lambda: [1] * 9), "changes own"),
    "a dict that grows": (changing(lambda box, x: box.update({len(box): 1}), dict), "changes own"),
    "a tensor that is kept": (changing(lambda box, x: box.__setitem__(0, x * 3), lambda: [0]), "keeps a tensor|changes own"),  # noqa: E501
    "a part that is kept": (changing(lambda box, x: box.__setitem__(0, (x * 3)[0]), lambda: [0]), "keeps|changes own"),
    "an array that is written": (changing(lambda box, x: np.copyto(box, x.numpy()), lambda: np.zeros((8, 4))), "numpy"),
    "a module that counts": (lambda: trained(Counting(), SGD, lambda x, y: x.sum()), "changes the attribute 'n'"),
    "an optimizer that counts": (lambda: trained(nn.Linear(4, 2), lambda m: CountingOptimizer(m.parameters())), "counts in Python values"),  # noqa: E501
    "a schedule": (scheduled, "changes schedule.|changes the optimizer's setting 'lr'"),
    "a rate": (changes_its_rate, "changes the optimizer's setting 'lr'"),
    "create_graph": (keeps_the_graph_of_a_gradient, "create_graph=True"),
    "item() after the update": (asks_after_the_update, "after it wrote"),
    "Python's generator": (lambda: Made(lambda x, y: x * random.random(), [], random.seed), "draws from"),
    "NumPy's generator": (lambda: Made(lambda x, y: x * np.random.rand(), [], np.random.seed), "draws from"),
    "a generator of Python": (lambda: drawing_from(random.Random(0)), "draws from own"),
    "an old generator of NumPy": (lambda: drawing_from(np.random.RandomState(0)), "draws from own"),
    "a queue that is read": (lambda: taking(Queue()), "calls _thread.lock.__enter__()"),
    "a simple queue that is read": (lambda: taking(SimpleQueue()), "calls _queue.SimpleQueue.get()"),
    "a file that is read": (reading, "calls _io.StringIO.readline()"),
    "a generator of its own": (drawn_anew, "calls posix.urandom()|calls nt.urandom()"),
    "a thread": (lambda: Made(in_a_thread), "calls _thread."),
    "a thread that waits": (in_a_thread_that_waits, "calls _thread.lock.__enter__()"),
    "a pool of threads": (in_a_pool, "calls _queue.SimpleQueue.put()|calls _thread."),
    "a folder": (lambda: Made(lambda x, y: (os.makedirs("/tmp", exist_ok=True), x * 2)[1]), "calls posix.|calls nt."),
    "a function that counts in an attribute": (counts_in_its_attribute, "changes .box"),
    "a context variable": (counts_in_a_context, "changes count.get()"),
    "more values than are looked at": (reads_a_large_dict, "beyond the limit"),
    "a new object": (lambda: Made(lambda x, y: (x * 2, Token())), "returns a new Token"),
    "a new set": (lambda: Made(lambda x, y: (x * 2, set())), "returns a new set"),
    "seeding": (lambda: Made(lambda x, y: (torch.manual_seed(3), torch.rand(2))[1]), "seeds a random generator"),
    "dropout recomputed": (recomputes_dropout, "sets the state of a random generator"),
    "a NumPy result": (lambda: Made(lambda x, y: (x * 2).numpy()), "NumPy array"),
    "a hook on a value": (hooks_a_value, "a hook on a tensor"),
    "anomaly mode": (lambda: Made(on_a_tape), ""),
    "a view of the data": (lambda: Made(lambda x, y: torch.tensor(x.tolist()) * 2), "tolist"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_refused(name):
    make, reason = CASES[name]
    ran = compare(make, XY)
    if reason:
        assert any(part in ran.reasons[0] for part in reason.split("|")), ran.reasons
        assert ran.compiled.program is None


def test_an_iterator_goes_on_and_a_generator_of_the_step_draws_on():
    def iterating() -> Made:
        numbers = iter(range(100))
        return Made(lambda x, y: x * next(numbers))

    def drawing() -> Made:
        rng = np.random.default_rng(0)
        return Made(lambda x, y: x * rng.random())

    assert "advances with each use" in compare(iterating, XY).reasons[0]
    assert "draws from rng" in compare(drawing, XY).reasons[0]


def test_the_reason_is_raised_under_fullgraph_and_nothing_has_changed():
    model = nn.Linear(4, 2)
    made = trained(model, SGD)
    step = torch.compile(lambda x, y: f"{made.step(x, y).item():.3f}", fullgraph=True)
    x, y = XY[0]()
    step(x, y)
    before = [p.detach().numpy().copy() for p in model.parameters()]
    with pytest.raises(RuntimeError, match="after it wrote"):
        step(x, y)
    assert all((p.detach().numpy() == b).all() for p, b in zip(model.parameters(), before))


def test_a_step_that_raises_leaves_no_trace_behind():
    def make() -> Made:
        made = trained(nn.Linear(4, 2), SGD)
        calls = [0]

        def step(x: Any, y: Any) -> Any:
            loss = made.step(x, y)
            if x.shape[0] == 3:
                raise KeyboardInterrupt
            return loss

        return made._replace(step=step, state=[*made.state, calls])

    compare(make, [*XY, *data((3, 4), (3, 2)), *XY])


#: Ways to use a number that was read off a tensor after an update that a program cannot repeat.
USED: dict[str, Callable[[Any], Any]] = {
    "by Python's own functions": lambda loss: max(map(float, [loss.detach(), loss.detach() * 2])),
    "as an integer": lambda loss: int(loss.detach()),
    "as text": lambda loss: f"{loss.item():.3f}",
    "by math": lambda loss: math.log(loss.item()),
    "as a key": lambda loss: {loss.item(): 1},
    "as a size": lambda loss: [0] * ((loss > 0).sum().item()),
}


@pytest.mark.parametrize("name", USED)
def test_a_number_that_the_program_cannot_follow(name):
    def make() -> Made:
        made = trained(nn.Linear(4, 2), SGD)
        return made._replace(step=lambda x, y: USED[name](made.step(x, y)))

    ran = compare(make, XY)
    assert ran.compiled.program is None and "after it wrote" in ran.reasons[0]


def test_recursion():
    def make() -> Made:
        holder: dict[str, Any] = {}

        def step(x: Any, n: int) -> Any:
            return x if n == 0 else holder["step"](x * 2, n - 1) + 1

        holder["step"] = torch.compile(step)
        return Made(holder["step"])

    compare(make, [lambda i=i: (torch.ones(2) * i, 3) for i in range(6)])


def test_threads_that_run_and_make_programs_at_the_same_time():
    shared = torch.tensor(np.random.default_rng(9).standard_normal((4, 4)).astype("f4"))
    common = torch.compile(lambda x: (x @ shared).softmax(1) * 3)
    xs = [torch.tensor(np.random.default_rng(i).standard_normal((16, 4)).astype("f4")) for i in range(6)]
    expected = [((x @ shared).softmax(1) * 3).numpy().tobytes() for x in xs]
    wrong: list[Any] = []
    refused: list[str] = []

    def work(k: int) -> None:
        weights = [torch.ones(4, 2, requires_grad=True) for _ in range(2)]
        optimizers = [optim.Adam([w], lr=0.1) for w in weights]

        def stepper(w: Any, optimizer: Any) -> Any:
            def step(x: Any) -> Any:
                optimizer.zero_grad()
                loss = (x @ w).tanh().sum()
                loss.backward()
                optimizer.step()
                return loss

            return step

        plain, own = (stepper(w, o) for w, o in zip(weights, optimizers))
        own = torch.compile(own)
        for i in range(30):
            j = (i + k) % 6
            same = plain(xs[j]).detach().numpy() == own(xs[j]).detach().numpy()
            if not same or common(xs[j]).numpy().tobytes() != expected[j]:
                wrong.append((k, i))
        refused.extend(reason for found in own._runners.values() for reason in found if isinstance(reason, str))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and not refused


def test_an_argument_that_cannot_be_compared_is_told_of():
    step = torch.compile(lambda batch: torch.from_numpy(batch) * 2)
    with pytest.warns(UserWarning, match="can't be compared"):
        assert step(np.ones(2)).tolist() == [2.0, 2.0]


def test_a_step_is_watched_without_a_profiler_being_left():
    w = torch.ones(2, requires_grad=True)

    @torch.compile(fullgraph=True)
    def step(x: Any) -> Any:
        w.grad = None
        (w * x).sum().backward()
        return w.grad  # a copy, which is written down once the step has ended

    for i in range(4):
        assert step(torch.full((2,), float(i))).tolist() == [i, i]
        assert sys.getprofile() is None


def test_a_profiler_keeps_its_place():
    step = torch.compile(lambda x: x * 2)
    profiler = cProfile.Profile()
    with pytest.warns(UserWarning, match="a profiler is on"), profiler:
        for _ in range(4):
            step(torch.ones(1))
    assert step.program is None
    for _ in range(2):
        step(torch.ones(1))
    assert step.program is not None
