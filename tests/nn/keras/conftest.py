"""Fixtures: the random seed and automatic names are reset before every test."""

import pytest

from nn import keras

collect_ignore = ["beside_keras.py"]  # it has no tests, and skips if TensorFlow is not installed


@pytest.fixture(autouse=True)
def _reset_seed_and_names():
    keras.utils.set_random_seed(0)
    keras.utils.clear_session()


@pytest.fixture
def reset_names_of_keras():
    tensorflow = pytest.importorskip("tensorflow")
    tensorflow.keras.utils.clear_session()
