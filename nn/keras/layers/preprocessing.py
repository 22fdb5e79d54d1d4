"""Layers that scale features: Rescaling and Normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

import autograd
from autograd.core.tensor import Tensor
from autograd.tensorflow.data import Dataset
from autograd.tensorflow.tensors import EagerTensor, tensor_of

from ..symbols import Shape
from .base import Common
from .shapes import SameShape, SameShapeWithoutWeights, known_size


class Rescaling(SameShapeWithoutWeights):
    """x · scale + offset."""

    def __init__(self, scale: float, offset: float = 0.0, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.scale, self.offset = scale, offset

    def call(self, inputs: Tensor) -> Any:
        """The scaled values; integers become float32."""
        x = inputs if inputs.array.dtype.kind == "f" else autograd.Tensor.to(inputs, autograd.float32)
        return x * self.scale + self.offset


class Normalization(SameShape):
    """(x - mean) / √variance of every feature, with given statistics or those of the data passed to `adapt`.

    Args:
        axis: the axis, or axes, of the features; None for one mean and variance of all elements.
        mean, variance: numbers or arrays, in place of `adapt`.
        invert: whether to compute x · √variance + mean instead.

    Attributes:
        mean, variance: the statistics as tensors with the rank of the input, (1, features) for inputs (N, features);
            None before the first input shows its shape. Those of `adapt` are weights, which are saved and loaded.

    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0], [3.0]], "float32"))
    >>> layer(np.array([[2.0], [4.0]], "float32")).numpy().tolist(), layer.mean.numpy().tolist()
    ([[0.0], [2.0]], [[2.0]])
    """

    def __init__(
        self, axis: int | Sequence[int] | None = -1, mean: Any = None, variance: Any = None, invert: bool = False,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={mean} and variance={variance}"
            )
        super().__init__(**common)
        self.axis: tuple[int, ...] = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.invert = invert
        self._given = (
            None if mean is None else tuple(np.asarray(tensor_of(v).array, np.float32) for v in (mean, variance))
        )
        if self._given is not None and self._given[0].shape != self._given[1].shape:
            raise ValueError(
                "When setting values directly, `mean` and `variance` must have the same shape. Received: "
                f"mean shape {self._given[0].shape} and variance shape {self._given[1].shape}"
            )

    def build(self, input_shape: Shape) -> None:
        """Create the weights mean, variance and count, unless mean and variance are given."""
        ndim = len(input_shape)
        sizes = {axis % ndim: known_size(input_shape, axis, self) for axis in self.axis}
        self._broadcast_shape = tuple(sizes.get(i, 1) for i in range(ndim))
        self._reduced = tuple(i for i in range(ndim) if i not in sizes)
        if self._given is not None:
            return
        shape = tuple(sizes[i] for i in sorted(sizes))
        self.adapt_mean = self.add_weight(shape, "zeros", trainable=False, name="mean")
        self.adapt_variance = self.add_weight(shape, "ones", trainable=False, name="variance")
        self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")

    @property
    def mean(self) -> EagerTensor | None:
        """The means, with the rank of the input; None before the first input shows its shape."""
        return self._statistic(0)

    @property
    def variance(self) -> EagerTensor | None:
        """The variances, with the rank of the input; None before the first input shows its shape."""
        return self._statistic(1)

    def _statistic(self, index: int) -> EagerTensor | None:
        if not self.built:
            return None
        if self._given is None:
            return EagerTensor((self.adapt_mean, self.adapt_variance)[index].array.reshape(self._broadcast_shape))
        given = self._given[index]
        kept = [i for i, n in enumerate(self._broadcast_shape) if i not in self._reduced]
        shape = [1] * len(self._broadcast_shape)
        for i, n in zip(kept[::-1], given.shape[::-1]):
            shape[i] = n
        try:
            return EagerTensor(np.array(np.broadcast_to(given.reshape(shape), self._broadcast_shape)))
        except ValueError:
            raise ValueError(
                f"Layer {self.name!r}: mean and variance of shape {given.shape} do not fit features of shape "
                f"{tuple(self._broadcast_shape[i] for i in kept)}"
            ) from None

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy; what `adapt` computed is among the weights."""
        given = {n: v.tolist() for n, v in zip(("mean", "variance"), self._given or ())}
        return {**super().get_config(), "mean": None, "variance": None, **given, "axis": self.axis or None}

    def adapt(self, data: Any) -> None:
        """Compute the mean and variance of an array or a table, or of an iterable of batches, such as a Dataset.

        Raises:
            ValueError: mean and variance are given, there are no batches, or the features have another shape.
        """
        if self._given is not None:
            raise ValueError(f"Layer {self.name!r}: mean and variance are given, so that adapt() has no effect")
        whole = (
            hasattr(data, "__array__") or isinstance(data, list) and not any(hasattr(part, "shape") for part in data)
        )
        batches = (batch[0] if isinstance(batch, tuple) else batch for batch in ([data] if whole else data))
        arrays = [np.asarray(tensor_of(batch).array, np.float32) for batch in batches]
        if not arrays:
            raise ValueError("adapt() received no batches: pass an array, or an iterable of batches")
        of_samples = isinstance(data, Dataset) and arrays[0].ndim == 1  # a Dataset that is not batched
        array = (np.stack if of_samples else np.concatenate)(arrays)
        if not self.built:
            self._build_for(array.shape)
        kept = tuple(n for i, n in enumerate(array.shape) if i not in self._reduced)
        if array.ndim != len(self._broadcast_shape) or kept != self.adapt_mean.array.shape:
            raise ValueError(
                f"The layer was built with features of shape {self.adapt_mean.array.shape}, but adapt() is being "
                f"called with data of shape {array.shape}"
            )
        self.adapt_mean.assign(array.mean(self._reduced))
        self.adapt_variance.assign(array.var(self._reduced))

    def call(self, inputs: Tensor) -> Any:
        mean, variance = self.mean, self.variance
        assert mean is not None and variance is not None  # the layer is built
        deviation = EagerTensor(np.maximum(np.sqrt(variance.array), np.float32(1e-7)))
        return inputs * deviation + mean if self.invert else (inputs - mean) / deviation
