"""Saving and loading weights."""

import numpy as np
import pytest

from nn import keras
from nn.keras import layers


def small(inputs=3, outputs=2):
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(4, activation="tanh"), layers.Dense(outputs)])


def test_weights_are_saved_and_loaded(tmp_path):
    model, other = small(), small()
    model.save_weights(tmp_path / "a.weights.npz")
    other.load_weights(tmp_path / "a.weights.npz")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match=r"holds no weights"):
        (tmp_path / "b.weights.npz").write_bytes(b"something else")
        other.load_weights(tmp_path / "b.weights.npz")


def test_saving_and_loading_whole_models_is_not_supported(tmp_path):
    with pytest.raises(NotImplementedError, match=r"Save the weights, with save_weights\('….weights.npz'\)"):
        small().save(tmp_path / "model.keras")
    with pytest.raises(NotImplementedError, match=r"then load its weights with model.load_weights\('….weights.npz'\)"):
        keras.models.load_model("model.keras")


def test_other_file_formats_raise():
    with pytest.raises(ValueError, match=r"end in '.weights.npz': .* HDF5 library"):
        small().save_weights("m.weights.h5")
