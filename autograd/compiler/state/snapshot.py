"""Snapshot: what a step or a program may change, as it was before, in order to put it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


class Snapshot:
    """Arrays that outlive a call, gradients and random generators, as they are when they are added."""

    def __init__(self, arrays: Iterable[Any] = (), grads: Iterable[Any] = (), generators: Iterable[Any] = ()) -> None:
        self._arrays: list[tuple[Any, Any]] = []
        self._grads: list[tuple[Any, Any]] = []
        self._generators: list[tuple[Any, Any]] = []
        for array in arrays:
            self.add_array(array)
        for leaf in grads:
            self.add_grad(leaf, leaf.grad)
        for generator in generators:
            self.add_generator(generator)

    def add_array(self, array: Any) -> None:
        """Remember the elements of an array."""
        self._arrays.append((array, array.copy()))

    def add_grad(self, leaf: Any, grad: Any) -> None:
        """Remember the gradient of a leaf."""
        self._grads.append((leaf, grad))

    def add_generator(self, generator: Any) -> None:
        """Remember the state of a random generator."""
        self._generators.append((generator, generator.get_state()))

    def put_back(self) -> None:
        """Put everything back."""
        for array, before in self._arrays:
            np.copyto(array, before)
        for leaf, grad in self._grads:
            leaf.grad = grad
        for generator, state in self._generators:
            generator.set_state(state)

    def now(self) -> list[Any]:
        """Copies of what the arrays and gradients hold now, and the states of the generators."""
        return [
            *[array.copy() for array, _ in self._arrays],
            *[None if leaf.grad is None else np.array(leaf.grad.array) for leaf, _ in self._grads],
            *[repr(generator.get_state()) for generator, _ in self._generators],
        ]
