"""Where a decision changes."""

from collections.abc import Callable


def threshold(decides: Callable[[float], bool]) -> str:
    """The number, by bisection, from which `decides` is true, with four digits; with two where rounding counts."""
    low, high = 1e-18, 1e6
    if decides(low):
        return "always"
    if not decides(high):
        return "never"
    while high / low > 1.0001:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if decides(middle) else (middle, high)
    return f"{high:.{4 if high > 1e-8 else 2}g}"
