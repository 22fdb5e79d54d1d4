"""Fixtures: the random seed and automatic names are reset before every test."""

import pytest

from nn import keras


@pytest.fixture(autouse=True)
def _reset_seed_and_names():
    keras.utils.set_random_seed(0)
    keras.utils.clear_session()
