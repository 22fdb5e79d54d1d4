"""`keras.models`: Model, Sequential, clone_model and load_model."""

from .cloning import clone_model
from .model import Model, Sequential
from .saving import load_model

__all__ = ["Model", "Sequential", "clone_model", "load_model"]
