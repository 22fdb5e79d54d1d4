"""Trace: one call of the step, watched: what NumPy does is written down, and what the step touches is remembered.

While a trace is on, reading `Tensor.array` in its thread gives a Symbol: a property takes the place of the slot until
the end. So parameters, the optimizer's state, running statistics and captured constants are found by being touched;
nothing is declared. Other threads see the property too, and get the plain array.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from nn.hooks import register_module_forward_hook, register_module_forward_pre_hook
from nn.optim.hooks import register_optimizer_step_pre_hook

from ..base.memory import owner_of
from ..base.symbolic import Untraceable, current
from ..core.graph import Node, unwatch, watchers
from ..core.hooks import has_hook
from ..core.tensor import Tensor
from ..tape.tape_tensor import recording_tapes
from . import varying
from .around.changing import Changing
from .around.effects import PREDICATES, effect_of
from .around.readings import Readings
from .origin import Origin, in_primitive, origin, users_frames, users_line, variables_in
from .state.attributes import Attributes
from .state.grads import Grads
from .state.optimizers import Optimizers
from .state.surroundings import Place, Surroundings, Variable, state_of
from .symbols import (
    Number,
    Statement,
    Symbol,
    array_in,
    array_slot,
    bare,
    mapped,
    node_of,
    parts,
    put_array,
    storage_of,
)  # fmt: skip

#: One trace at a time.
_tracing = threading.RLock()


class Refused(Exception):
    """The step cannot be compiled; the message says where and why."""


class Trace:
    """What one call of a step did. A context manager: the step runs inside the `with` block.

    Attributes:
        statements: what NumPy was asked to do, in order.
        made: the storages that came to be in the trace.
        written: the storages that were written and existed before, each with the array that owns it.
        touched: the tensors that existed before and were used, each with its array at that time.
        born: the tensors that were made in the trace, by identity.
        assigned: whether a tensor that existed before was given another array.
        put: the variables in which the step put tensors that it made, each with its tensor.
        grads: the gradients that were read and set.
        optimizers: the optimizers that the step may use, and their settings.
        modules: the modules that were called.
        module_states: of these, and of those among the surroundings, and of all their parts, the attributes before.
        attributes: the settings of the layers, losses and optimizers of Keras that were used.
        draws: the random generators that were drawn from.
        surroundings: what the step may read around it.
        changing: the numbers and lists around it that the step changes.
        readings: the Python values that it read off tensors.
        after: what is to be done after each call.
        names: what the user's program calls an array, by its identity.
        returned: the module that returned an array, by its identity.
        node_outputs: the identity of the array that the operation of a node computed, by the node's identity.
        notes: what functions of ours remember until the end of the trace.
        refused: why the step cannot be compiled, if so.
        closed: whether the step has ended.
    """

    def __init__(self, surroundings: Surroundings | None = None, known: set[Place] | None = None) -> None:
        self.refused: str | None = None
        self.closed = self._paused = self.assigned = False
        self._thread = threading.get_ident()
        # what NumPy does
        self.statements: list[Statement] = []
        self.made: set[int] = set()
        self.written: dict[int, Any] = {}
        self._symbols: dict[int, Symbol] = {}  # by the identity of the array, which the symbol keeps alive
        self._kept: list[Any] = []  # owners of memory, so that no identity is used twice
        # what the step uses
        self.touched: dict[int, tuple[Tensor, Any, Any]] = {}
        self.born: dict[int, weakref.ref[Tensor]] = {}
        self.put: list[tuple[Variable, Tensor]] = []
        self.grads = Grads(self.mine)
        self.optimizers = Optimizers(self)
        self.surroundings = surroundings or Surroundings(None)
        self.modules: dict[Any, None] = {}
        self.module_states = dict(self.surroundings.modules)
        self.attributes = Attributes()
        self.draws: list[Any] = []
        # what it does around NumPy
        self.changing = Changing(self, self.surroundings, set() if known is None else known)
        self.readings = Readings(self, handed_out=known is not None)
        self.after: list[Callable[[], Any]] = []
        # what names and headings in the text of the program are made of
        self.names: dict[int, str] = {}
        self.returned: dict[int, Any] = {}
        self.node_outputs: dict[int, int] = {}
        self._origins: dict[int, Origin] = {}
        self._seen: tuple[int, int] = (0, 0)
        self._nodes: list[Node] = []
        self.notes: dict[int, Any] = {}
        # what `undo` puts back
        self._contents: list[tuple[Any, Any]] = []
        self._generators: list[tuple[Any, Any]] = []

    # -- on and off --------------------------------------------------------------------------------

    def __enter__(self) -> Trace:
        _tracing.acquire()
        if watchers or recording_tapes():
            self.give_up("a tape, anomaly mode or another observer of the graph is on")
        setattr(Tensor, "array", property(self._read, self._put))  # noqa: B010 - until the end of the trace
        self.grads.begin()
        current.trace = self
        watchers.insert(0, self._made_node)
        self._handles = (
            register_module_forward_pre_hook(self._called), register_module_forward_hook(self._left),
            register_optimizer_step_pre_hook(self.optimizers.note_step),
        )  # fmt: skip
        self.changing.begin()
        for optimizer in self.surroundings.optimizers:
            self.optimizers.read_settings(optimizer)
        self._profile(True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._profile(False)
        for handle in self._handles:
            handle.remove()
        unwatch(self._made_node)
        current.trace = None
        setattr(Tensor, "array", array_slot)  # noqa: B010 - for mypy
        self.closed = True
        self.notes.clear()
        if any(map(has_hook, (*self._nodes, *self.grads.new_leaves))):
            self.give_up("a hook on a tensor is a Python function, which the program would not call")
        self._nodes.clear()
        for s in self.statements:  # the calls keep what they worked with alive
            s.where = s.where._replace(frames=())
        self._origins = {key: where._replace(frames=()) for key, where in self._origins.items()}
        self.grads.end()
        self.changing.end()
        self.optimizers.end()
        self.give_up(self.attributes.changed())
        _tracing.release()

    def _profile(self, on: bool) -> None:
        if self.readings.handed_out and not self.closed and self.mine():
            sys.setprofile(self._profiled if on else None)

    def _profiled(self, frame: FrameType, event: str, called: Any) -> None:
        if event.startswith("c_") and called in PREDICATES:
            self.readings.asks = called if event == "c_call" else None
        elif event in ("call", "c_call") and (effect := effect_of(frame, event, called)) is not None:
            self._profile(False)
            self.readings.note(effect, frame)
            self._profile(True)

    def depends_on(self, holder: Any, changing: frozenset[str]) -> None:
        """The step depends on the attributes of an object, but for the names in `changing`."""
        if not self.closed:
            self.attributes.note(holder, changing)

    def afterwards(self, action: Callable[[], Any]) -> None:
        """Do something after the step and each call of its program; a step that does it twice is not compiled."""
        if action in self.after:
            self.give_up("an optimizer with a schedule takes two steps")
        self.after.append(action)

    def outside(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Call a function of arrays on the real ones, unseen, and write down one statement that calls it."""

        def unseen(*arrays: Any) -> Any:
            self._paused, current.trace = True, None
            try:
                return function(*arrays)
            finally:
                self._paused, current.trace = False, self

        first = len(self.statements)
        out = self.do("effect", unseen, args)
        for s in self.statements[first:]:
            s.call = function
        return out

    def mine(self) -> bool:
        """Whether it is the step itself that runs now, in the thread of the trace."""
        return threading.get_ident() == self._thread and not self._paused

    # -- tensors and modules that are touched --------------------------------------------------------

    def _read(self, tensor: Tensor) -> Any:
        array = array_in(tensor)
        if not self.mine():
            return array
        if type(array) is np.bool_:
            put_array(tensor, array := varying.told_apart(array))
        key = id(tensor)
        if key not in self.touched and not self._is_born(tensor):
            self.touched[key] = (tensor, array, node_of(tensor))
        return self.symbol(array)

    def _put(self, tensor: Tensor, array: Any) -> None:
        if self.mine():
            key = id(tensor)
            if key not in self.touched and not self._is_born(tensor):
                try:
                    self.touched[key] = (tensor, array_in(tensor), node_of(tensor))
                except AttributeError:  # a new tensor
                    self.born[key] = weakref.ref(tensor, lambda _: self.born.pop(key, None))
            self.assigned = self.assigned or key in self.touched
        put_array(tensor, bare(array))

    def _is_born(self, tensor: Tensor) -> bool:
        return (found := self.born.get(id(tensor))) is not None and found() is tensor

    def _called(self, module: Any, args: Any) -> None:
        if self.mine() and module not in self.modules:
            self.modules[module] = None
            for part in module.modules():
                if part not in self.module_states:
                    self.module_states[part] = state_of(part)

    def _left(self, module: Any, args: Any, out: Any) -> None:
        if self.mine() and isinstance(out, Tensor):
            self.returned.setdefault(id(array_in(out)), module)

    def _made_node(self, node: Node, out: Any, args: Any) -> None:
        if not self.mine():
            return
        self._origins[id(node)] = origin(sys._getframe(1))
        if isinstance(out, (np.ndarray, np.generic)):
            self.node_outputs[id(node)] = id(bare(out))
        self._nodes.append(node)

    def origin_of(self, node: int) -> Origin | None:
        """Where the operation was called that left a node, given by its identity."""
        return self._origins.get(node)

    # -- writing down ----------------------------------------------------------------------------------

    def symbol(self, array: Any) -> Symbol:
        """The symbol that stands for an array."""
        if type(array) is Symbol:
            return array
        found = self._symbols.get(id(array))
        if found is None:
            found = self._symbols[id(array)] = Symbol(self, array)
            if isinstance(array, np.ndarray) and array.base is not None and array.size:
                self._kept.append(array)
        return found

    def given(self, array: Any) -> Symbol:
        """The symbol of an array that is another one in each call, such as a cotangent."""
        self._note_made(array)
        return self.symbol(array)

    def constant(self, array: Any) -> Any:
        """The symbol of an array that was made without NumPy's handing it over: a copy, new in each call."""
        return array if type(array) is Symbol or not isinstance(array, np.ndarray) else self.symbol(array).copy("K")

    def known(self, array: Any) -> Symbol | None:
        """The symbol of an array that has one."""
        return self._symbols.get(id(array))

    def followed(self) -> set[int]:
        """The storages of the arrays that statements read or write."""
        return {symbol.storage for symbol in self._symbols.values()}

    def do(self, kind: str, call: Any, args: Any, kwargs: Any = None, into: Any = None, method: Any = None) -> Any:
        """Do a call for real, write it down as a Statement, and return symbols for what it returned."""
        s = Statement(kind, call, tuple(args), kwargs or {}, (), into, method)
        self._profile(False)  # what follows is none of the step's calls
        try:
            return s.real_call() if self.closed or not self.mine() else self._write_down(s)
        finally:
            self._profile(True)

    def _write_down(self, s: Statement) -> Any:
        if s.into is not None:
            s.into = self._writable(s.into)
        s.args, s.kwargs = mapped(
            lambda x: self.symbol(x) if type(x) is np.ndarray else x.own if type(x) is Number else x,
            (s.args, s.kwargs),
        )
        result = varying.told_apart(s.real_call())
        if s.into is not None:
            s.outs = () if s.kind == "write" else (s.into,)
            self.add(s)
            return result if s.kind == "write" else s.into
        several = isinstance(result, (tuple, list))
        outs = self._symbols_of(result if several else (result,), s)
        if several or s.outs[0] is not None or s.kind == "effect":  # else NumPy returned its argument
            self.add(s)
            self._guard_shapes(s)
        return type(result)(outs) if type(result) in (tuple, list) else tuple(outs) if several else outs[0]

    def _symbols_of(self, values: Sequence[Any], s: Statement) -> list[Any]:
        """Symbols for what a statement returned; its `outs` have None for an array that there was before."""
        given = {v.storage for v in s.reads()}
        outs: list[Any] = []
        made: list[Any] = []
        for value in values:
            known, out = self.known(value), value
            if isinstance(value, (np.ndarray, np.generic)):
                if known is None and isinstance(value, np.ndarray) and storage_of(value) in given:
                    s.kind = "view"
                elif known is None:
                    self._note_made(value)
                out = self.symbol(value)
            outs.append(out)
            made.append(out if known is None else None)
        s.outs = tuple(made)
        return outs

    def _guard_shapes(self, s: Statement) -> None:
        """The program checks the shapes of what a statement makes if they depend on values."""
        if varying.shape_depends_on_values(s.call, s.args):
            for v in s.made():
                if isinstance(v.real_array, np.ndarray):
                    self.add(Statement("guard", np.shape, (v,), {}, (v.shape,)))

    def one_statement(self, forward: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Do a forward on the real arrays, and write it down as one call in place of what it did so far."""
        frame, end = sys._getframe(2), len(self.statements)
        while end and any(f is frame for f in self.statements[end - 1].where.frames):
            end -= 1
        done, kept, needed = self.statements[end:], [], {id(v) for v in parts(tuple(args))}
        for s in reversed(done):  # what prepared the arguments stays
            if any(id(v) in needed for v in s.outs):
                kept.append(s)
                needed |= {id(v) for v in s.reads()}
        self.statements[end:] = reversed(kept)
        return self.do("call", forward, args)

    def drawing(self, generator: Any) -> Any:
        """What stands for NumPy's generator: its draws are statements."""
        return varying.Drawing(self, generator)

    def draw(self, generator: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Draw random numbers: a statement that draws others in every call."""
        if generator not in self.draws:
            self.draws.append(generator)
            self._generators.append((generator, generator.get_state()))
        return self.do("draw", varying.Draw(generator, name), args, kwargs)

    def add(self, statement: Statement) -> None:
        """Write a statement down."""
        statement.where = origin(sys._getframe(2))
        self.statements.append(statement)
        self.note_names()

    def _note_made(self, value: Any) -> None:
        owner = owner_of(value) if isinstance(value, np.ndarray) else value
        self._kept.append(owner)
        self.made.add(id(owner))

    def note_names(self) -> None:
        """Note what the user's functions call their arrays, whenever they have reached another place."""
        frames = users_frames()
        if not frames or self._seen == (id(frames[0]), frames[0].f_lasti):
            return
        self._seen = (id(frames[0]), frames[0].f_lasti)
        for name, value in variables_in(frames):
            if isinstance(value, Tensor):
                self.names.setdefault(id(array_in(value)), name)

    def _writable(self, into: Any) -> Symbol:
        """The symbol of an array that is written: of the trace, or of a tensor."""
        if type(into) is not Symbol:
            found = self.known(into)
            if found is None:
                self._fall_back("a NumPy array, which is not a tensor's, is written")
                return self.symbol(into)
            into = found
        storage = into.storage
        if storage not in self.made and storage not in self.written:
            if not any(storage_of(array) == storage for _, array, _ in self.touched.values()):
                self._fall_back("a NumPy array, which is not a tensor's, is written")
            self.written[storage] = owner = owner_of(into.real_array)
            self._contents.append((owner, owner.copy()))
        return into

    @contextmanager
    def reopened(self) -> Iterator[None]:
        """Write down once more, after the step has ended."""
        self.closed = False
        try:
            yield
        finally:
            self.closed = True

    def undo(self) -> None:
        """Put back what the step changed: arrays, gradients, random generators, and what is around it."""
        self.changing.undo()
        for array, before in self._contents:
            np.copyto(array, before)
        self.grads.undo()
        for generator, state in self._generators:
            generator.set_state(state)

    def forget(self) -> None:
        """Let go of what only `undo` needs: a copy of all that the step wrote, for as long as its program is kept."""
        self._contents.clear()
        self._generators.clear()
        self.grads.forget()

    def can_be_undone(self) -> bool:
        """Whether stand-ins for numbers or lists were given to the step, and it did nothing that cannot be put back."""
        lasting = self.readings.prints or self.after or self.optimizers.first_step or self.assigned
        given = self.readings.any() or self.changing.lists
        return bool(given) and self.refused is None and not lasting

    # -- what cannot be written down ---------------------------------------------------------------------

    def give_up(self, reason: str | None) -> None:
        """Make no program of the step, which still runs to its end; the first reason counts, and None is none."""
        if self.refused is None and reason is not None:
            self.refused = users_line() + reason

    def _fall_back(self, reason: str) -> None:
        """Make the forward that runs now one statement; outside of forwards, give up."""
        if in_primitive(sys._getframe(1)):
            raise Untraceable(self)
        self.give_up(reason)

    def elements(self, symbol: Symbol, what: str) -> Any:
        """The real array, for which something asked that the program cannot follow."""
        if not self.closed and not self.readings.prints_now():
            self._fall_back(f"{what} asked for the elements of a tensor of shape {symbol.shape}")
        return symbol.real_array

    def refuse(self, reason: str, compute: Callable[[], Any]) -> Any:
        """Give up, and return what `compute` returns."""
        self._fall_back(reason)
        return compute()
