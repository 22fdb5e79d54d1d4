"""`keras.preprocessing`: older places of functions in `keras.utils`."""

from ..sequences import timeseries_dataset_from_array
from . import image, sequence

__all__ = ["image", "sequence", "timeseries_dataset_from_array"]
