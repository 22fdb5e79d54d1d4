"""keras.utils: padded sequences."""

import numpy as np
import pytest

from nn import keras


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
def test_sequences_are_padded_and_truncated_at_the_given_ends(padding, truncating):
    rows = keras.utils.pad_sequences([[1, 2, 3], [], [4]], 2, "float32", padding, truncating, 9)
    kept = [2, 3] if truncating == "pre" else [1, 2]
    assert rows.tolist() == [kept, [9, 9], [9, 4] if padding == "pre" else [4, 9]]
    assert rows.dtype == np.float32
    assert keras.utils.pad_sequences([[[1, 2]], [[3, 4], [5, 6]]]).shape == (2, 2, 2)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: keras.utils.pad_sequences([1, 2]), "list of iterables. Found non-iterable: 1"),
        (lambda: keras.utils.pad_sequences([[1]], padding="left"), 'Padding type "left" not understood'),
    ],
)
def test_wrong_sequences_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
