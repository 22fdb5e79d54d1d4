"""`keras.preprocessing.sequence`: padded sequences."""

from ..sequences import pad_sequences

__all__ = ["pad_sequences"]
