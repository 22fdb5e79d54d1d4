"""What every check sees: a function of arrays with a derivative, whichever library computes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array

#: Arrays by the index of the input or output that they belong to.
ByIndex = dict[int, Array]


class Pullback(NamedTuple):
    """A function evaluated at some arrays, ready to be differentiated there.

    Attributes:
        outs: the outputs.
        reached: the indices of the outputs that can be differentiated.
        pull: takes cotangents of some of the outputs; returns the gradient of every input, None where there is none.
        changed: returns the indices of the inputs that the function or `pull` has written to so far.
    """

    outs: list[Array]
    reached: list[int]
    pull: Callable[[ByIndex], list[Array | None]]
    changed: Callable[[], list[int]]


class Rule:
    """A function of arrays with a derivative. An adapter of a library overrides `vjp` and `values`, and what it can.

    Attributes:
        library: what the library writes before the name of a dtype.
        backward: what computes the gradient, in messages.
        copy_first: what to do before writing to an input.
        not_conjugated: the words for a cause that depends on the library's convention for complex numbers.
        unused: what to do about an input that has no effect, if that is intended.
    """

    library = ""
    backward = "backward"
    copy_first = "copy() it before writing to it"
    not_conjugated = "the rule must multiply by the conjugate of the derivative: g * x.conj() instead of g * x"
    unused = "leave it out of the domain"

    def sources(self, arrays: Sequence[Any]) -> list[int]:
        """The indices of the inputs to differentiate by: those of floating-point and complex numbers."""
        return [i for i, x in enumerate(arrays) if np.asarray(x).dtype.kind in "fc"]

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs. The arrays may be complex, for the complex step."""
        return self.vjp(arrays).outs

    def vjp(self, arrays: Sequence[Array]) -> Pullback:
        """The outputs and what pulls cotangents back."""
        raise TypeError(f"{type(self).__name__} must define vjp")

    @contextmanager
    def at(self, arrays: Sequence[Array]) -> Iterator[Sequence[Array]]:
        """A context in which the function may be evaluated at these arrays and pulled back; gives the arrays to use."""
        yield arrays

    def gradient(self, outs: Sequence[int], reached: Sequence[int], cotangents: Sequence[Any]) -> Rule | None:
        """The gradients of the inputs `reached` as a function of inputs and cotangents; None if it has no rule."""
        return None

    def jvp(self, arrays: Sequence[Array], tangents: ByIndex) -> list[Array | None] | None:
        """The derivative of each output along tangents of some inputs; None if the library cannot compute it."""
        return None

    def own_arrays(self) -> list[Any]:
        """The arrays of the arguments that the function keeps itself, if it does."""
        return []

    def vmap(self, stacks: Sequence[Array]) -> list[Array] | None:
        """The outputs for stacks of inputs; None if the library cannot compute them."""
        return None

    def cast(self, dtype: np.dtype[Any]) -> Rule:
        """The same function, with its own parameters in another dtype."""
        return self

    def with_parameters(self, arrays: Sequence[Array]) -> tuple[Rule, list[Any], list[str] | None]:
        """The function of the inputs and its own parameters, all these arrays, and their names."""
        return self, list(arrays), None

    def left_alive(self, arrays: Sequence[Array]) -> list[str]:
        """The names of the parts of a graph that are alive after its last reference is gone."""
        return []


def changed_since(arrays: Sequence[Any]) -> Callable[[], list[int]]:
    """A function that tells which of the arrays have other contents than now."""
    before = [np.asarray(x).tobytes() for x in arrays]
    return lambda: [i for i, (x, was) in enumerate(zip(arrays, before)) if np.asarray(x).tobytes() != was]
