"""Domains of the Fourier transforms and of the special functions."""

from __future__ import annotations

from typing import Any

from ... import fft  # noqa: F401 - the primitives that they define are registered
from ...core.primitive import registry
from ...ops.special import bessel, gamma  # noqa: F401 - the primitives that they define are registered
from ..draw import Draw, Sample
from .domain import domain


def _how(draw: Draw) -> str:
    return str(draw.choice(["backward", "ortho", "forward"]))


@domain("fft", "ifft", analytic=False)
def _complex(draw: Draw) -> Any:
    shape, axes = draw.choice([((1,), (0,)), ((3,), (0,)), ((2, 1), (0,)), ((1, 2), (0, 1))])
    return (draw.complex(shape),), (axes, _how(draw))


@domain("rfft", analytic=False)
def _real(draw: Draw) -> Any:
    shape, axis = draw.choice([((1,), 0), ((4,), 0), ((3,), 0), ((1, 3), 1)])
    return (draw.uniform(shape),), (axis, _how(draw))


@domain("irfft", analytic=False)
def _half(draw: Draw) -> Any:
    shape, n, axis = draw.choice([((1,), 1, 0), ((3,), 4, 0), ((3,), 5, 0), ((2, 1), 2, 0)])
    return (draw.complex(shape),), (n, axis, _how(draw))


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
