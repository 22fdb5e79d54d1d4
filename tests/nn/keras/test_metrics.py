"""Weights of samples, costs of weights, further losses, metrics, schedules and layers, without Keras beside them."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import layers


def data(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def model(*more, **how):
    made = keras.Sequential([keras.Input((3,)), layers.Dense(2, **how), *more])
    made.set_weights([data(*w.shape, seed=i) for i, w in enumerate(made.get_weights())])
    return made


def trained(x, y, **how):
    made = model()
    made.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(True, reduction="sum"))
    made.fit(x, y, batch_size=len(x), epochs=2, verbose=0, shuffle=False, **how)
    return made.get_weights()


def test_a_weight_of_two_counts_a_sample_twice():
    x, y = data(6, 3), np.array([0, 1, 1, 0, 1, 0])
    twice = np.concatenate([np.arange(6), np.flatnonzero(y == 1)])
    expected = trained(x[twice], y[twice])
    for how in ({"class_weight": {1: 2.0}}, {"sample_weight": 1.0 + y}):
        for a, b in zip(trained(x, y, **how), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="at the same time"):
        trained(x, y, class_weight={1: 2.0}, sample_weight=y)
    with pytest.raises(ValueError, match=r"sample_weight sizes: 2"):
        trained(x, y, sample_weight=y[:2])


def test_regularizers_are_added_to_the_loss_and_constraints_hold_after_a_step():
    x, y = data(8, 3), data(8, 2)
    plain, costly = model(), model(kernel_regularizer=keras.regularizers.L2(0.5), kernel_constraint="non_neg")
    for each in (plain, costly):
        each.compile("sgd", "mse")
    kernel = costly.get_weights()[0]
    extra = costly.evaluate(x, y, verbose=0) - plain.evaluate(x, y, verbose=0)
    assert extra == pytest.approx(0.5 * np.square(kernel).sum(), rel=1e-5)
    costly.fit(x, y, verbose=0)
    assert costly.get_weights()[0].min() >= 0


@pytest.mark.parametrize("loss", ["huber", "log_cosh", "kl_divergence", "poisson", "hinge", "squared_hinge",
                                  "categorical_hinge", "cosine_similarity", "mape", "msle"])  # fmt: skip
def test_the_gradient_of_a_loss_is_that_of_central_differences(loss):
    function = keras.losses.get(loss)
    true, pred = np.abs(data(4, 3)).astype(float) + 0.1, np.abs(data(4, 3, seed=1)).astype(float) + 0.2
    p, direction = tf.Variable(pred), data(4, 3, seed=2).astype(float)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(function(tf.constant(true), p))
    slope = np.sum(tape.gradient(total, p).numpy() * direction)
    step = 1e-5
    ends = [float(tf.reduce_sum(function(tf.constant(true), tf.constant(pred + s * direction)))) for s in (-step, step)]
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-5, abs=1e-7)


def test_an_output_may_go_without_a_loss_but_no_name_may_be_strange():
    inputs = keras.Input((3,))
    heads = keras.Model(inputs, [layers.Dense(1, name="a")(inputs), layers.Dense(1, name="b")(inputs)])
    heads.compile("sgd", {"a": "mse", "b": None})
    assert list(heads.fit(data(4, 3), [data(4, 1)] * 2, verbose=0).history) == ["a_loss", "loss"]
    heads.compile("sgd", {"a": "mse", "c": "mse"})
    with pytest.raises(ValueError, match=r"loss is given for 'c', but the outputs of the model are \['a', 'b'\]"):
        heads.fit(data(4, 3), [data(4, 1)] * 2, verbose=0)


def test_a_schedule_sets_the_rate_and_nobody_else():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.5, 0.25])
    optimizer, w, moved = keras.optimizers.SGD(schedule), tf.Variable([1.0]), []
    for _ in range(3):
        before = float(w[0])
        optimizer.apply_gradients([(tf.constant([1.0]), w)])
        moved.append(round(before - float(w[0]), 6))
    assert moved == [0.5, 0.5, 0.25]
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        optimizer.learning_rate = 0.1


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: layers.Conv1D(2, 3)(data(1, 2, 4)), r"windows have size \(3,\), but the input has shape \(1, 2, 4\)"),
        (lambda: layers.Conv1D(2, 3, padding="full"), "'valid', 'same', 'causal'"),
        (lambda: layers.Permute((1, 3)), "Invalid permutation"),
        (lambda: layers.Normalization()(data(2, 3)), "has no mean yet"),
        (lambda: layers.MultiHeadAttention(2, 3)(data(2, 4), data(2, 4)), r"query must have .*but has \(2, 4\)"),
        (lambda: layers.TimeDistributed(3), "with a `keras.Layer`"),
        (lambda: layers.Bidirectional(layers.Dense(3)), "with a recurrent `keras.layers.Layer` instance"),
        (lambda: layers.Bidirectional(layers.GRU(3), "max"), r"Invalid merge mode. Received: max. .*'concat'"),
        (
            lambda: layers.Bidirectional(layers.GRU(3), backward_layer=layers.GRU(3)),
            "should have different `go_backwards` value",
        ),
        (lambda: layers.LSTM(3)(data(2, 4, 5), initial_state=data(2, 3)), "has 2 state tensors, .* has 1"),
        (lambda: layers.SeparableConv2D(2, 3)(data(1, 2, 2, 4)), "layer|Layer 'separable_conv2d"),
        (lambda: keras.Input((4,)) + keras.Input((3,)), r"Add does not accept symbols of the shapes \[\(None, 4\), "),
        (lambda: layers.Dense(1, kernel_regularizer="l3"), r"regularizer identifier: 'l3'; the known ones are .*l2"),
        (lambda: layers.Dense(1, bias_constraint="small"), r"constraint identifier: 'small'; .*non_neg"),
        (lambda: keras.utils.pad_sequences([1, 2]), "list of iterables. Found non-iterable: 1"),
        (lambda: keras.utils.pad_sequences([[1]], padding="left"), 'Padding type "left" not understood'),
        (lambda: keras.metrics.Precision(thresholds=2), r"must be in range \[0, 1\]"),
        (lambda: keras.callbacks.ReduceLROnPlateau(factor=2), "does not support a factor >= 1.0"),
    ],
)
def test_wrong_use_is_answered(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize("where", ["pre", "post"])
@pytest.mark.parametrize("cut", ["pre", "post"])
def test_padded_sequences_keep_one_end(where, cut):
    rows = keras.utils.pad_sequences([[1, 2, 3], [], [4]], 2, "float32", where, cut, 9)
    kept = [2, 3] if cut == "pre" else [1, 2]
    assert rows.tolist() == [kept, [9, 9], [9, 4] if where == "pre" else [4, 9]]
    assert rows.dtype == np.float32
    assert keras.utils.pad_sequences([[[1, 2]], [[3, 4], [5, 6]]]).shape == (2, 2, 2)


def test_random_numbers_follow_their_seed():
    draws = keras.random
    source, again = draws.SeedGenerator(5), draws.SeedGenerator(5)
    first, second = (draws.normal((500,), 3.0, 2.0, seed=source).numpy() for _ in range(2))
    assert (first != second).all()
    np.testing.assert_array_equal(draws.normal((500,), 3.0, 2.0, seed=again).numpy(), first)
    assert abs(first.mean() - 3) < 0.5 and abs(first.std() - 2) < 0.3
    numbers = [draws.uniform((500,), -1, 2, seed=7).numpy() for _ in range(2)]
    np.testing.assert_array_equal(*numbers)
    assert -1 <= numbers[0].min() < -0.9 and 1.9 < numbers[0].max() < 2
    assert set(draws.randint((200,), 2, 5, seed=1).numpy()) == {2, 3, 4}
    assert sorted(draws.shuffle(tf.range(9), seed=source).numpy()) == list(range(9))


def test_whole_models_are_refused_in_words(tmp_path):
    with pytest.raises(NotImplementedError, match=r"Save the weights, with save_weights\('….weights.npz'\)"):
        model().save(tmp_path / "model.keras")
    with pytest.raises(NotImplementedError, match=r"then load its weights with model.load_weights\('….weights.npz'\)"):
        keras.models.load_model("model.keras")


def test_masks_are_refused_in_words():
    with pytest.raises(NotImplementedError, match="mask_zero=False"):
        layers.Embedding(3, 2, mask_zero=True)


def test_data_sets_are_read_from_where_keras_keeps_them(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="nothing is downloaded"):
        keras.datasets.mnist.load_data()
    (tmp_path / "datasets").mkdir()
    arrays = {"x_train": np.ones((2, 28, 28)), "y_train": np.arange(2), "x_test": np.ones((1, 28, 28)), "y_test": [3]}
    np.savez(tmp_path / "datasets" / "mnist.npz", **arrays)
    (x_train, _), (_, y_test) = keras.datasets.mnist.load_data()
    assert x_train.shape == (2, 28, 28)
    assert y_test.tolist() == [3]


class Leaky(keras.layers.Layer):
    def __init__(self, units, **common):
        super().__init__(**common)
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.state_size), "ones")

    def call(self, inputs, states):
        out = 0.5 * states[0] + keras.ops.matmul(inputs, self.kernel)
        return out, [out]


def test_a_cell_of_ones_own_is_taken_along_a_sequence():
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


class Positives(keras.metrics.Metric):
    def __init__(self, name="positives", **common):
        super().__init__(name=name, **common)
        self.count = self.add_weight(name="count", initializer="zeros")
        self.by_class = self.add_weight(shape=(2,), dtype="int32")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(tf.reduce_sum(tf.cast(y_pred > 0.5, self.dtype)))

    def result(self):
        return self.count


def test_a_metric_of_ones_own_counts_in_its_variables():
    metric = Positives()
    metric.update_state(None, tf.constant([0.2, 0.6, 0.9]))
    metric.update_state(None, tf.constant([0.7]))
    assert float(metric.result()) == 3
    assert [tuple(v.shape) for v in metric.variables] == [(), (2,)]
    metric.reset_state()
    assert float(metric.result()) == 0
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", metrics=[Positives()])
    logs = model.evaluate(np.arange(5.0)[:, None], np.zeros(5), batch_size=2, verbose=0, return_dict=True)
    assert logs["positives"] == 4
    assert len(model.weights) == 2


def test_scores_of_sets_are_what_their_formulas_say():
    r = np.random.default_rng(0)
    numbers, guesses = r.integers(0, 3, (2, 40))
    true, pred = np.eye(3)[numbers], np.eye(3)[guesses] + 0.1 * r.random((40, 3))
    scores = {}
    for average in (None, "micro", "macro", "weighted"):
        metric = keras.metrics.F1Score(average)
        metric.update_state(true[:10], pred[:10])
        metric.update_state(true[10:], pred[10:])
        scores[average] = metric.result().numpy()
        metric.reset_state()
        assert np.all(metric.result().numpy() == 0)
    shares = [
        2 * np.sum((numbers == k) & (guesses == k)) / (np.sum(numbers == k) + np.sum(guesses == k)) for k in range(3)
    ]
    np.testing.assert_allclose(scores[None], shares, rtol=1e-5)
    np.testing.assert_allclose(scores["macro"], np.mean(shares), rtol=1e-5)
    np.testing.assert_allclose(scores["weighted"], true.mean(0) @ shares, rtol=1e-5)
    np.testing.assert_allclose(scores["micro"], np.mean(numbers == guesses), rtol=1e-5)
    overlap = keras.metrics.MeanIoU(4, sparse_y_pred=False, ignore_class=2)
    overlap.update_state(numbers, pred)
    kept = numbers != 2
    expected = [
        np.sum(kept & (numbers == k) & (guesses == k)) / np.sum(kept & ((numbers == k) | (guesses == k)))
        for k in range(3)
    ]
    np.testing.assert_allclose(overlap.result(), np.mean(expected), rtol=1e-5)
    share = keras.metrics.R2Score()
    share.update_state(true, pred)
    np.testing.assert_allclose(share.result(), np.mean(1 - ((true - pred) ** 2).mean(0) / true.var(0)), rtol=1e-5)
    with pytest.raises(ValueError, match="of the same shape"):
        keras.metrics.F1Score().update_state(numbers, pred)
    with pytest.raises(ValueError, match="class indices must be from 0 to 1, but go from 0 to 2"):
        keras.metrics.MeanIoU(2).update_state(numbers, guesses)
    with pytest.raises(ValueError, match="Expected one of: None, micro"):
        keras.metrics.F1Score("mean")
