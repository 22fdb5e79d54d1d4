"""Sequences of different lengths as one array, and windows over a time series as a Dataset."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensorflow.data import Dataset

from .checks import integer
from .metrics.base import plain


def pad_sequences(
    sequences: Any, maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre", truncating: str = "pre",
    value: float = 0.0,
) -> np.ndarray:  # fmt: skip
    """Sequences of different lengths as one array.

    Args:
        sequences: a list of sequences of numbers, or of arrays of the same shape.
        maxlen: the length of the rows; by default that of the longest sequence.
        dtype: of the array.
        padding: "pre" or "post": the end at which short sequences are padded.
        truncating: "pre" or "post": the end at which long sequences are truncated.
        value: the value to pad with.

    Raises:
        ValueError: `sequences` is not a list of sequences, or empty without `maxlen`; an argument is unknown; or
            elements differ in shape.

    >>> pad_sequences([[1, 2, 3], [4]], padding="post")
    array([[1, 2, 3],
           [4, 0, 0]], dtype=int32)
    """
    for argument, end in (("Padding", padding), ("Truncating", truncating)):
        if end not in ("pre", "post"):
            raise ValueError(f'{argument} type "{end}" not understood: it must be "pre" or "post"')
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    scalar = next((sequence for sequence in sequences if not hasattr(sequence, "__len__")), None)
    if scalar is not None:
        raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {scalar}")
    if maxlen is None and not len(sequences):
        raise ValueError("`sequences` is empty: pass maxlen, the length of the rows")
    arrays = [np.asarray(sequence) for sequence in sequences]
    text = next((array for array in arrays if not array.ndim), None)
    if text is not None:
        raise ValueError(f"`sequences` must hold sequences of numbers, but one is {text!r:.60}")
    length = max(map(len, arrays)) if maxlen is None else integer(maxlen, "maxlen")
    rows = {array.shape[1:] for array in arrays if len(array)}
    if len(rows) > 1:
        raise ValueError(f"The elements of all sequences must have the same shape, but their shapes are {sorted(rows)}")
    out = np.full((len(arrays), length, *next(iter(rows), ())), value, dtype)
    for row, array in zip(out, arrays):
        kept = array[:length] if truncating == "post" else array[max(len(array) - length, 0) :]
        start = 0 if padding == "post" else length - len(kept)
        if len(kept):
            row[start : start + len(kept)] = kept
    return out


def timeseries_dataset_from_array(
    data: Any, targets: Any, sequence_length: int, sequence_stride: int = 1, sampling_rate: int = 1,
    batch_size: int | None = 128, shuffle: bool = False, seed: int | None = None, start_index: int | None = None,
    end_index: int | None = None,
) -> Dataset:  # fmt: skip
    """A Dataset of windows over a time series, and of the target of each, in batches.

    Args:
        data: an array (steps, …).
        targets: an array whose element i is the target of the window that begins at step i; None for windows alone.
        sequence_length: the number of steps in a window.
        sequence_stride: the distance between the first steps of two windows.
        sampling_rate: the distance between two steps in a window.
        batch_size: the number of windows in a batch; None for no batches.
        shuffle, seed: whether to shuffle the windows, and a seed for that.
        start_index, end_index: the part of `data` to use; all by default.

    Raises:
        ValueError: a number is not positive, or too large for the data.

    >>> data = np.arange(5)
    >>> [(x.numpy().tolist(), y.numpy().tolist()) for x, y in timeseries_dataset_from_array(data, data[3:], 3)]
    [([[0, 1, 2], [1, 2, 3]], [3, 4])]
    """
    array = plain(data)
    if not array.ndim:
        raise ValueError(f"data must have a dim of time steps, but is {data!r:.80}")
    count = len(array)
    first, last = start_index or 0, count if end_index is None else end_index
    for name, index, lowest in (("start_index", start_index, 0), ("end_index", end_index, 1)):
        if index is not None and not lowest <= index <= count - 1 + lowest:
            raise ValueError(f"`{name}` must be within the data, of length {count}. Received: {name}={index}")
    for name, number in (
        ("sequence_length", sequence_length), ("sequence_stride", sequence_stride), ("sampling_rate", sampling_rate),
    ):  # fmt: skip
        if not 0 < number <= (count if name == "sequence_length" else count - 1):
            raise ValueError(
                f"`{name}` must be higher than 0, and lower than the length of the data. Received: {name}={number}, "
                f"for data of length {count}"
            )
    windows = last - first - (sequence_length - 1) * sampling_rate
    values = None if targets is None else plain(targets)[first:]
    starts = np.arange(0, max(windows if values is None else min(windows, len(values)), 0), sequence_stride)
    rows = array[first:last][starts[:, None] + np.arange(sequence_length) * sampling_rate]
    dataset = Dataset.from_tensor_slices(rows if values is None else (rows, values[starts]))
    if shuffle and len(starts):
        dataset = dataset.shuffle(len(starts), seed)
    return dataset if batch_size is None else dataset.batch(batch_size)
