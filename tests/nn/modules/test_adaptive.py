"""Adaptive softmax: probabilities, gradients, agreement with PyTorch, and errors."""

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor
from autograd.testing import gradcheck
from tests.tools.answers import assert_alike, filled

RNG = np.random.default_rng(0)


TARGETS = np.array([0, 3, 4, 9, 10, 19, 19, 5, 2])


CLUSTERS = [{}, {"head_bias": True, "div_value": 2.0}, {"cutoffs": [1]}, {"cutoffs": (4, 10, 11), "div_value": 2.0}]


def inputs(count=9):
    return RNG.normal(size=(count, 16))


@pytest.mark.parametrize("options", CLUSTERS)
def test_the_probabilities_of_all_classes_sum_to_1_and_contain_those_of_the_targets(options):
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, **{"cutoffs": [4, 10], **options}).double()
    x = tensor(inputs())
    every = layer.log_prob(x)
    np.testing.assert_allclose(every.exp().sum(1).tolist(), 1)
    output, loss = layer(x, tensor(TARGETS))
    np.testing.assert_allclose(output.tolist(), every.detach().numpy()[np.arange(9), TARGETS])
    assert loss.item() == pytest.approx(-np.mean(output.tolist()))
    assert layer.predict(x).tolist() == every.argmax(1).tolist()
    single = layer(x[3], tensor(9))
    assert single.output.shape == () and single.output.item() == pytest.approx(output[3].item())


def test_the_gradients_by_input_and_parameters_are_those_of_differences():
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], div_value=2.0).double()
    x = tensor(inputs(), requires_grad=True)
    assert gradcheck(lambda x, *_: layer(x, tensor(TARGETS)).loss, (x, *layer.parameters()), fast_mode=True)


@pytest.mark.parametrize("options", CLUSTERS)
def test_agreement_with_pytorch(options, answers):
    def results(library):
        layer = library.nn.AdaptiveLogSoftmaxWithLoss(16, 20, **{"cutoffs": [4, 10], **options})
        filled(library, layer)
        x = library.tensor(np.random.default_rng(1).normal(size=(9, 16)), requires_grad=True)
        found = layer(x, library.tensor(TARGETS))
        found.loss.backward()
        gradients = [leaf.grad for leaf in (x, *layer.parameters())]
        return repr(layer), found.output, gradients, layer.log_prob(x)

    assert_alike(results(autograd), answers("torch", results), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("cutoffs", [[], [4, 4], [0, 4], [20], [5, 3], [2.5]])
def test_invalid_cutoffs_are_refused(cutoffs):
    with pytest.raises(ValueError, match="between 1 and n_classes-1"):
        nn.AdaptiveLogSoftmaxWithLoss(16, 20, cutoffs)


@pytest.mark.parametrize(
    ("shape", "target", "words"),
    [
        ((2, 16), [1, 20], r"in \[0, 19\], but values in range \[1, 20\]"),
        ((2, 16), [-1, 2], r"range \[-1, 2\]"),
        ((3, 16), [1, 2], r"\(3, 16\) and \(2,\)"),
        ((16,), [1], r"\(16,\) and \(1,\)"),
        ((1, 16), [[1]], r"\(1, 1\)"),
    ],
)
def test_targets_out_of_range_or_of_another_shape_are_refused(shape, target, words):
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10])
    with pytest.raises(RuntimeError, match=words):
        layer(autograd.ones(shape), tensor(target))


def test_reset_parameters_draws_all_weights():
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10])
    before = [weight.tolist() for weight in layer.parameters()]
    layer.reset_parameters()
    assert all(weight.tolist() != old for weight, old in zip(layer.parameters(), before, strict=True))
