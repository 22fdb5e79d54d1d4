"""TensorFlow's `GradientTape`: it records the operations inside a `with` block and differentiates them."""

from .gradient_tape import GradientTape

__all__ = ["GradientTape"]
