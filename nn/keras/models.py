"""Keras' models."""

from .model import Model, Sequential

__all__ = ["Model", "Sequential"]
