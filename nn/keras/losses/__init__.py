"""Losses: functions, and classes that reduce their values to one number."""

from typing import TYPE_CHECKING

from . import crossentropy, regression
from .base import *
from .crossentropy import *
from .lookup import *
from .margin import *
from .regression import *

# Aliases in Keras.
mse = MSE = regression.mean_squared_error
mae = MAE = regression.mean_absolute_error
mape = MAPE = regression.mean_absolute_percentage_error
msle = MSLE = regression.mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = crossentropy.kl_divergence
logcosh = regression.log_cosh

if not TYPE_CHECKING:  # type checkers read the imports above
    __all__ = [name for name, value in globals().items() if callable(value)]
