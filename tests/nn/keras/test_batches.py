"""What fit, evaluate and predict take: tables, PyDatasets, and a number of steps. The numbers are Keras'."""

import warnings

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras.batches import unpack

X = np.arange(1.0, 5.0, dtype=np.float32)[:, None]


class Recorder(keras.callbacks.Callback):
    """The batches and epochs seen: t0 for the first training batch, e0 and p0 for others, E0 for the first epoch."""

    def __init__(self):
        self.seen = ""

    def on_train_batch_end(self, batch, logs=None):
        self.seen += f"t{batch}"

    def on_test_batch_end(self, batch, logs=None):
        self.seen += f"e{batch}"

    def on_predict_batch_end(self, batch, logs=None):
        self.seen += f"p{batch}"

    def on_epoch_end(self, epoch, logs=None):
        self.seen += f"E{epoch}"


def model():
    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    made.compile(keras.optimizers.SGD(0.01), "mse")
    return made


class Rows(keras.utils.PyDataset):
    """Batches of one row; reading past the end is an error."""

    def __init__(self, count):
        super().__init__()
        self.count, self.passes = count, []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        assert 0 <= index < self.count
        return X[index : index + 1], -X[index : index + 1]

    def on_epoch_begin(self):
        self.passes.append("begin")

    def on_epoch_end(self):
        self.passes.append("end")


def rows(count):
    return tf.data.Dataset.from_tensor_slices((X, -X)).batch(1).take(count)


def generator(count):
    return ((X[i : i + 1], -X[i : i + 1]) for i in range(count))


#: What to fit, with which arguments, and the losses, the weight, the batches and the number of warnings in Keras.
FITS = {
    "two steps of four rows": ((X, -X), {"steps_per_epoch": 2, "epochs": 2},
                               [27.5625, 13.9923], 0.01531, "t0t1E0t0t1E1", 0),
    "three steps of four rows": ((X, -X), {"steps_per_epoch": 3, "epochs": 2},
                                 [27.5625, 13.9923], 0.01531, "t0t1E0t0t1E1", 2),
    "three steps of single rows": ((X, -X), {"batch_size": 1, "steps_per_epoch": 3, "epochs": 3},
                                   [16.2101, 34.9813, 4.0969], -0.25665, "t0t1t2E0t0E1t0t1t2E2", 1),
    "one step of two rows": ((X, -X), {"batch_size": 2, "steps_per_epoch": 1, "epochs": 3},
                             [10.0, 45.125, 5.0766], 0.35375, "t0E0t0E1t0E2", 0),
    "a dataset shorter than the steps": ((rows(2),), {"steps_per_epoch": 3, "epochs": 2},
                                         [9.6832, 7.8713], 0.62577, "t0t1E0t0t1E1", 2),
    "a dataset that ends in the second epoch": ((rows(4),), {"steps_per_epoch": 3, "epochs": 3},
                                                [16.2101, 34.9813, 4.0969], -0.25665, "t0t1t2E0t0E1t0t1t2E2", 1),
    "an endless dataset": ((rows(4).repeat(),), {"steps_per_epoch": 3, "epochs": 3},
                           [16.2101, 13.292, 5.4976], -0.50463, "t0t1t2E0t0t1t2E1t0t1t2E2", 0),
    "a generator": ((generator(4),), {"steps_per_epoch": 2, "epochs": 2},
                    [9.6832, 32.1225], 0.00546, "t0t1E0t0t1E1", 0),
    "a generator that ends": ((generator(3),), {"steps_per_epoch": 2, "epochs": 2},
                              [9.6832, 29.2638], 0.47862, "t0t1E0t0E1", 1),
    "a PyDataset": ((Rows(3),), {"epochs": 2}, [16.2101, 8.8601], 0.09316, "t0t1t2E0t0t1t2E1", 0),
    "a PyDataset with fewer steps": ((Rows(3),), {"steps_per_epoch": 2, "epochs": 3},
                                     [9.6832, 29.2638, 5.2927], 0.33313, "t0t1E0t0E1t0t1E2", 1),
    "a PyDataset with a batch size": ((Rows(3),), {"batch_size": 2}, [16.2101], 0.47862, "t0t1t2E0", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_fit_takes_as_many_steps_as_keras(name):
    data, options, losses, weight, seen, count = FITS[name]
    trained, recorder = model(), Recorder()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = trained.fit(*data, shuffle=False, verbose=0, callbacks=[recorder], **options)
    np.testing.assert_allclose(history.history["loss"], losses, rtol=1e-4)
    assert float(trained.get_weights()[0][0, 0]) == pytest.approx(weight, abs=1e-4)
    assert recorder.seen == seen
    assert [w.category for w in caught] == [UserWarning] * count
    assert all("Your input ran out of data" in str(w.message) for w in caught)


def test_steps_without_a_batch_size_divide_the_rows():
    trained = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    trained.compile(keras.optimizers.SGD(0.1), "mse")
    x = np.array([[1.0], [1.0], [2.0], [2.0]])
    trained.fit(x, -x, steps_per_epoch=2, shuffle=False, verbose=0)
    assert float(trained.get_weights()[0][0, 0]) == pytest.approx(0.6 - 0.2 * 4 * 1.6)


@pytest.mark.parametrize(
    "options, count, warns", [({"steps": 2}, 4, 0), ({"steps": 3}, 4, 1), ({"steps": 3, "batch_size": 1}, 3, 0)]
)
def test_predict_with_steps_gives_as_many_rows_as_there_are(options, count, warns):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        np.testing.assert_array_equal(model().predict(X, verbose=0, **options), X[:count])
    assert len(caught) == warns


def test_evaluate_with_steps():
    assert model().evaluate(X, -X, steps=2, verbose=0) == pytest.approx(30)
    assert model().evaluate(X, -X, batch_size=1, steps=3, verbose=0) == pytest.approx(18.6667, rel=1e-4)


def test_every_validation_starts_with_the_first_batch():
    for data in ((X, -X), rows(3)):
        history = model().fit(
            X, -X, epochs=2, shuffle=False, verbose=0, validation_data=data, validation_steps=2,
            validation_batch_size=1,
        ).history  # fmt: skip
        np.testing.assert_allclose(history["val_loss"], [7.225, 5.2201], rtol=1e-4)


def test_shuffling_in_batches_keeps_the_rows_of_every_batch_together():
    seen = []

    class Collector(keras.Model):
        def train_step(self, data):
            seen.append(sorted(data[0].numpy()[:, 0].tolist()))
            return {"loss": 0.0}

    collector = Collector()
    collector.compile("sgd", "mse")
    collector.fit(X, X, batch_size=2, shuffle="batch", verbose=0)
    assert seen == [[1.0, 2.0], [3.0, 4.0]]


# -- PyDataset ---------------------------------------------------------------------------------------------


def test_a_py_dataset_is_told_of_every_epoch_and_shuffled_by_batches():
    data, recorder = Rows(3), Recorder()
    model().fit(data, epochs=2, verbose=0, callbacks=[recorder])
    assert data.passes == ["begin", "end"] * 2
    assert model().predict(data, verbose=0).tolist() == [[1.0], [2.0], [3.0]]
    assert keras.utils.Sequence is keras.utils.PyDataset


def test_a_py_dataset_without_an_end_needs_steps():
    class Endless(keras.utils.PyDataset):
        num_batches = None

        def __getitem__(self, index):
            return X, -X

    assert len(model().fit(Endless(), steps_per_epoch=2, epochs=3, verbose=0).history["loss"]) == 3


def test_what_is_neither_data_nor_batches_is_refused():
    class Numbers:
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return X, X

    for wrong in (Numbers(), 3, "abc"):
        with pytest.raises(ValueError, match=r"Unrecognized data type: .*keras.utils.PyDataset"):
            model().fit(wrong, verbose=0)
    for batches in (rows(2), Rows(2)):
        with pytest.raises(ValueError, match="`y` should not be passed"):
            model().fit(batches, -X, verbose=0)


# -- tables ------------------------------------------------------------------------------------------------


class Frame:
    """What a DataFrame of pandas has."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype)


class Series(Frame):
    def to_frame(self):
        return Frame(self._array[:, None])


def test_tables_are_data():
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(8, 3)), rng.normal(size=8), rng.uniform(size=8)
    values = []
    for wrap, column in ((lambda array: array, lambda array: array[:, None]), (Frame, Series)):
        made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
        made.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
        made.fit(wrap(x), column(y), sample_weight=column(w), validation_split=0.25, shuffle=False, verbose=0)
        values.append([*made.evaluate(wrap(x), column(y), verbose=0), *made.predict(wrap(x), verbose=0)[:, 0]])
    np.testing.assert_array_equal(*values)
    np.testing.assert_array_equal(
        keras.Sequential([keras.Input((1,))]).predict(Series(y), verbose=0)[:, 0], y.astype("f")
    )


def test_a_table_of_objects_is_refused():
    with pytest.raises(ValueError, match="Data must be numbers, but the elements have dtype object"):
        model().fit(Frame(np.array([["a"], [1]], object)), X[:2], verbose=0)


def test_train_on_batch_takes_a_weight_for_all_samples():
    assert model().train_on_batch(X, -X, sample_weight=np.array([2.0])) == pytest.approx(60)
    assert model().test_on_batch(X, -X, sample_weight=0.5) == pytest.approx(15)


# -- interrupts --------------------------------------------------------------------------------------------


def test_an_interrupt_while_the_optimizer_is_built_leaves_it_as_it_was():
    class Interrupted(keras.optimizers.Adam):
        calls = 0

        def new_slots(self, value):
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return super().new_slots(value)

    two = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    two.compile(Interrupted(0.1), "mse")
    with pytest.raises(KeyboardInterrupt):
        two.fit(X, -X, verbose=0)
    assert not two.optimizer.built and int(two.optimizer.iterations) == 0
    two.fit(X, -X, verbose=0)
    assert int(two.optimizer.iterations) == 1


@pytest.mark.parametrize("attribute", ["_slots", "_variables"])
def test_an_interrupt_between_the_attributes_of_an_optimizer_leaves_it_as_it_was(attribute):
    class Interrupted(keras.optimizers.Adam):
        def __setattr__(self, name, value):
            if name == attribute and value and not vars(self).get("was_interrupted"):
                vars(self)["was_interrupted"] = True
                raise KeyboardInterrupt
            super().__setattr__(name, value)

    made = model()
    made.compile(Interrupted(0.1), "mse")
    with pytest.raises(KeyboardInterrupt):
        made.fit(X, -X, verbose=0)
    made.fit(X, -X, verbose=0)
    assert int(made.optimizer.iterations) == 1


def test_an_interrupt_while_a_layer_is_built_leaves_it_as_it_was():
    def interrupted(shape, dtype=None):
        raise KeyboardInterrupt

    layer = keras.layers.Dense(2, bias_initializer=interrupted)
    with pytest.raises(KeyboardInterrupt):
        layer(X)
    assert not layer.built and layer.weights == [] and not hasattr(layer, "kernel")
    layer.bias_initializer = keras.initializers.Zeros()
    assert [weight.name for weight in (layer(X), layer.weights)[1]] == ["kernel", "bias"]


@pytest.mark.parametrize("count", [0, 4])
def test_a_batch_has_one_to_three_parts(count):
    with pytest.raises(ValueError, match=f"but got {count} parts"):
        unpack(tuple(range(count)))


@pytest.mark.parametrize("padding", [(1,), (1, 2, 3)])
def test_a_border_has_two_parts(padding):
    with pytest.raises(ValueError, match="`padding` should have two elements"):
        keras.layers.ZeroPadding2D(padding)


def test_scattering_into_a_tensor_gives_a_tensor_of_tensorflow():
    out = tf.tensor_scatter_nd_add(tf.zeros(3), [[1]], [5.0])
    assert type(out) is type(tf.zeros(1)) and out.numpy().tolist() == [0, 5, 0]
