"""What a domain is: how to draw arguments of a primitive, and which oracle applies there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from ...core.primitive import registry
from ..engine.draw import Draw, Sample


class Domain(NamedTuple):
    """Where a primitive is checked.

    Attributes:
        sample: draws a call with random arguments.
        analytic: whether NumPy also computes it in complex numbers, so that the complex step applies.
    """

    sample: Callable[[Draw], Sample]
    analytic: bool


#: The domain of each primitive, by its name in the registry.
domains: dict[str, Domain] = {}


def domain(*names: str, analytic: bool = True) -> Callable[[Any], Any]:
    """A decorator that gives primitives their domain.

    Its function draws the differentiable and the other arguments; or a `Sample`, where more than the primitive is
    called.
    """

    def give(draw_call: Callable[[Draw], Sample | tuple[tuple[Array, ...], tuple[Any, ...]]]) -> Any:
        for name in names:

            def sample(draw: Draw, name: str = name) -> Sample:
                drawn = draw_call(draw)
                if isinstance(drawn, Sample):
                    return drawn
                inputs, rest = drawn
                return Sample(lambda *xs: registry[name].function(*xs, *rest), inputs)

            domains[name] = Domain(sample, analytic)
        return draw_call

    return give


def of_any_shape(
    rest: Callable[[Draw, tuple[int, ...]], tuple[Any, ...]], min_dims: int = 0, min_side: int = 0
) -> Callable[[Draw], tuple[tuple[Array, ...], tuple[Any, ...]]]:
    """One differentiable argument of any shape, and the others, which `rest` draws for this shape."""

    def arguments(draw: Draw) -> tuple[tuple[Array, ...], tuple[Any, ...]]:
        shape = draw.shape(min_dims, min_side=min_side)
        return (draw.uniform(shape),), rest(draw, shape)

    return arguments


def stated_domain(func: Callable[..., Any]) -> tuple[Any, bool]:
    """The domain of an operation that `extend.domain` was called for, and whether the operation is analytic.

    Raises:
        TypeError: the function has no domain.
    """
    made = registry.get(getattr(func, "__name__", ""))
    if made is None or made.function is not func or made.domain is None:
        raise TypeError(
            "check_op: a domain is needed, the range (low, high) of each input; or for an operation of your own call "
            f"extend.domain({getattr(func, '__name__', 'operation')}, (low, high)) beforehand"
        )
    arguments, analytic = made.domain
    if not callable(arguments):
        return arguments, analytic

    def sample(draw: Draw) -> Sample:
        drawn = arguments(draw)

        def call(*inputs: Any) -> Any:
            args = list(drawn)
            for place, value in zip(made.inputs, inputs):
                args[place] = value
            return func(*args)

        return Sample(call, tuple(np.asarray(drawn[place]) for place in made.inputs))

    return Domain(sample, analytic), analytic
