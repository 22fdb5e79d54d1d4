"""Signatures: arguments by position and by every name that PyTorch accepts, and calls that it refuses."""

import copy
import inspect
import pickle

import numpy as np
import pytest

import autograd
from autograd.core.primitive import registry
from autograd.core.public import Signature
from tests.tools.answers import plain


def outcome(call, *args):
    """The result of a call in a form that can be compared: dtypes, shapes and values, or the name of its error."""
    try:
        found = call(*args)
    except Exception as error:
        return type(error).__name__
    found = found if isinstance(found, tuple) else (found,)
    return [(str(x.dtype).split(".")[1], tuple(x.shape), np.round(x.double().tolist(), 4).tolist()) for x in found]


def functions_with(parameter):
    """The names of the functions with a parameter of that name, at the top level and in `linalg`."""
    for prefix in ("", "linalg."):
        module = autograd.linalg if prefix else autograd
        for name, value in vars(module).items():
            if (
                inspect.isfunction(value)
                and not name.startswith("_")
                and parameter in inspect.signature(value).parameters
            ):
                yield prefix + name


def function(library, name):
    for part in name.split("."):
        library = getattr(library, part, None)
    return library


#: PyTorch accepts NumPy's names in some functions only; these accept them here, but not in PyTorch.
MORE = {"norm", "split", "linalg.matrix_norm", "linalg.unsqueeze"}
RENAMED = [(name, "axis", 0) for name in functions_with("dim")] + [
    (name, "keepdims", True) for name in functions_with("keepdim")
]


def called(library, name, parameter, value):
    """The result of the function for a matrix and the parameter, with one more argument if it needs one."""
    x = library.tensor([[1.0, 2.0, 0.5], [4.0, 3.0, 6.0], [9.0, 7.0, 8.0]])
    given = {parameter: value} | ({} if parameter == "axis" else {"dim": 0})
    attempts = [outcome(lambda: function(library, name)(x, **given))]
    attempts.append(outcome(lambda: function(library, name)(x, 1, **given)))
    return next((found for found in attempts if found != "TypeError"), "TypeError")


def test_numpys_names_of_parameters_are_accepted_where_pytorch_accepts_them(answers):
    def results(library):
        """By name: the result, or None if the library has no such function."""
        return {f"{row[0]} {row[1]}": called(library, *row) if function(library, row[0]) else None for row in RENAMED}

    recorded = answers("torch", results)
    for name, ours in results(autograd).items():
        theirs = recorded.get(name)  # None if PyTorch has no such function, or the name is newer than the record
        if name.split()[0] not in MORE and theirs is not None:
            assert plain(ours) == theirs, name


@pytest.mark.parametrize(
    ("name", "more"),
    [
        *((name, ()) for name in ("sum", "mean", "std", "var", "max", "amin", "argmax", "sort", "median", "all")),
        *((name, (1,)) for name in ("softmax", "log_softmax", "cumsum", "logsumexp", "unsqueeze", "topk", "chunk")),
        *((name, ()) for name in ("cat", "stack", "hstack", "vstack", "dstack", "column_stack", "atleast_2d")),
    ],
)  # fmt: skip
def test_a_numpy_array_in_place_of_a_tensor_raises_a_type_error(name, more, answers):
    array = np.ones((2, 2))

    def errors(library):
        return [outcome(getattr(library, name), given, *more) for given in (array, [array, array], ["ab"])]

    assert errors(autograd) == answers("torch", errors) == ["TypeError"] * 3


def test_the_error_for_a_wrong_argument_names_its_position_and_type():
    with pytest.raises(
        TypeError, match=r"^softmax\(\): argument 'input' \(position 1\) must be Tensor, not numpy.ndarray"
    ):
        autograd.softmax(np.ones((2, 2)), 1)
    with pytest.raises(TypeError, match=r"^softmax\(\): argument 'input' must be Tensor, not list: .*tensor\(...\)"):
        autograd.softmax(dim=0, input=[1.0])
    with pytest.raises(TypeError, match=r"^stack\(\): expected Tensor as element 1 in argument 0, but got float"):
        autograd.stack([autograd.ones(()), 1.0])


class Silent:
    """Its truth value raises an AttributeError."""

    def __bool__(self):
        raise AttributeError("silent")


def test_an_attribute_error_inside_a_function_of_a_tensor_is_not_replaced():
    with pytest.raises(AttributeError, match="silent"):
        autograd.logsumexp(autograd.ones(2), dim=0, keepdim=Silent())


TO = {
    "nothing": lambda t, x: x.to(),
    "None": lambda t, x: x.to(None),
    "dtype": lambda t, x: x.to(t.float64),
    "dtype, flags": lambda t, x: x.to(t.float32, False, True),
    "dtype, one flag": lambda t, x: x.to(t.float64, True),
    "device": lambda t, x: x.to("cpu"),
    "a device object": lambda t, x: x.to(t.device("cpu"), t.float64),
    "device, dtype, flags": lambda t, x: x.to("cpu", t.float32, False, True),
    "device, None, flags": lambda t, x: x.to("cpu", None, False, True),
    "None, dtype": lambda t, x: x.to(None, t.float64),
    "other": lambda t, x: x.to(t.zeros(1, dtype=t.int64)),
    "other, flags": lambda t, x: x.to(t.zeros(1), False, True),
    "by name": lambda t, x: x.to(device="cpu", dtype=t.float16, copy=True),
    "dtype and a copy by name": lambda t, x: x.to(t.float32, copy=True),
    "two dtypes": lambda t, x: x.to(t.float32, t.float64),
    "dtype, device": lambda t, x: x.to(t.float32, "cpu"),
    "two others": lambda t, x: x.to(x, x),
    "three flags": lambda t, x: x.to(t.float32, False, True, True),
    "no device": lambda t, x: x.to("nonsense"),
}


@pytest.mark.parametrize("way", TO)
def test_to_accepts_its_arguments_as_pytorch_does(way, answers):
    def read(library):
        x = library.tensor([1.5, 2.5])
        return outcome(TO[way], library, x), outcome(lambda: library.tensor(TO[way](library, x) is x))

    assert plain(read(autograd)) == answers("torch", read)


@pytest.mark.parametrize(
    "write",
    [
        lambda t, x: x.fill_(2),
        lambda t, x: x.fill_(True),
        lambda t, x: x.zero_(),
        lambda t, x: x[0].fill_(3),
        lambda t, x: x.t().zero_(),
        lambda t, x: x.fill_(t.tensor(2.0)),
        lambda t, x: x.copy_(t.ones(2, 3)),
        lambda t, x: x.add_(1),
        lambda t, x: x.uniform_(),
    ],
)
def test_an_expanded_tensor_can_be_filled_with_one_number_only(write, answers):
    def written(library):
        base = library.arange(3.0)
        part = base.expand(2, 3)
        return outcome(write, library, part), base.tolist(), part.tolist(), base._version

    assert plain(written(autograd)) == answers("torch", written)


def test_an_expanded_part_of_a_graph_cannot_be_filled():
    x = autograd.ones(3, requires_grad=True) * 2
    with pytest.raises(RuntimeError, match="more than one element"):
        x.expand(2, 3).zero_()
    assert x.tolist() == [2, 2, 2]
    with autograd.no_grad():
        x.expand(2, 3).zero_()
    assert x.tolist() == [0, 0, 0]


def test_the_module_gradcheck_does_not_hide_the_function_gradcheck():
    import autograd.autograd.gradcheck
    from autograd.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck

    assert autograd.gradcheck is gradcheck and autograd.autograd.gradgradcheck is gradgradcheck
    assert issubclass(GradcheckError, RuntimeError)
    with pytest.raises(ImportError, match="nothing"):
        from autograd.autograd.gradcheck import nothing  # noqa: F401 - the import raises


BUFFER = bytes(range(16))
BUFFERS = {
    "all": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.float32),
    "some": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.uint8, count=3, offset=2),
    "booleans": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.bool, count=2),
    "another negative count": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.int16, count=-5),
    "an array": lambda t: t.frombuffer(np.arange(3.0), dtype=t.float64),
    "too many elements": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.int32, count=9),
    "a remainder": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.int32, offset=3),
    "an offset at the end": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.int32, offset=16),
    "a negative offset": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.int32, offset=-1),
    "a list": lambda t: t.frombuffer([1], dtype=t.int8),
    "an empty buffer": lambda t: t.frombuffer(b"", dtype=t.int8),
    "a count of 0": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.int8, count=0),
    "no dtype": lambda t: t.frombuffer(bytearray(BUFFER)),
    "gradients of integers": lambda t: t.frombuffer(bytearray(BUFFER), dtype=t.int8, requires_grad=True),
}


@pytest.mark.parametrize("given", BUFFERS)
def test_a_tensor_from_a_buffer_is_pytorchs(given, answers):
    made = lambda library: outcome(BUFFERS[given], library)
    assert plain(made(autograd)) == answers("torch", made)


def test_a_tensor_from_a_buffer_shares_its_memory():
    buffer = bytearray(8)
    x = autograd.frombuffer(buffer, dtype=autograd.float64, requires_grad=True)
    with autograd.no_grad():
        x.fill_(1)
    assert bytes(buffer) == np.float64(1).tobytes() and x.requires_grad
    with pytest.raises(RuntimeError, match="read-only memory"):
        autograd.frombuffer(bytes(8), dtype=autograd.float64).fill_(1)


METHODS = {
    "stft": lambda t, x: x.stft(4, return_complex=True, window=t.ones(4)).abs(),
    "istft": lambda t, x: x.stft(4, return_complex=True, window=t.ones(4)).istft(4, window=t.ones(4)),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_has_the_result_of_pytorchs(method, answers):
    result = lambda library: outcome(METHODS[method], library, library.arange(12.0))
    assert plain(result(autograd)) == answers("torch", result)


@pytest.mark.parametrize("names", [("input",), ("input", "other")])
def test_primitives_accept_tensors_by_pytorchs_names(names, answers):
    def given(library):
        """By name: the result, or None if the library has no such function."""
        arguments = dict.fromkeys(names, library.tensor([0.25, 0.5]))
        call = lambda name: outcome(lambda: getattr(library, name)(**arguments))
        return {name: call(name) if hasattr(library, name) else None for name in public}

    public = [name for name in sorted(registry) if getattr(autograd, name, None) is registry[name].function]
    recorded = answers("torch", given)
    for name, ours in given(autograd).items():
        theirs = recorded.get(name)
        # Compared as text, because NaN differs from NaN.
        assert theirs in (None, "TypeError") or str(plain(ours)) == str(theirs), name


def test_a_signature_is_made_when_it_is_looked_at_and_is_then_as_any_other(monkeypatch):
    def function(x, *, dim: int = 0, **rest) -> bool: ...

    def expected(x, *, dim: int = 0, out: "Any" = None, **rest) -> bool: ...  # noqa: F821 - a string, as in the project

    with monkeypatch.context() as patched:
        patched.setattr(inspect, "signature", lambda f: pytest.fail(f"looks at {f}"))
        later = [Signature.of(function, takes_out=True) for _ in range(6)]
    usual = inspect.signature(expected)
    assert later[0] == usual and hash(later[1]) == hash(usual) and repr(later[2]) == repr(usual)
    assert copy.copy(later[3]) == usual == copy.deepcopy(later[4]) and pickle.loads(pickle.dumps(later[5])) == usual
    assert later[0].replace(parameters=[]) == usual.replace(parameters=[])
    assert Signature.of(expected, takes_out=False) == inspect.signature(function)
    with pytest.raises(AttributeError):
        _ = later[0].nothing
