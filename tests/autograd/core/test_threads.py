"""Several threads at once: gradients of one leaf, versions, grad modes, watchers and hooks; none is lost or mixed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

import autograd
from autograd.core import graph, hooks
from autograd.graph import saved_tensors_hooks
from autograd.transforms import gradients
from tests.tools.tensors import leaf

THREADS = 8


@pytest.fixture(autouse=True)
def _frequent_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work):
    """Call `work(i)` in each of several threads that start at the same moment; raise what a thread raised."""
    barrier, errors = threading.Barrier(THREADS), []

    def run(i):
        barrier.wait()
        try:
            work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_no_gradient_is_lost_between_reading_and_writing_grad(monkeypatch):
    def unshared(g, in_use, hooks_saw, original=gradients.unshared):
        time.sleep(0.01)  # the other threads run now, after this one has found that there is no gradient yet
        return original(g, in_use, hooks_saw)

    monkeypatch.setattr(gradients, "unshared", unshared)
    w = autograd.ones(2, requires_grad=True)
    outs = [(w * float(i + 1)).sum() for i in range(THREADS)]
    together(lambda i: outs[i].backward())
    assert w.grad.tolist() == [36.0, 36.0]


@pytest.mark.parametrize("size", [1, 1000])
def test_no_gradient_of_a_leaf_is_lost(size):
    for _ in range(20):
        w = autograd.ones(size, requires_grad=True)
        outs = [(w * float(i + 1)).sum() for i in range(THREADS)]
        together(lambda i: outs[i].backward())  # noqa: B023 - called within the same round
        assert w.grad.tolist() == [36.0] * size


def test_no_gradient_is_lost_while_hooks_run():
    w, seen = leaf([1.0]), []
    w.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.item()))
    outs = [(w * float(i + 1)).sum() for i in range(THREADS)]
    together(lambda i: outs[i].backward())
    assert w.grad.item() == 36 and len(seen) == THREADS


def test_no_version_is_lost():
    for _ in range(20):
        x = autograd.zeros(THREADS)

        def count(i):
            for _ in range(10):
                x[i] += 1  # noqa: B023 - called within the same round

        together(count)
        assert x.tolist() == [10.0] * THREADS and x._version == 20 * THREADS


def test_each_thread_leaves_a_shared_grad_mode_as_it_found_it():
    shared = autograd.no_grad()
    inside, entered = threading.Event(), threading.Event()
    modes = []

    def other():
        with autograd.no_grad():
            inside.wait()
            with shared:
                entered.set()
                left.wait()
            modes.append(autograd.is_grad_enabled())

    left = threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    with shared:
        inside.set()
        entered.wait()
    modes.append(autograd.is_grad_enabled())
    left.set()
    thread.join()
    assert modes == [True, False]


def test_each_thread_has_its_own_hooks_for_saved_tensors():
    counts = [0] * THREADS

    def work(i):
        def pack(x):
            counts[i] += 1
            return x

        x = leaf([1.0, 2.0])
        for _ in range(10):
            with saved_tensors_hooks(pack, lambda x: x):
                y = x.exp()
            y.sum().backward()

    together(work)
    assert counts == [10] * THREADS and graph.watchers == []


def test_hooks_can_be_registered_and_removed_in_all_threads():
    shared = leaf([1.0])

    def work(i):
        own = leaf([1.0])
        for _ in range(10):
            with own.register_hook(lambda g: 2 * g), shared.register_hook(lambda g: None):
                (own * own).sum().backward()
                (shared * 1).sum().backward()
        assert own.grad.item() == 40

    before = len(hooks.observed)
    together(work)
    assert shared.grad.item() == 10 * THREADS
    assert len(hooks.observed) <= before + 1  # `shared` itself


def test_modules_that_are_imported_on_first_use_open_in_all_threads():
    program = """
import sys, threading
import autograd
sys.setswitchinterval(1e-6)
barrier, errors = threading.Barrier(8), []
uses = [lambda: autograd.nn.functional.relu, lambda: autograd.func.grad, lambda: autograd.optim.SGD,
        lambda: autograd.forward_ad.make_dual, lambda: autograd.utils.data.DataLoader, lambda: autograd.dropout,
        lambda: autograd.distributions.Normal, lambda: autograd.GradientTape]
def run(i):
    barrier.wait()
    try:
        for k in range(8):
            uses[(i + k) % 8]()
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
for t in threads: t.start()
for t in threads: t.join()
assert not errors, errors
"""
    subprocess.run([sys.executable, "-c", program], check=True)
