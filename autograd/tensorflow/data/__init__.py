"""`tf.data`: input pipelines."""

from .dataset import AUTOTUNE, Dataset, Options, experimental

__all__ = ["AUTOTUNE", "Dataset", "Options", "experimental"]
