"""Lazy layers: they infer the number of input features from their first input."""

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

__all__ = [
    "UninitializedParameter", "LazyLinear", "LazyConv1d", "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d",
    "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d",
    "LazyInstanceNorm1d", "LazyInstanceNorm2d", "LazyInstanceNorm3d",
]  # fmt: skip


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet: any use raises until it has become a Parameter.

    Raises:
        ValueError: on any use of its elements.
    """

    def __init__(self, requires_grad: bool = True) -> None:
        self.node = None
        self._requires_grad = requires_grad

    @property
    def array(self) -> Any:
        """Raises ValueError: there are no elements yet."""
        raise ValueError(
            "Attempted to use an uninitialized parameter, whose shape is not known yet: call the module once on a "
            "batch first, or load a state dict"
        )

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set whether the parameter will require a gradient."""
        self._requires_grad = requires_grad
        return self

    def become(self, array: np.ndarray) -> None:
        """Turn this object into a Parameter with these elements."""
        requires_grad, parameter = self._requires_grad, cast(Any, self)  # the same object: an optimizer may hold it
        del self._requires_grad
        parameter.__class__ = Parameter
        parameter.array = array
        parameter.requires_grad_(requires_grad)

    def __repr__(self) -> str:
        return "<UninitializedParameter>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        return memo.setdefault(id(self), UninitializedParameter(self._requires_grad))


class _Lazy(Module):
    """The base of lazy layers: at the first call, or when a state dict is loaded, one becomes its `layer`."""

    _layer: ClassVar[Any]
    _feature_dim: ClassVar[int]
    _weight_dim: ClassVar[int]

    def __init_subclass__(cls, layer: Any = None, feature_dim: int = 0, weight_dim: int = 0) -> None:
        """Set the class that `cls` becomes, and the dims of the input and of the weight that are its first argument."""
        super().__init_subclass__()
        if layer is not None:
            cls._layer, cls._feature_dim, cls._weight_dim = layer, feature_dim, weight_dim

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._arguments = (args, kwargs)
        for name, parameter in self._build(0)._parameters.items():  # also checks the arguments
            self.register_parameter(name, None if parameter is None else UninitializedParameter())
        self.register_load_state_dict_pre_hook(_become_for_state_dict)

    def has_uninitialized_params(self) -> bool:
        """True: the number of features is not known yet."""
        return True

    def forward(self, input: Tensor) -> Any:
        """Become the layer for the input's number of features, and return its output."""
        self._become(int(input.shape[self._feature_dim]))
        return self.forward(input)

    def _build(self, features: int) -> Any:
        args, kwargs = self._arguments
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Initializing zero-element tensors")
            return self._layer(features, *args, **kwargs)

    def _become(self, features: int) -> None:
        built = self._build(features).train(self.training)
        own: dict[str, Any] = self._parameters
        for name, parameter in built._parameters.items():
            if isinstance(own[name], UninitializedParameter):
                own[name].become(parameter.array)
        hooks = self._table()
        hooks.loading.remove(_become_for_state_dict)
        if not any(vars(hooks).values()):
            self.__dict__.pop("_hooks")
        del self._arguments
        self.__class__ = self._layer
        self.__dict__.update(built.__dict__ | {"_parameters": own, **own})

    def extra_repr(self) -> str:
        """The constructor's arguments as given."""
        args, kwargs = self._arguments
        return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])


def _become_for_state_dict(module: _Lazy, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """A pre-hook of `load_state_dict`: infer the number of features from the weight in the state dict."""
    weight = state.get(prefix + "weight", state.get(prefix + "running_mean"))
    if weight is not None:
        groups = module._arguments[1].get("groups", 1) if module._weight_dim == 1 else 1
        module._become(weight.shape[module._weight_dim] * groups)


class LazyLinear(_Lazy, layer=Linear, feature_dim=-1, weight_dim=1):
    """A `Linear` that infers `in_features` from its first input; the other arguments are those of `Linear`.

    >>> from autograd import ones
    >>> layer = LazyLinear(2)
    >>> layer
    LazyLinear(2)
    >>> tuple(layer(ones(5, 3)).shape), layer
    ((5, 2), Linear(in_features=3, out_features=2, bias=True))
    """


class LazyConv1d(_Lazy, layer=Conv1d, feature_dim=-2, weight_dim=1):
    """A `Conv1d` that infers `in_channels` from its first input."""


class LazyConv2d(_Lazy, layer=Conv2d, feature_dim=-3, weight_dim=1):
    """A `Conv2d` that infers `in_channels` from its first input."""


class LazyConv3d(_Lazy, layer=Conv3d, feature_dim=-4, weight_dim=1):
    """A `Conv3d` that infers `in_channels` from its first input."""


class LazyConvTranspose1d(_Lazy, layer=ConvTranspose1d, feature_dim=-2):
    """A `ConvTranspose1d` that infers `in_channels` from its first input."""


class LazyConvTranspose2d(_Lazy, layer=ConvTranspose2d, feature_dim=-3):
    """A `ConvTranspose2d` that infers `in_channels` from its first input."""


class LazyConvTranspose3d(_Lazy, layer=ConvTranspose3d, feature_dim=-4):
    """A `ConvTranspose3d` that infers `in_channels` from its first input."""


class LazyBatchNorm1d(_Lazy, layer=BatchNorm1d, feature_dim=1):
    """A `BatchNorm1d` that infers `num_features` from its first input."""


class LazyBatchNorm2d(_Lazy, layer=BatchNorm2d, feature_dim=1):
    """A `BatchNorm2d` that infers `num_features` from its first input."""


class LazyBatchNorm3d(_Lazy, layer=BatchNorm3d, feature_dim=1):
    """A `BatchNorm3d` that infers `num_features` from its first input."""


class LazyInstanceNorm1d(_Lazy, layer=InstanceNorm1d, feature_dim=-2):
    """An `InstanceNorm1d` that infers `num_features` from its first input."""


class LazyInstanceNorm2d(_Lazy, layer=InstanceNorm2d, feature_dim=-3):
    """An `InstanceNorm2d` that infers `num_features` from its first input."""


class LazyInstanceNorm3d(_Lazy, layer=InstanceNorm3d, feature_dim=-4):
    """An `InstanceNorm3d` that infers `num_features` from its first input."""
