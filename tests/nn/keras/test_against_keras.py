"""Models, histories and layers agree with Keras' own, where TensorFlow is installed."""

import io
import os
from contextlib import redirect_stdout

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras")  # a folder of the examples is called tensorflow, too
tensorflow = pytest.importorskip("tensorflow", minversion="2")

from nn import keras as ours  # noqa: E402

theirs = tensorflow.keras
BOTH = (ours, theirs)
pytestmark = pytest.mark.filterwarnings("default")  # Keras' own warnings are not ours


@pytest.fixture(autouse=True)
def names_and_draws_from_the_start():
    ours.utils.set_random_seed(0)
    ours.utils.clear_session()
    theirs.utils.clear_session()


def data(*shape, seed=0, low=-1.0, high=1.0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def classes(count, rows, seed=1):
    return np.random.default_rng(seed).integers(0, count, rows)


def pair_of(build):
    """The model that `build` makes of either library, with the same weights."""
    mine, other = map(build, BOTH)
    other.set_weights(mine.get_weights())
    return mine, other


def close(mine, other, rtol=2e-4, atol=2e-6):
    assert np.shape(mine) == np.shape(other)
    np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=rtol, atol=atol)


# -- layers -----------------------------------------------------------------------------------------------

IMAGES = data(2, 7, 6, 4)
LAYERS = {
    "dense": (lambda K: K.layers.Dense(5, activation="relu"), data(3, 4)),
    "dense of three dims": (lambda K: K.layers.Dense(5, use_bias=False), data(3, 2, 4)),
    "flatten": (lambda K: K.layers.Flatten(), IMAGES),
    "reshape": (lambda K: K.layers.Reshape((4, -1, 2)), IMAGES),
    "relu": (lambda K: K.layers.ReLU(max_value=0.5, negative_slope=0.1, threshold=0.2), IMAGES),
    "leaky relu": (lambda K: K.layers.LeakyReLU(), IMAGES),
    "batch normalization": (lambda K: K.layers.BatchNormalization(), IMAGES),
    "batch normalization of axis 1": (lambda K: K.layers.BatchNormalization(axis=1, scale=False), IMAGES),
    "layer normalization": (lambda K: K.layers.LayerNormalization(), IMAGES),
    "layer normalization of two axes": (lambda K: K.layers.LayerNormalization(axis=(1, 3), center=False), IMAGES),
    "max pooling": (lambda K: K.layers.MaxPooling2D(2), IMAGES),
    "max pooling, same": (lambda K: K.layers.MaxPooling2D(3, strides=2, padding="same"), IMAGES),
    "average pooling": (lambda K: K.layers.AveragePooling2D((2, 3)), IMAGES),
    "average pooling, same": (lambda K: K.layers.AveragePooling2D(3, strides=2, padding="same"), IMAGES),
    "global max": (lambda K: K.layers.GlobalMaxPooling2D(), IMAGES),
    "global average": (lambda K: K.layers.GlobalAveragePooling2D(keepdims=True), IMAGES),
    "up, nearest": (lambda K: K.layers.UpSampling2D((2, 3)), IMAGES),
    "up, bilinear": (lambda K: K.layers.UpSampling2D(2, interpolation="bilinear"), IMAGES),
    **{
        f"conv1d {padding}": (lambda K, p=padding: K.layers.Conv1D(5, 3, padding=p), data(2, 9, 4))
        for padding in ("valid", "same", "causal")
    },
    "conv1d, stride": (lambda K: K.layers.Conv1D(5, 3, strides=2, activation="relu"), data(2, 9, 4)),
    "conv1d, causal dilation": (lambda K: K.layers.Conv1D(5, 3, padding="causal", dilation_rate=2), data(2, 9, 4)),
    "max pooling 1d": (lambda K: K.layers.MaxPooling1D(3, padding="same"), data(2, 8, 4)),
    "average pooling 1d": (lambda K: K.layers.AveragePooling1D(3, strides=2), data(2, 8, 4)),
    "global max 1d": (lambda K: K.layers.GlobalMaxPooling1D(), data(2, 8, 4)),
    "global average 1d": (lambda K: K.layers.GlobalAveragePooling1D(keepdims=True), data(2, 8, 4)),
    "repeat": (lambda K: K.layers.RepeatVector(3), data(2, 4)),
    "every step": (lambda K: K.layers.TimeDistributed(K.layers.Dense(3)), data(2, 5, 4)),
    "zero padding": (lambda K: K.layers.ZeroPadding2D(((1, 2), (0, 3))), IMAGES),
    "cropping": (lambda K: K.layers.Cropping2D((1, 2)), IMAGES),
    "permute": (lambda K: K.layers.Permute((3, 1, 2)), IMAGES),
    "rescaling": (lambda K: K.layers.Rescaling(0.5, offset=-1.0), IMAGES),
    "elu": (lambda K: K.layers.ELU(0.5), IMAGES),
    "prelu": (lambda K: K.layers.PReLU("ones", shared_axes=[1, 2]), IMAGES),
    "normalization": (lambda K: K.layers.Normalization(mean=[0.5, 1, 2, 3], variance=[1, 2, 3, 4.0]), IMAGES),
    "lambda": (lambda K: K.layers.Lambda(lambda x: x * x + 1.0), IMAGES),
    "identity": (lambda K: K.layers.Identity(), IMAGES),
    "embedding": (lambda K: K.layers.Embedding(7, 3), classes(7, (2, 5))),
    "lstm": (lambda K: K.layers.LSTM(5), data(3, 6, 4)),
    "lstm, sequences": (lambda K: K.layers.LSTM(5, return_sequences=True, go_backwards=True), data(3, 6, 4)),
    "lstm, state": (lambda K: K.layers.LSTM(5, activation="relu", return_state=True, use_bias=False), data(3, 6, 4)),
    "gru": (lambda K: K.layers.GRU(5), data(3, 6, 4)),
    "gru, reset before": (lambda K: K.layers.GRU(5, reset_after=False, return_sequences=True), data(3, 6, 4)),
    "gru, state": (lambda K: K.layers.GRU(5, use_bias=False, return_state=True, go_backwards=True), data(3, 6, 4)),
    **{
        f"bidirectional, {mode}": (lambda K, m=mode: K.layers.Bidirectional(K.layers.GRU(5), m), data(3, 6, 4))
        for mode in ("concat", "sum", "mul", "ave")
    },
    "bidirectional, sequences": (
        lambda K: K.layers.Bidirectional(K.layers.LSTM(5, return_sequences=True)), data(3, 6, 4)
    ),
    "bidirectional, state": (lambda K: K.layers.Bidirectional(K.layers.LSTM(5, return_state=True)), data(3, 6, 4)),
    "depthwise": (lambda K: K.layers.DepthwiseConv2D(3, depth_multiplier=2, activation="tanh"), IMAGES),
    "depthwise, same": (lambda K: K.layers.DepthwiseConv2D((3, 2), 2, "same", use_bias=False), IMAGES),
    "separable": (lambda K: K.layers.SeparableConv2D(5, 3, padding="same", activation="tanh"), IMAGES),
    "separable, multiplied": (lambda K: K.layers.SeparableConv2D(5, 2, strides=2, depth_multiplier=3), IMAGES),
    "simple rnn": (lambda K: K.layers.SimpleRNN(5, return_sequences=True), data(3, 6, 4)),
    **{
        f"conv {padding} stride {stride}": (
            lambda K, p=padding, s=stride: K.layers.Conv2D(8, (3, 2), s, p, activation="tanh"), IMAGES,
        )
        for padding in ("valid", "same") for stride in (1, 2, 3)
    },
    "conv, groups and dilation": (lambda K: K.layers.Conv2D(4, 3, groups=2, use_bias=False), IMAGES),
    "conv, dilation": (lambda K: K.layers.Conv2D(4, 2, padding="same", dilation_rate=2), IMAGES),
    **{
        f"transpose {padding} kernel {kernel} stride {stride}": (
            lambda K, p=padding, k=kernel, s=stride: K.layers.Conv2DTranspose(3, k, s, p), IMAGES,
        )
        for padding in ("valid", "same") for kernel, stride in ((3, 1), (3, 2), (2, 3), (4, 2))
    },
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_and_its_gradient(name):
    make, x = LAYERS[name]
    mine, other = make(ours), make(theirs)
    mine(x), other(x)
    assert [tuple(w.shape) for w in mine.weights] == [tuple(w.shape) for w in other.weights]
    assert [w.name for w in mine.weights] == [w.name for w in other.weights]
    assert mine.name == other.name
    weights = [data(*w.shape, seed=i, low=0.1) for i, w in enumerate(mine.weights)]
    mine.set_weights(weights), other.set_weights(weights)
    for training in (False, True):
        assert_same_gradients(mine, other, x, training)
    for a, b in zip(mine.get_weights(), other.get_weights()):
        close(a, b)
    shape = (None, *x.shape[1:])
    assert mine.compute_output_shape(shape) == replaced(other.compute_output_shape(shape))


@pytest.mark.parametrize("masked", [{}, {"use_causal_mask": True}, {"attention_mask": classes(2, (2, 5, 3)) > 0}])
def test_attention_and_its_gradient(masked):
    import autograd.tensorflow as tf

    query, value = data(2, 5, 6), data(2, 3, 4, seed=1)
    made = [K.layers.MultiHeadAttention(2, 3, value_dim=4, output_shape=7) for K in BOTH]
    found = []
    for engine, layer in zip((tf, tensorflow), made):
        layer(query, value)
        layer.set_weights([data(*w.shape, seed=i) for i, w in enumerate(layer.weights)])
        with engine.GradientTape() as tape:
            out, scores = layer(query, value, return_attention_scores=True, **masked)
            loss = engine.reduce_sum(out * data(2, 5, 7, seed=7))
        found.append([out, scores, *tape.gradient(loss, layer.trainable_variables)])
    assert [w.name for w in made[0].weights] == [w.name for w in made[1].weights]
    for a, b in zip(*found, strict=True):
        close(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-5)


def test_attention_on_symbols():
    def model(K):
        x = K.Input((5, 6))
        y = K.layers.MultiHeadAttention(2, 3)(x, x)
        return K.Model(x, K.layers.LayerNormalization()(x + y))

    mine, other = pair_of(model)
    close(mine(data(2, 5, 6)), other(data(2, 5, 6)))
    assert mine.output_shape == other.output_shape


def replaced(shape):
    return [tuple(part) for part in shape] if isinstance(shape[0], (list, tuple)) else tuple(shape)


def assert_same_gradients(mine, other, x, training):
    import autograd.tensorflow as tf

    def differentiated(engine, layer):
        inputs = engine.constant(x)
        with engine.GradientTape() as tape:
            if x.dtype.kind == "f":
                tape.watch(inputs)
            out = layer(inputs, training=training)
            out = out[0] if isinstance(out, (list, tuple)) else out
            cotangent = data(*out.shape, seed=7)
            loss = engine.reduce_sum(out * engine.constant(cotangent))
        sources = [*layer.trainable_variables, *([inputs] if x.dtype.kind == "f" else [])]
        gradients = tape.gradient(loss, sources)
        return [out, *(tensorflow.convert_to_tensor(g) if engine is tensorflow else g for g in gradients)]

    for a, b in zip(differentiated(tf, mine), differentiated(tensorflow, other), strict=True):
        close(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-5)


# -- operations on symbols ----------------------------------------------------------------------------------


def operators(K, x, y):
    z = (x + y) * 2 - 1 / (2 + abs(x))
    return [-z, 3 - z, z / 2, z**2, 2**z, z // 2, z % 3, z @ np.ones((4, 2), np.float32), z[:, 1:], z[..., 0], z > y]


def functions(K, x, y):
    ops = K.ops
    z = ops.concatenate([ops.exp(x), ops.sqrt(abs(y)), ops.relu(x)], axis=-1)
    return [
        ops.mean(z, axis=1), ops.std(z, axis=-1, keepdims=True), ops.logsumexp(z, axis=1), ops.max(z, axis=1),
        ops.stack([x, y], axis=1), ops.reshape(z, (-1, 3, 4)), ops.expand_dims(x, -1), ops.argmax(z, axis=1),
        ops.where(x > y, x, 0.0), ops.maximum(x, y), ops.clip(x, -0.5, 0.5), ops.softmax(x), ops.cast(x > 0, "int32"),
        ops.einsum("bi,bj->bij", x, y), ops.one_hot(ops.argmin(x, axis=1), 4), ops.take(x, [0, 2], axis=1),
        ops.add(ops.cast(x, "int32"), y), ops.transpose(x), ops.matmul(ops.expand_dims(x, 1), ops.expand_dims(y, 2)),
    ]  # fmt: skip


@pytest.mark.parametrize("make", [operators, functions])
def test_operations_on_symbols_are_those_on_values(make):
    def model(K):
        x, y = K.Input((4,)), K.Input((4,))
        return K.Model([x, y], make(K, K.layers.Dense(4)(x), y))

    mine, other = pair_of(model)
    assert [layer.name for layer in mine.layers] == [layer.name for layer in other.layers]
    assert mine.count_params() == other.count_params()
    values = [data(5, 4), data(5, 4, seed=1)]
    for a, b, symbol in zip(mine(values), other(values), other.outputs, strict=True):
        close(a, b)
        assert a.numpy().dtype == b.numpy().dtype
        assert len(symbol.shape) == a.ndim
    for a, b in zip(mine.outputs, other.outputs, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)


# -- models -----------------------------------------------------------------------------------------------


def mlp(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(8, activation="relu"), K.layers.Dense(3, activation="softmax")])


def logits(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(8, activation="tanh"), K.layers.Dense(3)])


def binary(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(8, activation="relu"), K.layers.Dense(1, activation="sigmoid")])


def regression(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(4), K.layers.BatchNormalization(), K.layers.Dense(2)])


SPARSE = classes(3, 50)
ONE_HOT = np.eye(3, dtype=np.float32)[SPARSE]
YES = classes(2, 50)
SETTINGS = {
    "softmax, adam": (mlp, "adam", "sparse_categorical_crossentropy", ["accuracy"], SPARSE),
    "one-hot, rmsprop": (mlp, "rmsprop", "categorical_crossentropy", ["acc", "mse"], ONE_HOT),
    "logits, sgd": (
        logits,
        lambda K: K.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda K: K.losses.SparseCategoricalCrossentropy(from_logits=True),
        ["accuracy"],
        SPARSE,
    ),
    "one-hot logits": (
        logits,
        lambda K: K.optimizers.SGD(0.1, momentum=0.5, clipnorm=0.1),
        lambda K: K.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        ["accuracy", "categorical_crossentropy"],
        ONE_HOT,
    ),
    "binary, adagrad": (binary, "adagrad", "binary_crossentropy", ["accuracy", "mae"], YES),
    "binary, amsgrad": (
        binary,
        lambda K: K.optimizers.Adam(0.01, amsgrad=True, global_clipnorm=0.5),
        lambda K: K.losses.BinaryCrossentropy(label_smoothing=0.2),
        ["accuracy"],
        YES,
    ),
    "regression": (
        regression,
        lambda K: K.optimizers.RMSprop(0.01, momentum=0.3, centered=True),
        "mse",
        ["mae", lambda K: K.metrics.MeanSquaredError(name="squares")],
        data(50, 2),
    ),
    "absolute": (regression, lambda K: K.optimizers.SGD(0.05, clipvalue=0.1), "mae", ["mse"], data(50, 2)),
}


def compiled(setting):
    build, optimizer, loss, metrics, _ = SETTINGS[setting]

    def of(K, value):
        return value(K) if callable(value) else value

    pair = pair_of(build)
    for model, K in zip(pair, BOTH):
        model.compile(of(K, optimizer), of(K, loss), metrics=[of(K, metric) for metric in metrics])
    return pair


@pytest.mark.parametrize("setting", SETTINGS)
def test_histories_evaluation_and_predictions(setting):
    pair = compiled(setting)
    x, y = data(50, 6), SETTINGS[setting][-1]
    histories = [m.fit(x, y, 16, epochs=3, shuffle=False, verbose=0, validation_split=0.3).history for m in pair]
    assert list(histories[0]) == list(histories[1])
    for name in histories[0]:
        close(histories[0][name], histories[1][name])
    close(*(m.evaluate(x, y, verbose=0) for m in pair))
    close(*(m.predict(x, verbose=0) for m in pair), rtol=1e-3, atol=1e-4)
    for a, b in zip(*(m.get_weights() for m in pair), strict=True):
        close(a, b, rtol=1e-3, atol=1e-4)
    by_name = [m.evaluate(x, y, verbose=0, return_dict=True) for m in pair]
    assert list(by_name[0]) == list(by_name[1])


def test_single_batches():
    pair = compiled("softmax, adam")
    x, y = data(50, 6), SPARSE
    for start in (0, 20):
        part = slice(start, start + 20)
        close(*(m.train_on_batch(x[part], y[part]) for m in pair))
    close(*(m.test_on_batch(x, y) for m in pair))
    results = [m.train_on_batch(x, y, return_dict=True) for m in pair]
    assert sorted(results[0]) == sorted(results[1])


@pytest.mark.parametrize("patience, restore", [(0, False), (1, True)])
def test_early_stopping(patience, restore):
    pair = compiled("logits, sgd")
    x, y = data(50, 6), SPARSE
    lengths = []
    for model, K in zip(pair, BOTH):
        stop = K.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=restore, min_delta=1e-3)
        history = model.fit(x, y, epochs=12, shuffle=False, verbose=0, validation_split=0.4, callbacks=[stop])
        lengths.append(len(history.history["loss"]))
    assert lengths[0] == lengths[1] < 12
    for a, b in zip(*(m.get_weights() for m in pair)):
        close(a, b, rtol=1e-3, atol=1e-5)


def test_the_rate_falls_on_a_plateau():
    pair = compiled("logits, sgd")
    x, y = data(50, 6), SPARSE
    found = []
    for model, K in zip(pair, BOTH):
        seen = []
        callbacks = [
            K.callbacks.ReduceLROnPlateau("loss", factor=0.3, patience=1, min_delta=0.05, cooldown=1, min_lr=0.004),
            K.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs, seen=seen: seen.append(epoch)),
        ]
        history = model.fit(x, y, epochs=9, shuffle=False, verbose=0, callbacks=callbacks).history
        found.append(history["learning_rate"])
        assert seen == list(range(9))
    close(*found, rtol=1e-5)


def test_training_stops_at_nan():
    for K in BOTH:
        model = regression(K)
        model.compile("sgd", "mse")
        x = np.full((40, 6), np.nan, np.float32)
        history = model.fit(x, data(40, 2), 8, epochs=3, verbose=0, callbacks=[K.callbacks.TerminateOnNaN()]).history
        assert len(history["loss"]) == 1


def test_schedules_and_tables(tmp_path):
    pair = compiled("softmax, adam")
    tables = []
    for model, K, name in zip(pair, BOTH, ("ours", "theirs")):
        callbacks = [
            K.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
            K.callbacks.CSVLogger(str(tmp_path / name)),
        ]
        model.fit(data(50, 6), SPARSE, epochs=3, shuffle=False, verbose=0, callbacks=callbacks)
        tables.append((tmp_path / name).read_text().splitlines())
    assert tables[0][0] == tables[1][0]
    for mine, other in zip(tables[0][1:], tables[1][1:], strict=True):
        close(*(np.genfromtxt([line], delimiter=",") for line in (mine, other)))


# -- graphs and summaries ---------------------------------------------------------------------------------


def branched(K):
    images = K.Input((8, 8, 1), name="img")
    x = K.layers.Conv2D(4, 3, activation="relu")(images)
    first = K.layers.MaxPooling2D(3)(x)
    x = K.layers.Conv2D(4, 3, padding="same")(first)
    x = K.layers.BatchNormalization()(x)
    x = K.layers.add([x, first])
    numbers = K.Input((5,), name="numbers")
    shared = K.layers.Dense(4, activation="relu")
    both = K.layers.Concatenate()([K.layers.GlobalAveragePooling2D()(x), shared(shared(K.layers.Dense(4)(numbers)))])
    return K.Model([images, numbers], K.layers.Dense(3)(both), name="branched")


def autoencoder(K):
    inputs = K.Input((8, 8, 1), name="img")
    x = K.layers.Conv2D(4, 3, activation="relu")(inputs)
    encoder = K.Model(inputs, K.layers.GlobalMaxPooling2D()(x), name="encoder")
    code = K.Input((4,), name="code")
    x = K.layers.Reshape((2, 2, 1))(code)
    x = K.layers.Conv2DTranspose(2, 3, activation="relu")(x)
    decoder = K.Model(code, K.layers.UpSampling2D(2)(x), name="decoder")
    whole = K.Input((8, 8, 1))
    return K.Model(whole, decoder(encoder(whole)))


def chain(K):
    model = K.Sequential(name="chain")
    model.add(K.Input((250, 250, 3)))
    model.add(K.layers.Conv2D(32, 5, strides=2, activation="relu"))
    model.add(K.layers.Conv2D(32, 3, activation="relu"))
    model.add(K.layers.MaxPooling2D(3))
    model.add(K.layers.GlobalMaxPooling2D())
    model.add(K.layers.Dense(10))
    return model


def operated(K):
    x = K.Input((4,))
    y = K.layers.Dense(4)(x) * 2 + x
    return K.Model(x, K.layers.Dense(1)(K.ops.expand_dims(y[:, :2], 1)))


@pytest.mark.parametrize("build", [branched, autoencoder, chain, regression, operated])
def test_summaries_shapes_and_names(build):
    pair = [build(K) for K in BOTH]
    texts = []
    for model in pair:
        found = io.StringIO()
        with redirect_stdout(found):
            model.summary(print_fn=print)
        texts.append([line.rstrip() for line in found.getvalue().strip().splitlines()])
    assert texts[0] == texts[1]
    assert [layer.name for layer in pair[0].layers] == [layer.name for layer in pair[1].layers]
    assert pair[0].output_shape == pair[1].output_shape
    assert pair[0].count_params() == pair[1].count_params()
    assert [w.name for w in pair[0].weights] == [w.name for w in pair[1].weights]
    assert [w.name for w in pair[0].trainable_weights] == [w.name for w in pair[1].trainable_weights]


def test_a_branched_model_computes_and_trains_alike():
    pair = pair_of(branched)
    x, y = [data(20, 8, 8, 1), data(20, 5, seed=3)], classes(3, 20)
    close(*(m.predict(x, verbose=0) for m in pair))
    close(*(m.predict({"img": x[0], "numbers": x[1]}, verbose=0) for m in pair))
    for model, K in zip(pair, BOTH):
        model.compile("adam", K.losses.SparseCategoricalCrossentropy(from_logits=True))
    close(*(m.fit(x, y, 8, epochs=2, shuffle=False, verbose=0).history["loss"] for m in pair))


@pytest.mark.parametrize(
    "name",
    ["zeros", "ones", "random_normal", "random_uniform", "truncated_normal", "glorot_uniform", "glorot_normal",
     "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal"],
)  # fmt: skip
def test_initializers_have_the_same_distribution(name):
    mine, other = (np.sort(np.ravel(K.initializers.get(name)((3, 3, 40, 60)))) for K in BOTH)
    spread = max(other.std(), 1e-9)
    assert abs(mine.mean() - other.mean()) < 0.05 * spread + 1e-6
    assert abs(mine.std() - other.std()) <= 0.03 * spread
    for share in (0, 0.1, 0.25, 0.75, 0.9, 1):
        at = min(int(share * len(mine)), len(mine) - 1)
        assert abs(mine[at] - other[at]) <= (1.5 if share in (0, 1) else 0.06) * spread + 1e-6


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "softplus", "softsign",
                                  "swish", "hard_sigmoid", "exponential", "leaky_relu", "relu6", "mish",
                                  "log_softmax"])  # fmt: skip
def test_activations(name):
    x = data(4, 5, low=-5, high=5)
    import autograd.tensorflow as tf

    close(ours.activations.get(name)(tf.constant(x)).numpy(), theirs.activations.get(name)(x).numpy(), atol=1e-5)


LOSSES = [
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh", "kl_divergence", "poisson", "hinge", "squared_hinge", "categorical_hinge", "cosine_similarity",
]  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients(name):
    import autograd.tensorflow as tf

    y, p = data(6, 4, low=0.1), data(6, 4, seed=3, low=0.05)
    y[0], y[1] = [1, 0, 0, 0], p[1]
    title = {"log_cosh": "LogCosh", "kl_divergence": "KLDivergence"}.get(name, name.title().replace("_", ""))
    found = []
    for engine, K in ((tf, ours), (tensorflow, theirs)):
        x = engine.Variable(p)
        with engine.GradientTape() as tape:
            values = K.losses.get(name)(y, x)
        whole = getattr(K.losses, title)(reduction="sum")(y, x, sample_weight=np.arange(6.0))
        each = getattr(K.metrics, {"LogCosh": "LogCoshError", "Huber": "MeanSquaredError"}.get(title, title))()
        each.update_state(y, p)
        found.append([np.asarray(v) for v in (values, tape.gradient(values, x), whole, each.result())])
    for mine, other in zip(*found, strict=True):
        close(mine, other, rtol=1e-3, atol=1e-5)


METRICS = {
    "precision": lambda K: K.metrics.Precision(),
    "recall": lambda K: K.metrics.Recall(thresholds=[0.3, 0.6]),
    "auc": lambda K: K.metrics.AUC(),
    "counts": lambda K: K.metrics.FalsePositives(0.4),
    "negatives": lambda K: K.metrics.TrueNegatives(),
    "root": lambda K: K.metrics.RootMeanSquaredError(),
    "binary accuracy": lambda K: K.metrics.BinaryAccuracy(threshold=0.3),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_of_counts(name):
    mine, other = (METRICS[name](K) for K in BOTH)
    assert mine.name == other.name
    for seed in range(2):
        true, pred = classes(2, (30, 1), seed), data(30, 1, seed=seed, low=0)
        for metric in (mine, other):
            metric.update_state(true, pred)
            metric.update_state(true, pred, sample_weight=np.linspace(0, 1, 30))
        close(mine.result().numpy(), np.asarray(other.result()))
    mine.reset_state(), other.reset_state()
    close(mine.result().numpy(), np.asarray(other.result()))


def test_metrics_of_the_largest():
    p = data(20, 6)
    for k in (1, 3):
        for kind, y in (("Sparse", classes(6, 20)), ("", np.eye(6)[classes(6, 20)])):
            mine, other = (getattr(K.metrics, f"{kind}TopKCategoricalAccuracy")(k=k) for K in BOTH)
            close(mine(y, p).numpy(), np.asarray(other(y, p)))


OPTIMIZERS = {
    "adamw": lambda K: K.optimizers.AdamW(0.01, weight_decay=0.1),
    "adamax": lambda K: K.optimizers.Adamax(0.01),
    "nadam": lambda K: K.optimizers.Nadam(0.01),
    "adadelta": lambda K: K.optimizers.Adadelta(1.0),
    "decay": lambda K: K.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.05),
    "exponential": lambda K: K.optimizers.SGD(K.optimizers.schedules.ExponentialDecay(0.5, 3, 0.5)),
    "staircase": lambda K: K.optimizers.Adam(K.optimizers.schedules.InverseTimeDecay(0.5, 3, 0.5, staircase=True)),
    "pieces": lambda K: K.optimizers.SGD(K.optimizers.schedules.PiecewiseConstantDecay([2, 4], [0.5, 0.2, 0.1])),
    "polynomial": lambda K: K.optimizers.SGD(K.optimizers.schedules.PolynomialDecay(0.5, 4, power=2.0, cycle=True)),
    "cosine": lambda K: K.optimizers.SGD(
        K.optimizers.schedules.CosineDecay(0.1, 4, 0.1, warmup_target=0.5, warmup_steps=3)
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    import autograd.tensorflow as tf

    start, g = data(3, 2), data(9, 3, 2, seed=5)
    w, v = tf.Variable(start), theirs.Variable(start)
    mine, other = (OPTIMIZERS[name](K) for K in BOTH)
    for step in range(9):
        mine.apply_gradients([(tf.constant(g[step]), w)])
        other.apply_gradients([(tensorflow.constant(g[step]), v)])
        close(w.numpy(), np.asarray(v), rtol=1e-4, atol=1e-6)
    close(float(mine.learning_rate), float(other.learning_rate), rtol=1e-5)


# -- what else training takes -----------------------------------------------------------------------------


def two_heads(K):
    inputs = K.Input((6,), name="features")
    x = K.layers.Dense(5, activation="tanh")(inputs)
    kind = K.layers.Dense(3, activation="softmax", name="kind")(x)
    size = K.layers.Dense(1, name="size")(x)
    return K.Model(inputs, [kind, size])


def assert_same_runs(pair, x=None, y=None, sizes=None, **how):
    histories = [m.fit(x, y, epochs=2, shuffle=False, verbose=0, **how).history for m in pair]
    assert set(histories[0]) == set(histories[1])
    for name in histories[0]:
        close(histories[0][name], histories[1][name])
    for a, b in zip(*(m.get_weights() for m in pair), strict=True):
        close(a, b, rtol=1e-3, atol=1e-4)


TWO = {
    "one loss": ({"loss": "mse"}, [ONE_HOT, data(50, 1)]),
    "lists": (
        {"loss": ["categorical_crossentropy", "mse"], "metrics": [["accuracy"], ["mae"]], "loss_weights": [1.0, 0.5]},
        [ONE_HOT, data(50, 1)],
    ),
    "names": (
        {
            "loss": {"kind": "sparse_categorical_crossentropy", "size": "mae"},
            "metrics": {"kind": ["accuracy"], "size": ["mse"]},
            "loss_weights": {"kind": 0.2, "size": 1.0},
        },
        {"size": data(50, 1), "kind": SPARSE},
    ),
}


@pytest.mark.parametrize("name", TWO)
def test_several_outputs(name):
    pair = pair_of(two_heads)
    arguments, y = TWO[name]
    for model in pair:
        model.compile("adam", **arguments)
    x = data(50, 6)
    assert_same_runs(pair, x, y, batch_size=16, validation_data=(x, y))
    close(*(m.evaluate(x, y, verbose=0) for m in pair))
    results = [m.evaluate(x, y, verbose=0, return_dict=True) for m in pair]
    assert list(results[0]) == list(results[1])


@pytest.mark.parametrize("how", [{"sample_weight": data(50, low=0)}, {"class_weight": {0: 2.0, 2: 0.1}}])
def test_samples_that_count_differently(how):
    pair = compiled("softmax, adam")
    x = data(50, 6)
    assert_same_runs(pair, x, SPARSE, **how)
    for model in pair:
        model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"], metrics=["accuracy"])
    assert_same_runs(pair, x, SPARSE, validation_data=(x, SPARSE, data(50, low=0)), **how)
    for model in pair:
        model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    weights = data(50, low=0, seed=9)
    close(*(m.evaluate(x, SPARSE, sample_weight=weights, verbose=0) for m in pair))
    close(*(m.train_on_batch(x, SPARSE, **how) for m in pair))


def regularized(K):
    class Sparse(K.layers.Layer):
        def call(self, inputs):
            self.add_loss(1e-2 * tf_of(K).reduce_sum(tf_of(K).abs(inputs)))
            return inputs

    return K.Sequential([
        K.Input((6,)),
        K.layers.Dense(8, kernel_regularizer=K.regularizers.L1L2(0.01, 0.02), bias_regularizer="l2"),
        Sparse(),
        K.layers.Dense(3, kernel_regularizer="l1", activity_regularizer=K.regularizers.L2(1e-3),
                       kernel_constraint=K.constraints.MaxNorm(0.8)),
    ])  # fmt: skip


def tf_of(K):
    import autograd.tensorflow as tf

    return tf if K is ours else tensorflow


def test_regularizers_constraints_and_losses_of_layers():
    pair = pair_of(regularized)
    x, y = data(50, 6), data(50, 3)
    for model in pair:
        model.compile(model_optimizer(model), "mse", metrics=["mae"])
    assert_same_runs(pair, x, y, batch_size=16, validation_split=0.2)
    for model in pair:
        model(x)
    assert len(pair[0].losses) == len(pair[1].losses)
    close(*(float(sum(m.losses)) for m in pair))
    close(*(m.evaluate(x, y, verbose=0) for m in pair))


def model_optimizer(model):
    return (ours if isinstance(model, ours.Model) else theirs).optimizers.SGD(0.1)


def test_a_training_step_of_ones_own():
    def build(K):
        tf = tf_of(K)

        class Custom(K.Model):
            def __init__(self):
                super().__init__()
                self.dense = K.layers.Dense(1)
                self.size = K.metrics.Mean(name="size")

            def call(self, inputs):
                return self.dense(inputs)

            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    pred = self(x, training=True)
                    loss = self.compute_loss(y=y, y_pred=pred)
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
                self.size.update_state(tf.abs(pred))
                for metric in self.metrics:
                    if metric.name == "loss":
                        metric.update_state(loss)
                    elif metric.name != "size":
                        metric.update_state(y, pred)
                return {m.name: m.result() for m in self.metrics}

        model = Custom()
        model(data(2, 6))
        model.compile("sgd", "mse", metrics=["mae"])
        return model

    pair = pair_of(build)
    assert [m.name for m in pair[0].metrics] == [m.name for m in pair[1].metrics]
    assert_same_runs(pair, data(50, 6), data(50, 1))


def test_a_training_step_gets_an_array_alone():
    def build(K):
        tf = tf_of(K)

        class Encoder(K.Model):
            def __init__(self):
                super().__init__()
                self.encoder, self.decoder = K.layers.Dense(2), K.layers.Dense(6)
                self.total = K.metrics.Mean(name="total")

            @property
            def metrics(self):
                return [self.total]

            def call(self, inputs):
                return self.decoder(self.encoder(inputs))

            def train_step(self, data):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(self(data) - data))
                gradients = tape.gradient(loss, self.trainable_weights)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
                self.total.update_state(loss)
                return {"total": self.total.result()}

        model = Encoder()
        model(data(2, 6))
        model.compile(optimizer="adam")
        return model

    assert_same_runs(pair_of(build), data(50, 6))
