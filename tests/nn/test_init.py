"""Initialization: moments, bounds, generators and errors."""

import math

import numpy as np
import pytest

import autograd
import nn
from autograd import empty, zeros
from nn import init

SHAPE = (200, 300)


def drawn(fill, shape=SHAPE, **options):
    autograd.manual_seed(0)
    tensor = empty(shape)
    assert fill(tensor, **options) is tensor
    return tensor.numpy().astype(np.float64)


def test_constants():
    assert init.constant_(empty(2), 3.5).tolist() == [3.5, 3.5]
    assert init.zeros_(empty(2)).tolist() == [0, 0]
    assert init.ones_(empty(2)).tolist() == [1, 1]
    assert init.eye_(empty(3, 2)).tolist() == [[1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("fill", "options", "std"),
    [
        (init.normal_, {"mean": 1.0, "std": 2.0}, 2.0),
        (init.xavier_normal_, {"gain": 3.0}, 3 * math.sqrt(2 / 500)),
        (init.kaiming_normal_, {"nonlinearity": "relu"}, math.sqrt(2 / 300)),
        (init.kaiming_normal_, {"mode": "fan_out", "a": 1.0}, math.sqrt(1 / 200)),
    ],
)
def test_normal_moments(fill, options, std):
    values = drawn(fill, **options)
    mean = options.get("mean", 0.0)
    count = values.size
    assert abs(values.mean() - mean) < 5 * std / math.sqrt(count)
    assert abs(values.std() / std - 1) < 5 / math.sqrt(2 * count)
    assert abs((((values - mean) / std) ** 4).mean() - 3) < 0.15


@pytest.mark.parametrize(
    ("fill", "options", "low", "high"),
    [
        (init.uniform_, {"a": -1.0, "b": 3.0}, -1, 3),
        (init.xavier_uniform_, {}, -math.sqrt(6 / 500), math.sqrt(6 / 500)),
        (init.kaiming_uniform_, {"a": math.sqrt(5)}, -1 / math.sqrt(300), 1 / math.sqrt(300)),
    ],
)
def test_uniform_moments(fill, options, low, high):
    values = drawn(fill, **options)
    width = high - low
    assert low <= values.min() < low + width / 1000
    assert high - width / 1000 < values.max() <= high + 1e-6
    assert abs(values.mean() - (low + high) / 2) < 5 * width / math.sqrt(12 * values.size)
    assert abs(values.std() / (width / math.sqrt(12)) - 1) < 0.02


@pytest.mark.parametrize(("a", "b"), [(-2.0, 2.0), (-0.1, 0.2), (0.5, 9.0), (3.0, 4.0), (-50.0, 50.0)])
def test_the_mean_of_the_truncated_normal(a, b):
    values = drawn(init.trunc_normal_, a=a, b=b)
    density = lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    inside = (math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2))) / 2
    assert values.min() >= np.float32(a)
    assert values.max() <= np.float32(b)
    assert abs(values.mean() - (density(a) - density(b)) / inside) < 5 * values.std() / math.sqrt(values.size)


def test_the_truncated_normal_is_scaled_before_it_is_truncated():
    values = drawn(init.trunc_normal_, mean=1.0, std=0.01, a=0.99, b=2.0)
    assert values.min() >= np.float32(0.99)
    assert abs((values > 1).mean() - 0.5 / 0.8413447) < 0.01


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5), (4, 2, 3)])
def test_orthogonal_rows_or_columns(shape):
    values = drawn(init.orthogonal_, shape, gain=2.0).reshape(shape[0], -1)
    small = values @ values.T if values.shape[0] <= values.shape[1] else values.T @ values
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


def test_an_orthogonal_weight_is_the_q_of_a_random_matrix_with_a_positive_diagonal_of_r():
    for shape in ((7, 4), (4, 7)):
        drawn_from = autograd.randn(7, 4, generator=autograd.Generator().manual_seed(3)).numpy()
        weight = init.orthogonal_(empty(shape), 2.0, autograd.Generator().manual_seed(3)).numpy()
        r = (weight if shape == (7, 4) else weight.T).T @ drawn_from
        assert (np.diag(r) > 0).all() and abs(np.tril(r, -1)).max() < 1e-4


def test_a_generator_determines_the_values():
    fills = [
        init.uniform_, init.normal_, init.trunc_normal_, init.xavier_uniform_, init.xavier_normal_,
        init.kaiming_uniform_, init.kaiming_normal_, init.orthogonal_,
    ]  # fmt: skip
    for fill in fills:
        first, second = (fill(empty(3, 3), generator=autograd.Generator().manual_seed(5)).tolist() for _ in range(2))
        assert first == second


def test_a_linear_layer_is_initialized_uniformly_within_one_over_root_fan_in():
    autograd.manual_seed(1)
    layer = nn.Linear(400, 300)
    for values in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
        assert abs(values).max() <= 1 / 20
        assert abs(values).max() > 0.049
        assert abs(values.std() * 20 * math.sqrt(3) - 1) < 0.1


def test_parameters_stay_leaves_and_their_version_counts_the_write():
    layer = nn.Linear(2, 2)
    out = (layer.weight * layer.weight).sum()
    init.ones_(layer.weight)
    assert layer.weight.is_leaf
    with pytest.raises(RuntimeError):
        out.backward()


def test_other_dtypes_and_scalars():
    assert init.normal_(empty(3, dtype=autograd.float64)).dtype is autograd.float64
    assert init.constant_(autograd.tensor(0.0), 2.0).item() == 2
    assert 0 <= init.uniform_(autograd.tensor(-1.0)).item() < 1


@pytest.mark.parametrize(
    ("fill", "error", "message"),
    [
        (
            lambda: init.uniform_(zeros(2), 1, 0),
            RuntimeError,
            "uniform_ expects to return a [from, to) range, but found from=1 > to=0",
        ),
        (lambda: init.normal_(zeros(2), 0, -1), RuntimeError, "normal expects std >= 0.0, but found std -1"),
        (lambda: init.trunc_normal_(zeros(2), std=0), RuntimeError, "trunc_normal_ expects std > 0.0, but found std 0"),
        (
            lambda: init.trunc_normal_(zeros(2), a=2, b=1),
            RuntimeError,
            "uniform_ expects to return a [from, to) range, but found from=2 > to=1",
        ),
        (lambda: init.eye_(zeros(2)), ValueError, "Only tensors with 2 dimensions are supported, but got shape (2,)"),
        (
            lambda: init.orthogonal_(zeros(2)),
            ValueError,
            "Only tensors with 2 or more dimensions are supported, but got shape (2,)",
        ),
        (
            lambda: init.xavier_uniform_(zeros(2)),
            ValueError,
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, but got shape (2,)",
        ),
        (
            lambda: init.kaiming_normal_(zeros(2, 2), mode="x"),
            ValueError,
            "Mode x not supported, please use one of ['fan_in', 'fan_out']",
        ),
        (lambda: init.kaiming_uniform_(zeros(2, 2), nonlinearity="x"), ValueError, "Unsupported nonlinearity x"),
        (lambda: init.calculate_gain("leaky_relu", "a"), ValueError, "negative_slope a not a valid number"),
    ],
)
def test_error_messages(fill, error, message):
    with pytest.raises(error) as raised:
        fill()
    assert str(raised.value) == message


def test_an_empty_tensor_warns():
    with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
        init.kaiming_uniform_(empty(0, 2))


def test_calculate_gain():
    assert init.calculate_gain("linear") == 1
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("leaky_relu", 1.0) == 1
    assert init.calculate_gain("selu") == 0.75


def test_a_dirac_weight_is_the_identity_on_its_channels():
    x = autograd.randn(2, 4, 5, 6)
    layer = nn.Conv2d(4, 6, 3, padding=1, bias=False, groups=2)
    init.dirac_(layer.weight, groups=2)
    out = layer(x)
    for group in range(2):
        assert out[:, 3 * group : 3 * group + 2].tolist() == x[:, 2 * group : 2 * group + 2].tolist()
        assert not out[:, 3 * group + 2].any()


def test_every_column_of_a_sparse_matrix_has_the_given_fraction_of_zeros():
    w = init.sparse_(autograd.empty(50, 40), 0.31, std=2.0)
    assert (w == 0).sum(0).tolist() == [16] * 40
    assert abs(w[w != 0].std().item() - 2) < 0.2


@pytest.mark.parametrize("name", ["uniform", "constant", "kaiming_normal", "xavier_uniform", "sparse"])
def test_deprecated_names_warn_and_give_the_same_values(name):
    arguments = {"constant": (3.0,), "sparse": (0.5,)}.get(name, ())
    autograd.manual_seed(0)
    expected = getattr(init, name + "_")(zeros(4, 3), *arguments)
    autograd.manual_seed(0)
    with pytest.warns(FutureWarning, match=f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`"):
        found = getattr(init, name)(zeros(4, 3), *arguments)
    assert found.tolist() == expected.tolist()


#: A fill of a weight (4, 3, 2, 5), whose fan_in is 30 and whose fan_out is 40, and what it makes of standard draws x.
MAPS = [
    (init.uniform_, {"a": -2.0, "b": 5.0}, autograd.rand, lambda x: 7 * x - 2),
    (init.normal_, {"mean": -2.0, "std": 3.0}, autograd.randn, lambda x: 3 * x - 2),
    (init.xavier_uniform_, {"gain": 3.0}, autograd.rand, lambda x: 3 * math.sqrt(6 / 70) * (2 * x - 1)),
    (init.xavier_normal_, {"gain": 3.0}, autograd.randn, lambda x: 3 * math.sqrt(2 / 70) * x),
    (init.kaiming_uniform_, {"a": 2.0}, autograd.rand, lambda x: math.sqrt(3 * 2 / 5 / 30) * (2 * x - 1)),
    (init.kaiming_uniform_, {"mode": "fan_out", "nonlinearity": "tanh"}, autograd.rand,
     lambda x: 5 / 3 * math.sqrt(3 / 40) * (2 * x - 1)),
    (init.kaiming_normal_, {}, autograd.randn, lambda x: math.sqrt(2 / 30) * x),
    (init.kaiming_normal_, {"mode": "fan_out", "a": 3.0}, autograd.randn, lambda x: math.sqrt(2 / 10 / 40) * x),
]  # fmt: skip


@pytest.mark.parametrize(("fill", "options", "draw", "made"), MAPS)
def test_a_fill_is_an_affine_map_of_standard_draws(fill, options, draw, made):
    weight = fill(empty(4, 3, 2, 5), **options, generator=autograd.Generator().manual_seed(7))
    x = draw(4, 3, 2, 5, generator=autograd.Generator().manual_seed(7)).numpy()
    np.testing.assert_allclose(weight.numpy(), made(x), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("sparsity", "zeros_each"), [(0.0, 0), (0.25, 2), (0.5, 4), (0.51, 5), (1.0, 8)])
def test_a_sparse_fill_has_the_same_number_of_zeros_in_every_column(sparsity, zeros_each):
    values = drawn(init.sparse_, (8, 500), sparsity=sparsity, std=2.0)
    assert ((values == 0).sum(0) == zeros_each).all()
    if zeros_each < 8:
        assert abs(values[values != 0].std() - 2) < 0.2 and abs(values.mean()) < 0.1
    assert abs((values == 0).mean(1) - zeros_each / 8).max() < 0.1


def test_recurrent_and_embedding_weights_have_their_documented_bounds():
    autograd.manual_seed(0)
    for layer in (nn.LSTM(3, 25, 2, bidirectional=True), nn.GRUCell(3, 25), nn.RNN(7, 25), nn.Bilinear(25, 9, 9)):
        for parameter in layer.parameters():
            assert 0.15 < abs(parameter.detach().numpy()).max() <= 0.2
    embedding = nn.Embedding(100, 30, padding_idx=3).weight.detach().numpy()
    assert not embedding[3].any() and abs(np.delete(embedding, 3, 0).std() - 1) < 0.05
    for layer in (nn.Conv2d(4, 60, (2, 3)), nn.ConvTranspose2d(60, 4, (2, 3)), nn.Conv2d(8, 60, (2, 3), groups=2)):
        assert 0.19 < abs(layer.weight.detach().numpy()).max() <= 1 / math.sqrt(24)
        assert abs(layer.bias.detach().numpy()).max() <= 1 / math.sqrt(24)


@pytest.mark.parametrize(
    "fill",
    [
        init.uniform_, init.normal_, init.trunc_normal_, init.xavier_uniform_, init.xavier_normal_,
        init.kaiming_uniform_, init.kaiming_normal_, init.orthogonal_, lambda x: init.sparse_(x, 0.5),
        lambda x: x.uniform_(), lambda x: x.normal_(), lambda x: x.log_normal_(), lambda x: x.exponential_(),
        lambda x: x.cauchy_(), autograd.rand_like, autograd.randn_like,
        lambda x: autograd.normal(x, 1.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [autograd.int64, autograd.bool])
def test_integers_are_not_drawn_from_continuous_distributions(fill, dtype):
    x = autograd.ones(3, 2, dtype=dtype)
    with pytest.raises(NotImplementedError, match="expected a floating-point or complex dtype"):
        fill(x)
    assert (x == 1).all()
