"""Data sets read from files."""

import numpy as np
import pytest

from nn import keras


def test_mnist_is_read_from_the_folder_of_keras(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="nothing is downloaded"):
        keras.datasets.mnist.load_data()
    (tmp_path / "datasets").mkdir()
    arrays = {"x_train": np.ones((2, 28, 28)), "y_train": np.arange(2), "x_test": np.ones((1, 28, 28)), "y_test": [3]}
    np.savez(tmp_path / "datasets" / "mnist.npz", **arrays)
    (x_train, _), (_, y_test) = keras.datasets.mnist.load_data()
    assert x_train.shape == (2, 28, 28)
    assert y_test.tolist() == [3]
