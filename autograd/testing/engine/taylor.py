"""Taylor's test: a gradient check that needs no tolerance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .oracles import EPSILON


def taylor_slope(f: Callable[[float], float], slope: float, step: float = 0.125, halvings: int = 20) -> float | None:
    """The power of h at which f(h) − f(0) − h·slope vanishes: 2 or more if `slope` is f′(0), 1 if it is not.

    The remainders at each step and at half of it are compared, as long as they exceed the rounding error of `f`. The
    smallest steps decide, because a small mistake is visible only there.

    Args:
        f: a smooth function of one number, such as a function of arrays along a direction.
        slope: the derivative to test.
        step: the largest h.
        halvings: how often the step is halved.

    Returns:
        The power; infinity if the remainder is zero; None if rounding hides it.

    >>> import math
    >>> round(taylor_slope(math.exp, 1.0)), round(taylor_slope(math.exp, 1.001))
    (2, 1)
    """
    with np.errstate(all="ignore"):
        middle = float(f(0.0))
        steps = step / 2.0 ** np.arange(halvings)
        rest = np.array([abs(float(f(h)) - middle - h * slope) for h in steps])
        clear = rest > 1e3 * EPSILON * (abs(middle) + steps * abs(slope))
        powers = np.log2(rest[:-1] / rest[1:])[clear[:-1] & clear[1:]]
    powers = powers[np.isfinite(powers)]
    if powers.size:
        return float(np.median(powers[-3:]))
    return float("inf") if not np.any(clear) and np.all(np.isfinite(rest)) else None
