"""TODO: say what idea this file holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: How much of the first slope the loss must fall by, and what part of it may be left.
_FALL, _FLATNESS = 1e-4, 0.9


class _Place(NamedTuple):
    """A point on the line: how far, the loss there, its slope along the line, and its gradient."""

    at: float
    loss: float
    slope: float
    gradient: np.ndarray


def _strong_wolfe(place: Callable[[float], _Place], start: _Place, rate: float, tries: int, smallest: float) -> _Place:
    """A place where the loss has fallen enough and the line is flat enough (Nocedal and Wright, 3.5 and 3.6).

    Args:
        place: how things are at a distance.
        start: how they are at 0.
        rate: where to look first.
        tries: where else to look at most, so many times.
        smallest: an interval that is not worth dividing.
    """

    def too_high(here: _Place) -> bool:
        return not here.loss <= start.loss + _FALL * here.at * start.slope

    def flat(here: _Place) -> bool:
        return abs(here.slope) <= -_FLATNESS * start.slope

    # Outwards, until such a place lies between the last two.
    before, here = start, place(rate)
    looked = 0
    while looked < tries:
        if too_high(here) or (looked > 1 and here.loss >= before.loss):
            break
        if flat(here):
            return here
        if here.slope >= 0:
            break
        further = _lowest(before, here, here.at + 0.01 * (here.at - before.at), 10 * here.at)
        before, here = here, place(further)
        looked += 1
    else:
        before = start

    # Inwards, where `low` is the best place so far.
    low, high = (before, here) if before.loss <= here.loss else (here, before)
    stuck = False
    while looked < tries and abs(high.at - low.at) >= smallest:
        left, right = sorted((low.at, high.at))
        at, margin = _lowest(low, high, left, right), 0.1 * (right - left)
        near = min(right - at, at - left) < margin
        if near and (stuck or not left < at < right):
            at = right - margin if right - at < at - left else left + margin
            near = False
        stuck = near
        here = place(at)
        looked += 1
        if too_high(here) or here.loss >= low.loss:
            low, high = (low, here) if low.loss <= here.loss else (here, low)
            continue
        if flat(here):
            return here
        if here.slope * (high.at - low.at) >= 0:
            high = low
        low = here
    return low


def _lowest(a: _Place, b: _Place, least: float, most: float) -> float:
    """Where the cubic through two places with their slopes is lowest, between `least` and `most`."""
    a, b = (a, b) if a.at <= b.at else (b, a)
    width = b.at - a.at
    first = a.slope + b.slope - 3 * (b.loss - a.loss) / width
    square = first * first - a.slope * b.slope
    root = math.sqrt(square) if square >= 0 else math.nan
    over, below = b.slope + root - first, b.slope - a.slope + 2 * root
    if math.isnan(below) or over == below == 0:
        return (least + most) / 2
    # A straight line is lowest at its end, infinitely far away.
    back = width * (over / below) if below else math.copysign(math.inf, over)
    return min(max(b.at - back, least), most)
