"""Optimizer: parameters in groups with their settings, and what is remembered of each between steps."""

from __future__ import annotations

import copy
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from autograd import enable_grad, tensor
from autograd.tensor import Tensor, wrap
from autograd.versions import write

from ..module import clear_grad

Parameters: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]]
#: Computes the loss again and returns it.
Closure: TypeAlias = Callable[[], Any]


class Optimizer:
    """Base of the optimizers: a subclass says in `update` how one group of parameters takes a step.

    Attributes:
        defaults: the settings of a group that doesn't give its own.
        param_groups: dicts of "params", a list, and their settings; change "lr" here.
        state: for each parameter a dict of what is remembered of it.

    Raises:
        ValueError: no parameter, one that is no leaf, or one in two groups.
        TypeError: something else than Tensors or dicts of them.
    """

    def __init__(self, params: Parameters, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups: list[Any] = _listed(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with settings of their own.

        Args:
            param_group: "params", a Tensor or an iterable of them, and settings; the defaults are filled in.

        Raises:
            ValueError: a parameter is no leaf, or in another group.
            TypeError: it is no dict, or holds something else than Tensors.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else _listed(params)
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(parameter).__name__}"
                )
            if not parameter.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        taken = {parameter for group in self.param_groups for parameter in group["params"]}
        if not taken.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        if len(set(params)) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error",
                stacklevel=3,
            )
        group = {**self.defaults, **param_group, "params": params}
        self.check(group)
        self.param_groups.append(group)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range; a subclass says which are."""

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group; a subclass says how. No gradient: no step."""
        raise NotImplementedError

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter that has a gradient.

        Args:
            closure: called first, to compute the gradients and return the loss.

        Returns:
            what `closure` returned, or None.

        Raises:
            RuntimeError: a parameter's memory is read-only. No parameter was moved then.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                array = parameter.array
                if isinstance(array, np.ndarray) and not array.flags.writeable and parameter.grad is not None:
                    raise RuntimeError(
                        f"{type(self).__name__}.step: a parameter of shape {tuple(array.shape)} stands in read-only "
                        "memory, such as an array that NumPy may not write; give the optimizer a clone() of it"
                    )
        for group in self.param_groups:
            self.update(group)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients; with `set_to_none=False`, fill them with zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                clear_grad(parameter, set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups, where parameters are numbered in order: {"state": ..., "param_groups": ...}.

        The state's tensors are the optimizer's own.
        """
        numbers: dict[Tensor, int] = {}
        for group in self.param_groups:
            for parameter in group["params"]:
                numbers.setdefault(parameter, len(numbers))
        return {
            "state": {numbers[parameter]: dict(state) for parameter, state in self.state.items()},
            "param_groups": [
                {key: value for key, value in group.items() if key != "params"}
                | {"params": [numbers[parameter] for parameter in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state and settings that `state_dict` gave; the tensors are copied.

        Raises:
            ValueError: another number of groups, or of parameters in one. Nothing was changed then.
        """
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(
            len(theirs["params"]) != len(ours["params"]) for theirs, ours in zip(saved, self.param_groups, strict=True)
        ):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        parameters: dict[int, Tensor] = {}
        for theirs, ours in zip(saved, self.param_groups, strict=True):
            parameters.update(zip(theirs["params"], ours["params"], strict=True))
        groups = [
            {**ours, **copy.deepcopy(theirs), "params": ours["params"]}
            for theirs, ours in zip(saved, self.param_groups, strict=True)
        ]
        for group in groups:
            self.check(group)
        state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        for number, entries in state_dict["state"].items():
            parameter = parameters[number]
            state[parameter] = {key: _copied(key, value, parameter) for key, value in entries.items()}
        self.param_groups, self.state = groups, state

    def __repr__(self) -> str:
        lines = []
        for position, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {position}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([f"{type(self).__name__} (", *lines, ")"])


def gradient(parameter: Tensor, group: dict[str, Any]) -> np.ndarray | None:
    """The gradient to descend along: negated for "maximize", with "weight_decay" times the parameter added."""
    if parameter.grad is None:
        return None
    g: np.ndarray = parameter.grad.array
    if group["maximize"]:
        g = -g
    if group["weight_decay"]:
        g = g + group["weight_decay"] * parameter.array
    return g


def memory(parameter: Tensor, value: float = 0.0) -> Tensor:
    """A tensor of the parameter's shape and dtype, filled with `value`, to remember something of it."""
    return wrap(np.full(parameter.array.shape, value, parameter.array.dtype))


def count_step(state: dict[str, Any]) -> int:
    """Count one more step in `state`, and say how many there were."""
    steps = write(state["step"])
    steps += 1
    return int(steps)


def new_count() -> Tensor:
    """No step yet."""
    return tensor(0.0)


def check_not_negative(group: dict[str, Any], **named: str) -> None:
    """Raise ValueError for a negative setting; `named` says how each is called in the message."""
    for key, words in named.items():
        if not group[key] >= 0:
            raise ValueError(f"Invalid {words}: {group[key]}")


def check_betas(group: dict[str, Any]) -> None:
    """Raise ValueError for a beta that isn't in [0, 1)."""
    for index, beta in enumerate(group["betas"]):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")


def _listed(params: Any) -> list[Any]:
    if isinstance(params, (set, frozenset)):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead."
        )
    return list(params)


def _copied(key: str, value: Any, parameter: Tensor) -> Any:
    """A copy of a remembered value, in the parameter's dtype unless it is a single number, such as a count of steps."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    if key == "step" or value.ndim < parameter.ndim:
        return wrap(np.array(value.array))
    return wrap(np.array(value.array, dtype=parameter.array.dtype))
