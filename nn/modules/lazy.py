"""The base of the lazy layers, which infer the number of input features from their first input."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from autograd.core.tensor import Tensor

from ..hooks import Hooks
from ..module import Module
from ..parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from ..registry import REGISTRIES


class Lazy(Module):
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
        built = self._build(0)  # also checks the arguments
        registered = {*REGISTRIES, "_non_persistent_buffers_set", *built._parameters, *built._buffers}
        own = {name: value for name, value in vars(built).items() if name not in registered}
        self.__dict__.update(own)
        for name, parameter in built._parameters.items():
            unknown = None if parameter is None else UninitializedParameter(dtype=parameter.dtype)
            self._register("_parameters", name, unknown, "parameters")
        for name, buffer in built._buffers.items():
            known = buffer is None or buffer.ndim == 0
            value = buffer if known else UninitializedBuffer(dtype=buffer.dtype)
            self._register("_buffers", name, value, "buffer")
        self.register_load_state_dict_pre_hook(_become_for_state_dict)

    def has_uninitialized_params(self) -> bool:
        """True: the number of features is not known yet."""
        return True

    def initialize_parameters(self, input: Tensor) -> None:
        """Become the layer for the input's number of features, without calling it.

        Raises:
            IndexError: the input has too few dims.
        """
        if not -input.ndim <= self._feature_dim < input.ndim:
            raise IndexError(
                f"{type(self).__name__}: the input has no dim {self._feature_dim}, which counts the features: its "
                f"shape is {tuple(input.shape)}"
            )
        self._become(int(input.shape[self._feature_dim]))

    def forward(self, input: Tensor) -> Any:
        """Become the layer for the input's number of features, and return its output."""
        self.initialize_parameters(input)
        return self.forward(input)

    def _build(self, features: int) -> Any:
        args, kwargs = self._arguments
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Initializing zero-element tensors")
            return self._layer(features, *args, **kwargs)

    def _become(self, features: int) -> None:
        built = self._build(features).train(self.training)
        for registry in ("_parameters", "_buffers"):
            own = vars(self)[registry]
            for name, value in vars(built)[registry].items():
                if is_lazy(own[name]):
                    own[name].become(value.array)
            vars(built).update({registry: own} | own)
        hooks = self._table()
        hooks.loading = Hooks((k, hook) for k, hook in hooks.loading.items() if hook is not _become_for_state_dict)
        if not any(vars(hooks).values()):
            self.__dict__.pop("_hooks")
        del self._arguments
        self.__class__ = self._layer
        self.__setstate__(built.__dict__)

    def extra_repr(self) -> str:
        text: str = self._layer.extra_repr(self)
        return text


def _become_for_state_dict(module: Lazy, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """A pre-hook of `load_state_dict`: infer the number of features from the weight in the state dict."""
    weight = state.get(prefix + "weight", state.get(prefix + "running_mean"))
    if weight is not None and not is_lazy(weight):
        groups = module._arguments[1].get("groups", 1) if module._weight_dim == 1 else 1
        module._become(weight.shape[module._weight_dim] * groups)
