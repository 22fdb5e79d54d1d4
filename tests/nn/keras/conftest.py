"""What the comparisons with Keras begin with."""

import pytest

collect_ignore = ["beside_keras.py"]  # it has no tests, and skips where TensorFlow is absent


@pytest.fixture
def names_and_draws_from_the_start():
    import tensorflow

    from nn import keras

    keras.utils.set_random_seed(0)
    keras.utils.clear_session()
    tensorflow.keras.utils.clear_session()
