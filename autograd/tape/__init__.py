"""TensorFlow's `GradientTape`, which records what is computed inside a `with` block."""

from .gradient_tape import GradientTape

__all__ = ["GradientTape"]
