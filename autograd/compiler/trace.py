"""Trace: one call of the step, watched: what NumPy does is written down, and what the step touches is remembered."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from nn.hooks import register_module_forward_hook, register_module_forward_pre_hook
from nn.optim.hooks import register_optimizer_step_pre_hook

from ..base.symbolic import Untraceable, current
from ..core.graph import Node, unwatch, watchers
from ..core.hooks import has_hook
from ..core.tensor import Tensor
from ..tape.tape_tensor import recording_tapes
from .around.changing import Changing
from .around.effects import Effects
from .around.readings import Readings
from .origin import Origins, in_primitive, users_line
from .record import Record
from .state.attributes import Attributes, state_of
from .state.grads import Grads
from .state.optimizers import Optimizers
from .state.places import Variable
from .state.snapshot import Snapshot
from .state.surroundings import Surroundings
from .state.tensors import Tensors
from .symbols import Symbol

#: One trace at a time.
_tracing = threading.RLock()


class Refused(Exception):
    """The step cannot be compiled; the message says where and why."""


class Trace:
    """One call of a step. A context manager: the step runs inside the `with` block.

    Each part looks at one side of what the step does. A program is made of the parts and keeps none of them but
    `origins`, so that nothing of the call stays in memory with it.

    Attributes:
        record: what NumPy was asked to do.
        origins: where the values come from, for names and headings in the text of the program.
        tensors, grads: the tensors that were used and made; the gradients that were read and set.
        optimizers: the optimizers that the step may use, and their settings.
        modules: the modules that were called.
        module_states: of these, and of those among the surroundings, and of all their parts, the attributes before.
        attributes: the settings of the layers, losses and optimizers of Keras that were used.
        surroundings: what the step may read around it.
        changing: the numbers and lists around it that the step changes.
        readings: the Python values that it read off tensors.
        effects: looks for what else it does.
        put: the variables in which the step put tensors that it made, each with its tensor.
        after: what is to be done after each call.
        before: what the step changed, as it was.
        notes: what functions of ours remember until the end of the trace.
        refused: why the step cannot be compiled, if so.
    """

    def __init__(self, surroundings: Surroundings | None = None, known: set[Any] | None = None) -> None:
        self.refused: str | None = None
        self.before = Snapshot()
        self.record, self.origins = Record(self), Origins()
        self.tensors, self.grads = Tensors(self), Grads(self)
        self.optimizers = Optimizers(self)
        self.surroundings = surroundings or Surroundings(None)
        self.modules: dict[Any, None] = {}
        self.module_states = dict(self.surroundings.modules)
        self.attributes = Attributes()
        self.changing = Changing(self, self.surroundings, set() if known is None else known)
        self.readings = Readings(self, handed_out=known is not None)
        self.effects = Effects(self, wanted=known is not None)
        self.put: list[tuple[Variable, Tensor]] = []
        self.after: list[Callable[[], Any]] = []
        self.notes: dict[int, Any] = {}
        self._nodes: list[Node] = []

    # -- on and off --------------------------------------------------------------------------------

    def on(self) -> bool:
        """Whether it is the step itself that runs now, in the thread of the trace."""
        return current.trace is self

    def __enter__(self) -> Trace:
        _tracing.acquire()
        if watchers or recording_tapes():
            self.give_up("a tape, anomaly mode or another observer of the graph is on")
        self.tensors.begin()
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
        self.effects.resume()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.effects.pause()
        for handle in self._handles:
            handle.remove()
        unwatch(self._made_node)
        current.trace = None
        self.tensors.end()
        self.notes.clear()
        if any(map(has_hook, (*self._nodes, *self.grads.new_leaves))):
            self.give_up("a hook on a tensor is a Python function, which the program would not call")
        self._nodes.clear()
        self.record.end()
        self.origins.end()
        self.grads.end()
        self.changing.end()
        self.optimizers.end()
        self.give_up(self.attributes.changed())
        _tracing.release()

    # -- what the step does ----------------------------------------------------------------------------

    def _made_node(self, node: Node, out: Any, args: Any) -> None:
        if self.on():
            self.effects.pause()
            self.origins.note_node(node, out)
            self._nodes.append(node)
            self.effects.resume()

    def _called(self, module: Any, args: Any) -> None:
        if self.on() and module not in self.modules:
            self.modules[module] = None
            for part in module.modules():
                if part not in self.module_states:
                    self.module_states[part] = state_of(part)

    def _left(self, module: Any, args: Any, out: Any) -> None:
        if self.on():
            self.origins.note_returned(module, out)

    def depends_on(self, holder: Any, changing: frozenset[str]) -> None:
        """The step depends on the attributes of an object, but for the names in `changing`."""
        self.attributes.note(holder, changing)

    def afterwards(self, action: Callable[[], Any]) -> None:
        """Do something after the step and each call of its program; a step that does it twice is not compiled."""
        if action in self.after:
            self.give_up("an optimizer with a schedule takes two steps")
        self.after.append(action)

    # -- as if it had not been done ----------------------------------------------------------------------

    def undo(self) -> None:
        """Put back what the step changed: arrays, gradients, random generators, and what is around it."""
        self.changing.undo()
        self.before.put_back()

    def can_be_undone(self) -> bool:
        """Whether stand-ins for numbers or lists were given to the step, and it did nothing that cannot be put back."""
        lasting = self.readings.prints or self.after or self.optimizers.first_step or self.tensors.assigned
        given = self.readings.any() or self.changing.lists
        return bool(given) and self.refused is None and not lasting

    def let_go(self) -> None:
        """Let go of the arrays of the call at once; the parts know the trace, so Python would collect them later."""
        self.before = Snapshot()
        self.record.let_go()
        self.tensors.touched.clear()

    # -- what cannot be written down ---------------------------------------------------------------------

    def give_up(self, reason: str | None) -> None:
        """Make no program of the step, which still runs to its end; the first reason counts, and None is none."""
        if self.refused is None and reason is not None:
            self.refused = users_line() + reason

    def fall_back(self, reason: str) -> None:
        """Make the forward that runs now one statement; outside of forwards, give up."""
        if in_primitive(sys._getframe(1)):
            raise Untraceable(self)
        self.give_up(reason)

    def elements(self, symbol: Symbol, what: str) -> Any:
        """The real array, for which something asked that the program cannot follow."""
        if self.on() and not self.readings.prints_now():
            self.fall_back(f"{what} asked for the elements of a tensor of shape {symbol.shape}")
        return symbol.real_array

    def refuse(self, reason: str, compute: Callable[[], Any]) -> Any:
        """Give up, and return what `compute` returns."""
        self.fall_back(reason)
        return compute()
