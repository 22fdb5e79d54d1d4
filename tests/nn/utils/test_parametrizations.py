"""Weight norm and spectral norm, as parametrizations and as the older hooks, and orthogonal weights."""

import numpy as np
import pytest

import autograd
import nn
from autograd import float64, ones, tensor
from autograd.testing import gradcheck
from nn.utils import (
    parametrizations,
    remove_spectral_norm,
    remove_weight_norm,
    spectral_norm,
    weight_norm,
)
from nn.utils.norms import norm_except_dim
from tests.tools.answers import assert_alike

LAYERS = {
    "Linear": (lambda: nn.Linear(3, 2), (2, 3)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 2), (1, 2, 4)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 3, 2), (1, 2, 3, 3)),
}


def old(normalize):
    """The older form, without its warning."""

    def apply(*args, **kwargs):
        with pytest.warns(FutureWarning, match="deprecated in favor of `nn.utils.parametrizations.weight_norm`"):
            return normalize(*args, **kwargs)

    return apply


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.parametrize(
    ("normalize", "length", "direction"),
    [
        (parametrizations.weight_norm, "parametrizations.weight.original0", "parametrizations.weight.original1"),
        (old(weight_norm), "weight_g", "weight_v"),
    ],
)
def test_weight_norm_keeps_the_weight_and_separates_norm_and_direction(name, dim, normalize, length, direction):
    make, shape = LAYERS[name]
    layer = make().double()
    before = layer.weight.detach().clone()
    normalize(layer, dim=dim)
    parts = dict(layer.named_parameters())
    assert list(parts) == ["bias", length, direction]
    np.testing.assert_allclose(layer.weight.detach().numpy(), before.numpy())
    axes = None if dim is None else tuple(i for i in range(before.ndim) if i != dim)
    np.testing.assert_allclose(
        parts[length].detach().numpy(), np.sqrt((before.numpy() ** 2).sum(axes, keepdims=dim is not None))
    )
    with autograd.no_grad():
        parts[length].mul_(3)
        parts[direction].mul_(5)
    layer(ones(shape, dtype=float64))
    np.testing.assert_allclose(layer.weight.detach().numpy(), 3 * before.numpy())


def test_gradcheck_of_weight_norm():
    layer = parametrizations.weight_norm(nn.Linear(3, 2).double())
    gradcheck(layer, (autograd.randn(4, 3, dtype=float64),))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("normalize", [parametrizations.spectral_norm, spectral_norm])
def test_spectral_norm_makes_the_largest_singular_value_one(name, normalize):
    autograd.manual_seed(0)
    make, shape = LAYERS[name]
    layer = normalize(make().double(), n_power_iterations=100)
    layer(ones(shape, dtype=float64))
    layer.eval()
    layer(ones(shape, dtype=float64))
    weight = layer.weight.detach().numpy()
    matrix = np.moveaxis(weight, 1, 0) if name == "ConvTranspose2d" else weight
    assert np.linalg.norm(matrix.reshape(len(matrix), -1), 2) == pytest.approx(1.0, abs=1e-6)
    kept = [value.clone() for value in layer.state_dict().values()]
    layer(ones(shape, dtype=float64))
    assert all(a.equal(b) for a, b in zip(kept, layer.state_dict().values(), strict=True))


@pytest.mark.parametrize(
    ("normalize", "remove", "kept"),
    [(old(weight_norm), remove_weight_norm, "weight_g"), (spectral_norm, remove_spectral_norm, "weight_orig")],
)
def test_the_older_hooks_can_be_removed(normalize, remove, kept):
    layer = normalize(nn.Linear(3, 2))
    layer(ones(1, 3))
    weight = layer.weight.detach().clone()
    with pytest.raises(RuntimeError, match="Cannot register two"):
        normalize(layer)
    assert kept in layer.state_dict()
    remove(layer)
    assert list(layer.state_dict()) == ["bias", "weight"] and isinstance(layer.weight, nn.Parameter)
    with pytest.raises(ValueError, match="of 'weight' not found"):
        remove(layer)
    layer(ones(1, 3)).sum().backward()
    np.testing.assert_allclose(layer.weight.detach().numpy(), weight.numpy(), rtol=1e-5)
    assert layer.weight.grad is not None


def test_weight_norm_loads_a_state_of_the_older_form():
    older = old(weight_norm)(nn.Linear(3, 2))
    newer = nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 2)))
    newer.load_state_dict({f"0.{name}": value for name, value in older.state_dict().items()})
    x = ones(1, 3)
    assert newer(x).equal(older(x))


@pytest.mark.parametrize("normalize", ["weight_norm", "spectral_norm"])
def test_state_dicts_and_values_are_those_of_pytorch(normalize, answers):
    def values(library):
        parametrizations, random = library.nn.utils.parametrizations, np.random.default_rng(0)
        layer = getattr(parametrizations, normalize)(library.nn.ConvTranspose1d(2, 3, 2).double())
        state = {key: library.tensor(random.normal(size=tuple(x.shape))) for key, x in layer.state_dict().items()}
        layer.load_state_dict(state)
        out = layer(library.tensor(random.normal(size=(1, 2, 4))))
        (out * out).sum().backward()
        return list(state), out, [parameter.grad for parameter in layer.parameters()]

    layer = getattr(parametrizations, normalize)(nn.ConvTranspose1d(2, 3, 2))
    assert repr(layer).replace("_WeightNorm()", "").startswith("ParametrizedConvTranspose1d(")
    assert_alike(values(autograd), answers("torch", values), rtol=1e-9)


def test_frozen_weights_stay_frozen():
    layer = parametrizations.weight_norm(nn.Linear(2, 2).requires_grad_(False))
    assert not any(parameter.requires_grad for parameter in layer.parameters())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: parametrizations.spectral_norm(nn.Linear(2, 2), "w"),
            ValueError,
            "no parameter or buffer with name 'w'",
        ),
        (lambda: spectral_norm(nn.Linear(2, 2), n_power_iterations=0), ValueError, "n_power_iterations to be positive"),
    ],
)
def test_bad_arguments_of_spectral_norm_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# -- orthogonal weights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows, columns", [(4, 4), (3, 5), (5, 3)])
@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("name", ["matrix_exp", "cayley", "householder"])
def test_an_orthogonal_weight_stays_orthogonal_in_training(name, trivial, rows, columns):
    layer = nn.Linear(columns, rows).double()
    parametrizations.orthogonal(layer, orthogonal_map=name, use_trivialization=trivial)
    optimizer = autograd.optim.SGD(layer.parameters(), lr=0.1)
    before = layer.weight.detach().clone()
    for _ in range(3):
        weight = layer.weight
        (layer(autograd.ones(2, columns).double()) ** 2 * tensor([[1.0], [2.0]]).double()).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        product = weight @ weight.mT if rows < columns else weight.mT @ weight
        assert autograd.allclose(product, autograd.eye(min(rows, columns)).double(), atol=1e-12)
    assert not autograd.allclose(layer.weight, before)
    if trivial or name == "householder":
        wanted = autograd.linalg.qr(autograd.randn(max(rows, columns), min(rows, columns)).double()).Q
        wanted = wanted.mT if rows < columns else wanted
        layer.weight = wanted
        assert autograd.allclose(layer.weight, wanted, atol=1e-10)
    else:
        with pytest.raises(NotImplementedError, match="use_trivialization=False"):
            layer.weight = before


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
@pytest.mark.parametrize("name", ["matrix_exp", "cayley", "householder", None])
def test_orthogonal_weights_and_their_gradients_are_those_of_pytorch(name, shape, answers):
    def numbers(library):
        layer = library.nn.Linear(shape[1], shape[0], dtype=library.float64)
        with library.no_grad():
            layer.weight.copy_(library.tensor(np.random.default_rng(0).normal(size=shape)))
        library.nn.utils.parametrizations.orthogonal(layer, orthogonal_map=name, use_trivialization=False)
        (layer.weight * library.tensor(np.random.default_rng(1).normal(size=shape))).sum().backward()
        original = layer.parametrizations.weight.original
        return layer.weight, original, original.grad

    assert_alike(numbers(autograd), answers("torch", numbers), atol=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: parametrizations.orthogonal(nn.Linear(2, 2), "other"), "has no parameter or buffer with name 'other'"),
        (lambda: parametrizations.orthogonal(nn.Linear(2, 2), "bias"), "Expected a matrix or batch of matrices"),
        (lambda: parametrizations.orthogonal(nn.Linear(2, 2), orthogonal_map="qr"), "has to be one of"),
        (lambda: setattr(parametrizations.orthogonal(nn.Linear(2, 2)), "weight", ones(3, 2)), "of shape"),
    ],
)
def test_bad_arguments_of_orthogonal_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_trivialized_orthogonal_weight_is_completed_to_a_square_matrix_by_normal_draws():
    layer = parametrizations.orthogonal(nn.Linear(2, 5))
    weight = autograd.linalg.qr(autograd.ones(5, 2).tril())[0]
    autograd.manual_seed(3)
    layer.weight = weight
    after = autograd.rand(1)
    autograd.manual_seed(3)
    drawn = autograd.randn(5, 3)
    assert autograd.equal(after, autograd.rand(1))
    base = layer.parametrizations.weight[0].base
    span = autograd.cat([weight, drawn], 1)
    assert autograd.allclose(base @ (base.T @ span), span, atol=1e-5)
    # The first columns are those of the weight, and each further one is orthogonal to the draws before it.
    assert autograd.allclose((base.T @ span).tril(-1), autograd.zeros(5, 5), atol=1e-5)


def test_only_the_last_dim_stands_for_the_whole_weight():
    weight = ones(2, 3, 4)
    shapes = [tuple(norm_except_dim(weight, dim).shape) for dim in (0, -2, -1, None)]
    assert shapes == [(2, 1, 1), (1, 3, 1), (), ()]
