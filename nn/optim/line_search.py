"""The line search of L-BFGS: a step length that satisfies the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: c1 and c2 of Nocedal and Wright: the loss must decrease by at least c1 of what the initial slope promises, and
#: the slope must shrink to at most c2 of the initial one.
_DECREASE, _CURVATURE = 1e-4, 0.9


class Point(NamedTuple):
    """A point on the line: its distance from the start, and there the loss, its slope along the line, its gradient."""

    distance: float
    loss: float
    slope: float
    gradient: np.ndarray


def strong_wolfe(
    evaluate: Callable[[float], Point], start: Point, first: float, max_tries: int, smallest: float
) -> Point:
    """A point that satisfies the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6).

    Args:
        evaluate: computes the point at a distance.
        start: the point at distance 0.
        first: the distance to try first.
        max_tries: how many points to evaluate after the first, at most; then the best so far is returned.
        smallest: the width of an interval that is not divided further.
    """

    def too_high(point: Point) -> bool:
        return not point.loss <= start.loss + _DECREASE * point.distance * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -_CURVATURE * start.slope

    # Move outwards until the last two points enclose a solution.
    before, here = start, evaluate(first)
    tries = 0
    while tries < max_tries:
        if too_high(here) or (tries > 1 and here.loss >= before.loss):
            break
        if flat(here):
            return here
        if here.slope >= 0:
            break
        nearest = here.distance + 0.01 * (here.distance - before.distance)
        before, here = here, evaluate(minimum_of_cubic(before, here, nearest, 10 * here.distance))
        tries += 1
    else:
        before = start

    # Shrink the interval between `low`, the best point so far, and `high`.
    low, high = (before, here) if before.loss <= here.loss else (here, before)
    was_near_end = False
    while tries < max_tries and abs(high.distance - low.distance) >= smallest:
        left, right = sorted((low.distance, high.distance))
        distance, margin = minimum_of_cubic(low, high, left, right), 0.1 * (right - left)
        near_end = min(right - distance, distance - left) < margin
        if near_end and (was_near_end or not left < distance < right):
            # The second time in turn that the minimum lies at an end: step into the interval.
            distance = right - margin if right - distance < distance - left else left + margin
            near_end = False
        was_near_end = near_end
        here = evaluate(distance)
        tries += 1
        if too_high(here) or here.loss >= low.loss:
            low, high = (low, here) if low.loss <= here.loss else (here, low)
            continue
        if flat(here):
            return here
        if here.slope * (high.distance - low.distance) >= 0:
            high = low
        low = here
    return low


def minimum_of_cubic(a: Point, b: Point, least: float, most: float) -> float:
    """The distance, between `least` and `most`, at which the cubic through two points with their slopes is lowest."""
    a, b = (a, b) if a.distance <= b.distance else (b, a)
    width = b.distance - a.distance
    d1 = a.slope + b.slope - 3 * (b.loss - a.loss) / width
    d2_squared = d1 * d1 - a.slope * b.slope
    d2 = math.sqrt(d2_squared) if d2_squared >= 0 else math.nan
    numerator, denominator = b.slope + d2 - d1, b.slope - a.slope + 2 * d2
    if math.isnan(denominator) or numerator == denominator == 0:
        return (least + most) / 2
    # The cubic is a straight line if the denominator is 0: its minimum is infinitely far away.
    back = width * (numerator / denominator) if denominator else math.copysign(math.inf, numerator)
    return min(max(b.distance - back, least), most)
