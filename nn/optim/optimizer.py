"""Optimizer: parameters in groups with their settings, and what is remembered of each between steps."""

from __future__ import annotations

import copy
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from autograd import enable_grad, tensor
from autograd.core.tensor import Tensor, wrap

from ..module import clear_grad
from .gradients import write_real
from .hooks import HookedOptimizer
from .settings import as_number

Parameters: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]]
#: Computes the loss again and returns it.
Closure: TypeAlias = Callable[[], Any]


class Optimizer(HookedOptimizer):
    """Base of the optimizers: a subclass says in `update` how one group of parameters takes a step.

    PyTorch's optimizers choose between implementations: `foreach`, `fused` and `capturable` are taken and change
    nothing. `differentiable=True` is refused: a step writes arrays, which no gradient passes through.

    Args:
        params: an iterable of Tensors, of pairs (name, Tensor) such as `named_parameters()` gives, or of groups.
        defaults: the settings of a group that doesn't give its own.

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
                f"but got {type(params).__name__}: put it in a list"
            )
        self._check_settings(defaults)
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups: list[Any] = _listed(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list: a module has parameters once its layers are its attributes "
                "(not in a plain list), and an iterator such as model.parameters() gives them only once"
            )
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
        params, names = _without_names([params] if isinstance(params, Tensor) else _listed(params))
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(parameter).__name__}"
                )
            if not parameter.is_leaf:
                raise ValueError(
                    f"can't optimize a non-leaf Tensor: that of shape {tuple(parameter.shape)} was computed from "
                    "others; optimize those, or cut it off with detach().requires_grad_()"
                )
        taken = {parameter for group in self.param_groups for parameter in group["params"]}
        if not taken.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        if len(set(params)) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error",
                stacklevel=3,
            )
        group = {**self.defaults, **param_group, "params": params}
        if names:
            group["param_names"] = names
        if any(("param_names" in other) != ("param_names" in group) for other in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names: this one differs from the others"
            )
        self._check_settings(group)
        self.param_groups.append(group)

    def _check_settings(self, group: dict[str, Any]) -> None:
        """What every optimizer refuses, then what this one does."""
        if group.get("differentiable"):
            raise RuntimeError(
                f"{type(self).__name__}: differentiable=True is not there: a step writes arrays, which no gradient "
                "passes through; write the step out with tensors, w = w - lr * grad(loss, w, create_graph=True)[0]"
            )
        if group.get("fused") and group.get("foreach"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
        if isinstance(group.get("lr"), Tensor):
            if group["lr"].numel() != 1:
                raise ValueError("Tensor lr must be 1-element")
            if group.get("foreach") and not group.get("capturable"):
                raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        self.check(group)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range; a subclass says which are."""

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group; a subclass says how. No gradient: no step."""
        raise NotImplementedError(f"{type(self).__name__}: an optimizer says in `update` or `step` what a step is")

    def remembered(self, parameter: Tensor, **first: float) -> dict[str, Any]:
        """The state of a parameter: at first no step, and for each name a tensor like it, filled with a number."""
        state = self.state[parameter]
        if not state:
            state["step"] = tensor(0.0)
            for name, value in first.items():
                state[name] = wrap(np.empty(parameter.array.shape, parameter.array.dtype))
                write_real(state[name])[...] = value
        return state

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
            self.update({**group, "lr": as_number(group["lr"])} if isinstance(group.get("lr"), Tensor) else group)
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
        for hook in self._hooks_for("before saving"):
            hook(self)
        numbers: dict[Tensor, int] = {}
        for group in self.param_groups:
            for parameter in group["params"]:
                numbers.setdefault(parameter, len(numbers))
        found = {
            "state": {numbers[parameter]: dict(state) for parameter, state in self.state.items()},
            "param_groups": [
                {key: value for key, value in group.items() if key != "params"}
                | {"params": [numbers[parameter] for parameter in group["params"]]}
                for group in self.param_groups
            ],
        }
        state_dict: dict[str, Any] = self._after_hooks("after saving", found)
        return state_dict

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state and settings that `state_dict` gave; the tensors are copied.

        Raises:
            ValueError: another number of groups, or of parameters in one. Nothing was changed then.
        """
        state_dict = self._after_hooks("before loading", dict(state_dict))
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
            self._check_settings(group)
        state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        for number, entries in state_dict["state"].items():
            parameter = parameters[number]
            state[parameter] = {key: _copied(key, value, parameter) for key, value in entries.items()}
        self.param_groups, self.state = groups, state
        for hook in self._hooks_for("after loading"):
            hook(self)

    def __repr__(self) -> str:
        lines = []
        for position, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {position}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([f"{type(self).__name__} (", *lines, ")"])


def _listed(params: Any) -> list[Any]:
    if isinstance(params, (set, frozenset)):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead."
        )
    if not isinstance(params, Iterable):
        raise TypeError(
            f"'{type(params).__name__}' object is not iterable: expected an iterable of Tensors or dicts, "
            "such as model.parameters()"
        )
    return list(params)


def _without_names(params: list[Any]) -> tuple[list[Any], list[str]]:
    """The parameters, and their names where all have one."""
    names = [entry[0] for entry in params if isinstance(entry, tuple)]
    if names and len(names) < len(params):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return [entry[1] for entry in params] if names else params, names


def _copied(key: str, value: Any, parameter: Tensor) -> Any:
    """A copy of a remembered value, in the parameter's dtype unless it is a single number, such as a count of steps."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    if key == "step" or value.ndim < parameter.ndim:
        return wrap(np.array(value.array))
    return wrap(np.array(value.array, dtype=parameter.array.dtype))
