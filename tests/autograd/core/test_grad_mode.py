"""no_grad, enable_grad and set_grad_enabled: context managers and decorators that belong to a thread."""

from __future__ import annotations

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
