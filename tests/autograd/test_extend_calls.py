"""`autograd.extend`: what a forward and a rule may return, and what each call of an operation checks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import GradientTape, extend, func, tensor
from autograd.testing import gradgradcheck

pytestmark = pytest.mark.usefixtures("restored_registry")


def leaf(*values: float) -> Any:
    return tensor(values, dtype=torch.float64, requires_grad=True)


# -- what a forward gets ----------------------------------------------------------------------------


def _doubled(x: Any) -> Any:
    x *= 2
    return x


def _sorted(x: Any) -> Any:
    x.sort()
    return x


@pytest.mark.parametrize(
    "forward",
    [_doubled, _sorted, lambda x: np.exp(x, out=x), lambda x: (x.fill(1.0), x)[1], lambda x: np.ravel(x).put(0, 5.0)],
)
def test_a_forward_that_writes_into_its_argument_raises_and_changes_nothing(forward: Any) -> None:
    x = leaf(3.0, 2.0)
    for operation in (
        extend.unary("writes", forward, lambda g: g),
        extend.primitive("writes_too", lambda x, n: forward(x), x=lambda g: g),
    ):
        for argument in (x, x.detach().numpy()):
            with pytest.raises(
                RuntimeError, match=r"writes.*: the forward writes into its argument .*: compute a new array"
            ):
                operation(argument, 1) if operation.__name__ == "writes_too" else operation(argument)
    assert x.tolist() == [3, 2] and x.detach().numpy().flags.writeable


def test_a_rule_may_ask_for_the_dtype_of_a_python_number() -> None:
    seen: list[Any] = []
    times = extend.binary(
        "times", lambda x, y: x * y,
        lambda g, y, y_dtype: seen.append(y_dtype) or g * y,
        lambda g, x, x_dtype: seen.append(x_dtype) or g * x,
    )  # fmt: skip
    scaled = extend.primitive("scaled", lambda x, n: x * n, x=lambda g, n, n_dtype: seen.append(n_dtype) or g * n)
    x = leaf(1.0, 2.0)
    for out in (times(x, 2.0), times(3, x), scaled(x, 4), scaled(x, True)):
        out.sum().backward()
    assert x.grad.tolist() == [10, 10]
    assert seen == [np.dtype(np.float32), np.dtype(np.int64), np.dtype(np.int64), np.dtype(np.bool_)]


# -- what a forward returns -------------------------------------------------------------------------


def elementwise(forward: Any) -> Iterator[tuple[Any, int]]:
    """The forward as an operation of each kind, with the number of its arguments."""
    yield extend.unary("returned_by_unary", lambda x: forward(x), lambda g: g), 1
    yield extend.binary("returned_by_binary", lambda x, y: forward(x), lambda g: g, lambda g: 0 * g), 2
    yield extend.primitive("returned_by_primitive", lambda x: forward(x), x=lambda g: g), 1


VIEWS = {
    "the argument itself": lambda x: x,
    "a slice": lambda x: x[:],
    "a reversed view": lambda x: x[::-1],
    "a view of other strides": lambda x: np.lib.stride_tricks.as_strided(x, x.shape, x.strides),
    "a read-only view": lambda x: np.broadcast_to(x, x.shape),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_forward_that_returns_a_view_of_its_argument_gives_a_copy(view: str) -> None:
    for operation, count in elementwise(VIEWS[view]):
        x = tensor([1.0, 2.0])
        expected = VIEWS[view](x.numpy()).copy()
        y = operation(*[x] * count)
        y.mul_(10)
        assert x.tolist() == [1.0, 2.0] and y.tolist() == (10 * expected).tolist()
        array = np.array([1.0, 2.0])
        assert not np.may_share_memory(operation(*[array] * count), array)


def test_gradients_are_right_after_a_write_to_the_result_of_an_identity() -> None:
    same = extend.unary("same", lambda x: x, lambda g: g)
    x = leaf(3.0)
    doubled = 1 * x
    square = doubled * doubled  # keeps `doubled`, which the write must not change
    same(doubled).mul_(10)
    square.backward()
    assert x.grad.tolist() == [6.0]


RETURNED = {
    "a float": (lambda x: float(np.sum(x)), r"but returned float 3\.0"),
    "a list": (lambda x: x.tolist(), r"but returned list \[1\.0, 2\.0\]"),
    "a tuple": (lambda x: (x, x), "but returned tuple"),
    "nothing": (lambda x: None, "but returned NoneType None"),
    "a Tensor": (lambda x: tensor(x), "but returned Tensor"),
    "objects": (lambda x: x.astype(object), "but returned ndarray"),
    "texts": (lambda x: x.astype(str), "but returned ndarray"),
}


@pytest.mark.parametrize("returned", RETURNED)
def test_a_forward_that_returns_no_array_of_numbers_is_an_error_of_the_call(returned: str) -> None:
    forward, message = RETURNED[returned]
    for operation, count in elementwise(forward):
        for x in (tensor([1.0, 2.0], requires_grad=True), np.array([1.0, 2.0])):
            with pytest.raises(TypeError, match=f"{operation.__name__}: the forward must return one NumPy .*{message}"):
                operation(*[x] * count)


@pytest.mark.parametrize("forward", [lambda x: x > 0, lambda x: x.astype(np.int64)])
def test_a_boolean_or_integer_result_has_no_gradient(forward: Any) -> None:
    for operation, count in elementwise(forward):
        y = operation(*[leaf(1.0, -2.0)] * count)
        assert not y.requires_grad and y.grad_fn is None and not y.dtype.is_floating_point


# -- what a rule returns ----------------------------------------------------------------------------


def with_rule(rule: Any) -> Iterator[tuple[Any, int]]:
    """An operation of each kind that has the rule for `x`, with the number of its arguments."""
    yield extend.unary("ruled_unary", lambda x: 2 * x, rule), 1
    yield extend.binary("ruled_binary", lambda x, y: 2 * x + y, rule, lambda g: g), 2
    yield extend.primitive("ruled_primitive", lambda x: 2 * x, x=rule), 1


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("rule", [lambda g: g.sum(), lambda g: g.reshape(-1, 1), lambda g: g * np.ones((2, 1))])
def test_a_gradient_of_a_wrong_shape_is_refused(rule: Any, create_graph: bool) -> None:
    for operation, count in with_rule(rule):
        y = operation(*[leaf(1.0, 2.0)] * count)
        message = rf"{operation.__name__}: the rule for x returned a gradient of shape \(.*but expected \(2,\), the "
        with pytest.raises(RuntimeError, match=message):
            y.sum().backward(create_graph=create_graph)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    ("rule", "returned"),
    [
        (lambda g: (g,), "tuple"),
        (lambda g: [1.0, 2.0], "list"),
        (lambda g: 2.0, r"float 2\.0"),
        (lambda g: None, "NoneType None"),
        (lambda g: (v for v in g), "generator"),
        (lambda g: np.array([None, None]), "ndarray"),
    ],
)
def test_a_gradient_that_is_no_array_is_refused(rule: Any, returned: str, create_graph: bool) -> None:
    for operation, count in with_rule(rule):
        y = operation(*[leaf(1.0, 2.0)] * count)
        message = f"{operation.__name__}: the rule for x must return one Tensor or array, but returned {returned}"
        with pytest.raises(TypeError, match=message):
            y.sum().backward(create_graph=create_graph)


RULES_OF_OTHER_DTYPES = {
    "double precision": lambda g: 2 * np.float64(1) * getattr(g, "double", lambda: g.astype(np.float64))(),
    "complex numbers": lambda g: g * (2 + 5j),
    "integers": lambda g: np.array([2, 2]),
    "a Tensor of its own": lambda g: tensor([2.0, 2.0], dtype=torch.float64),
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("rule", RULES_OF_OTHER_DTYPES)
def test_a_gradient_has_the_dtype_of_its_argument(rule: str, create_graph: bool, dtype: Any) -> None:
    for operation, count in with_rule(RULES_OF_OTHER_DTYPES[rule]):
        x, y = (tensor([1.0, 2.0], dtype=dtype, requires_grad=True) for _ in range(2))
        operation(*(x, y)[:count]).sum().backward(create_graph=create_graph)
        assert x.grad.dtype == dtype and x.grad.tolist() == [2.0, 2.0]


def test_a_cast_gradient_has_a_graph_of_its_own() -> None:
    cubed = extend.unary("cubed", lambda x: x**3, lambda g, x: (3 + 0j) * g * x**2)
    x = leaf(2.0)
    (slope,) = torch.autograd.grad(cubed(x), x, create_graph=True)
    assert torch.autograd.grad(slope, x)[0].tolist() == [12.0]
    assert gradgradcheck(cubed, leaf(0.5, -1.0))
    assert func.jvp(cubed, (tensor(2.0),), (tensor(1.0),))[1].item() == 12.0
    assert func.vmap(func.grad(cubed))(tensor([1.0, 2.0])).tolist() == [3.0, 12.0]
    with GradientTape() as tape:
        tape.watch(x)
        y = cubed(x)
    assert tape.gradient(y, x).tolist() == [12.0]


def test_a_rule_of_a_binary_operation_may_sum_over_broadcast_dims_itself() -> None:
    summed = extend.binary(
        "summed", lambda x, y: x + y, lambda g, x_shape: g.sum().reshape(x_shape), lambda g, y_shape: g
    )
    x, y = leaf(1.0), leaf(1.0, 2.0, 3.0)
    summed(x, y).sum().backward()
    assert x.grad.tolist() == [3.0] and y.grad.tolist() == [1.0, 1.0, 1.0]


# -- the names of arguments -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["name", "forward", "self", "function", "args", "g", "xs", "checked", "made"])
def test_an_argument_can_have_any_name(name: str) -> None:
    program = f"extend.primitive('named', lambda {name}, n: {name} ** n, {name}=lambda c, {name}, n: c * n * {name})"
    x = leaf(1.5)
    eval(program, {"extend": extend})(x, 2).backward()
    assert x.grad.tolist() == [3.0]


# -- NumPy's ufuncs ---------------------------------------------------------------------------------


def test_an_operation_made_from_a_ufunc_leaves_numpys_own_call_as_it_was() -> None:
    planted = extend.unary("planted", np.spacing, lambda g: 0 * g)
    assert planted(tensor([1.0])).tolist() == [np.spacing(np.float32(1))]
    with pytest.raises(TypeError, match=r"np\.spacing has no differentiable counterpart"):
        np.spacing(tensor([1.0]))


def test_numpys_ufuncs_work_while_another_thread_defines_operations() -> None:
    stop = threading.Event()

    def define() -> None:
        for number in itertools.cycle(range(50)):
            if stop.is_set():
                return
            for _ in range(2):
                extend.unary(f"planted_{number}", lambda x: x + 1, lambda g: g)

    thread = threading.Thread(target=define)
    thread.start()
    try:
        for _ in range(3000):
            with pytest.raises(TypeError, match="no differentiable counterpart"):
                np.spacing(tensor(1.0))
    finally:
        stop.set()
        thread.join()


def test_an_argument_of_a_primitive_may_be_named_doc():
    scaled = extend.primitive("scaled_by_doc", lambda x, doc: x * doc, doc="x times a factor", x=lambda g, doc: g * doc)
    x = tensor([1.0, 2.0], requires_grad=True)
    scaled(x, 3.0).sum().backward()
    assert x.grad.tolist() == [3, 3]
