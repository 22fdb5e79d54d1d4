"""Layers: output shapes, training mode, custom layers and cells, and error messages."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd.tensorflow as tf
from nn import keras
from nn.keras import layers


def data(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


windows = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(
    st.sampled_from([layers.Conv2D, layers.Conv2DTranspose, layers.MaxPooling2D, layers.AveragePooling2D]),
    st.tuples(st.integers(3, 7), st.integers(3, 7)), windows, windows, st.sampled_from(["valid", "same"]),
)  # fmt: skip
def test_compute_output_shape_is_the_shape_of_the_output(kind, size, kernel, stride, padding):
    if kind in (layers.Conv2D, layers.Conv2DTranspose):
        layer = kind(2, kernel, stride, padding)
    else:
        layer = kind(kernel, stride, padding)
    symbol = layer(keras.Input((*size, 3)))
    out = layer(np.ones((2, *size, 3), "f"))
    assert symbol.shape == (None, *out.shape[1:])
    assert layer.compute_output_shape((2, *size, 3)) == tuple(out.shape)


def test_a_layer_without_compute_output_shape_infers_it_by_trial_calls():
    class Pairs(keras.Layer):
        def call(self, inputs):
            return tf.concat([inputs, inputs], axis=-1)

    assert Pairs()(keras.Input((None, 3))).shape == (None, None, 6)


def test_a_lambda_layer_of_several_inputs_has_the_given_output_shape():
    a, b = keras.Input((3,)), keras.Input((3,))
    assert layers.Lambda(lambda pair: pair[0] - pair[1], output_shape=(3,))([a, b]).shape == (None, 3)


def test_training_mode_is_passed_on_to_sublayers():
    model = keras.Sequential([layers.Dropout(0.5), layers.BatchNormalization()])
    x = np.ones((100, 4), "f")
    np.testing.assert_allclose(model(x).numpy(), 1, rtol=1e-3)
    assert set(np.unique(model.layers[0](x, training=True).numpy())) == {0.0, 2.0}
    model(x, training=True)
    assert (model.layers[1].moving_mean.numpy() != 0).all()


def test_a_layer_that_does_not_call_super_init_raises():
    class Forgetful(keras.Layer):
        def __init__(self):
            self.size = 3

    with pytest.raises(RuntimeError, match=r"'Forgetful', super\(\).__init__\(\) was not called"):
        Forgetful()(data(2, 3))


@pytest.mark.parametrize("base", [keras.Layer, keras.Model])
def test_attributes_may_be_set_before_super_init(base):
    class Early(base):
        def __init__(self):
            self.size, self.shapes, self.first = 3, [1, 2], layers.Dense(3)
            super().__init__()
            self.last = layers.Dense(self.size)

        def call(self, inputs):
            return self.last(self.first(inputs))

    made = Early()
    assert made(data(2, 4)).shape == (2, 3) and made.shapes == [1, 2]
    assert [weight.shape for weight in made.weights] == [(4, 3), (3,), (3, 3), (3,)]


def test_an_input_layer_takes_its_older_arguments():
    for made in (layers.InputLayer(input_shape=(3,)), layers.InputLayer(3), layers.InputLayer(batch_shape=(None, 3))):
        assert made.batch_shape == (None, 3)
    assert layers.InputLayer((3,), 2, "int32").output.dtype == "int32"
    with pytest.raises(ValueError, match="either the `shape` of one sample or a `batch_shape`"):
        layers.InputLayer()


def test_a_variable_is_created_from_a_value_or_an_initializer():
    assert keras.Variable([1.0, 2.0]).shape == (2,)
    zeros = keras.Variable(keras.initializers.Zeros(), shape=(2,), trainable=False, name="state")
    assert zeros.numpy().tolist() == [0.0, 0.0] and (zeros.name, zeros.path, zeros.trainable) == (
        "state",
        "state",
        False,
    )
    assert keras.Variable(3, dtype="float32").dtype == "float32"
    with pytest.raises(ValueError, match="the `shape` argument should be specified"):
        keras.Variable(keras.initializers.Zeros())


def test_masks_are_not_supported():
    with pytest.raises(NotImplementedError, match="mask_zero=False"):
        layers.Embedding(3, 2, mask_zero=True)


class Leaky(keras.layers.Layer):
    def __init__(self, units, **common):
        super().__init__(**common)
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.state_size), "ones")

    def call(self, inputs, states):
        out = 0.5 * states[0] + keras.ops.matmul(inputs, self.kernel)
        return out, [out]


def test_rnn_applies_a_custom_cell_to_every_step():
    x = np.array([[[1.0], [2.0], [4.0]]], np.float32)
    layer = keras.layers.RNN(Leaky(1), return_sequences=True, return_state=True)
    out, state = layer(x)
    assert out.numpy().ravel().tolist() == [1, 2.5, 5.25]
    assert float(state[0, 0]) == 5.25
    assert keras.layers.RNN(Leaky(2), go_backwards=True)(x).numpy().tolist() == [[3, 3]]
    assert float(keras.layers.RNN(Leaky(1))(x, initial_state=np.ones((1, 1), np.float32))[0, 0]) == 5.375
    model = keras.Sequential([keras.Input((None, 1)), keras.layers.RNN([Leaky(2), keras.layers.LSTMCell(3)])])
    assert model.output_shape == (None, 3)
    assert model(x).shape == (1, 3)
    with pytest.raises(ValueError, match="should have a `state_size` attribute"):
        keras.layers.RNN(keras.layers.Dense(2))


def built_for_three_features(layer):
    layer(np.ones((2, 3)))
    return layer


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: layers.Conv1D(2, 3)(data(1, 2, 4)), r"windows have size \(3,\), but the input has shape \(1, 2, 4\)"),
        (lambda: layers.Conv1D(2, 3, padding="full"), "'valid', 'same', 'causal'"),
        (lambda: layers.Permute((1, 3)), "Invalid permutation"),
        (lambda: layers.Normalization(mean=[1.0], variance=[1.0, 2.0]), "must have the same shape"),
        (lambda: layers.MultiHeadAttention(2, 3)(data(2, 4), data(2, 4)), r"query must have .*but has \(2, 4\)"),
        (lambda: layers.TimeDistributed(3), "with a `keras.Layer`"),
        (lambda: layers.Bidirectional(layers.Dense(3)), "with a recurrent `keras.layers.Layer` instance"),
        (lambda: layers.Bidirectional(layers.GRU(3), "max"), r"Invalid merge mode. Received: max. .*'concat'"),
        (
            lambda: layers.Bidirectional(layers.GRU(3), backward_layer=layers.GRU(3)),
            "should have different `go_backwards` value",
        ),
        (lambda: layers.LSTM(3)(data(2, 4, 5), initial_state=data(2, 3)), "has 2 state tensors, .* has 1"),
        (lambda: layers.SeparableConv2D(2, 3)(data(1, 2, 2, 4)), "Layer 'separable_conv2d"),
        (lambda: keras.Input((4,)) + keras.Input((3,)), r"Add does not accept symbols of the shapes \[\(None, 4\), "),
        (lambda: layers.Dense(1, kernel_regularizer="l3"), r"regularizer identifier: 'l3'; the known ones are .*l2"),
        (lambda: layers.Dense(1, bias_constraint="small"), r"constraint identifier: 'small'; .*non_neg"),
        (lambda: layers.Dense(1, activation="rulu"), r"'rulu'; the known ones are elu, .*relu"),
        (lambda: layers.Dense(1, kernel_initializer="xavier"), r"'xavier'; .*glorot_uniform"),
        (
            lambda: built_for_three_features(layers.Dense(1))(np.ones((2, 4))),
            r'layer "dense" .* expected axis -1 .* value 3, but received input with shape \(2, 4\)',
        ),
        (lambda: layers.Dense(1)(3.0), r"should be tensors. Got 3.0 .*float.* for layer 'dense'"),
        (
            lambda: layers.BatchNormalization(axis=5)(np.ones((20, 3))),
            r"axis 5 is out of range for inputs of shape \(20, 3",
        ),
        (lambda: layers.Conv2D(1, 3)(np.ones((5, 5))), r'"conv2d" .* min_ndim=4, found ndim=2'),
        (lambda: layers.MaxPooling2D(3)(np.ones((1, 2, 2, 1))), r"'max_pooling2d': .*\(1, 2, 2, 1\)"),
        (
            lambda: layers.Add()([np.ones((2, 3)), np.ones((2, 4))]),
            r"'add': inputs have incompatible shapes. Received shapes \(2, 3\) and \(2, 4\)",
        ),
        (
            lambda: layers.Concatenate()([np.ones((2, 3)), np.ones((3, 3))]),
            r"'concatenate': .*\(2, 3\), \(3, 3\)",
        ),
        (lambda: layers.Add()(np.ones((2, 3))), r"'add': .* on a list of inputs"),
        (lambda: layers.Reshape((4,))(np.ones((2, 3))), r"\(3,\), target_shape=\(4,\)"),
        (lambda: layers.Attention(score_mode="sum"), "Invalid value for argument score_mode"),
        (lambda: layers.Attention()(np.ones((1, 2, 3))), "must be called on a list of inputs"),
        (lambda: layers.Dot(1)([np.ones((1, 2)), np.ones((1, 3))]), "Incompatible input shapes: axis values 2"),
        (lambda: layers.Dot(1)(np.ones((1, 2))), "a list of exactly 2 inputs"),
        (lambda: layers.ZeroPadding1D((1, 2, 3)), "non-negative integer, or two of them"),
        (lambda: layers.GroupNormalization(3)(np.ones((1, 4))), r"groups \(3\) must divide the number of channels"),
    ],
)
def test_wrong_arguments_and_inputs_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


@pytest.mark.parametrize("count", [1, 3])
def test_stacked_cells_need_a_state_each(count):
    cells = layers.StackedRNNCells([layers.GRUCell(2), layers.GRUCell(2)])
    x = np.ones((1, 2), "f")
    assert len(cells(x, [x] * 2)[1]) == 2
    with pytest.raises(ValueError):
        cells(x, [x] * count)
