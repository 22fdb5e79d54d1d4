"""The progress bar of fit and evaluate, as Keras draws it."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping

_WIDTH = 20
#: How often the bar is drawn again, in seconds.
_INTERVAL = 0.05


class ProgressBar:
    """One pass over the batches, shown on the terminal.

    Args:
        target: how many steps there are; None if that is not known.
        verbose: 1 for a bar, 2 for one line at the end.
    """

    def __init__(self, target: int | None, verbose: int) -> None:
        self.target, self.verbose = target, verbose
        self._redraws = is_watched()
        self._start = self._after_first = time.perf_counter()
        self._drawn = 0.0
        self._width = 0

    def update(self, step: int, values: Mapping[str, float], finished: bool = False) -> None:
        """Show that so many steps are done, and the values so far."""
        now = time.perf_counter()
        if step == 1:
            self._after_first = now
        if finished:
            self.target = step
        elif self.verbose == 2 or not self._redraws or now - self._drawn < _INTERVAL:
            return
        self._drawn = now
        # The first step takes longer than others, and does not count if there are more.
        each = (now - self._after_first) / (step - 1) if step > 1 else now - self._start
        shown = "".join(f" - {name}: {number(values[name])}" for name in sorted(values))
        if self.verbose == 2:
            sys.stdout.write(f"{step}/{self.target} - {now - self._start:.0f}s - {duration(each)}/step{shown}\n")
        else:
            left = None if finished or self.target is None else each * (self.target - step)
            line = f"{self._bar(step)} {clock(now - self._start) if left is None else clock(left)} "
            line += f"{duration(each)}/step{shown}"
            rest = " " * max(self._width - len(line), 0)
            self._width = len(line)
            sys.stdout.write(("\r" if self._redraws else "") + line + rest + ("\n" if finished else ""))
        sys.stdout.flush()

    def _bar(self, step: int) -> str:
        if not self.target:
            return f"{step:7}/Unknown"
        done = _WIDTH * step // self.target
        ahead = "━" * (_WIDTH - done)
        bar = f"\33[32m{'━' * done}\33[0m\33[37m{ahead}\33[0m" if self._redraws else "━" * done + ahead
        return f"{step:{int(math.log10(self.target)) + 1}}/{self.target} {bar}"


def is_watched() -> bool:
    """Whether someone sees the output as it comes: a terminal, or a notebook."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules


def number(value: float) -> str:
    """A value in four digits."""
    return f"{value:.4f}" if abs(value) > 1e-3 or math.isnan(value) else f"{value:.4e}"


def duration(seconds: float) -> str:
    """How long a step takes."""
    if seconds >= 1 or not seconds:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def clock(seconds: float) -> str:
    """How long it takes in all."""
    if seconds > 3600:
        return f"{seconds // 3600:.0f}:{seconds % 3600 // 60:02.0f}:{seconds % 60:02.0f}"
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}" if seconds > 60 else f"{seconds:.0f}s"
