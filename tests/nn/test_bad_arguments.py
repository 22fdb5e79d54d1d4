"""Arguments of a wrong type: the error is raised here, names the argument and says what was given."""

import traceback

import pytest

import nn
from autograd import distributions, ones
from nn import optim

NOT_INTEGERS = [None, "a", [], {}, (1, 2), 1.5, ones(2)]
SIZES = {
    "Linear": ({"in_features": 3, "out_features": 2}, ["in_features", "out_features"]),
    "Bilinear": (
        {"in1_features": 3, "in2_features": 2, "out_features": 2}, ["in1_features", "in2_features", "out_features"]
    ),
    "Conv2d": ({"in_channels": 3, "out_channels": 2, "kernel_size": 2}, ["in_channels", "out_channels", "groups"]),
    "ConvTranspose1d": (
        {"in_channels": 3, "out_channels": 2, "kernel_size": 2}, ["in_channels", "out_channels", "groups"]
    ),
    "LSTM": ({"input_size": 3, "hidden_size": 2}, ["input_size", "hidden_size", "num_layers", "proj_size"]),
    "GRUCell": ({"input_size": 3, "hidden_size": 2}, ["input_size", "hidden_size"]),
    "MultiheadAttention": ({"embed_dim": 4, "num_heads": 2}, ["embed_dim", "num_heads"]),
    "GroupNorm": ({"num_groups": 1, "num_channels": 3}, ["num_groups", "num_channels"]),
}  # fmt: skip


def raised_here(error):
    """Whether the innermost frame is a raise of ours."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return "/nn/" in frame.filename.replace("\\", "/") and frame.line.lstrip().startswith("raise")


@pytest.mark.parametrize("wrong", NOT_INTEGERS, ids=repr)
@pytest.mark.parametrize("name", SIZES)
def test_sizes_that_are_no_integers_are_refused(name, wrong):
    options, arguments = SIZES[name]
    for argument in arguments:
        with pytest.raises(TypeError, match=f"{name}: {argument} must be an integer, but got") as caught:
            getattr(nn, name)(**options | {argument: wrong})
        assert raised_here(caught.value)


@pytest.mark.parametrize("wrong", [None, "a", [], {}, ones(2)], ids=repr)
def test_a_probability_that_is_no_number_is_refused(wrong):
    for kind in (nn.Dropout, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout):
        with pytest.raises(TypeError, match="dropout probability must be a number") as caught:
            kind(wrong)
        assert raised_here(caught.value)


FORWARD = {
    "Linear": (3, 2), "Conv2d": (3, 2, 2), "BatchNorm2d": (3,), "InstanceNorm2d": (3,), "GLU": (), "PReLU": (),
    "LSTM": (3, 2), "GRUCell": (3, 2), "PixelShuffle": (2,), "ChannelShuffle": (3,), "Flatten": (), "LPPool2d": (2, 2),
    "LocalResponseNorm": (2,), "Softmax2d": (), "FractionalMaxPool2d": (2, 2),
}  # fmt: skip


@pytest.mark.parametrize("wrong", [None, "a", 3, 1.5, [1.0], {}, (1, 2)], ids=repr)
@pytest.mark.parametrize("name", FORWARD)
def test_an_input_that_is_no_tensor_is_refused(name, wrong):
    layer = getattr(nn, name)(*FORWARD[name])
    with pytest.raises(TypeError, match=r"must be Tensor, not|must be a Tensor|expected .*Tensor") as caught:
        layer(wrong)
    trace = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert trace.line.lstrip().startswith("raise")


def test_an_attribute_error_of_a_users_own_module_stays_as_it_is():
    class Own(nn.Module):
        def forward(self, settings):
            return settings.missing

    with pytest.raises(AttributeError, match="missing"):
        Own()("settings")


w = ones(2)


def sgd(*counts):
    return optim.SGD([{"params": [ones(1) for _ in range(count)]} for count in counts or (1,)])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Parameter([1.0]), TypeError, "Parameter: data must be Tensor, not list"),
        (lambda: nn.Buffer(1.0), TypeError, "Buffer: data must be Tensor, not float"),
        (lambda: nn.GroupNorm(0, 3), ValueError, "num_groups must be positive"),
        (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(2, 1, 4), "a"), TypeError, "num_layers"),
        (lambda: distributions.Normal(0.0, 1.0).expand(3), TypeError, r"a sequence of sizes, such as \(3,\)"),
        (lambda: distributions.Categorical(ones(2)).sample(None), TypeError, "a sequence of sizes"),
        (lambda: distributions.Categorical("a"), TypeError, "`probs` must be a Tensor, but got str"),
        (lambda: distributions.Dirichlet(1.0), TypeError, "`concentration` must be a Tensor, but got float"),
        (lambda: distributions.MultivariateNormal(0.0, ones(1, 1)), TypeError, "loc must be a Tensor, but got float"),
        (lambda: distributions.MultivariateNormal(ones(1), 2.0), TypeError, "covariance_matrix must be a Tensor"),
        (lambda: distributions.Independent(3, 1), TypeError, "must be a Distribution, but got int"),
        (
            lambda: distributions.Normal(0.0, 1.0, validate_args=False).log_prob("a"), ValueError,
            "must be a Tensor or a number, but got str",
        ),
        (lambda: optim.SGD([ones(1)], lr="a"), TypeError, "Invalid learning rate"),
        (lambda: nn.LSTM(2, 0), ValueError, "hidden_size must be greater than zero, but got 0"),
        (lambda: nn.LSTM(2, 2, dropout=1.5), ValueError, "zeroed, but got 1.5"),
        (lambda: nn.LSTM(2, 2, proj_size=3), ValueError, "but got proj_size=3 and hidden_size=2"),
        (lambda: optim.SGD([ones(1)], nesterov=True), ValueError, "but got momentum=0 and dampening=0"),
        (lambda: optim.SGD([ones(1)], lr=ones(2)), ValueError, r"must be 1-element, but its shape is \(2,\)"),
        (lambda: optim.SGD([{"params": [w]}, {"params": [w]}]), ValueError, r"group: 1 of this one, .* shape \(2,\)"),
        (lambda: sgd().load_state_dict(sgd(1, 1).state_dict()), ValueError, "groups: 2, but the optimizer has 1"),
        (lambda: sgd().load_state_dict(sgd(2).state_dict()), ValueError, "group 0 has 2 parameters, .* has 1"),
        (lambda: optim.lr_scheduler.ReduceLROnPlateau(sgd(), "best"), ValueError, "'best' is unknown: expected 'min'"),
        (lambda: optim.swa_utils.SWALR(sgd(), 0.1, 1, "sin"), ValueError, "must be one of .*, instead got sin"),
    ],
)  # fmt: skip
def test_arguments_of_a_wrong_type_are_named(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert raised_here(caught.value)
