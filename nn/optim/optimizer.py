"""Optimizer: groups of parameters with their settings, and the state of each parameter between steps."""

from __future__ import annotations

import copy
import warnings
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from autograd import enable_grad, tensor
from autograd.base.symbolic import number
from autograd.core.errors import users_level
from autograd.core.tensor import Tensor, wrap

from ..module import clear_grad
from .gradients import STRETCH, as_real, gradients, stretches, write_together
from .hooks import HookedOptimizer, register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from .settings import CHECKS, as_number

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]

Parameters: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]]
#: Recomputes the loss and its gradients, and returns the loss.
Closure: TypeAlias = Callable[[], Any]


class _Required:
    """The type of `required`."""

    def __repr__(self) -> str:
        return "<required parameter>"


#: The default of a setting that has none: each group must have it.
required = _Required()

#: All optimizers that exist, by identity: the compiler looks whether a step changes their settings.
living: weakref.WeakValueDictionary[int, Optimizer] = weakref.WeakValueDictionary()


class Optimizer(HookedOptimizer):
    """Base of the optimizers: a subclass defines `update`, which takes one step for one group of parameters.

    Args:
        params: an iterable of Tensors, of pairs (name, Tensor) as `named_parameters()` yields them, or of groups:
            dicts of "params" and settings.
        defaults: the settings of a group that does not set them itself.

    Attributes:
        defaults: as given.
        param_groups: a list of dicts, each with its "params", a list, and its settings; assign to "lr" here.
        state: for each parameter a dict of the values kept between steps; other keys may hold anything.

    Settings of several optimizers:
        lr: learning rate, a number or a Tensor of one element.
        eps: added to the denominator, so that it is not 0.
        weight_decay: this multiple of the parameter is added to its gradient.
        decoupled_weight_decay: scale down the parameter itself instead, as AdamW does.
        maximize: ascend along the gradient instead of descending.
        foreach, fused, capturable: accepted, without effect: PyTorch chooses an implementation by them.
        differentiable: only False: a step writes into arrays, which no gradient passes through.

    Raises:
        ValueError: there are no parameters, one is not a leaf, or one is in two groups; or a setting is out of range.
        TypeError: `params` holds anything but Tensors, pairs or dicts.
    """

    #: The settings that `check` looks up in `settings.CHECKS`.
    checked_settings: tuple[str, ...] = ()

    def __init__(self, params: Parameters, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}: put it in a list"
            )
        self._check_settings(defaults)
        self.defaults = defaults
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups: list[Any] = _listed(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list: the layers of a module must be its attributes (or in a "
                "ModuleList, not in a plain list), and an iterator such as model.parameters() can be used only once"
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)
        living[id(self)] = self

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with settings of its own.

        Args:
            param_group: a dict of "params", a Tensor or an iterable of Tensors, and settings; missing settings take
                their defaults.

        Raises:
            ValueError: a parameter is not a leaf, or is in another group.
            TypeError: the group is not a dict, or holds anything but Tensors.
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
                    f"can't optimize a non-leaf Tensor: the one of shape {tuple(parameter.shape)} was computed from "
                    "other tensors. Optimize those, or make it a leaf with detach().requires_grad_()"
                )
        taken = {parameter for group in self.param_groups for parameter in group["params"]}
        if shared := [p for p in params if p in taken]:
            raise ValueError(
                f"some parameters appear in more than one parameter group: {len(shared)} of this one, the first of "
                f"shape {tuple(shared[0].shape)}"
            )
        if len(set(params)) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error",
                stacklevel=users_level(),
            )
        group = {**self.defaults, **param_group, "params": params}
        if names:
            group["param_names"] = names
        if any(("param_names" in other) != ("param_names" in group) for other in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names: the new group differs from the others"
            )
        for key, value in group.items():
            if value is required:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {key}")
        self._check_settings(group)
        self.param_groups.append(group)

    def _check_settings(self, group: dict[str, Any]) -> None:
        """Refuse the settings that no optimizer supports, then those that `check` refuses."""
        if group.get("differentiable"):
            raise RuntimeError(
                f"{type(self).__name__}: differentiable=True is not supported: a step writes into arrays, which no "
                "gradient passes through. Write the step with tensors: "
                "w = w - lr * grad(loss, w, create_graph=True)[0]"
            )
        if group.get("fused") and group.get("foreach"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
        if isinstance(group.get("lr"), Tensor) and group["lr"].numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, but its shape is {tuple(group['lr'].shape)}")
        self.check(group)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if a setting in `checked_settings` is out of range; a subclass may check more."""
        for name in self.checked_settings:
            CHECKS[name](group[name])

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group that have a gradient; every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__}: a subclass of Optimizer must define `update` or `step`")

    def each_parameter(self, group: dict[str, Any], **initial: float | Tensor) -> Iterator[tuple[Any, ...]]:
        """Count a step of each parameter that has a gradient, and yield the arrays that its update needs.

        Those are its elements, the gradient (see `gradients`), the number of the step from 1, and the values of its
        state under the names in `initial` (see `state_of`). Complex arrays are viewed as pairs of real numbers.
        """
        # All states first: a lack of memory for one leaves every parameter as it was.
        states = [
            self.state.get(parameter) or self.state_of(parameter, **initial)
            for parameter in group["params"]
            if parameter.grad is not None
        ]
        for (parameter, g), state in zip(gradients(group), states, strict=True):
            weights, steps, *kept = write_together([parameter, state["step"], *[state[name] for name in initial]])
            steps += 1
            yield weights, as_real(g), number(steps, int), *kept

    def each_stretch(self, group: dict[str, Any], **initial: float | Tensor) -> Iterator[tuple[Any, ...]]:
        """As `each_parameter`, for an update that is elementwise: the arrays of a large parameter come in stretches."""
        for weights, g, steps, *kept in self.each_parameter(group, **initial):
            if weights.size <= STRETCH:
                yield weights, g, steps, *kept
            else:
                for part, g_part, *kept_parts in stretches((weights, g, *kept)):
                    yield part, g_part, steps, *kept_parts

    def state_of(self, parameter: Tensor, **initial: float | Tensor) -> dict[str, Any]:
        """The state of a parameter.

        It is created with "step", which is 0, and for each name in `initial` a copy of the value if it is a Tensor,
        else a Tensor of the parameter's shape and dtype filled with the value. If that fails, as where the memory does
        not suffice, the parameter still has no state.
        """
        state = self.state.get(parameter)
        if not state:
            state = {"step": tensor(0.0)}
            for name, value in initial.items():
                if isinstance(value, Tensor):
                    state[name] = wrap(np.array(value.array))
                    continue
                state[name] = wrap(np.empty(parameter.array.shape, parameter.array.dtype))
                (elements,) = write_together([state[name]])
                elements[...] = value
            self.state[parameter] = state
        return state

    def step(self, closure: Closure | None = None) -> Any:
        """Update every parameter that has a gradient.

        Args:
            closure: recomputes the gradients and returns the loss; called first.

        Returns:
            The value that `closure` returned; None without a closure.

        Raises:
            RuntimeError: a parameter's memory is read-only; no parameter is changed.
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
                        f"{type(self).__name__}.step: a parameter of shape {tuple(array.shape)} is backed by "
                        "read-only memory, such as a NumPy array that is not writeable. Optimize a clone() of it"
                    )
        for group in self.param_groups:
            self.update({**group, "lr": as_number(group["lr"])} if isinstance(group.get("lr"), Tensor) else group)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients to None; with `set_to_none=False`, fill them with zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                clear_grad(parameter, set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """{"state": ..., "param_groups": ...}, in which numbers in order of the groups stand for the parameters.

        Other keys of the state, such as names, stay as they are. The tensors are not copied: they change with the next
        step.
        """
        for hook in self._hooks_for("before saving"):
            hook(self)
        every = dict.fromkeys(parameter for group in self.param_groups for parameter in group["params"])
        numbers = {parameter: number for number, parameter in enumerate(every)}
        found = {
            "state": {
                numbers[key] if isinstance(key, Tensor) else key: dict(state) if isinstance(state, dict) else state
                for key, state in self.state.items()
            },
            "param_groups": [
                {key: value for key, value in group.items() if key != "params"}
                | {"params": [numbers[parameter] for parameter in group["params"]]}
                for group in self.param_groups
            ],
        }
        return self._after_hooks("after saving", found)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state and settings that `state_dict` returned; the tensors are copied.

        Raises:
            ValueError: the number of groups, or of parameters in a group, differs; nothing is changed.
        """
        state_dict = self._after_hooks("before loading", dict(state_dict))
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: {len(saved)}, but the optimizer has "
                f"{len(self.param_groups)}"
            )
        pairs = list(zip(saved, self.param_groups, strict=True))
        for place, (new, old) in enumerate(pairs):
            if len(new["params"]) != len(old["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    f"group {place} has {len(new['params'])} parameters, but the optimizer's has {len(old['params'])}"
                )
        parameters = {number: x for new, old in pairs for number, x in zip(new["params"], old["params"], strict=True)}
        groups = [{**old, **copy.deepcopy(new), "params": old["params"]} for new, old in pairs]
        for group in groups:
            self._check_settings(group)
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, entries in state_dict["state"].items():
            if key in parameters:
                parameter = parameters[key]
                state[parameter] = {name: _copied(name, value, parameter) for name, value in entries.items()}
            else:
                state[key] = copy.deepcopy(entries)
        self.param_groups, self.state = groups, state
        for hook in self._hooks_for("after loading"):
            hook(self)

    def __repr__(self) -> str:
        lines: list[str] = []
        for position, group in enumerate(self.param_groups):
            lines += [""] * (position > 0) + [f"Parameter Group {position}"]
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
    """The parameters of pairs (name, parameter), and the names; no names if none is given."""
    names = [entry[0] for entry in params if isinstance(entry, tuple)]
    if names and len(names) < len(params):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return [entry[1] for entry in params] if names else params, names


def _copied(key: str, value: Any, parameter: Tensor) -> Any:
    """A copy of a value of the state: in the parameter's dtype, unless it has fewer dims, as a count of steps."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    if key == "step" or value.ndim < parameter.ndim:
        return wrap(np.array(value.array))
    return wrap(np.array(value.array, dtype=parameter.array.dtype))
