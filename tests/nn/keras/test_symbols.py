"""Symbols: they have shapes and dtypes, but no values."""

import numpy as np
import pytest

from nn import keras


def test_a_symbol_has_no_values():
    with pytest.raises(TypeError, match="is a symbol and has no values"):
        np.square(keras.Input((3,)))
    with pytest.raises(TypeError, match="truth value"):
        bool(keras.Input((3,)))


def test_unknown_sizes_stay_unknown_through_operations():
    x = keras.Input((None, 4))
    ops = keras.ops
    symbols = [
        ops.reshape(x, (-1, 8)),
        ops.sum(x, axis=1),
        x[:, -1],
        ops.transpose(x),
        x[:, :2],
        ops.argmax(x, axis=-1),
    ]
    assert [symbol.shape for symbol in symbols] == [(None, 8), (None, 4), (None, 4), (4, None, None), (None, 2, 4),
                                                 (None, None)]  # fmt: skip
    assert [symbol.dtype for symbol in symbols] == ["float32"] * 5 + ["int32"]
