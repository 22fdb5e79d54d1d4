"""The progress bar of fit and evaluate, in Keras' format."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping

_WIDTH = 20
#: The minimum time between two redraws, in seconds.
_INTERVAL = 0.05


class ProgressBar:
    """The progress of a pass of `target` steps, if known: a bar for verbose=1, a line at the end for verbose=2."""

    def __init__(self, target: int | None, verbose: int) -> None:
        self.target, self.verbose = target, verbose
        self._redraws = is_interactive()
        self._start = self._after_first = time.perf_counter()
        self._drawn = 0.0
        self._width = 0

    def update(self, step: int, values: Mapping[str, float], finished: bool = False) -> None:
        """Show the number of finished steps and the values so far."""
        now = time.perf_counter()
        if step == 1:
            self._after_first = now
        if finished:
            self.target = step
        elif self.verbose == 2 or not self._redraws or now - self._drawn < _INTERVAL:
            return
        self._drawn = now
        # The first step is slower than the others: it is left out of the mean if there are more.
        per_step = (now - self._after_first) / (step - 1) if step > 1 else now - self._start
        shown = "".join(f" - {name}: {number(values[name])}" for name in sorted(values))
        if self.verbose == 2:
            sys.stdout.write(f"{step}/{self.target} - {now - self._start:.0f}s - {duration(per_step)}/step{shown}\n")
        else:
            remaining = None if finished or self.target is None else per_step * (self.target - step)
            line = f"{self._bar(step)} {clock(now - self._start) if remaining is None else clock(remaining)} "
            line += f"{duration(per_step)}/step{shown}"
            blanks = " " * max(self._width - len(line), 0)
            self._width = len(line)
            sys.stdout.write(("\r" if self._redraws else "") + line + blanks + ("\n" if finished else ""))
        sys.stdout.flush()

    def _bar(self, step: int) -> str:
        if not self.target:
            return f"{step:7}/Unknown"
        done = _WIDTH * step // self.target
        todo = "━" * (_WIDTH - done)
        bar = f"\33[32m{'━' * done}\33[0m\33[37m{todo}\33[0m" if self._redraws else "━" * done + todo
        return f"{step:{int(math.log10(self.target)) + 1}}/{self.target} {bar}"


def is_interactive() -> bool:
    """Whether the output goes to a terminal or a notebook."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules


def number(value: float) -> str:
    """A value with four decimals."""
    return f"{value:.4f}" if abs(value) > 1e-3 or math.isnan(value) else f"{value:.4e}"


def duration(seconds: float) -> str:
    """The duration of a step as text."""
    if seconds >= 1 or not seconds:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def clock(seconds: float) -> str:
    """A total duration as text."""
    if seconds > 3600:
        return f"{seconds // 3600:.0f}:{seconds % 3600 // 60:02.0f}:{seconds % 60:02.0f}"
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}" if seconds > 60 else f"{seconds:.0f}s"
