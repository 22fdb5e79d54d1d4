"""`tf.data`: datasets, sequences of elements that are computed anew in each pass."""

from .dataset import AUTOTUNE, Dataset, Options, experimental

__all__ = ["AUTOTUNE", "Dataset", "Options", "experimental"]
