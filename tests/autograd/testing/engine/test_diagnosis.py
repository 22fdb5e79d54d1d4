"""The diagnosis: mistakes are planted in many functions, and it must name the right cause, or none."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import Function, tensor
from autograd.core import operation
from autograd.core.primitive import registry
from autograd.testing import GradcheckError, gradcheck, gradgradcheck
from autograd.testing.engine.calls import Block
from autograd.testing.engine.diagnosis import _broadcast_dims, _inner_dims_exchanged
from tests.tools.shares import share

#: Functions of matrices, with the shapes of their arguments.
FUNCTIONS = {
    "sin": (torch.sin, [(2, 3)]),
    "product": (lambda x, y: x * y * y, [(2, 2), (2, 2)]),
    "broadcast": (lambda x, y: x * torch.exp(y), [(3,), (2, 3)]),
    "matmul": (lambda x, y: torch.tanh(x @ y), [(2, 2), (2, 2)]),
    "softmax": (lambda x: torch.softmax(x, -1), [(2, 3)]),
    "norm": (lambda x: (x * x).sum().sqrt(), [(2, 3)]),
    "logsumexp": (lambda x, y: torch.logsumexp(x + y, 0), [(2, 2), (2, 1)]),
    "divide": (lambda x, y: x / y, [(2, 3), (2, 1)]),
    "scalar": (lambda x: torch.exp(x) * x, [()]),
    "three": (lambda x: x.roll(1, 0) * x, [(3, 3)]),
}

every_function = pytest.mark.parametrize("name", FUNCTIONS)


def planted(f, spoil):
    """`f` with a backward that returns `spoil(pull, g, xs)`; `pull(g)` computes the right gradients for a cotangent."""

    class Planted(Function):
        @staticmethod
        def forward(ctx, *xs):
            ctx.save_for_backward(*xs)
            return f(*xs)

        @staticmethod
        def backward(ctx, g):
            xs = [x.detach().requires_grad_() for x in ctx.saved_tensors]
            with torch.enable_grad():
                out = f(*xs)

            def pull(g):
                return torch.grad(out, xs, g, retain_graph=True)

            return tuple(spoil(pull, g, [x.detach() for x in xs]))

    return Planted.apply


def inputs_of(name, seed):
    rng = np.random.default_rng(seed)
    return [
        tensor(rng.choice([-1, 1], shape) * rng.uniform(0.4, 1.6, shape), dtype=torch.float64, requires_grad=True)
        for shape in FUNCTIONS[name][1]
    ]


def leaf(values):
    return tensor(values, dtype=torch.float64, requires_grad=True)


def cause_of(f, inputs, **options):
    """The name of the cause, and the message."""
    with pytest.raises(GradcheckError) as info:
        gradcheck(f, inputs, **options)
    return info.value.cause, str(info.value)


seeds = st.integers(0, 2**16)


@every_function
@share(1 / 40)
@given(seed=seeds)
def test_the_right_gradient_passes(name, seed):
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: pull(g))
    assert gradcheck(f, inputs_of(name, seed))
    assert gradcheck(f, inputs_of(name, seed), fast_mode=True)


@every_function
@share(1 / 40)
@given(seed=seeds, fast=st.booleans())
def test_a_wrong_sign_is_named(name, seed, fast):
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: [-gx for gx in pull(g)])
    cause, message = cause_of(f, inputs_of(name, seed), fast_mode=fast)
    assert cause == "wrong sign"
    assert "every entry is minus what it should be" in message


@every_function
@share(1 / 40)
@given(seed=seeds, fast=st.booleans(), factor=st.sampled_from([0.5, 2.0, -3.0, 1.0005, 0.9, 1 / 3]))
def test_a_constant_factor_is_named_with_its_size(name, seed, fast, factor):
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: [gx * factor for gx in pull(g)])
    cause, message = cause_of(f, inputs_of(name, seed), fast_mode=fast)
    assert cause == "constant factor"
    assert f"{factor:.6g} times what it should be" in message


@pytest.mark.parametrize("fast", [False, True])
def test_a_small_wrong_entry_beside_large_ones_is_not_diagnosed_as_a_factor(fast):
    sizes = tensor([1e6, 1.0, 1e-3], dtype=torch.float64)
    f = planted(lambda x: x * sizes, lambda pull, g, xs: [pull(g)[0] * tensor([1.0, 1.0, 1.01], dtype=torch.float64)])
    cause, message = cause_of(f, [torch.ones(3, dtype=torch.float64, requires_grad=True)], fast_mode=fast)
    assert cause is None
    assert "d output 0[2] / d input 0[2]" in message


@every_function
@share(1 / 40)
@given(seed=seeds)
def test_a_missing_gradient_is_named(name, seed):
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: [torch.zeros_like(gx) for gx in pull(g)])
    assert cause_of(f, inputs_of(name, seed))[0] == "cut off"
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: [None for _ in xs])
    assert cause_of(f, inputs_of(name, seed))[0] == "cut off"


@pytest.mark.parametrize("name", ["product", "matmul", "logsumexp"])
@share(1 / 40)
@given(seed=seeds)
def test_a_transposed_gradient_is_named(name, seed):
    f = planted(
        FUNCTIONS[name][0], lambda pull, g, xs: [gx.mT if gx.shape[-2] == gx.shape[-1] else gx for gx in pull(g)]
    )
    assert cause_of(f, inputs_of(name, seed))[0] == "transposed"


def matmul(rule_x, rule_y):
    made = operation.primitive("planted", lambda x, y: x @ y, x=rule_x, y=rule_y)
    del registry["planted"]
    return made


@pytest.mark.parametrize(
    "rules",
    [
        (lambda g, y: g @ y, lambda g, x: x.mT @ g),
        (lambda g, y: g @ y.mT, lambda g, x: x @ g),
        (lambda g, y: g.mT @ y.mT, lambda g, x: x.mT @ g),
        (lambda g, y: y @ g.mT, lambda g, x: x.mT @ g),
    ],
    ids=["y for y.mT", "x for x.mT", "g.mT for g", "the result"],
)
@share(1 / 40)
@given(seed=seeds)
def test_a_transposed_matrix_in_a_rule_is_named(rules, seed):
    cause, message = cause_of(matmul(*rules), inputs_of("matmul", seed))
    assert cause == "transposed"
    assert "two dims exchanged" in message


@pytest.mark.parametrize(
    "rules",
    [(lambda g, y: g @ y, lambda g, x: x.mT @ g), (lambda g, y: g @ y.mT, lambda g, x: x @ g)],
    ids=["y for y.mT", "x for x.mT"],
)
@share(1 / 40)
@given(seed=seeds)
def test_a_transposed_matrix_between_other_functions_is_named(rules, seed):
    wrong = matmul(*rules)
    f = lambda x, y: torch.tanh(wrong(torch.exp(x), y) / 4)
    assert cause_of(f, inputs_of("matmul", seed))[0] == "transposed"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: torch.exp(x).cumsum(0),
        lambda x: torch.tanh(MIXING @ x),
        lambda x: x * x.roll(1, 0),
        lambda x: torch.logsumexp(x * MIXING[..., None], 1),
    ],
    ids=["cumsum", "matmul", "roll", "logsumexp"],
)
@share(1 / 40)
@given(seed=seeds)
def test_a_missing_term_of_a_sum_is_named(f, seed):
    def spoil(pull, g, xs):
        g = g.clone()
        g[1] = 0
        return pull(g)

    # One row of outputs is left out, so the gradients of inputs that other rows depend on too lack a term.
    cause, message = cause_of(planted(f, spoil), inputs_of("three", seed))
    assert cause == "missing term", message


MIXING = tensor([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0], [2.0, 1.0, 1.0]], dtype=torch.float64)


@pytest.mark.parametrize("name", ["sin", "product", "divide"])
@share(1 / 40)
@given(seed=seeds)
def test_elements_that_get_no_gradient_are_named(name, seed):
    def spoil(pull, g, xs):
        g = g.clone()
        g[0] = 0
        return pull(g)

    assert cause_of(planted(FUNCTIONS[name][0], spoil), inputs_of(name, seed))[0] == "partly cut off"


@share(1 / 40)
@given(seed=seeds)
def test_a_softmax_without_its_second_term_is_diagnosed_as_a_missing_term(seed):
    def spoil(pull, g, xs):
        return [torch.softmax(xs[0], -1) * g]

    assert cause_of(planted(FUNCTIONS["softmax"][0], spoil), inputs_of("softmax", seed))[0] == "missing term"


@pytest.mark.parametrize("name", ["broadcast", "divide"])
@share(1 / 40)
@given(seed=seeds)
def test_a_broadcast_that_is_not_undone_is_named(name, seed):
    def spoil(pull, g, xs):
        gs = list(pull(g))
        first = torch.zeros_like(g)
        if name == "broadcast":
            first[0] = g[0]
            gs[0] = pull(first)[0]
        else:
            first[:, 0] = g[:, 0]
            gs[1] = pull(first)[1]
        return gs

    cause, message = cause_of(planted(FUNCTIONS[name][0], spoil), inputs_of(name, seed))
    assert cause == "broadcast not undone"
    assert f"lacks the sum over dim {0 if name == 'broadcast' else 1}" in message


def test_a_gradient_in_the_shape_of_the_output_is_a_broadcast_not_undone():
    made = operation.primitive("planted", lambda x, y: x * y, x=lambda g, y: g * y, y=lambda g, x: g * x)
    del registry["planted"]
    cause, message = cause_of(made, inputs_of("broadcast", 0))
    assert cause == "broadcast not undone"
    assert "shape (2, 3), but the input has (3,)" in message and "sum over dim 0" in message


@every_function
@share(1 / 40)
@given(seed=seeds)
def test_a_rule_that_forgets_the_cotangent_is_named(name, seed):
    f = planted(
        FUNCTIONS[name][0], lambda pull, g, xs: pull(torch.arange(1, 1 + g.numel(), dtype=g.dtype).reshape(g.shape))
    )
    cause, message = cause_of(f, inputs_of(name, seed))
    assert cause == "ignores the cotangent"
    assert "not multiplied by grad_output" in message


@share(1 / 40)
@given(seed=seeds)
def test_a_sign_that_is_wrong_for_some_elements_is_named(seed):
    x = inputs_of("sin", seed)
    if bool((x[0] > 0).all()) or bool((x[0] < 0).all()):
        return
    f = planted(lambda x: x.abs() * x * x, lambda pull, g, xs: [g * 3 * xs[0] ** 2])
    cause, message = cause_of(f, x)
    assert cause == "lost sign"
    assert f"wrong sign in {int((x[0] < 0).sum())} entries" in message


@every_function
@share(1 / 40)
@given(seed=seeds)
def test_random_gradients_are_called_non_deterministic(name, seed):
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: [gx * (1 + torch.rand(()).item()) for gx in pull(g)])
    cause, message = cause_of(f, inputs_of(name, seed))
    assert cause == "non-determinism" and "Backward is not reentrant" in message
    noisy = FUNCTIONS[name][0]
    cause, message = cause_of(lambda *xs: noisy(*xs) * torch.rand(()).item(), inputs_of(name, seed))
    assert cause == "non-determinism" and "called again" in message


@pytest.mark.parametrize("kinked", [torch.abs, torch.relu, lambda x: x.clamp(0, 5), lambda x: torch.maximum(x, -x)])
@pytest.mark.parametrize("at", [0.0, 1e-10])
@pytest.mark.parametrize("options", [{}, {"eps": 1e-6}, {"fast_mode": True}])
def test_an_input_on_a_kink_or_within_the_step_is_refused(kinked, at, options):
    cause, message = cause_of(lambda x: kinked(x - 1) * 3, leaf([1.5, 1 + at, 0.3]), **options)
    assert cause == "kink"
    assert "input 0[1] = 1" in message and "slopes" in message


@share(1 / 40)
@given(st.floats(1e-6, 0.3))
def test_a_kink_near_the_input_shortens_the_steps(distance):
    x = tensor([distance, -distance], dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: torch.relu(x) * torch.exp(x), x)


@every_function
@share(1 / 40)
@given(seed=seeds)
def test_an_unknown_mistake_gets_no_cause(name, seed):
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: [gx * (1 + 0.1 * x**2) for gx, x in zip(pull(g), xs)])
    cause, message = cause_of(f, inputs_of(name, seed))
    assert cause is None and "Cause" not in message
    f = planted(FUNCTIONS[name][0], lambda pull, g, xs: [gx + 0.1 * g.sum() * x for gx, x in zip(pull(g), xs)])
    cause, message = cause_of(f, inputs_of(name, seed))
    assert cause is None and "Cause" not in message


def test_a_rule_with_the_other_argument_gets_no_cause():
    made = operation.primitive("planted", lambda x, y: x * y, x=lambda g, x: g * x, y=lambda g, x: g * x)
    del registry["planted"]
    assert cause_of(made, inputs_of("product", 0))[0] is None
    assert cause_of(made, [x[0, 0].detach().requires_grad_() for x in inputs_of("product", 0)])[0] is None


def test_a_forgotten_conjugate_is_named():
    f = planted(torch.matmul, lambda pull, g, xs: (g @ xs[1].mT, xs[0].mT @ g))
    rng = np.random.default_rng(0)
    inputs = [tensor(rng.normal(size=s) + 1j * rng.normal(size=s), requires_grad=True) for s in ((2, 3), (3, 2))]
    cause, message = cause_of(f, inputs)
    assert cause == "not conjugated" and "multiply by the conjugate of the derivative" in message


@pytest.mark.parametrize("fast", [False, True])
def test_a_gradient_that_is_not_finite_is_named(fast):
    x = tensor([0.5, -0.7], dtype=torch.float64, requires_grad=True)
    cause, message = cause_of(lambda x: torch.where(x > 0, x.sqrt(), x), x, fast_mode=fast)
    assert cause == "not finite" and "by backward:     nan" in message


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_an_input_that_the_function_writes_to_is_named(check):
    def writes(x, y):
        with torch.no_grad():
            y[0] = 0
        return x * y

    x, y = (tensor([0.5, -0.7], dtype=torch.float64, requires_grad=True) for _ in range(2))
    with pytest.raises(GradcheckError, match=r"input 1 is changed by the function: clone\(\) it") as info:
        check(writes, (x, y))
    assert info.value.cause == "changed input"


def test_a_factor_of_an_elementwise_function_is_not_diagnosed_as_a_number_of_elements():
    f = planted(torch.sin, lambda pull, g, xs: [2 * gx for gx in pull(g)])
    assert "is a sum used" not in cause_of(f, leaf([[1.0, 2.0], [0.5, -0.3]]))[1]
    f = planted(lambda x: x.mean(0), lambda pull, g, xs: [2 * gx for gx in pull(g)])
    assert "(2: the output has 2 elements in it; is a sum used" in cause_of(f, leaf([[1.0, 2.0], [0.5, -0.3]]))[1]


# -- far from 1 --------------------------------------------------------------------------------------

#: Functions that vary over distances of `scale`, and their derivatives.
SCALED = {
    "square": (lambda x, scale: x * x, lambda x, scale: 2 * x),
    "log": (lambda x, scale: torch.log(x), lambda x, scale: 1 / x),
    "reciprocal": (lambda x, scale: scale / (x + scale), lambda x, scale: -scale / (x + scale) ** 2),
    "large values": (lambda x, scale: torch.sin(x / scale) / scale, lambda x, scale: torch.cos(x / scale) / scale**2),
}


@pytest.mark.parametrize("name", SCALED)
@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e-6, 1e6, 1e12, 1e30])
def test_tiny_and_huge_inputs_are_judged_correctly_or_refused(name, scale):
    f, slope = SCALED[name]
    x = leaf([0.3 * scale, 1.2 * scale])
    try:
        assert gradcheck(lambda x: f(x, scale), x)
    except GradcheckError as error:
        assert name == "large values" and scale == 1e-30 and "cannot be judged" in str(error)
        return
    wrong = planted(lambda x: f(x, scale), lambda pull, g, xs: [g * slope(xs[0], scale) * 1.0005])
    cause, message = cause_of(wrong, x)
    assert cause == "constant factor", message
    assert "the gradient seems right" not in message


def test_cancellation_inside_the_function_is_tolerated():
    for at in (1e-1, 1e-3, 1e-6, 1e-9):
        assert gradcheck(lambda x: 1 - x.cos(), leaf([at]))
        assert gradcheck(lambda x: (1e6 + x) - 1e6, leaf([at]))


# -- the second opinion ------------------------------------------------------------------------------


def test_the_second_opinion_decides_only_if_it_can_tell_the_values_apart():
    assert "it agrees that the gradient is wrong" in cause_of(lambda x: x * x.detach(), leaf([1e-12]))[1]
    coarse = cause_of(lambda x: x**3, leaf([1.0]), eps=0.1)[1]
    assert "the gradient seems right, so the step may be unsuitable" in coarse
    near_a_pole = planted(torch.tan, lambda pull, g, xs: [gx * 1.0005 for gx in pull(g)])
    assert "Second opinion: none" in cause_of(near_a_pole, leaf([np.pi / 2 - 1e-3]))[1]


#: A matrix, and what may or may not be explained by an exchange of its dims.
TWO, THREE = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[1.0, 2.0, -3.0], [4.0, 5.0, 6.0], [-7.0, 0.5, 9.0]])
ONE_PAIR = THREE.copy()
ONE_PAIR[0, 1], ONE_PAIR[1, 0] = THREE[1, 0], THREE[0, 1]


@pytest.mark.parametrize(
    "right, got, explained",
    [
        (TWO, TWO.T, True), (TWO, [[1, 2.1], [3, 0]], False), (TWO, [[1, 2], [2.9, 0]], False),
        (TWO, [[1, 6], [1, 0]], True), (TWO, [[1.1, 3], [2, 0]], False), (TWO, [[1, 3], [2, 0.1]], False),
        (TWO, [[1, -2], [3, 0]], False),
        (THREE, THREE.T, True), (THREE, ONE_PAIR, False), (1e4 * THREE, 1e4 * THREE.T, True),
        (1e-4 * THREE, 1e-4 * ONE_PAIR, False),
    ],
)  # fmt: skip
def test_exchanged_inner_dims_keep_the_diagonal_and_the_products_of_opposite_entries(right, got, explained):
    n = len(right)
    block = Block(np.array(got, float), right, 0 * right, 0 * right, (n,), (n,), np.arange(n), np.arange(n))
    assert _inner_dims_exchanged([block], (n, n), range(1), range(1, 2)) == explained
    assert not _inner_dims_exchanged([block], (1, n * n), range(1), range(1, 2))
    assert not _inner_dims_exchanged([block], (n * n, 1), range(1), range(1, 2))


@pytest.mark.parametrize(
    "out, source, dims",
    [((2, 3), (3,), (0,)), ((2, 3), (1, 3), (0,)), ((2, 3), (2, 1), (1,)), ((2, 3), (), (0, 1)), ((2, 3), (2, 3), ()),
     ((3,), (2, 3), ()), ((2, 3), (2,), ())],
)  # fmt: skip
def test_an_elementwise_function_names_the_dims_of_its_broadcast(out, source, dims):
    def block(right):
        return Block(
            0 * right, right, 0 * right, 0 * right, out, source, np.arange(len(right)), np.arange(right.shape[1])
        )

    rows, columns = int(np.prod(out)), int(np.prod(source))
    right = np.zeros((rows, columns))
    if dims:
        places = np.broadcast_to(np.arange(columns).reshape(source), out).ravel()
        right[np.arange(rows), places] = np.arange(1.0, rows + 1)
    assert _broadcast_dims(block(right)) == dims
    if dims and columns > 1:
        right[0, places[0] - 1] = 0.5
        assert _broadcast_dims(block(right)) == ()
