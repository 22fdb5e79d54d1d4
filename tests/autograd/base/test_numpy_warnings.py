"""NumPy's warnings about NaN, infinity, overflow and empty arrays do not reach the user: these are values."""

import contextlib
import random
import warnings

import numpy as np
import pytest

import autograd as torch
import nn
from tests.tools import wrong_input

#: What the elements of every array of floating-point numbers become: of all of them, or of the second one.
FILLINGS = {
    "NaN": lambda x: torch.full_like(x, np.nan),
    "one NaN": lambda x: one_is(np.nan, x),
    "infinity": lambda x: torch.full_like(x, np.inf),
    "one negative infinity": lambda x: one_is(-np.inf, x),
    "the largest numbers": lambda x: torch.full_like(x, 3e38),
    "no elements": lambda x: x[..., :0],
}

#: The modules, and the part of the calls that is made.
SHARES = {"autograd.linalg": 1.0, "autograd.fft": 1.0, "autograd": 0.05, "autograd.special": 0.05, "nn.functional": 0.1}


def one_is(value, x):
    return torch.where((torch.arange(x.numel()) == 1).reshape(x.shape), value, x)


@pytest.fixture
def only_the_filter_of_the_package():
    """Warnings are errors but for those that `import autograd` ignores."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"(autograd|nn)\.")
        yield


def tensors_in(result):
    if isinstance(result, torch.Tensor):
        yield result
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from tensors_in(part)


def warning_of(function, args):
    """What a call or its backward pass warns of; errors of other kinds do not matter."""
    given = [a.requires_grad_() if isinstance(a, torch.Tensor) and a.is_floating_point() else a for a in args]
    try:
        with contextlib.suppress(RuntimeError, TypeError, ValueError, IndexError):
            for out in tensors_in(function(*given)):
                if out.requires_grad:
                    out.backward(torch.ones_like(out), retain_graph=True)
    except RuntimeWarning as warning:
        return str(warning)
    return None


def warnings_of(name, share, fillings, monkeypatch, warning_of):
    """What the functions of a module warn of whose arguments are filled so; a share of the calls is made."""
    functions, _ = wrong_input.target(name)
    makers = {made: getattr(wrong_input, made) for made in ("matrix", "vector", "image")}
    drawn, found = random.Random(0), []
    for function in functions.values():
        fitting = [good for good in wrong_input.GOOD if wrong_input.fits(function, good(torch))]
        good = next((good for good in fitting if wrong_input.accepts(function, good(torch))), None)
        for filling, fill in fillings.items() if good else ():
            if drawn.random() < share:
                with monkeypatch.context() as patched:
                    for made, make in makers.items():
                        patched.setattr(wrong_input, made, lambda t, make=make, fill=fill: fill(make(t)))
                    if warning := warning_of(function, good(torch)):
                        found.append(f"{function.__name__} of {filling}: {warning}")
    return found


@pytest.mark.parametrize("name", SHARES)
def test_no_function_warns_of_values(name, monkeypatch, only_the_filter_of_the_package):
    assert warnings_of(name, SHARES[name], FILLINGS, monkeypatch, warning_of) == []


@pytest.mark.parametrize(("name", "share"), [("autograd.linalg", 0.3), ("autograd.fft", 0.1), ("autograd", 0.02)])
def test_no_compiled_function_warns_of_values(name, share, monkeypatch, only_the_filter_of_the_package):
    def warning_of_compiled(function, args):
        compiled = torch.compile(lambda *args: function(*args))
        with warnings.catch_warnings(record=True) as caught:  # an error would end the program
            warnings.filterwarnings("always", category=RuntimeWarning, module="numpy")
            for _ in range(3):
                warning_of(compiled, args)
        return next((str(w.message) for w in caught), None)

    assert warnings_of(name, share, FILLINGS, monkeypatch, warning_of_compiled) == []


def test_clipping_and_histograms_do_not_warn_of_values(only_the_filter_of_the_package):
    w = nn.Parameter(torch.ones(2))
    w.grad = torch.tensor([1e30, torch.inf])
    assert nn.utils.get_total_norm([w.grad]).item() == torch.inf
    assert nn.utils.clip_grad_norm_([w], 1.0).item() == torch.inf
    assert nn.functional.embedding(torch.tensor([0]), torch.full((1, 2), 1e30), max_norm=1.0).tolist() == [[0, 0]]
    with pytest.raises(RuntimeError, match=r"range of \[0.0, inf\] is not finite"):
        torch.histogram(torch.tensor([0.0, torch.inf]), 3)


def test_numpys_warnings_of_the_users_own_calls_are_shown():
    with pytest.warns(RuntimeWarning, match="det"):
        np.linalg.det(np.full((2, 2), np.nan))
