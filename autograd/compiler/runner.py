"""Runner: one program of a step, with what it takes for granted, and what a call does around the NumPy part."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ClassVar

from ..base.nests import flatten, leaves
from ..core.graph import Node
from ..core.tensor import Tensor, wrap
from ..core.writes import count_writes, writes_to
from ..tape.tape_tensor import TapeTensor
from .arguments import StandIns, argument_guard
from .check import CALLS, run_both, signature
from .differentiable import Backward, compiled_function
from .guards import guard_of
from .layout import storage_of
from .names import settle
from .outliving import (
    check_arguments,
    check_lists,
    check_numbers,
    check_results,
    hook_of_the_users,
    lasting_storages,
    numbers_returned,
)
from .program import Program
from .report import Facts
from .state.attributes import states_changed
from .state.snapshot import Snapshot
from .state.tensors import array_in, node_of, without_symbols
from .symbols import Number, Symbol
from .trace import Refused, Trace
from .variables import Variables
from .written import Changed, WrittenProgram, line_of

#: How often in a row a program may meet another value than it was made for, before it is given up.
MOST_FAILURES = 4


#: In place of a node, that a value of the program is a Python number.
_PLAIN: Any = object()


class _Freed:
    """Of the results of a step that called backward itself: another backward pass says that the graph is freed."""

    name, backward_name = "compiled", "CompiledBackward0"
    saves: tuple[str, ...] = ()
    saves_values = False
    rules: ClassVar[dict[str, Any]] = {}
    vjps = ()


class Runner:
    """A program, ready to be called.

    Attributes:
        program: the program, as it is shown.
        same: whether the tensors among the arguments are not those of which the program keeps the memory.
        holds: whether everything that the program takes for granted still holds.
        accepts: whether a call with these arguments (tensors alone) may run it.
        conditions: what `holds` asks, as text.

    Raises:
        Refused: the step cannot be compiled.
    """

    def __init__(
        self, step: Callable[..., Any], trace: Trace, given: StandIns, names: list[str], result: list[Any],
        backward: Backward | None, check: bool, say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._step, self._say = step, say
        outs, arguments = leaves(result[0]), given.tensors
        check_results(result, outs, trace, arguments)
        if trace.refused:
            raise Refused(trace.refused)
        changing = trace.changing
        unseen = trace.surroundings.unseen(list(trace.effects.codes.values()), trace.attributes.before)
        for code in unseen:
            changing.learn(code)
        if changing.again:
            raise Refused("the step changes numbers or lists around it, which its next call tells more about")
        if unseen:
            file, line = unseen[0].co_filename, unseen[0].co_firstlineno
            raise Refused(f"{file}:{line}: the step runs what the compiler cannot find")
        changed = trace.surroundings.changed(trace.record.followed(), changing.places(), changing.sizes())
        if reason := hook_of_the_users(trace) or changed or states_changed(trace.module_states, "training"):
            raise Refused(reason)
        check_numbers(result, outs, trace)
        check_lists(trace)
        check_arguments(trace, arguments)
        given.check(trace, result, outs, [] if backward is None else backward.sources)
        lasting = lasting_storages(trace, outs)

        #: The modules whose mode of training the step changed, each with the mode that it left.
        self._modes = [(m, m.training) for m, s in trace.module_states.items() if m.training is not s.get("training")]
        self._rebuild = flatten(result[0])[1]
        #: For each leaf of the result what it is: an argument, the same in every call, or None if it is computed.
        numbers = numbers_returned(trace, outs) | {i: x.own for i, x in enumerate(outs) if type(x) is Number}
        if backward is not None and (
            numbers or trace.put or trace.readings.prints or changing.holders() or self._modes
        ):
            what = "returns a Python number" if numbers else "prints, or changes what is around it"
            raise Refused(f"the function {what}, and its result can be differentiated: compile the whole step")
        self._as_it_is = [None if i in numbers else _as_it_is(t, arguments, trace) for i, t in enumerate(outs)]
        places = [i for i, same in enumerate(self._as_it_is) if same is None]
        computed = [outs[i] for i in places]
        symbols = [numbers[i] if i in numbers else trace.record.symbol(array_in(outs[i])) for i in places]
        for _, t in trace.put:
            if all(t is not other for other in computed):
                computed.append(t)
                symbols.append(trace.record.symbol(array_in(t)))
        tensors = [t for t in computed if isinstance(t, Tensor)]
        #: The variables in which the step puts tensors that it computes, each with the place of the tensor.
        self._put = [(v, next(i for i, other in enumerate(computed) if other is t)) for v, t in trace.put]
        self._nodes = [_PLAIN if type(t) is Number else _freed(t) for t in computed]
        #: The variables to which the program assigns, and the lists to which it appends, each with the new values.
        self._assigned = [(v, _given_by(x, symbols, self._nodes)) for v, x in changing.assigned]
        self._appended = [
            (values, [_given_by(x, symbols, self._nodes) for x in added]) for values, added in changing.lists
        ]
        self._prints = [(p, _given_by(p.let_go(), symbols, self._nodes)) for p in trace.readings.prints]
        self._leaves = bool(self._put or self._modes or self._assigned or self._appended or self._prints)
        returned = [_copied_if(lasting, trace, v) if type(v) is Symbol else v for v in symbols]
        without_symbols(tensors)
        inputs = given.symbols(trace)
        saved = [] if backward is None else backward.saved(trace, inputs)
        statements = trace.record.statements if backward is None else trace.record.statements[: backward.start]
        variables = Variables(trace, arguments)
        if backward is not None and variables.given:
            raise Refused("the function mixes variables of TensorFlow with tensors that require grad")
        inputs += variables.symbols
        returned += variables.results
        settle(trace, step)
        program = Program(trace, statements, inputs, [*returned, *saved], lasting)
        self.program = WrittenProgram(program, step, [*names, *variables.names])
        self._function: Any = None
        if backward is not None:
            if any(isinstance(t, Tensor) and same is not None for t, same in zip(outs, self._as_it_is)):
                raise Refused("the function returns a tensor that existed before, beside one that it computed")
            self._function, self.program.backward = compiled_function(
                self.program, trace, backward, inputs, saved, program.outputs, names, len(computed)
            )
            self._sources = [_position(t, arguments) for t in backward.sources]

        self._kinds = [(i, _made_into(t)) for i, t in enumerate(computed) if _made_into(t) is not None]
        self._after, self._given, self._replaced = trace.after, variables.given, variables.replaced
        self._single = len(places) == 1 and computed[0] is result[0]
        self._grads = [(leaf, _own_gradient(leaf.grad, lasting)) for leaf in trace.grads.assigned]
        self._written = list(trace.record.written.values())
        self._records = [writes_to(array) for array in self._written]
        #: What the report says of the program besides its statements.
        self.facts = Facts(self.program.name_of_array, {v.identity for v in inputs}, trace)
        self.holds, self.conditions = guard_of(trace, {id(t) for t in arguments})
        self.accepts, self.same = argument_guard(given, trace, self.holds)
        self._lock = threading.Lock()
        #: What is written before the last guard, and is put back if that finds another value.
        last = max((i for i, s in enumerate(program.statements) if s.kind == "guard"), default=0)
        self._undo, self._draws = program.lasting_writes(0, last), trace.record.draws
        self._past_undoing = program.lasting_write_from(last)
        self._failures = 0
        self._checks = CALLS if check else 0
        self._signatures = list(map(signature, trace.record.statements)) if check else []

    def __call__(self, arguments: Any, args: Any, kwargs: Any) -> Any:
        """The result of a call, among whose arguments are the tensors `arguments`."""
        if not self._lock.acquire(False):
            return self._step(*args, **kwargs)
        try:
            if self._checks:
                return self._checked(arguments, args, kwargs)
            return self._called(arguments, args, kwargs)
        finally:
            self._lock.release()

    def _called(self, arguments: Any, args: Any, kwargs: Any, leave: bool = True) -> Any:
        before = Snapshot(self._undo, [], self._draws) if self._undo or self._draws else None
        count_writes(self._records)
        try:
            if self._function is not None:
                sources = [arguments[s] if isinstance(s, int) else s for s in self._sources]
                values = self._function.apply(arguments, *sources)
            else:
                values = self.program.run(*[t.array for t in arguments], *[t.array for t in self._given])
        except Exception as error:
            if not isinstance(error, Changed) and line_of(error) >= self.program.line_of_first(self._past_undoing):
                raise
            if before is not None:
                before.put_back()
            return self._failed(error, args, kwargs)
        self._failures = 0
        for leaf, grad in self._grads:
            leaf.grad = grad
        if self._function is None:
            for variable, array in zip(self._replaced, values[len(self._nodes) :]):
                variable.array = array
            values = [v if node is _PLAIN else wrap(v, node) for v, node in zip(values, self._nodes)]
            for i, kind in self._kinds:
                values[i] = kind(values[i])
        if self._leaves and leave:
            self._leave(values)
        for action in self._after:
            action()
        if self._single:
            return values[0]
        made = iter(values)
        return self._rebuild([next(made) if same is None else same(arguments) for same in self._as_it_is])

    def _leave(self, values: list[Any]) -> None:
        """Change what is around the step, and print."""
        for variable, place in self._put:
            variable.holder[variable.key] = values[place]
        for module, mode in self._modes:
            module.training = mode
        for variable, given in self._assigned:
            variable.put(given(values))
        for container, added in self._appended:
            container.extend([given(values) for given in added])
        for printed, given in self._prints:
            printed(given(values))

    def _failed(self, error: Exception, args: Any, kwargs: Any) -> Any:
        """A call that the program could not finish, and that is as if it had not been begun: the step does it."""
        out = self._step(*args, **kwargs)  # if it raises too, the error is its own
        self._failures += 1
        if not isinstance(error, Changed):
            self._say(f"its program failed, which is a fault of the compiler: {error!r}")
        if self._failures > MOST_FAILURES or not isinstance(error, Changed):
            self.holds, self.accepts = _never, _never
        return out

    def _checked(self, arguments: Any, args: Any, kwargs: Any) -> Any:
        self._checks -= 1
        snapshot = Snapshot(self._written, [leaf for leaf, _ in self._grads], self._draws)
        program, step = lambda: self._called(arguments, args, kwargs, False), lambda: self._step(*args, **kwargs)
        return run_both(program, step, snapshot, self._signatures)


def _as_it_is(t: Any, arguments: list[Tensor], trace: Trace) -> Callable[[list[Tensor]], Any] | None:
    """What gives a leaf of the result that the program does not compute, from the tensors among the arguments."""
    place = _position(t, arguments)
    if isinstance(place, int) and isinstance(t, Tensor):
        return lambda arguments: arguments[place]
    return (lambda _: t) if not isinstance(t, Tensor) or id(t) in trace.tensors.touched else None


def _freed(t: Any) -> Node | None:
    """The node of a tensor of the result, whose graph the step has used up; None for one without a node."""
    return Node(_Freed(), (), None) if isinstance(t, Tensor) and node_of(t) is not None else None


def _given_by(x: Any, symbols: list[Any], nodes: list[Any]) -> Callable[[Any], Any]:
    """What gives a value that the step assigned, from those that the program returns: its Numbers are added to them."""
    given, rebuild = flatten(x)
    places: list[Any] = []
    for v in given:
        if type(v) in (Number, Symbol):
            places.append(len(symbols))
            symbols.append(v)
            nodes.append(_PLAIN)
        else:
            places.append(None)
    constants = [v if i is None else None for v, i in zip(given, places)]
    return lambda values: rebuild([v if i is None else values[i] for v, i in zip(constants, places)])


def _made_into(t: Any) -> Any:
    """What makes a leaf of the result of a Tensor: of a tensor of TensorFlow or Keras, or a Python number."""
    if isinstance(t, Tensor) or type(t) is Number:
        return t.result if isinstance(t, TapeTensor) else None
    return type(t)


def _copied_if(lasting: set[int], trace: Trace, symbol: Symbol) -> Symbol:
    """A returned value; a copy of one that the next call overwrites, such as a gradient."""
    with trace.record.reopened():
        return symbol.copy() if symbol.storage in lasting else symbol


def _own_gradient(grad: Tensor | None, lasting: set[int]) -> Tensor | None:
    """The gradient that the program fills; the one of the watched call keeps its values in an array of its own."""
    if grad is None or storage_of(grad.array) not in lasting:
        return grad
    own = wrap(grad.array)
    grad.array = grad.array.copy()
    return own


def _never(*_: Any) -> bool:
    return False


def _position(source: Tensor, arguments: list[Tensor]) -> Any:
    """The position of a source among the arguments; the source itself if it is none of them."""
    return next((i for i, t in enumerate(arguments) if t is source), source)
