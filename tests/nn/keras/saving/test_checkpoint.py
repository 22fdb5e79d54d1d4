"""tf.train.Checkpoint of Keras models and optimizers."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import layers

X = np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.l1, self.attention = layers.Dense(4), layers.MultiHeadAttention(1, 2)

    def call(self, x):
        h = self.l1(x)[:, None]
        return self.attention(h, h)[:, 0]


class Counting(layers.Layer):
    def build(self, input_shape):
        self.add_weight((2,), "ones", name="unnamed")
        self.inner = layers.Dense(2)

    def call(self, inputs):
        return self.inner(inputs) * self.weights[0]


def sequential():
    return keras.Sequential([layers.Dense(4), Counting()])


def functional():
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Dense(2)(layers.BatchNormalization()(inputs)))


def train(model, optimizer, steps=2):
    losses = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(X, training=True) ** 2)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        losses.append(float(loss))
    return losses


@pytest.mark.parametrize("create", [Net, sequential, functional])
@pytest.mark.parametrize("is_built", [True, False])
def test_training_goes_on_from_a_checkpoint_with_the_same_numbers(create, is_built, tmp_path):
    """Restored before the first step, when most weights do not exist yet, or after some other steps."""
    model, optimizer = create(), keras.optimizers.Adam(0.1)
    train(model, optimizer)
    path = tf.train.Checkpoint(net=model, optimizer=optimizer).save(tmp_path / "ckpt")
    expected = train(model, optimizer)
    model, optimizer = create(), keras.optimizers.Adam(0.5)
    if is_built:
        train(model, optimizer)
    status = tf.train.Checkpoint(net=model, optimizer=optimizer).restore(path)
    assert train(model, optimizer) == expected
    status.assert_consumed()


def test_a_compiled_model_is_restored_with_its_optimizer(tmp_path):
    model = functional()
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], verbose=0)
    path = tf.train.Checkpoint(model).write(tmp_path / "model")
    other = functional()
    other.compile("adam", "mse")
    tf.train.Checkpoint(other).read(path)
    first, second = (m.fit(X, X[:, :2], epochs=2, verbose=0, shuffle=False).history for m in (model, other))
    assert first == second


def test_a_part_of_a_checkpoint_is_restored(tmp_path):
    model = Net()
    train(model, keras.optimizers.SGD(0.1))
    path = tf.train.Checkpoint(net=model).write(tmp_path / "net")
    bias = tf.Variable(tf.zeros([4]))
    fake = tf.train.Checkpoint(net=tf.train.Checkpoint(l1=tf.train.Checkpoint(bias=bias)))
    fake.read(path).assert_existing_objects_matched()
    np.testing.assert_array_equal(bias.numpy(), model.l1.bias.numpy())
