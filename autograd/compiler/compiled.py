"""compile: the first call of a step is plain, the second is watched, from the third on a NumPy program runs.

Every call is a real step. For each kind of arguments (shapes, dtypes, Python values) and each state that the guards of
the programs tell apart there is a program; where none can be made, the step runs as it is.
"""

from __future__ import annotations

import functools
import gc
import inspect
import threading
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

from ..base.dtypes import default_float
from ..base.nests import flatten, leaves as nest_leaves
from ..base.symbolic import current
from ..core.aliasing import count_writes, writes_to
from ..core.grad_mode import recording
from ..core.graph import Node, watchers
from ..core.hooks import observed
from ..core.primitive import Primitive
from ..core.tensor import Tensor, wrap
from ..tape.tape_tensor import TapeTensor, recording_tapes
from .check import CALLS, Snapshot, run_both, signature
from .differentiable import Backward, can_be_differentiated, function_of
from .guards import argument_guard, guard_of
from .names import Names
from .program import Program
from .symbols import Symbol, bare
from .trace import Refused, Trace, array_in, node_of, put_array, storage_of, without_symbols
from .variables import Variables
from .writing import Text, function_names

#: How many programs are kept for one step; after that it runs as it is.
MOST_PROGRAMS = 8
#: How often in a row a program may meet another value than it was made for, before it is given up.
MOST_FAILURES = 4


class Changed(Exception):
    """A value on which the program depends is another one: the call is left to the step itself."""


class CompiledStep:
    """A step, and the programs that were made of it: see `compile`.

    Attributes:
        step: the function as it was given.
        program: the program that ran last, or was made last; None before.
    """

    def __init__(
        self, step: Callable[..., Any], fullgraph: bool = False, check: bool = False, silent: bool = False
    ) -> None:
        functools.update_wrapper(self, step)
        self.step, self.fullgraph, self.check, self.silent = step, fullgraph, check, silent
        self.program: Any = None
        self._programs: dict[Any, list[_Runner]] = {}
        self._flat: list[_Runner] = []  # of them, those whose arguments are tensors alone
        self._calls: dict[Any, int] = {}
        self._count = 0
        self._reasons: dict[str, None] = {}
        self._lock = threading.RLock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if watchers or observed or recording_tapes():
            return self.step(*args, **kwargs)
        if not kwargs:
            for runner in self._flat:
                if runner.accepts(args):
                    return runner(args, args, kwargs)
        key = _key(args, kwargs)
        for runner in self._programs.get(key, ()):
            if runner.holds():
                return runner(tensors_in((args, kwargs)), args, kwargs)
        return self._other(key, args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A compiled method: bound, for each object, to programs of its own."""
        if instance is None:
            return self
        table = instance.__dict__.setdefault("_compiled_methods", {})
        if self not in table:
            table[self] = CompiledStep(self.step.__get__(instance), self.fullgraph, self.check)
        return table[self]

    def _other(self, key: Any, args: Any, kwargs: Any) -> Any:
        """A call for which there is no program yet."""
        n = self._calls[key] = self._calls.get(key, 0) + 1
        if n == 1 or key is None or current.trace is not None:
            return self.step(*args, **kwargs)
        if self._count >= MOST_PROGRAMS:
            self._say(
                f"{MOST_PROGRAMS} programs were made, for as many kinds of arguments or states: the others run eagerly"
            )
            return self.step(*args, **kwargs)
        if not self._lock.acquire(blocking=False):
            return self.step(*args, **kwargs)
        try:
            return self._watch(key, args, kwargs)
        finally:
            self._lock.release()

    def _watch(self, key: Any, args: Any, kwargs: Any) -> Any:
        self._count += 1
        trace = Trace()
        backward = None
        try:
            with trace:
                result = [self.step(*args, **kwargs)]  # in a list of which `_check_kept` knows
                backward = _backward(trace, result[0], (args, kwargs))
            runner = _Runner(self, trace, args, kwargs, result, backward)
        except Refused as reason:
            out = result[0]
            outs = [v for v in flatten(out)[0] if isinstance(v, Tensor)]
            without_symbols([*outs, *(t for r in trace.born.values() if (t := r()) is not None)])
            self._say(str(reason))
            self._calls[key] = 0  # hence the next calls are plain too
            self._programs.setdefault(key, []).append(_Plain(self.step))  # type: ignore[arg-type]  # runs as one
            return out
        self._programs.setdefault(key, []).append(runner)
        if not kwargs and all(isinstance(v, Tensor) for v in args):
            self._flat.append(runner)
        self.program = runner.program
        return result[0]

    def _say(self, reason: str) -> None:
        """Say once why something is not compiled; raise it under fullgraph=True."""
        if self.fullgraph:
            raise RuntimeError(f"torch.compile: {reason} (fullgraph=True)")
        if reason not in self._reasons:
            self._reasons[reason] = None
            if self.silent:
                return
            name = getattr(self.step, "__name__", type(self.step).__name__)
            warnings.warn(f"torch.compile: {name} runs eagerly: {reason}", stacklevel=5)

    def explain(self) -> str:
        """What was compiled and what was refused, where and why."""
        lines = [f"{len(v)} program{'s' * (len(v) != 1)} for {_described(k)}" for k, v in self._programs.items()]
        for runners in self._programs.values():
            for r in runners:
                lines += [f"  {line}" for line in r.described()]
        lines += [f"refused: {reason}" for reason in self._reasons]
        return "\n".join(lines) or "not called twice yet: the first call of a kind is plain, the second is watched"

    def __repr__(self) -> str:
        return f"<compiled {self.step!r}>"


def _backward(trace: Trace, out: Any, given: Any) -> Backward | None:
    """The backward pass of a traced call, if its result can be differentiated."""
    tensors = [t for t in flatten(out)[0] if isinstance(t, Tensor) and id(t) not in trace.touched]
    if trace.refused or not any(map(can_be_differentiated, tensors)):
        return None
    return Backward(trace, tensors, tensors_in(given))


class _Plain:
    """Stands where a program would, for a step that cannot be compiled."""

    def __init__(self, step: Any) -> None:
        self.step = step

    def holds(self) -> bool:
        return True

    def __call__(self, tensors: Any, args: Any, kwargs: Any) -> Any:
        return self.step(*args, **kwargs)

    def described(self) -> list[str]:
        return ["runs eagerly"]


class _Runner:
    """One program with what it takes for granted, and what it does before and after the NumPy part of a call."""

    def __init__(
        self, compiled: CompiledStep, trace: Trace, args: Any, kwargs: Any, result: list[Any], backward: Backward | None
    ) -> None:
        out = result[0]
        self._compiled, self._step = compiled, compiled.step
        self._arguments = tensors_in((args, kwargs))
        outs = nest_leaves(out)
        refused_unless_tensors(outs)
        if trace.refused:
            raise Refused(trace.refused)
        self._check_hooks(trace)
        symbols = [trace.symbol(array_in(t)) for t in self._arguments]
        tensors = [t for t in outs if isinstance(t, Tensor)]
        self._pass_through = [t if not isinstance(t, Tensor) or id(t) in trace.touched else None for t in outs]
        fresh = [t for t, old in zip(outs, self._pass_through) if old is None and isinstance(t, Tensor)]
        start = len(trace.statements) if backward is None else backward.start
        statements = trace.statements[:start]
        self._check_kept(out, outs, result, tensors, fresh)
        self._rebuild = flatten(out)[1]
        self._variables = Variables(trace, self._arguments)
        self._lasting = self._what_outlives(trace, tensors, statements)
        returned = [trace.symbol(array_in(t)) for t in fresh]
        freed = [node_of(t) is not None for t in fresh]
        saved = [] if backward is None else backward.saved(trace)
        without_symbols(tensors)
        if backward is not None and self._variables.given:
            raise Refused("the function mixes variables of TensorFlow with tensors that require grad")
        symbols += self._variables.symbols
        returned += self._variables.results
        program = Program(trace, statements, symbols, [*returned, *saved], set(self._lasting))
        names = [*argument_names(compiled.step, args, kwargs), *self._variables.names]
        self.program = WrittenProgram(program, compiled.step, names)
        self._function = None
        if backward is not None:
            if len(fresh) < len([t for t in outs if isinstance(t, Tensor)]):
                raise Refused("the function returns a tensor that existed before, beside one that it computed")
            self._function = self._differentiable(
                trace, backward, symbols, program.outputs[len(returned) :], names, len(fresh)
            )
            self._sources = [
                (next(i for i, a in enumerate(self._arguments) if a is t) if any(a is t for a in self._arguments) else t)
                for t in backward.sources
            ]  # fmt: skip
        self._run = self.program.run
        self._nodes = [Node(_FREED, (), None) if f else None for f in freed]
        self._several = len(fresh)
        self._wraps = [type(t).result if isinstance(t, TapeTensor) else _as_it_is for t in fresh]
        self._after = trace.after
        self._grads = [(leaf, leaf.grad) for leaf in trace.grads_set]
        self._writes = [writes_to(array) for array in trace._written.values()]
        arguments = {id(t) for t in self._arguments}
        self.holds, self.conditions = guard_of(trace, arguments)
        self.accepts = argument_guard(self._arguments, self.holds)
        self._lock = threading.Lock()
        self._single = isinstance(out, Tensor) and len(fresh) == 1
        self._same = [
            (i, j) for i, a in enumerate(self._arguments) for j, b in enumerate(self._arguments[:i]) if a is b
        ]  # fmt: skip
        guards = [i for i, s in enumerate(program.statements) if s.kind == "guard"]
        self._restore = trace.draws
        #: What is written before the last guard, and is put back if that finds another value.
        self._undo = program.lasting_writes(0, guards[-1] if guards else 0)
        self._past_undoing = self.program.line_of_first(program.lasting_writes_at(guards[-1] if guards else 0))
        self._failures = 0
        self._written = list(trace._written.values())
        self._checks = CALLS if compiled.check else 0
        self._signatures = list(map(signature, trace.statements)) if compiled.check else []

    def _differentiable(
        self, trace: Trace, backward: Backward, symbols: list[Symbol], saved: list[Symbol], names: list[str], outputs: int
    ) -> Any:  # fmt: skip
        """The Function that runs the program, and in the backward pass one of its own."""
        gradients = [g for g in backward.gradients if g is not None]
        made = [trace.symbol(np.array(bare(g))) if type(g) is not Symbol else g for g in gradients]
        inputs = [*symbols, *saved, *backward.cotangents]
        program = Program(trace, trace.statements[backward.start :], inputs, made, set())
        words = [
            *names,
            *[f"saved_{i + 1}" for i in range(len(saved))],
            *[f"d_{i + 1}" for i in range(len(backward.cotangents))],
        ]
        self.program.backward = WrittenProgram(program, self._step, words, "backward")
        run, none = self.program.backward.run, [g is None for g in backward.gradients]

        def pull(*arrays: Any) -> list[Any]:
            found = iter(run(*arrays))
            return [None if missing else next(found) for missing in none]

        return function_of(self._run_forward, pull, len(symbols), outputs, backward.outputs)

    def _run_forward(self, *arrays: Any) -> Any:
        return self._run(*arrays)

    def _check_hooks(self, trace: Trace) -> None:
        for module in trace.modules:
            table = module._hooks
            if table is not None and any(
                not _is_ours(h) for h in (*table.before, *table.after, *table.backward, *table.backward_before)
            ):
                raise Refused(f"{type(module).__name__} has a hook, a Python function that the program would not call")
        for optimizer in trace.groups:
            if any(optimizer._hooks.values() if optimizer._hooks else ()):
                raise Refused(
                    f"{type(optimizer).__name__} has a hook, a Python function that the program would not call"
                )

    def _check_kept(self, out: Any, *lists: list[Any]) -> None:
        """Refuse a step that keeps a tensor that it returns: the program returns a new one."""
        own = {id(x) for x in (*lists, self._pass_through, *containers(out))}
        for t in lists[0]:
            if isinstance(t, Tensor) and t is not out or isinstance(out, Tensor):
                for r in gc.get_referrers(t):
                    if id(r) not in own and not _of_a_frame(r):
                        raise Refused(f"the step keeps a tensor of shape {tuple(t.shape)} that it returns")

    def _what_outlives(self, trace: Trace, outs: list[Tensor], statements: list[Any]) -> dict[int, Any]:
        """The storages made in the trace that outlive it: gradients, and what tensors were given as their arrays."""
        lasting = {}
        allowed = {id(t) for t in outs} | trace.inner_grads
        for leaf in trace.grads_set:
            if leaf.grad is not None:
                allowed.add(id(leaf.grad))
                array = array_in(leaf.grad)
                if leaf.grad.node is not None:
                    raise Refused("a gradient with a graph of its own (create_graph=True) is kept in .grad")
                if not isinstance(array, np.ndarray):
                    array = np.array(array)
                    raise_scalar = trace.symbol(array_in(leaf.grad))
                    raise_scalar.real_array = array
                    trace.made.add(id(array))
                    put_array(leaf.grad, array)
                if storage_of(array) in trace.made:
                    lasting[storage_of(array)] = array
        for tensor, before, _ in trace.touched.values():
            now = array_in(tensor)
            if now is not before and isinstance(before, np.ndarray) and not isinstance(tensor, TapeTensor):
                raise Refused(
                    f"the step gives a tensor of shape {before.shape} another array (x.data = …): write it in place, "
                    "as with copy_()"
                )
        for i in [i for i, r in trace.born.items() if r() is not None and i not in allowed]:
            gc.collect()
            tensor = trace.born[i]() if i in trace.born else None
            if tensor is not None and not any(tensor is getattr(t, "base", None) for t in outs):
                raise Refused(f"the step keeps a tensor of shape {tuple(tensor.shape)} that it made: return it instead")
        return lasting

    def __call__(self, arguments: Any, args: Any, kwargs: Any) -> Any:
        """The result of a call, whose arguments hold the tensors `arguments`."""
        if self._checks:
            self._checks -= 1
            snapshot = Snapshot(self._written, [leaf for leaf, _ in self._grads], self._restore)
            return run_both(
                lambda: self._called(arguments, args, kwargs), lambda: self._step(*args, **kwargs), snapshot, self._signatures
            )  # fmt: skip
        return self._called(arguments, args, kwargs)

    def _called(self, arguments: Any, args: Any, kwargs: Any) -> Any:
        for i, j in self._same:
            if arguments[i] is not arguments[j]:
                return self._step(*args, **kwargs)
        if not self._lock.acquire(blocking=False):
            return self._step(*args, **kwargs)
        try:
            before = [array.copy() for array in self._undo] if self._undo else ()
            states = [g.get_state() for g in self._restore] if self._restore else ()
            count_writes(self._writes)
            try:
                if self._function is not None:
                    sources = [arguments[s] if isinstance(s, int) else s for s in self._sources]
                    results = self._function.apply(arguments, *sources)
                    return results[0] if self._single else self._rebuild(list(results))
                values = self._run(*[t.array for t in arguments], *self._variables.arrays())
            except Exception as error:
                if not isinstance(error, Changed) and line_of(error) >= self._past_undoing:
                    raise
                for array, old in zip(self._undo, before):
                    np.copyto(array, old)
                for generator, state in zip(self._restore, states):
                    generator.set_state(state)
                out = self._step(*args, **kwargs)
                self._failures += 1
                if not isinstance(error, Changed):  # the step itself does not raise it
                    self._compiled._say(f"its program failed, which is a fault of the compiler: {error!r}")
                    self._failures = MOST_FAILURES + 1
                if self._failures > MOST_FAILURES:
                    self.holds, self.accepts = _never, _never
                return out
            self._failures = 0
            for leaf, grad in self._grads:
                leaf.grad = grad
            self._variables.put(values[self._several :])
            for action in self._after:
                action()
        finally:
            self._lock.release()
        if self._single:
            return self._wraps[0](wrap(values[0], self._nodes[0]))
        made = iter([as_its_kind(wrap(v, node)) for as_its_kind, v, node in zip(self._wraps, values, self._nodes)])
        return self._rebuild([next(made) if old is None else old for old in self._pass_through])

    def described(self) -> list[str]:
        return [f"{len(self.program.statements)} statements, {self.program.nbytes} bytes of memory, "
                f"{len(self.conditions)} guards"]  # fmt: skip


class WrittenProgram:
    """A program as its user sees it: printed, it is the text that runs.

    Attributes:
        statements: what it does, in order.
        nbytes: the memory that it reuses from call to call.
    """

    def __init__(self, program: Program, step: Any, arguments: list[str], part: str = "") -> None:
        names = Names(program.trace, step, list(zip(program.inputs, arguments)), function_names(program))
        names.name_cotangents(program.statements)
        arguments = [names.known(v) or name for v, name in zip(program.inputs, arguments)]  # no name twice
        self.statements, self.nbytes = program.statements, program.nbytes
        name = part or getattr(step, "__name__", "step")
        self.backward: WrittenProgram | None = None
        self._text = Text(program, names, name, name if name.isidentifier() else "step", arguments)
        source = self._text.source()
        space = {**self._text.space, "Changed": Changed}
        exec(compile(source, f"<compiled {name}>", "exec"), space)
        self.run = space[self._text.step_name]
        linecache_entry(f"<compiled {name}>", source)

    def line_of_first(self, statement: Any) -> int:
        """The number of the line of a statement in the source; beyond the last for None."""
        lines = self._text.function_lines(comments=False)
        start = len(self._text.once) + 3 + len(lines) - len(self._text.body)
        for i, (s, _) in enumerate(self._text.body):
            if s is not None and s is statement:
                return start + i
        return start + len(lines)

    def text(self) -> str:
        """The program as it runs."""
        text = "\n".join([*self._text.once, "", *self._text.function_lines()])
        return text if self.backward is None else f"{text}\n\n\n{self.backward.text()}"

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__


def line_of(error: BaseException) -> int:
    """The line of a compiled program at which an exception was raised."""
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.startswith("<compiled "):
            return traceback.tb_lineno
        traceback = traceback.tb_next
    return 0


def linecache_entry(name: str, source: str) -> None:
    """Let tracebacks show the lines of a program."""
    import linecache

    linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def refused_unless_tensors(outs: list[Any]) -> None:
    """Refuse a step that returns something that cannot be made anew."""
    for v in outs:
        if isinstance(v, (np.ndarray,)):
            raise Refused("the step returns a NumPy array: return the tensor")


def argument_names(step: Any, args: Any, kwargs: Any) -> list[str]:
    """A name for each tensor among the arguments."""
    try:
        bound = inspect.signature(step).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = {f"x{i}": v for i, v in enumerate((*args, *kwargs.values()))}
    names: list[str] = []
    for name, value in bound.items():
        tensors = [v for v in flatten(value)[0] if isinstance(v, Tensor)]
        names += [name] if len(tensors) == 1 else [f"{name}_{i}" for i in range(len(tensors))]
    return names


def _of_a_frame(referrer: Any) -> bool:
    """Whether something that refers to a value is a function call, or the dict of its variables."""
    if isinstance(referrer, dict):
        return any(isinstance(r, FrameType) for r in gc.get_referrers(referrer))
    return isinstance(referrer, FrameType)


def containers(nest: Any) -> list[Any]:
    """The lists, tuples and dicts of a nest."""
    if isinstance(nest, dict):
        return [nest, *(c for v in nest.values() for c in containers(v))]
    return [nest, *(c for v in nest for c in containers(v))] if isinstance(nest, (list, tuple)) else []


def _is_ours(hook: Any) -> bool:
    function = hook[0] if isinstance(hook, tuple) else hook
    return str(getattr(function, "__module__", "")).startswith("nn.")


def _key(args: Any, kwargs: Any) -> Any:
    """What tells one kind of call from another: shapes, dtypes and layouts of tensors, other values themselves."""
    parts: list[Any] = [recording(), default_float()]
    for v in args:
        if isinstance(v, Tensor):
            a = v.array
            parts.append((a.shape, a.strides, a.dtype, v.node is None))
        else:
            parts.append(_nested_key(v))
    if kwargs:
        parts.append(_nested_key(kwargs))
    key = tuple(parts)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _nested_key(v: Any) -> Any:
    if isinstance(v, Tensor):
        a = v.array
        return (a.shape, a.strides, a.dtype, v.node is None)
    if isinstance(v, (list, tuple)):
        return (type(v), *map(_nested_key, v))
    if isinstance(v, dict):
        return (dict, *[(k, _nested_key(x)) for k, x in v.items()])
    return (type(v), v)


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


def _never(*_: Any) -> bool:
    return False


def tensors_in(nest: Any) -> list[Tensor]:
    """The tensors in a nest, in order."""
    return [v for v in nest_leaves(nest) if isinstance(v, Tensor)]


def _described(key: Any) -> str:
    return f"arguments {key[2:]}" if key else "other arguments"


_FREED = Primitive("compiled", lambda x: x, {"x": lambda g: g}, "The result of a compiled step")
