"""Fast paths compute the same as the general ones, so these tests observe which is taken; and what a node saves."""

import tracemalloc

import numpy as np
import pytest

import autograd as torch
import autograd.core.operation as primitives
from autograd import float64, tensor
from autograd.core import backward, memory
from autograd.core.primitive import registry
from autograd.ops.inplace import writing
from tests.tools.tensors import leaf


@pytest.fixture
def general_paths(monkeypatch):
    """The names of the general paths that are taken, in order."""
    taken = []

    def note(module, name):
        through = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args: [taken.append(name), through(*args)][1])

    note(primitives, "_binary_of_unlike")
    note(primitives, "_unary_of_other_kinds")
    note(writing, "assign")
    note(memory, "offsets")
    note(backward, "check_versions")
    return taken


FLOATS = [
    tensor([1.0, 2.0]),
    tensor([1.0, 2.0], dtype=float64),
    tensor(1.0),
    tensor(1.0, dtype=float64),
    torch.ones(2)[0],
    torch.ones(2).sum(),
]


@pytest.mark.parametrize("x", FLOATS, ids=repr)
@pytest.mark.parametrize("tracked", [False, True])
def test_equal_shapes_and_numbers_beside_floats_take_the_fast_path(general_paths, x, tracked):
    x = x.detach().requires_grad_() if tracked else x
    for f in (torch.add, torch.mul, torch.sub, torch.div, torch.pow, torch.atan2):
        f(x, x)
    for number in (2, 2.5):
        _ = x + number, number + x, x * number, number * x, x / number, x - number, number - x, x**number, number**x
    _ = x.exp(), x.sin(), torch.relu(x), torch.tanh(x), torch.log(x), torch.sqrt(x)
    assert general_paths == []


def test_a_shared_0d_array_takes_the_fast_path_as_a_scalar_does(general_paths):
    shared, number = torch.ones(2)[0], torch.ones(2).sum()
    shared.add_(1)  # which gives it memory
    assert type(shared.array) is np.ndarray and type(number.array) is np.float32
    general_paths.clear()
    _ = shared + number, number + shared, shared * shared, shared + 2, 2.5 * shared
    assert general_paths == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["add", "mul", "sub", "div", "maximum", "fmod", "atan2", "copysign"])
def test_a_number_beside_an_array_counts_as_it_does_in_numpy(name, dtype):
    array = np.array([[0.0, -0.0, 1.5], [-3.0, np.inf, np.nan]], dtype)
    compute = registry[name].elementwise
    for number in (0.1, -0.0, 0.0, 0, 3, -2, 1e-45, 1e300, 16777217, float("inf"), float("nan")):
        for operands in ((array, number), (number, array)):
            with np.errstate(all="ignore"):
                expected = compute(*operands)
            for _ in range(2):
                got = registry[name].operator(*(tensor(v) if v is array else v for v in operands)).array
                assert got.dtype == expected.dtype
                assert got.tobytes() == expected.tobytes()


def test_a_forward_of_the_user_gets_a_number_as_a_number():
    given = []

    def forward(x, y):
        given.extend([x, y])
        return x - y

    minus = primitives.binary("minus_as_given", forward, lambda g: g, lambda g: -g)
    try:
        minus(torch.ones(2), 3.5), minus(3.5, torch.ones(2))
    finally:
        del registry["minus_as_given"]
    assert [type(v) for v in given] == [np.ndarray, float, float, np.ndarray]


UNLIKE = [
    (tensor([1.0, 2.0]), tensor([1.0, 2.0], dtype=float64)),
    (tensor([1.0, 2.0]), tensor([[1.0], [2.0]])),
    (tensor([1.0, 2.0]), tensor(2.0)),
    (tensor(2.0), tensor([1.0, 2.0])),
    (tensor([1, 2]), tensor([1, 2])),
    (tensor([1, 2]), 2.5),
    (2.5, tensor([1, 2])),
    (tensor([1.0, 2.0]), True),
    (tensor([1.0, 2.0]), 2j),
    (2j, tensor([1.0, 2.0])),
    (tensor([1j, 2.0]), 2),
    (2, tensor([1j, 2.0])),
    (tensor(1j), tensor(2j)),
    (tensor(1), 2.5),
    (2, tensor(1)),
    (tensor([True, False]), 1),
    (tensor([1.0], dtype=torch.float16), tensor([1.0], dtype=torch.float16)),
]


@pytest.mark.parametrize(("x", "y"), UNLIKE, ids=repr)
def test_other_operands_take_the_general_path(general_paths, x, y):
    torch.mul(x, y)
    assert general_paths == ["_binary_of_unlike"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, float64])
def test_inplace_operations_without_recording_write_directly(general_paths, dtype):
    x, plain = leaf([1.0, 2.0]).to(dtype), torch.ones(3, 2, dtype=dtype)
    copied = plain.clone()
    general_paths.clear()
    for other in (2, 2.5, copied, plain[0], plain[0, 0].item(), np.ones((3, 2), plain.numpy().dtype)):
        plain.add_(other).mul_(other).sub_(other).div_(other)
    view = plain[0]
    with torch.no_grad():
        plain.T.add_(1)
        x.add_(1)
        plain[0].add_(x)
        view.mul_(2)
    assert general_paths == []


def test_other_inplace_operations_compute_first_and_write_afterwards(general_paths):
    x, whole, plain = leaf([1.0, 2.0]) * 1, torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=float64)
    for written, other in (
        (x, 1.0),
        (plain.clone(), x),
        (whole, 2),
        (whole, whole),
        (plain, plain.float()),
        (plain, True),
        (plain[:1], 2.0),
        (torch.tensor(1.0), 2.0),
        (torch.ones(2, dtype=torch.complex64), 2.0),
    ):
        written.add_(other)
    plain.add_(plain, alpha=2)
    assert general_paths.count("assign") == 10


def test_elements_of_a_view_are_counted_only_if_they_may_overlap(general_paths):
    x = torch.zeros(4, 6, 8)
    for part in (x.mT, x[:, ::2], x[::2, :, ::3], x.permute(2, 0, 1), x[:, 1:2], x.flip(1), x[:, :, :1], x.mT[1:]):
        part.add_(1)
    assert "offsets" not in general_paths
    torch.zeros(10).as_strided((3, 2), (2, 3)).add_(1)
    assert "offsets" in general_paths


def test_a_value_that_no_rule_needs_is_not_copied_before_a_write():
    x = torch.zeros(2**18)
    for tracked in (False, True):
        y = (x.requires_grad_() * 1) if tracked else x.clone()
        with torch.no_grad():
            tracemalloc.start()
            y.exp_()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 1.5 * x.array.nbytes


def test_versions_are_checked_only_after_a_write(general_paths):
    x, other = leaf([1.0, 2.0]), torch.ones(2)
    other.add_(1)
    y = x * x
    y.sum().backward(retain_graph=True)
    assert "check_versions" not in general_paths
    other.add_(1)
    y.sum().backward()
    assert "check_versions" in general_paths


# -- what a node holds -------------------------------------------------------------------------------------


BINARY = sorted(
    name for name, made in registry.items() if tuple(made.rules) == ("x", "y") and made.parameters == ("x", "y")
)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("which", [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("shapes", [((2, 2), (2, 2)), ((2, 2), (1, 2, 2))])
def test_a_node_saves_only_what_the_rules_of_its_parents_need(name, which, shapes):
    made = registry[name]
    x, y = (torch.full(shape, 0.5, dtype=float64, requires_grad=asks) for shape, asks in zip(shapes, which))
    try:
        node = made.function(x, y).node
    except RuntimeError:
        pytest.skip("its inputs have other shapes")
    wanted = {n for rule, asks in zip(made.rules.values(), which) if asks for n in primitives.needs(rule)}
    assert [value is not None for value in node.saved] == [n in wanted for n in made.saves]


def test_only_complex_and_broadcast_operations_have_an_undo():
    x = leaf([[1.0, 2.0]])
    for y in (
        x * 2,
        x * x,
        x.exp(),
        x.T,
        x.reshape(2),
        x[0],
        torch.cat([x, x]),
        torch.stack([x, x]),
        x.float(),
        x @ x.T,
    ):
        assert y.node.undo is None
    assert (x + torch.ones(3, 2)).node.undo.shapes == ((1, 2), None)
    z = x.to(torch.complex128)
    for y in (z * 2, z * z, z.exp(), z.T, z.reshape(2), z[0], torch.cat([z, z]), torch.stack([z, z]), z @ z.T, z.real):
        assert y.node.undo.conjugate
