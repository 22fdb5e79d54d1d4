"""Warming: after a number of calls, C kernels take the place of parts of a program."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable
from typing import Any

from ...base import threads
from ...base.c_types import ctypes
from ...core.errors import users_level
from ..program import Program
from . import build, cache
from .cache import Unusable
from .choice import callables, chosen, measured
from .grouping import Kernel, with_kernels
from .source import source

#: The call of a program after which its kernels are built: short scripts are spared.
CALLS = 20

#: Why no kernels are made in this process any more; it is said once.
_unusable: list[str] = []


def enabled() -> bool:
    """Whether programs are to have kernels: not under GLASSGRAD_KERNELS=0, and not once they could not be built."""
    wanted = os.name == "posix" and os.environ.get("GLASSGRAD_KERNELS", "1") != "0"
    return wanted and ctypes is not None and not _unusable


class Warming:
    """Runs a program in NumPy, has its kernels built after some calls, and then puts them in.

    The C compiler runs in another thread, so that no call waits for it.
    """

    def __init__(self, written: Any, program: Program, run: Callable[..., Any]) -> None:
        self._written, self._program, self._numpy = written, program, run
        self._left = CALLS
        self._process = os.getpid()
        self._thread: threading.Thread | None = None
        self._statements: list[Any] = []
        self._result: Any = None

    def __call__(self, *args: Any) -> Any:
        self._left -= 1
        if self._left > 0:
            return self._numpy(*args)
        if _unusable:
            self._written.run = self._numpy
        elif self._left == 0:
            self._process = os.getpid()
            self._thread = threading.Thread(target=self._build, name="autograd kernels", daemon=True)
            try:
                self._thread.start()
            except RuntimeError as reason:  # as in a browser
                self._give_up(Unusable(str(reason)))
        elif os.getpid() != self._process:
            self._give_up(Unusable("the process was forked while they were built"))
        elif self._result is not None:
            self._put_in()
            return self._written.run(*args)
        return self._numpy(*args)

    def _build(self) -> None:
        try:
            self._statements = with_kernels(self._program)
            kernels = self._kernels()
            self._result = build.built(source(kernels)) if kernels else ()
        except Unusable as reason:
            self._result = reason
        except Exception as error:
            self._result = Unusable(f"a fault of the compiler: {error!r}")

    def _kernels(self) -> list[Kernel]:
        return [s.call for s in self._statements if s.kind == "block"]

    def _put_in(self) -> None:
        """Use the kernels that are faster than NumPy from now on."""
        self._written.run = self._numpy
        try:
            if isinstance(self._result, Unusable):
                raise self._result
            if self._result:
                self._use(*self._result)
        except Unusable as reason:
            self._give_up(reason)
        except Exception as error:
            self._give_up(Unusable(f"a fault of the compiler: {error!r}"))

    def _use(self, key: str, path: Any) -> None:
        libraries = build.load(key, path)
        ways = [callables(kernel, i, libraries) for i, kernel in enumerate(self._kernels())]
        text = self._written.text_with(self._statements)
        name = f"{threads.number()} threads"
        times = cache.notes(key).get(name)
        if times is None or list(map(len, times)) != [len(w) + 1 for w in ways]:
            functions = {f"kernel{i + 1}": w[0] for i, w in enumerate(ways)}
            space = self._written.use(text, functions)
            times = [measured(found, w, space, text) for found, w in zip(text.kernels, ways)]
            cache.note(key, name, times)
        choices = list(map(chosen, times))
        kept = iter(choices)
        statements: list[Any] = []
        for s in self._statements:
            take_apart = s.kind == "block" and next(kept) is None
            statements += s.call.statements if take_apart else [s]
        used = [way[i] for way, i in zip(ways, choices) if i is not None]
        if len(used) < len(ways):
            text = self._written.text_with(self._program.gathered(statements))
        self._written.use(text, {f"kernel{i + 1}": function for i, function in enumerate(used)})

    def _give_up(self, reason: Unusable) -> None:
        self._written.use_numpy()
        if not _unusable:
            _unusable.append(str(reason))
            warnings.warn(f"torch.compile: programs run without kernels: {reason}", stacklevel=users_level())
