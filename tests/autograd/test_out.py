"""`out=` in every function that has it in PyTorch, beside what PyTorch did, which `tests/tools/outs.py` recorded."""

import functools
import inspect
import warnings

import pytest

import autograd as torch
from tests.tools import outs

RECORDED = outs.recorded()
WITHOUT_AN_ORACLE = {"not written", "not resized", "other values"}  # a fault of PyTorch's: the result is lost

#: What is different here on purpose, by what PyTorch does and what happens here.
DIFFERENT = {
    ("RuntimeError", "ok"): "any safe cast is allowed, and an argument may be overwritten: the result is right",
    ("NotImplementedError", "ok"): "the same, for the dtypes that PyTorch's kernels lack",
    ("RuntimeError", "NotImplementedError"): "the same, of a narrower kind",
    ("NotImplementedError", "RuntimeError"): "a dtype that PyTorch's kernels lack",
    ("NotImplementedError", "other values"): "sums of numbers cut to integers first",
    ("TypeError", "RuntimeError"): "cat() and its kind: all functions raise the same error for an unsafe cast",
    ("ok", "ok, with a warning"): "a few functions of PyTorch do not warn",
}
#: Situations in which a function may do something else.
LENIENT = {
    ("ok", "RuntimeError"): {
        "an argument in a graph",  # composites of PyTorch that lose the gradient in silence
        "in a graph",
        "expanded",  # of functions that write each element once
    },
}
OTHERS = {
    "torch.arange", "fft.fftfreq", "fft.rfftfreq",  # no warning where no argument is a tensor
    "torch.bernoulli", "torch.chain_matmul",  # write into narrower dtypes
    "torch.sum",  # a boolean sum
    "linalg.lstsq", "torch.geqrf",  # of several results: all others refuse another dtype there
}  # fmt: skip


def is_accepted(name, situation, theirs, ours):
    return (
        ours == theirs
        or (theirs.partition(",")[0] in WITHOUT_AN_ORACLE and ours.partition(",")[0] in ("ok", "RuntimeError"))
        or theirs == f"{ours}, changed"
        or (theirs.removesuffix(", changed"), ours) in DIFFERENT
        or situation in LENIENT.get((theirs, ours), ())
        or name in OTHERS
    )


@functools.cache
def observed(name):
    return outs.observed(torch, name, RECORDED[name][0])


@pytest.mark.parametrize("name", RECORDED)
def test_out_does_what_it_does_in_pytorch(name):
    theirs, ours = RECORDED[name][1], observed(name)
    found = {s: (theirs[s], ours[s]) for s in theirs if not is_accepted(name, s, theirs[s], ours[s])}
    assert found == {}


def test_nearly_all_answers_are_pytorchs():
    same = [observed(name)[s] == theirs[s] for name, (_, theirs) in RECORDED.items() for s in theirs]
    assert sum(same) > 0.85 * len(same)


@pytest.mark.parametrize("name", RECORDED)
def test_help_shows_out(name):
    function = outs.Case(torch, name).function
    parameter = inspect.signature(function).parameters["out"]
    assert parameter.default is None and parameter.kind is parameter.KEYWORD_ONLY


def test_functions_without_out_in_pytorch_refuse_it():
    for function in (torch.clone, torch.equal, torch.nn.functional.dropout, torch.nn.functional.relu6):
        with pytest.raises(TypeError, match="'out'"):
            function(torch.ones(2), out=torch.ones(2))


@pytest.mark.parametrize("name", RECORDED)
def test_several_results_and_indices_can_only_be_written_into_their_own_dtypes(name):
    case = outs.Case(torch, name, RECORDED[name][0])
    indices = ("argmax", "argmin", "bucketize", "multinomial", "nonzero", "searchsorted")
    exact = case.several or name.removeprefix("torch.") in indices
    for i, result in enumerate(case.results if exact else []):
        for dtype in {torch.complex128, torch.float64, torch.int64, torch.int32, torch.int8} - {result.dtype}:
            given = [torch.full(r.shape, 7, dtype=r.dtype) for r in case.results]
            given[i] = torch.full(result.shape, 7, dtype=dtype)
            with pytest.raises(RuntimeError, match=f"out tensor to have dtype {result.dtype}, but got {dtype}"):
                case.run(case.arguments(), out=tuple(given) if case.several else given[0])
            assert all((out == 7).all() for out in given)


@pytest.mark.parametrize("name", [name for name in RECORDED if hasattr(torch.Tensor, name.removeprefix("torch."))])
def test_methods_take_no_out(name):
    name = name.removeprefix("torch.")
    method = getattr(torch.Tensor, name)
    assert "out" not in inspect.signature(method).parameters
    arguments = [torch.ones(2, 2)] * sum(
        p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        for p in inspect.signature(method).parameters.values()
    )
    with pytest.raises(TypeError, match=r"\(\) got an unexpected keyword argument 'out'"):
        method(*arguments, out=torch.ones(2, 2))


def test_help_says_what_out_is_in_a_gradient():
    assert torch.exp.__doc__ == torch.Tensor.exp.__doc__
    assert torch.exp.__doc__.endswith("Its gradient: g * out, where out is the result")
    assert "where out" not in torch.sin.__doc__


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: torch.exp(x, out=[1]), "exp(): argument 'out' must be Tensor, not list"),
        (lambda x: torch.exp(x, out=(x,)), "exp(): argument 'out' must be Tensor, not tuple"),
        (lambda x: torch.sum(x, out=5), "sum(): argument 'out' must be Tensor, not int"),
        (lambda x: torch.max(x, 0, out=x), "max(): argument 'out' must be tuple of 2 Tensors, not Tensor"),
        (lambda x: torch.max(x, 0, out=(x,)), "max(): argument 'out' must be tuple of 2 Tensors, not tuple of 1"),
        (lambda x: torch.max(x, 0, out=[x, 1]), "max(): argument 'out' must be tuple of 2 Tensors, not list"),
        (
            lambda x: torch.exp(x, out=torch.ones(2, requires_grad=True)),
            "exp(): functions with out=... arguments don't support automatic differentiation, but out requires grad: "
            "omit out=, or compute under no_grad()",
        ),
        (
            lambda x: torch.exp(x.clone().requires_grad_(), out=x),
            "exp(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad: omit out=, or compute under no_grad()",
        ),
    ],
)
def test_an_error_about_out_says_what_is_wrong_with_it(call, message):
    with pytest.raises((TypeError, RuntimeError)) as error:
        call(torch.tensor([1.0, 2.0]))
    assert str(error.value) == message


def test_out_is_the_object_that_is_returned():
    out = torch.empty(2)
    assert torch.add(torch.ones(2), torch.ones(2), out=out) is out and out.tolist() == [2, 2]
    out = torch.empty(2, 3)
    assert torch.mm(torch.ones(2, 4), torch.ones(4, 3), out=out) is out and out.tolist() == [[4] * 3] * 2


def test_several_results_are_written_into_a_tuple():
    values, indices = torch.empty(0), torch.empty(0, dtype=torch.int64)
    found = torch.max(torch.tensor([[1.0, 3.0], [4.0, 2.0]]), 1, out=(values, indices))
    assert found.values is values and found.indices is indices
    assert values.tolist() == [3, 4] and indices.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda x: torch.add(x, x, out=[1.0]), TypeError),
        (lambda x: torch.add(x, x, out="x"), TypeError),
        (lambda x: torch.sum(x, 0, out=(x, x)), TypeError),
        (lambda x: torch.max(x, 0, out=x), TypeError),
        (lambda x: torch.exp(x, out=torch.empty(2, dtype=torch.int64)), RuntimeError),
        (lambda x: torch.logaddexp(x, torch.ones(3), out=torch.empty(2)), RuntimeError),
    ],
)
def test_a_refused_out_leaves_everything_unchanged(call, kind):
    x = torch.tensor([1.0, 2.0])
    with pytest.raises(kind):
        call(x)
    assert x.tolist() == [1, 2] and x._version == 0


def test_an_out_of_another_shape_is_resized_with_a_warning_at_the_line_of_the_call():
    for call in (lambda out: torch.exp(torch.zeros(2), out=out), lambda out: torch.amax(torch.ones(2, 2), 0, out=out)):
        out = torch.zeros(3)
        with pytest.warns(UserWarning, match=r"resized since it had shape \[3\].* output shape \[2\]") as caught:
            call(out)
        assert out.tolist() == [1, 1] and caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.exp(torch.zeros(4), out=torch.empty(0))


def test_out_is_written_through_a_view():
    base = torch.zeros(2, 3)
    torch.mul(torch.ones(2), 5, out=base[:, 1])
    assert base.tolist() == [[0, 5, 0], [0, 5, 0]] and base._version == 1


def test_a_backward_that_needs_what_out_overwrote_raises():
    x, saved = torch.ones(2, requires_grad=True), torch.ones(2)
    y = x * saved
    torch.add(torch.ones(2), 1, out=saved)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_out_works_on_leaves_without_a_graph():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.add(torch.ones(2), 1, out=x)
    with torch.no_grad():
        torch.add(x, x, out=x)
    assert x.tolist() == [2, 2] and x.requires_grad


#: By what happens to `out`: slices of six numbers for the argument and for `out`, to which ten times the argument goes.
OVERLAPS = {
    "refused": [("0:3", "1:4"), ("1:4", "0:3"), ("0:6:2", "0:3"), ("0:3", "0:6:2"), ("0:4", "2:6")],
    "written": [("0:3", "0:3"), ("0:3", "3:6"), ("0:6:2", "1:6:2"), ("0:6:2", "0:6:2")],
    "resized": [("0:2", "1:4"), ("0:3", "1:3")],
}


@pytest.mark.parametrize(
    ("fate", "argument", "target"), [(fate, *pair) for fate, pairs in OVERLAPS.items() for pair in pairs]
)
def test_an_out_may_share_all_elements_of_an_argument_in_the_same_order_or_none(fate, argument, target):
    x = torch.arange(6.0)
    given, out = (x[slice(*map(int, part.split(":")))] for part in (argument, target))
    expected = [10 * number for number in given.tolist()]
    if fate == "refused":
        with pytest.raises(RuntimeError, match="refer to a single memory location"):
            torch.mul(given, 10, out=out)
        assert x.tolist() == [0, 1, 2, 3, 4, 5] and x._version == 0
    elif fate == "written":
        assert torch.mul(given, 10, out=out).tolist() == expected
    else:
        with pytest.warns(UserWarning, match="was resized"):
            assert torch.mul(given, 10, out=out).tolist() == expected


@pytest.mark.parametrize(
    ("function", "out", "expected"),
    [
        (torch.amax, (torch.empty(0),), "Tensor, not tuple"),
        (torch.amax, (torch.empty(0), torch.empty(0)), "Tensor, not tuple"),
        (torch.max, torch.empty(0), "tuple of 2 Tensors, not Tensor"),
        (torch.max, (torch.empty(0),), "tuple of 2 Tensors, not tuple of 1"),
        (torch.max, [torch.empty(0)] * 3, "tuple of 2 Tensors, not list of 3"),
    ],
)
def test_an_out_of_another_structure_is_refused(function, out, expected):
    with pytest.raises(TypeError, match=rf"argument 'out' must be {expected}$"):
        function(torch.ones(2, 2), 0, out=out)


@pytest.mark.parametrize(("start", "size", "room"), [(0, 4, True), (2, 3, True), (2, 8, True), (2, 9, False)])
def test_an_out_is_resized_in_its_own_memory_where_that_is_large_enough(start, size, room):
    base = torch.zeros(10)
    out = base[start : start + 2]
    with pytest.warns(UserWarning, match="was resized"):
        torch.add(torch.ones(size), 1, out=out)
    assert out.tolist() == [2] * size
    assert base.tolist() == ([0] * start + [2] * size + [0] * (10 - start - size) if room else [0] * 10)


@pytest.mark.parametrize("call", [torch.sum, torch.cumsum, torch.softmax], ids=lambda f: f.__name__)
def test_a_dtype_that_is_not_that_of_out_is_refused(call):
    out = call(torch.zeros(3, 3), 0).to(torch.float64).zero_()
    with pytest.raises(RuntimeError, match=r"dtype=autograd.float32 is not that of out, which is autograd.float64"):
        call(torch.ones(3, 3), 0, dtype=torch.float32, out=out)
    assert not out.any()
    call(torch.ones(3, 3), 0, dtype=float, out=out)
    assert out.all()


def test_creation_functions_refuse_a_dtype_that_is_not_that_of_out():
    with pytest.raises(RuntimeError, match="is not that of out"):
        torch.linspace(0, 1, 3, dtype=torch.float32, out=torch.zeros(3, dtype=torch.float64))
