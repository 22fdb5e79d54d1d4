"""no_grad, enable_grad and set_grad_enabled: context managers and decorators that belong to a thread or task."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

import autograd as torch
from tests.tools.tensors import leaf


def test_grad_modes_nest_and_are_restored_after_errors():
    x = leaf(1.0)
    with torch.no_grad():
        assert not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    with pytest.raises(KeyError), torch.no_grad():
        raise KeyError
    assert torch.is_grad_enabled()
    with torch.set_grad_enabled(False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)


def test_grad_modes_decorate_functions_with_and_without_parentheses():
    @torch.no_grad()
    def one(x):
        return x * 2

    @torch.no_grad
    def two(x):
        return x * 2

    @torch.set_grad_enabled(False)
    def three(x):
        "Its docstring."
        return x * 2

    assert torch.is_grad_enabled()
    x = leaf(1.0)
    assert not any(f(x).requires_grad for f in (one, two, three))
    assert three.__name__ == "three" and three.__doc__ == "Its docstring."
    assert (x * 2).requires_grad


def test_each_thread_has_its_own_grad_mode():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
        assert not torch.is_grad_enabled()
    assert seen == [True]


@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad, torch.inference_mode])
@pytest.mark.parametrize("outside", [(True, False), (False, True), (True, True)])
def test_tasks_that_share_one_object_get_their_own_modes_back(mode, outside):
    shared = mode()

    async def task(before, at_exit, at_end):
        torch.set_grad_enabled(before)
        with shared:
            await at_exit.wait()
        at_end.set()
        return torch.is_grad_enabled(), torch.is_inference_mode_enabled()

    async def both():
        first_exits, second_exits = asyncio.Event(), asyncio.Event()
        # The first to enter is the first to leave.
        tasks = task(outside[0], first_exits, second_exits), task(outside[1], second_exits, asyncio.Event())
        running = [asyncio.ensure_future(each) for each in tasks]
        await asyncio.sleep(0)
        first_exits.set()
        return await asyncio.gather(*running)

    assert asyncio.run(both()) == [(before, False) for before in outside]
    assert torch.is_grad_enabled()


def test_one_object_may_be_entered_inside_its_own_block():
    mode = torch.no_grad()
    with mode:
        with torch.enable_grad(), mode:
            assert not torch.is_grad_enabled()
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_a_generator_that_ends_in_another_context_leaves_the_mode_there_as_it_is():
    def values():
        with torch.no_grad():
            yield torch.is_grad_enabled()

    steps = values()
    assert contextvars.copy_context().run(next, steps) is False
    assert torch.is_grad_enabled()
    assert list(steps) == [] and torch.is_grad_enabled()


def test_a_decorated_generator_finishes_and_returns_its_value():
    @torch.no_grad()
    def modes():
        got = yield torch.is_grad_enabled()
        return got

    def through():
        found = yield from modes()
        yield found

    steps = through()
    assert next(steps) is False and steps.send("got") == "got"
    assert list(torch.no_grad()(lambda: (yield from (1, 2)))()) == [1, 2]


def test_a_decorated_function_keeps_its_name_and_docstring():
    def plain(x):
        """Words."""
        return x

    def values(x):
        """Words."""
        yield x

    for function in (plain, values):
        for mode in (torch.no_grad, torch.enable_grad(), torch.inference_mode(), torch.set_grad_enabled(True)):
            decorated = mode(function)
            assert (decorated.__name__, decorated.__doc__) == (function.__name__, "Words.")


def test_inference_mode_records_nothing_inside_its_block():
    x = leaf([1.0])

    @torch.inference_mode
    def bare(x):
        return x * 2, torch.is_inference_mode_enabled()

    @torch.inference_mode()
    def called(x):
        return x * 2, torch.is_inference_mode_enabled()

    for out, on in (bare(x), called(x)):
        assert on and not out.requires_grad
    with torch.inference_mode(), torch.inference_mode(False):
        assert (x * 2).requires_grad and not torch.is_inference_mode_enabled()
    assert (x * 2).requires_grad and not torch.is_inference_mode_enabled()
