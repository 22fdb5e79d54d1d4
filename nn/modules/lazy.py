"""Lazy modules: layers that take the number of their input's features from the first input that they see."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, cast

import numpy as np

from autograd.core.tensor import Tensor

from ..module import Module
from ..parameter import Parameter
from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .linear import Linear


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet: to use it raises, until it has become a Parameter.

    Raises:
        ValueError: on any use of its elements.
    """

    def __init__(self, requires_grad: bool = True) -> None:
        self.node = None
        self._wanted = requires_grad

    @property
    def array(self) -> Any:
        """Raise: there are no elements."""
        raise ValueError(
            "Attempted to use an uninitialized parameter, whose shape is not known yet: call the module once on a "
            "batch first, or load a state dict"
        )

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Say whether it shall require a gradient."""
        self._wanted = requires_grad
        return self

    def become(self, array: np.ndarray) -> None:
        """Be a Parameter with these elements from now on."""
        wanted, same = self._wanted, cast(Any, self)  # the same object: an optimizer may hold it
        del self._wanted
        same.__class__ = Parameter
        same.array = array
        same.requires_grad_(wanted)

    def __repr__(self) -> str:
        return "<UninitializedParameter>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        return memo.setdefault(id(self), UninitializedParameter(self._wanted))


class _Lazy(Module):
    """What lazy modules share: at the first call, or when a state is loaded, they become what they stand for."""

    _kind: ClassVar[Any]
    #: Which dim of the input is the number of features, and which dim of the weight.
    _dim: ClassVar[int]
    _weight_dim: ClassVar[int] = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._arguments = (args, kwargs)
        for name, parameter in self._made(0)._parameters.items():  # checks the arguments, too
            self.register_parameter(name, None if parameter is None else UninitializedParameter())
        self.register_load_state_dict_pre_hook(_become_for_state)

    def has_uninitialized_params(self) -> bool:
        """Whether the number of features is yet to be seen."""
        return True

    def forward(self, input: Tensor) -> Any:
        """What the layer gives, which this module is from now on."""
        self._become(int(input.shape[self._dim]))
        return self.forward(input)

    def _made(self, features: int) -> Any:
        args, kwargs = self._arguments
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Initializing zero-element tensors")
            return self._kind(features, *args, **kwargs)

    def _become(self, features: int) -> None:
        made = self._made(features).train(self.training)
        mine: dict[str, Any] = self._parameters
        for name, parameter in made._parameters.items():
            if isinstance(mine[name], UninitializedParameter):
                mine[name].become(parameter.array)
        hooks = self._table()
        hooks.loading.remove(_become_for_state)
        if not any(vars(hooks).values()):
            self.__dict__.pop("_hooks")
        del self._arguments
        self.__class__ = self._kind
        self.__dict__.update(made.__dict__ | {"_parameters": mine, **mine})

    def extra_repr(self) -> str:
        """The arguments, as they were given."""
        args, kwargs = self._arguments
        return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])


def _become_for_state(module: _Lazy, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Before a state is loaded: the weight in it says how many features there are."""
    weight = state.get(prefix + "weight", state.get(prefix + "running_mean"))
    if weight is not None:
        groups = module._arguments[1].get("groups", 1) if module._weight_dim == 1 else 1
        module._become(weight.shape[module._weight_dim] * groups)


class LazyLinear(_Lazy):
    """A `Linear` that takes `in_features` from its first input; its arguments are those of Linear without that.

    >>> from autograd import ones
    >>> layer = LazyLinear(2)
    >>> layer
    LazyLinear(2)
    >>> tuple(layer(ones(5, 3)).shape), layer
    ((5, 2), Linear(in_features=3, out_features=2, bias=True))
    """

    _kind = Linear
    _dim = -1
    _weight_dim = 1


class LazyConv1d(_Lazy):
    """A `Conv1d` that takes `in_channels` from its first input."""

    _kind = Conv1d
    _dim = -2
    _weight_dim = 1


class LazyConv2d(_Lazy):
    """A `Conv2d` that takes `in_channels` from its first input."""

    _kind = Conv2d
    _dim = -3
    _weight_dim = 1


class LazyConv3d(_Lazy):
    """A `Conv3d` that takes `in_channels` from its first input."""

    _kind = Conv3d
    _dim = -4
    _weight_dim = 1


class LazyConvTranspose1d(_Lazy):
    """A `ConvTranspose1d` that takes `in_channels` from its first input."""

    _kind = ConvTranspose1d
    _dim = -2


class LazyConvTranspose2d(_Lazy):
    """A `ConvTranspose2d` that takes `in_channels` from its first input."""

    _kind = ConvTranspose2d
    _dim = -3


class LazyConvTranspose3d(_Lazy):
    """A `ConvTranspose3d` that takes `in_channels` from its first input."""

    _kind = ConvTranspose3d
    _dim = -4


class LazyBatchNorm1d(_Lazy):
    """A `BatchNorm1d` that takes `num_features` from its first input."""

    _kind = BatchNorm1d
    _dim = 1


class LazyBatchNorm2d(_Lazy):
    """A `BatchNorm2d` that takes `num_features` from its first input."""

    _kind = BatchNorm2d
    _dim = 1


class LazyBatchNorm3d(_Lazy):
    """A `BatchNorm3d` that takes `num_features` from its first input."""

    _kind = BatchNorm3d
    _dim = 1


class LazyInstanceNorm1d(_Lazy):
    """An `InstanceNorm1d` that takes `num_features` from its first input."""

    _kind = InstanceNorm1d
    _dim = -2


class LazyInstanceNorm2d(_Lazy):
    """An `InstanceNorm2d` that takes `num_features` from its first input."""

    _kind = InstanceNorm2d
    _dim = -3


class LazyInstanceNorm3d(_Lazy):
    """An `InstanceNorm3d` that takes `num_features` from its first input."""

    _kind = InstanceNorm3d
    _dim = -4
