"""Optimizer: applies gradients to variables; it holds the learning rate and the slots of each variable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.base.symbolic import afterwards, as_array, depends_on, number
from autograd.core.tensor import Tensor, wrap
from autograd.tensorflow.variable import Variable

from ..config import Configured, serialize
from ..naming import automatic_name, snake_case
from .schedules import LearningRateSchedule

Array = np.ndarray


class Optimizer(Configured):
    """Base class of optimizers: a subclass computes in `step` the new value of one variable.

    Args:
        learning_rate: a number, or a schedule of the number of steps.
        clipnorm: the maximum norm of each gradient.
        clipvalue: elements of gradients are clipped to [-clipvalue, clipvalue].
        global_clipnorm: the maximum norm of all gradients together.
        name: the name of the optimizer.
        weight_decay: in every step a variable is multiplied by 1 - learning_rate · weight_decay.

    Attributes:
        learning_rate: a Variable; assigning a number to the attribute changes its value.
        iterations: a Variable that counts the steps.
        built: whether the optimizer has its variables.

    Raises:
        ValueError: several kinds of clipping are set.
        TypeError: on assignment to `learning_rate`, if it is a schedule.
    """

    #: Restores the slots from a checkpoint that was read before they existed.
    restore_later: Callable[[], None] | None = None
    #: The initial values of a variable's slots: arrays of its shape that the optimizer updates in every step.
    slots: tuple[float, ...] = ()

    def __init__(
        self, learning_rate: Any, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, name: str | None = None, weight_decay: float | None = None,
    ) -> None:  # fmt: skip
        if sum(clip is not None for clip in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                f"clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}"
            )
        self.name = name or automatic_name(snake_case(type(self).__name__))
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.iterations = Variable(np.int64(0), trainable=False, name="iteration")
        self.weight_decay = weight_decay
        self._schedule = learning_rate if isinstance(learning_rate, LearningRateSchedule) else None
        first = learning_rate if self._schedule is None else self._schedule(0)
        first = np.float32(first.array if isinstance(first, Tensor) else first)
        self._learning_rate = Variable(first, trainable=False, name="learning_rate")
        #: The slots of each variable, by its id; they are updated in place.
        self._slots: dict[int, list[Tensor]] = {}
        self._variables: list[Variable] = []

    @property
    def learning_rate(self) -> Variable:
        """The learning rate."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if self._schedule is not None:
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its `learning_rate`: the rate "
                "cannot be set. To set it, create the optimizer with a number"
            )
        self._learning_rate.assign(np.float32(value.array if isinstance(value, Tensor) else value))

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy, with the current name and learning rate."""
        rate = serialize(self._schedule) if self._schedule else float(self._learning_rate.array)
        return {**super().get_config(), "name": self.name, "learning_rate": rate}

    def get_state(self) -> dict[str, Any]:
        """What training continues from: the number of steps, the rate, and the slots of each variable."""
        slots = [self._arrays(variable) for variable in self._variables]
        return {"iterations": self.iterations.array, "learning_rate": self._learning_rate.array, "slots": slots}

    def set_state(self, state: Mapping[str, Any], variables: Sequence[Variable]) -> None:
        """Continue from what `get_state` returned for the same variables.

        Raises:
            ValueError: the slots have other shapes.
        """
        self.build(variables)
        own = [self._arrays(variable) for variable in self._variables]
        if _shapes(own) != _shapes(state["slots"]):
            raise ValueError(
                f"Optimizer {self.name!r}: the saved slots do not have the shapes of the variables: "
                f"{_shapes(state['slots'])!r:.80}, but expected {_shapes(own)!r:.80}"
            )
        for mine, saved in zip(own, state["slots"]):
            for slot, value in zip(mine, saved):
                slot[...] = value
        self.iterations.assign(np.asarray(state["iterations"], np.int64))
        self._learning_rate.assign(np.asarray(state["learning_rate"], np.float32))

    @property
    def built(self) -> bool:
        """Whether the optimizer has its variables."""
        return bool(self._variables)

    def checkpoint_parts(self) -> dict[str, Any]:
        """What training continues from, for `tf.train.Checkpoint`."""
        slots = {str(i): self._arrays(variable) for i, variable in enumerate(self._variables)}
        return {"iterations": self.iterations, "learning_rate": self._learning_rate, **slots}

    @property
    def trained(self) -> list[Variable]:
        """The variables that the optimizer was built for, in order."""
        return self._variables

    @property
    def variables(self) -> list[Any]:
        """The number of steps, the learning rate, and the slots of each variable."""
        slots = [slot for variable in self._variables for slot in self._slots[id(variable)]]
        return [self.iterations, self.learning_rate, *slots]

    def _arrays(self, variable: Variable) -> list[Array]:
        """The slots of a variable, to be read or updated."""
        return [slot.array for slot in self._slots[id(variable)]]

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots of the variables to be trained."""
        trained = list(variables)
        slots = {id(v): [wrap(slot) for slot in self.new_slots(v.array)] for v in trained}
        # `built` follows the second assignment: an interrupt before it leaves an optimizer that builds again.
        self._slots = slots
        self._variables = trained
        if self.restore_later is not None:
            self.restore_later()

    def new_slots(self, value: Array) -> list[Array]:
        """The slots of a variable before its first step."""
        return [np.full(value.shape, first, value.dtype) for first in self.slots]

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        """The new value of a variable.

        Args:
            value: the current value, which must not be modified.
            g: the gradient.
            slots: the variable's slots, which the step updates in place.
            learning_rate: the current learning rate.
        """
        raise NotImplementedError(f"{type(self).__name__} must define step()")

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Update every variable with its gradient; a variable whose gradient is None is left unchanged.

        Returns:
            the number of steps so far.

        Raises:
            ValueError: no gradient, one of another shape than its variable, or a variable that is not in `variables`.
        """
        pairs = list(grads_and_vars)
        return self.apply([g for g, _ in pairs], [variable for _, variable in pairs])

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> Variable:
        """Like `apply_gradients`, with gradients and variables in separate sequences."""
        depends_on(self)
        variables = self._variables if trainable_variables is None else list(trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(f"apply: got {len(grads)} gradients for {len(variables)} variables: pass one for each")
        if not self.built:
            self.build(variables)
        pairs = [(g, variable) for g, variable in zip(grads, variables) if g is not None]
        if not pairs:
            raise ValueError(
                "No gradients provided for any variable: the loss does not depend on the variables, or it was computed "
                "outside the tape"
            )
        self._check(pairs)
        arrays = self._clipped([as_array(g.array if isinstance(g, Tensor) else g) for g, _ in pairs])
        self.iterations.assign(self.iterations.array + 1)
        rate = self._learning_rate.array
        for g, (_, variable) in zip(arrays, pairs):
            if self.weight_decay:
                variable.array = variable.array - variable.array * np.float32(self.weight_decay) * rate
            variable.array = self.step(variable.array, g, self._arrays(variable), rate)
            constraint = getattr(variable, "constraint", None)
            if constraint is not None:
                variable.assign(constraint(variable))
        if self._schedule is not None:
            afterwards(self._follow_schedule)
        return self.iterations

    def _follow_schedule(self) -> None:
        """Set the learning rate of the next step."""
        assert self._schedule is not None
        following = self._schedule(self.iterations)
        self._learning_rate.assign(np.float32(following.array if isinstance(following, Tensor) else following))

    def _check(self, pairs: list[tuple[Any, Variable]]) -> None:
        """Raise ValueError for a variable without slots, or a gradient of another shape than its variable."""
        for g, variable in pairs:
            if id(variable) not in self._slots:
                raise ValueError(
                    f"Unknown variable: {variable!r:.120}. This optimizer can only be called for the variables it was "
                    "originally built with. For a new set of variables create a new optimizer"
                )
            if tuple(np.shape(g.array if isinstance(g, Tensor) else g)) != tuple(variable.array.shape):
                raise ValueError(
                    f"The gradient of {variable.name!r} has shape {tuple(np.shape(g))}, but the variable has shape "
                    f"{tuple(variable.array.shape)}: are gradients and variables in the same order?"
                )

    def _clipped(self, grads: list[Array]) -> list[Array]:
        """The gradients, clipped in the way that the optimizer was created with."""
        if self.clipvalue is not None:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.clipnorm is not None:
            return [_limited(g, _norm([g]), self.clipnorm) for g in grads]
        if self.global_clipnorm is not None:
            norm = _norm(grads)
            return [_limited(g, norm, self.global_clipnorm) for g in grads]
        return grads

    @property
    def steps(self) -> int:
        """The number of steps, including the current one."""
        steps: int = number(self.iterations.array, int)
        return steps


def _shapes(slots: Sequence[Sequence[Any]]) -> list[list[tuple[int, ...]]]:
    return [[np.shape(slot) for slot in each] for each in slots]


def _norm(grads: list[Array]) -> Any:
    return np.sqrt(sum(np.vdot(g, g).astype(np.float64) for g in grads))


def _limited(g: Array, norm: Any, limit: float) -> Array:
    """`g` scaled down by limit / norm, if the norm exceeds the limit."""
    return g * (limit / np.fmax(norm, limit or 1.0)).astype(g.dtype)
