"""Domains of the Fourier transforms and of the special functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import fft  # noqa: F401 - the primitives that they define are registered
from ...core.primitive import registry
from ...ops.special import bessel, gamma  # noqa: F401 - the primitives that they define are registered
from ..engine.draw import Draw, Sample
from .domain import domain


def _transform(*names: str, fill: Callable[[Draw, Any], Any], options: Sequence[tuple[Any, ...]]) -> None:
    """Give Fourier transforms their domain: an option is a shape, and the arguments for it."""

    @domain(*names, analytic=False)
    def _arguments(draw: Draw) -> Any:
        shape, *rest = draw.choice(options)
        return (fill(draw, shape),), (*rest, draw.choice(["backward", "ortho", "forward"]))


_transform("fft", "ifft", fill=Draw.complex, options=[((1,), (0,)), ((3,), (0,)), ((2, 1), (0,)), ((1, 2), (0, 1))])
_transform("rfft", fill=Draw.uniform, options=[((1,), 0), ((4,), 0), ((3,), 0), ((1, 3), 1)])
_transform("irfft", fill=Draw.complex, options=[((1,), 1, 0), ((3,), 4, 0), ((3,), 5, 0), ((2, 1), 2, 0)])


def _one(draw: Draw, low: float, high: float) -> Any:
    return draw.uniform(draw.choice([(), (1,)]), low, high)


def _within(low: float, high: float, *names: str) -> None:
    domain(*names, analytic=False)(lambda draw: ((_one(draw, low, high),), ()))


_within(0.5, 12, "digamma", "lgamma")
_within(-2, 2, "erfcx", "log_ndtr")
_within(-0.8, 0.8, "erfinv")
_within(0.15, 0.85, "ndtri")
domain("polygamma", analytic=False)(lambda draw: ((_one(draw, 0.8, 12),), (draw.integer(0, 3),)))
domain("bessel_i", analytic=False)(lambda draw: ((_one(draw, -20, 20),), (draw.integer(-1, 2),)))
domain("bessel_ie", analytic=False)(lambda draw: ((_one(draw, 1, 8),), (draw.integer(-1, 2),)))


def _second_within(low: float, high: float, name: str) -> None:
    """A domain of the second argument only: the derivative by the first is not implemented."""

    @domain(name, analytic=False)
    def _sample(draw: Draw) -> Sample:
        first = float(draw.rng.uniform(1.5, 4))
        return Sample(lambda x: registry[name].function(first, x), (_one(draw, low, high),))


for _name in ("zeta", "igamma", "igammac"):
    _second_within(0.8, 6, _name)
