"""The pytest plugin: fixtures `gradcheck`, `gradgradcheck`, `check_op` and `check_rule`, and their options.

The fixtures `torch_check_op`, `torch_gradcheck`, `torch_gradgradcheck`, and the same with `jax`, are the checks for
functions of these libraries.

def test_my_function(check_op):
    check_op(my_function, (0.1, 3), np.log)
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from . import check_op as _check_op, check_rule as _check_rule, gradcheck as _gradcheck, gradgradcheck as _gradgradcheck
from .engine.digits import Report

_SEED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run."""
    group = parser.getgroup("glassgrad", "gradient checks")
    examples = "the number of random examples of check_op (default: 20)"
    group.addoption("--gradcheck-examples", type=_at_least_one, default=20, metavar="N", help=examples)
    seed = "the seed of the examples and of random directions (default: 0, the same in every run)"
    group.addoption("--gradcheck-seed", type=int, default=0, metavar="N", help=seed)


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise pytest.UsageError(f"--gradcheck-examples expects a whole number of 1 or more, but got {text!r}")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    """Ignore NumPy's warnings from inside the engine: infinity and NaN are ordinary values there."""
    config.addinivalue_line("filterwarnings", r"ignore::RuntimeWarning:(autograd|nn)\..*")


@pytest.fixture
def gradcheck(request: pytest.FixtureRequest) -> Callable[..., bool]:
    """`autograd.testing.gradcheck`, with the seed of this run."""
    return functools.partial(_gradcheck, seed=_seed(request))


@pytest.fixture
def gradgradcheck(request: pytest.FixtureRequest) -> Callable[..., bool]:
    """`autograd.testing.gradgradcheck`, with the seed of this run."""
    return functools.partial(_gradgradcheck, seed=_seed(request))


@pytest.fixture
def check_op(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """`autograd.testing.check_op`, with the seed and the number of examples of this run."""
    examples = request.config.getoption("--gradcheck-examples")
    return functools.partial(_check_op, seed=_seed(request), examples=examples)


@pytest.fixture
def check_rule(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """`autograd.testing.check_rule`, with the seed and the number of examples of this run."""
    examples = request.config.getoption("--gradcheck-examples")
    return functools.partial(_check_rule, seed=_seed(request), examples=examples)


def _of_library(library: str, check: str) -> Any:
    """A fixture that is a check of `autograd.testing.torch` or `autograd.testing.jax`."""

    @pytest.fixture(name=f"{library}_{check}")
    def fixture(request: pytest.FixtureRequest) -> Callable[..., Any]:
        function = getattr(importlib.import_module(f"autograd.testing.{library}"), check)
        seed = _seed(request)
        if check == "check_op":
            examples = request.config.getoption("--gradcheck-examples")
            return functools.partial(function, seed=seed, examples=examples)
        return functools.partial(function, seed=seed)

    fixture.__doc__ = f"`autograd.testing.{library}.{check}`, with the seed of this run."
    return fixture


torch_check_op, torch_gradcheck, torch_gradgradcheck, jax_check_op, jax_gradcheck, jax_gradgradcheck = (
    _of_library(library, check) for library in ("torch", "jax") for check in ("check_op", "gradcheck", "gradgradcheck")
)


def _seed(request: pytest.FixtureRequest) -> int:
    """The seed of the run, remembered for the report of the test."""
    seed: int = request.config.getoption("--gradcheck-seed")
    request.node.stash[_SEED] = seed
    return seed


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Add to the report of a failure how to repeat it."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed and _SEED in item.stash:
        examples = item.config.getoption("--gradcheck-examples")
        how = f"--gradcheck-seed={item.stash[_SEED]} --gradcheck-examples={examples}"
        report.sections.append(("gradient checks", f"repeat with: pytest {how} '{item.nodeid}'"))
