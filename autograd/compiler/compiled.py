"""compile: the first call of a step is plain, the second is watched, from the third on a NumPy program runs.

Every call does the whole step. There is a program for each kind of arguments (shapes, dtypes, Python values) and each
state that guards tell apart; where none can be made, the step runs as it is.
"""

from __future__ import annotations

import functools
import sys
import threading
import warnings
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..base.nests import leaves, mapped
from ..base.symbolic import current
from ..core.errors import users_level
from ..core.graph import watchers
from ..core.tensor import Tensor
from ..tape.tape_tensor import recording_tapes
from .arguments import StandIns, argument_names, kind_of_call, tensors_in
from .differentiable import backward_of
from .outliving import set_aside
from .report import report
from .runner import Runner
from .state.surroundings import Surroundings
from .state.tensors import without_symbols
from .symbols import bare
from .trace import Refused, Trace

#: How many programs are kept for one step; after that it runs as it is.
MOST_PROGRAMS = 8

#: How often calls of one kind are watched again because the last one showed a variable that the step changes.
MOST_AGAIN = 3

#: How many kinds of calls are remembered that had one call only; and how many that cannot be compiled.
MOST_KINDS = 64

#: All compiled steps, by identity.
living: weakref.WeakValueDictionary[int, CompiledStep] = weakref.WeakValueDictionary()


class CompiledStep:
    """A step, and the programs that were made of it: see `compile`.

    Attributes:
        step: the function as it was given.
        silent: whether no warning says what is not compiled; `explain` does.
        program: the program that was made last; None before.
    """

    def __init__(
        self, step: Callable[..., Any], fullgraph: bool = False, check: bool = False, silent: bool = False
    ) -> None:
        functools.update_wrapper(self, step)
        self.step, self.fullgraph, self.check, self.silent = step, fullgraph, check, silent
        self.reset()
        self._watching = threading.Lock()
        living[id(self)] = self

    def reset(self) -> None:
        """Forget all programs."""
        self.program: Any = None
        #: For each kind of call its programs, for as many states; a reason among them if the kind cannot be compiled.
        self._runners: dict[Any, list[Runner | str]] = {}
        #: The programs of calls whose arguments are tensors alone: they are found without a key.
        self._of_tensors: list[Runner] = []
        self._seen: set[Any] = set()
        #: The kinds of calls that were watched when the state of an optimizer came to be.
        self._stateless: set[Any] = set()
        self._again: Counter[Any] = Counter()
        #: What watched calls have shown: places of numbers and lists that the step changes, and codes that it runs.
        self._known: set[Any] = set()
        self._refusals: dict[str, None] = {}

    def __reduce__(self) -> Any:
        """Copies and pickles make programs of their own."""
        return CompiledStep, (self.step, self.fullgraph, self.check, self.silent)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if watchers or recording_tapes() or current.trace is not None:
            return self.step(*args, **kwargs)
        if not kwargs:
            for runner in self._of_tensors:
                if runner.accepts(args):
                    return runner(args, args, kwargs)
        key = kind_of_call(args, kwargs)
        for found in self._runners.get(key, ()):
            if isinstance(found, str):
                self._say(found)
                return self.step(*args, **kwargs)
            tensors = tensors_in((args, kwargs))
            if found.same(tensors) and found.holds():
                return found(tensors, args, kwargs)
        return self._without_program(key, args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A compiled method: bound, for each object, to programs of its own."""
        if instance is None:
            return self
        table = instance.__dict__.setdefault("_compiled_methods", {})
        if self not in table:
            table[self] = CompiledStep(self.step.__get__(instance), self.fullgraph, self.check)
        return table[self]

    def _without_program(self, key: Any, args: Any, kwargs: Any) -> Any:
        """A call for which there is no program: the first of its kind is plain, the second is watched."""
        if key is None:
            self._say(
                "an argument can't be compared with that of the next call: pass tensors, numbers, texts, or lists, "
                "tuples and dicts of them"
            )
            return self.step(*args, **kwargs)
        if key not in self._seen:
            if len(self._seen) >= MOST_KINDS:
                self._seen.clear()
                self._say(f"{MOST_KINDS} calls had arguments unlike any before: pass a number that changes as a tensor")
            self._seen.add(key)
            return self.step(*args, **kwargs)
        if (reason := self._limit_reached()) is not None:
            self._refuse(key, reason)
            return self.step(*args, **kwargs)
        if sys.getprofile() is not None:
            self._say("a profiler is on (sys.setprofile), whose place is taken to watch a step")
            return self.step(*args, **kwargs)
        if not self._watching.acquire(blocking=False):  # another thread, or a step that calls itself
            return self.step(*args, **kwargs)
        try:
            return self._watch(key, args, kwargs)
        finally:
            self._watching.release()

    def _limit_reached(self) -> str | None:
        """Why no more calls are watched; None if they are."""
        found = [x for of_kind in self._runners.values() for x in of_kind]
        programs = sum(isinstance(x, Runner) for x in found)
        if programs >= MOST_PROGRAMS:
            return f"{MOST_PROGRAMS} programs were made, for as many kinds of arguments or states: others run eagerly"
        if len(found) - programs >= MOST_KINDS:
            return f"{MOST_KINDS} kinds of calls could not be compiled: others run eagerly"
        return None

    def _watch(self, key: Any, args: Any, kwargs: Any) -> Any:
        """Run the step while it is watched, and make a program of it."""
        surroundings = Surroundings(self.step, (args, kwargs), self._known)
        trace = Trace(surroundings, self._known)
        arguments = StandIns(args, kwargs, surroundings)
        result: list[Any] = []  # a list, of which `check_results` knows that it holds the result
        try:
            with trace:
                try:
                    result.append(self.step(*arguments.args, **arguments.kwargs))
                finally:
                    arguments.hand_back(trace)
                result[0] = trace.changing.plain(result[0])
                backward = backward_of(trace, result[0], arguments.tensors)
            self._make_program(key, trace, arguments, args, kwargs, result, backward)
        except Refused as reason:
            if trace.changing.again and self._again[key] < MOST_AGAIN:
                self._again[key] += 1  # the next call of this kind is watched again
            elif trace.optimizers.first_step and key not in self._stateless:
                self._stateless.add(key)  # as above
            else:
                if self.fullgraph:
                    trace.undo()
                self._refuse(key, str(reason))
        except TypeError as error:  # of a function in C that takes a number of Python only
            if result or self.fullgraph or not trace.can_be_undone():
                raise
            trace.undo()
            refused = f"a number that it reads off a tensor, or a list, goes where it cannot be followed ({error})"
        finally:
            trace.readings.put_plain()
            for action in trace.after:
                action()
            without_symbols([*tensors_in(result), *trace.tensors.living()])
            trace.let_go()
        if not result:
            result.append(self.step(*args, **kwargs))  # if it raises too, the error is its own
            self._refuse(key, refused)
        return arguments.given_back(result[0])

    def _make_program(
        self, key: Any, trace: Trace, arguments: StandIns, args: Any, kwargs: Any, result: list[Any], backward: Any
    ) -> None:
        names = argument_names(self.step, args, kwargs)
        with set_aside(trace, set(map(id, leaves(result[0])))):
            runner = Runner(self.step, trace, arguments, names, result, backward, self.check, self._say)
        if trace.readings.held():
            result[0] = mapped(bare, result[0])
        self._seen.discard(key)  # in another state, the first call is plain again: an optimizer may add to its own
        self._runners.setdefault(key, []).append(runner)
        if not kwargs and all(isinstance(v, Tensor) for v in args):
            self._of_tensors.append(runner)
        self.program = runner.program

    def _refuse(self, key: Any, reason: str) -> None:
        self._runners.setdefault(key, []).append(reason)
        self._say(reason)

    def _say(self, reason: str) -> None:
        """Warn, once for each reason, that something is not compiled; raise under fullgraph=True."""
        name = getattr(self.step, "__name__", type(self.step).__name__)
        if self.fullgraph:
            raise RuntimeError(f"torch.compile(fullgraph=True): {name} cannot be compiled: {reason}")
        if reason not in self._refusals and not self.silent:
            self._refusals[reason] = None
            warnings.warn(f"torch.compile: {name} runs eagerly: {reason}", stacklevel=users_level())

    def explain(self) -> str:
        """What was compiled and what was refused, where and why."""
        return report(getattr(self.step, "__name__", type(self.step).__name__), self._runners)

    def __repr__(self) -> str:
        return f"<compiled {self.step!r}>"
