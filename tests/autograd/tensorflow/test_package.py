"""The package: what importing it imports, and the ways to import Keras."""

import subprocess
import sys

import autograd.tensorflow as tf


def test_tf_function_returns_the_function_itself():
    def f(x):
        return x + 1

    assert tf.function(f) is f
    assert tf.function(jit_compile=True)(f) is f


def test_importing_autograd_loads_neither_tensorflow_nor_nn():
    code = "import sys, autograd; assert 'autograd.tensorflow' not in sys.modules; import autograd.tensorflow; " \
        "assert 'nn' not in sys.modules"  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_way_to_import_keras_finds_the_same_module():
    from autograd.tensorflow import keras
    from autograd.tensorflow.keras import layers
    from autograd.tensorflow.keras.models import Sequential
    from nn import keras as nn_keras

    assert keras is tf.keras is nn_keras
    assert layers is nn_keras.layers
    assert Sequential is nn_keras.Sequential
