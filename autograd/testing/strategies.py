"""Hypothesis strategies: shapes, arrays and samples of a primitive's domain. Needs Hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..dtypes import Array
from .drawing import Draw


class HypothesisDraw(Draw):
    """A Draw whose choices Hypothesis makes, so that it can shrink them; numbers come from a seed."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        super().__init__(draw(st.integers(0, 2**16)))

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return int(self.draw(st.integers(low, high)))


@st.composite
def draws(draw: Any) -> Draw:
    """A source of samples for `check_primitive` and the domains."""
    return HypothesisDraw(draw)


def shapes(min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 4) -> st.SearchStrategy[Any]:
    """Shapes of small arrays."""
    return st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims).map(tuple)


@st.composite
def arrays(draw: Any, shape: Any = None, whole: bool = False) -> Array:
    """Arrays of float64 between -2 and 2, or of whole numbers from -5 to 5, in any memory layout."""
    source = HypothesisDraw(draw)
    size = draw(shapes() if shape is None else shape if isinstance(shape, st.SearchStrategy) else st.just(shape))
    numbers = source.rng.integers(-5, 6, size) if whole else source.rng.uniform(-2, 2, size)
    return source.layout(np.asarray(numbers))
