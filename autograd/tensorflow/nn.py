"""`tf.nn`: activations, losses on logits, convolution, pooling, normalization and dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.tensor import Tensor, wrap
from ..ops.creation.random import draw_uniform
from ..ops.elementwise import arithmetic, elementary, selection
from ..ops.fused import softmax as softmaxes
from ..ops.reduce import reductions
from ..ops.shape import indexing, reshape
from ..ops.special import error_function
from ..ops.window import convolution, pooling
from ..ops.window.geometry import Geometry
from .arranging import gather
from .counting import in_top_k, zero_fraction
from .creation import sizes_of
from .elementwise import cast, floats, pair, sigmoid, softplus, squared_difference, tanh
from .errors import invalid
from .products import clip_by_norm, l2_normalize
from .random import generator_of
from .reductions import axis_of, reduce_mean, top_k
from .tensors import EagerTensor, checked, described, operation, tensor_of

__all__ = [
    "avg_pool", "avg_pool2d", "batch_normalization", "bias_add", "conv1d", "conv2d", "conv2d_transpose",
    "depthwise_conv2d", "dropout", "elu", "embedding_lookup", "gelu", "in_top_k", "l2_loss", "l2_normalize",
    "leaky_relu", "log_softmax", "max_pool", "max_pool2d", "moments", "relu", "relu6", "selu", "sigmoid",
    "sigmoid_cross_entropy_with_logits", "silu", "softmax", "softmax_cross_entropy_with_logits", "softplus", "softsign",
    "sparse_softmax_cross_entropy_with_logits", "swish", "tanh", "top_k", "weighted_cross_entropy_with_logits",
    "zero_fraction",
]  # fmt: skip


# -- activations -----------------------------------------------------------------------------------------


def _activation(
    op: str, function: Callable[[EagerTensor], Tensor], doc: str, kinds: str = "f"
) -> Callable[..., EagerTensor]:
    @described(op.lower(), doc)
    @operation(op)
    def activation(features: Any, name: str | None = None) -> Tensor:
        return function(floats(op, features, kinds))

    return activation


def _relu6(x: EagerTensor) -> Tensor:
    inside = (x.array > 0) & (x.array < 6)
    return selection.where(inside, x, np.clip(x.array, 0, 6))


def _scaled_elu(x: EagerTensor, alpha: float, scale: float) -> Tensor:
    """scale · x above 0, scale · alpha · (eˣ - 1) below."""
    below = x.array < 0
    curve = elementary.expm1(selection.where(below, x, 0.0))
    return selection.where(below, curve * alpha, wrap(x.array, x.node)) * scale


#: alpha and scale of selu (Klambauer et al., 2017), which keep mean 0 and variance 1.
_SELU = 1.6732632423543772, 1.0507009873554805

relu = _activation("Relu", selection.relu, "max(x, 0); the gradient at 0 is 0.", "iuf")
relu6 = _activation("Relu6", _relu6, "x limited to [0, 6]; the gradient at the bounds is 0.", "iuf")
elu = _activation("Elu", lambda x: _scaled_elu(x, 1.0, 1.0), "x above 0, eˣ - 1 below.")
selu = _activation("Selu", lambda x: _scaled_elu(x, *_SELU), "The scaled elu that preserves mean and variance.")
softsign = _activation(
    "Softsign", lambda x: arithmetic.true_divide(x, arithmetic.add(arithmetic.abs(x), 1)), "x / (1 + |x|)."
)


@operation("LeakyRelu")
def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """x above 0, alpha · x at 0 and below."""
    x = floats("LeakyRelu", features, "iuf")
    x = x if x.array.dtype.kind == "f" else cast(x, "float32")
    # TensorFlow rounds alpha to float32 whatever the dtype of x.
    return selection.where(x.array > 0, x, arithmetic.mul(x, float(np.float32(alpha))))


@operation("Silu")
def silu(features: Any, beta: Any = 1.0) -> Tensor:
    """x · sigmoid(beta · x)."""
    x = floats("Silu", features, "f")
    return arithmetic.mul(x, elementary.sigmoid(arithmetic.mul(*pair("Mul", x, beta))))


swish = silu


@operation("Gelu")
def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Tensor:
    """x · Φ(x), where Φ is the standard normal distribution function, or its approximation by tanh."""
    x = floats("Gelu", features, "f")
    t = wrap(x.array, x.node)
    if approximate:
        return t * (elementary.tanh((t * t * t * 0.044715 + t) * (2 / np.pi) ** 0.5) + 1) * 0.5
    return t * (error_function.erf(t * 2**-0.5) + 1) * 0.5


@operation("Softmax")
def softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """exp(x) / Σ exp(x) along an axis, by default the last.

    >>> print(softmax([0.0, 0.0]))
    tf.Tensor([0.5 0.5], shape=(2,), dtype=float32)
    """
    return softmaxes.softmax(floats("Softmax", logits, "f"), -1 if axis is None else axis_of(axis))


@operation("LogSoftmax")
def log_softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """The logarithm of the softmax, without overflow."""
    return softmaxes.log_softmax(floats("LogSoftmax", logits, "f"), -1 if axis is None else axis_of(axis))


# -- losses on logits ------------------------------------------------------------------------------------


@operation("SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """-Σ labels · log softmax(logits) along an axis: the loss of each example."""
    y, x = pair("SoftmaxCrossEntropyWithLogits", labels, floats("SoftmaxCrossEntropyWithLogits", logits, "f"))
    if x.array.shape != y.array.shape:
        raise RuntimeError(
            f"logits and labels must be broadcastable: logits_size={list(x.array.shape)} "
            f"labels_size={list(y.array.shape)}"
        )
    axis = -1 if axis is None else axis_of(axis)
    products = arithmetic.mul(y, softmaxes.log_softmax(x, axis))
    return arithmetic.neg(reductions.sum(products, axis))


@operation("SparseSoftmaxCrossEntropyWithLogits")
def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Tensor:
    """-log softmax(logits) at the label: the loss of each example.

    Args:
        labels: class numbers (*).
        logits: (*, classes).

    Raises:
        InvalidArgumentError: a label is not in [0, classes).
        ValueError: the shapes do not fit.

    >>> print(sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[0.0, 0.0]]))
    tf.Tensor([0.6931472], shape=(1,), dtype=float32)
    """
    x, y = floats("SparseSoftmaxCrossEntropyWithLogits", logits, "f"), tensor_of(labels)
    if y.array.dtype.kind not in "iu":
        raise RuntimeError(f"labels must be integers, but have dtype {y.dtype.name}")
    if x.array.shape[:-1] != y.array.shape:
        raise ValueError(
            "`labels.shape` must equal `logits.shape` except for the last dimension. Received: labels.shape="
            f"{tuple(y.array.shape)} and logits.shape={tuple(x.array.shape)}"
        )
    classes = np.asarray(y.array)
    wrong = (classes < 0) | (classes >= x.array.shape[-1])
    if wrong.any():
        raise RuntimeError(
            f"Received a label value of {classes[wrong][0]} which is outside the valid range of "
            f"[0, {x.array.shape[-1]})"
        )
    index = wrap(classes[..., None].astype(np.int64))
    return arithmetic.neg(reshape.squeeze(indexing.gather(softmaxes.log_softmax(x, -1), -1, index), -1))


@operation("SigmoidCrossEntropyWithLogits")
def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Tensor:
    """-z log sigmoid(x) - (1 - z) log(1 - sigmoid(x)), elementwise, for labels z and logits x."""
    z, x = _of_one_shape("SigmoidCrossEntropyWithLogits", labels, logits)
    return arithmetic.sub(softplus(x), arithmetic.mul(x, z))


@operation("WeightedCrossEntropyWithLogits")
def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: str | None = None) -> Tensor:
    """The sigmoid cross entropy with the term of positive labels multiplied by `pos_weight`."""
    z, x = _of_one_shape("WeightedCrossEntropyWithLogits", labels, logits)
    factor = (pos_weight - 1.0) * z + 1.0
    return (1.0 - z) * x + factor * softplus(-x)


def _of_one_shape(op: str, labels: Any, logits: Any) -> tuple[EagerTensor, EagerTensor]:
    z, x = pair(op, labels, floats(op, logits, "f"))
    if z.array.shape != x.array.shape:
        raise ValueError(f"`logits` and `labels` must have the same shape, received ({x.shape} vs {z.shape}).")
    return z, x


@operation("L2Loss")
def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Half the sum of the squares of all elements."""
    return arithmetic.mul(reductions.sum(arithmetic.square(floats("L2Loss", t, "f"))), 0.5)


# -- images ------------------------------------------------------------------------------------------------


def _height_and_width(argument: str, value: Any) -> tuple[int, int]:
    """Sizes along height and width, from one number, two, or one for each of the four axes."""
    values = sizes_of(value)
    if len(values) == 4:
        values = values[1:3]
    if len(values) not in (1, 2):
        raise ValueError(f"{argument} must be of length 1, 2 or 4, but is {value!r}")
    return values[0], values[-1]


def windows_of(
    op: str, shape: Any, kernel: tuple[int, ...], strides: Any, padding: Any, dilations: Any = 1, groups: int = 1
) -> Geometry:
    """The windows of a kernel on images (N, H, W, C).

    "SAME" pads so that the output has size ceil(input / stride); if the padding is odd, one more is at the end.
    """
    if len(shape) != 4:
        raise invalid(op, f"input must be 4-dimensional, (N, H, W, C), but its shape is {tuple(shape)}")
    size = tuple(shape[1:3])
    step, dilation = _height_and_width("strides", strides), _height_and_width("dilations", dilations)
    extent = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    if padding == "SAME":
        out = tuple(-(-n // s) for n, s in zip(size, step))
        total = [max((m - 1) * s + e - n, 0) for n, m, s, e in zip(size, out, step, extent)]
        border = tuple((t // 2, t - t // 2) for t in total)
    elif padding == "VALID" or isinstance(padding, (list, tuple)):
        border = tuple((int(a), int(b)) for a, b in padding[1:3]) if not isinstance(padding, str) else ((0, 0),) * 2
        out = tuple((n + sum(b) - e) // s + 1 for n, b, e, s in zip(size, border, extent, step))
        if min(out) < 1:
            raise invalid(op, f"Computed output size would be negative: input {size}, window {tuple(extent)}")
    else:
        raise ValueError(f'padding must be "SAME", "VALID" or a list of pairs, but is {padding!r}')
    return Geometry(size, tuple(kernel), out, step, border, dilation, groups)


def _channels_first(x: Tensor) -> Tensor:
    return reshape.permute(x, (0, 3, 1, 2))


def _channels_last(x: Tensor) -> Tensor:
    return reshape.permute(x, (0, 2, 3, 1))


def _check_format(data_format: str | None) -> None:
    if data_format not in (None, "NHWC"):
        raise ValueError(
            f'data_format {data_format!r} is not supported, only "NHWC": move the channels with tf.transpose'
        )


@operation("Conv2D")
def conv2d(
    input: Any, filters: Any, strides: Any, padding: Any, data_format: str | None = "NHWC", dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The convolution (cross-correlation) of images with filters.

    Args:
        input: (N, H, W, C).
        filters: (KH, KW, C / groups, O).
        strides, dilations: one number, two for height and width, or four for all axes.
        padding: "VALID", "SAME", or a pair (before, after) for each of the four axes.

    Returns:
        (N, H', W', O).

    Raises:
        InvalidArgumentError: the shapes do not fit.

    >>> conv2d(np.ones((1, 5, 5, 3), "f"), np.ones((2, 2, 3, 4), "f"), strides=2, padding="SAME").shape
    TensorShape([1, 3, 3, 4])
    """
    _check_format(data_format)
    x, w = pair("Conv2D", input, filters)
    if w.array.ndim != 4:
        raise RuntimeError(f"filter must be 4-dimensional, (KH, KW, C, O), but its shape is {tuple(w.array.shape)}")
    if not w.array.size:
        raise RuntimeError(f"filter must not have zero elements, but its shape is {tuple(w.array.shape)}")
    channels = x.array.shape[-1] if x.array.ndim else 0
    groups = channels // w.array.shape[2] if w.array.shape[2] else 0
    geometry = windows_of("Conv2D", x.array.shape, w.array.shape[:2], strides, padding, dilations or 1, groups)
    if groups * w.array.shape[2] != channels or not groups or w.array.shape[3] % groups:
        raise RuntimeError(
            f"input depth must be evenly divisible by filter depth: {channels} vs {w.array.shape[2]} (shapes "
            f"{tuple(x.array.shape)} and {tuple(w.array.shape)})"
        )
    return _channels_last(convolution.convolve(_channels_first(x), reshape.permute(w, (3, 2, 0, 1)), None, geometry))


@operation("DepthwiseConv2dNative")
def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: Any, data_format: str | None = None, dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The convolution of each channel with its own filters: (N, H, W, C) and (KH, KW, C, M) give (N, H', W', C · M)."""
    x, w = pair("DepthwiseConv2dNative", input, filter)
    if w.array.ndim != 4 or w.array.shape[2] != x.array.shape[-1]:
        raise RuntimeError(
            f"filter must have shape (KH, KW, channels, multiplier), but has shape {tuple(w.array.shape)} for an "
            f"input of shape {tuple(x.array.shape)}"
        )
    height, width, channels, multiplier = w.array.shape
    grouped = reshape.reshape(w, (height, width, 1, channels * multiplier))
    return conv2d(x, grouped, strides, padding, data_format, dilations or 1)


@operation("Conv2D")
def conv1d(
    input: Any, filters: Any, stride: Any, padding: Any, data_format: str | None = "NWC", dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The convolution (cross-correlation) of sequences (N, W, C) with filters (K, C, O)."""
    if data_format not in (None, "NWC"):
        raise ValueError(f'data_format {data_format!r} is not supported, only "NWC"')
    x, w = pair("Conv2D", input, filters)
    if x.array.ndim != 3 or w.array.ndim != 3:
        raise RuntimeError(f"expected input (N, W, C) and filters (K, C, O), but got shapes {x.shape} and {w.shape}")
    step, dilation = ((1, int(np.ravel(v)[0])) for v in (stride, dilations or 1))
    out = conv2d(reshape.unsqueeze(x, 1), reshape.unsqueeze(w, 0), step, padding, dilations=dilation)
    return reshape.squeeze(out, 1)


@operation("Conv2DBackpropInput")
def conv2d_transpose(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any = "SAME", data_format: str | None = "NHWC",
    dilations: Any = None, name: str | None = None,
) -> Tensor:  # fmt: skip
    """The transpose of `conv2d`: images of `output_shape` from (N, H, W, C) and filters (KH, KW, O, C)."""
    _check_format(data_format)
    x, w = pair("Conv2DBackpropInput", input, filters)
    sizes = sizes_of(output_shape)
    geometry = windows_of("Conv2DBackpropInput", sizes, w.array.shape[:2], strides, padding, dilations or 1)
    if geometry.out != x.array.shape[1:3] or w.array.shape[3] != x.array.shape[3] or w.array.shape[2] != sizes[3]:
        raise RuntimeError(
            f"a convolution of images of shape {sizes} with filters of shape {tuple(w.array.shape)} has images of "
            f"{geometry.out} with {w.array.shape[3]} channels, but the input has shape {tuple(x.array.shape)}"
        )
    return _channels_last(convolution.convolve_input(_channels_first(x), reshape.permute(w, (3, 2, 0, 1)), geometry))


@operation("MaxPool")
def max_pool2d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str | None = "NHWC", name: str | None = None
) -> Tensor:
    """The maximum of each window of images (N, H, W, C); at a tie the gradient goes to the first element."""
    _check_format(data_format)
    x = tensor_of(input)
    geometry = windows_of("MaxPool", x.array.shape, _height_and_width("ksize", ksize), strides, padding)
    return _channels_last(pooling.max_windows(_channels_first(x), geometry))


@operation("AvgPool")
def avg_pool2d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str | None = "NHWC", name: str | None = None
) -> Tensor:
    """The mean of each window of images (N, H, W, C), not counting the padding."""
    _check_format(data_format)
    x = floats("AvgPool", input, "f")
    geometry = windows_of("AvgPool", x.array.shape, _height_and_width("ksize", ksize), strides, padding)
    counts: Any = pooling.mean_windows(np.ones((1, 1, *geometry.size), x.array.dtype), 1, geometry)
    return _channels_last(pooling.mean_windows(_channels_first(x), counts, geometry))


def max_pool(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str | None = None, name: str | None = None
) -> EagerTensor:
    """The maximum of each window of images (N, H, W, C), as `max_pool2d`."""
    return max_pool2d(input, ksize, strides, padding, data_format)


def avg_pool(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str | None = None, name: str | None = None
) -> EagerTensor:
    """The mean of each window of images (N, H, W, C), as `avg_pool2d`."""
    return avg_pool2d(input, ksize, strides, padding, data_format)


# -- biases, normalization, dropout, embedding ----------------------------------------------------------------


@operation("BiasAdd")
def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """Add a bias to each channel, along the last axis.

    Raises:
        InvalidArgumentError: `bias` is not a vector with an element for each channel.
    """
    x, b = pair("BiasAdd", value, bias)
    if b.array.ndim != 1 or x.array.ndim < 2 or b.array.shape[0] != x.array.shape[-1]:
        raise RuntimeError(
            f"Must provide as many biases as the last dimension of the input tensor: {tuple(b.array.shape)} vs. "
            f"{tuple(x.array.shape)}"
        )
    return arithmetic.add(x, b)


@operation("Dropout")
def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None) -> Tensor:
    """Set elements to 0 with probability `rate`, and divide the others by 1 - rate.

    Raises:
        ValueError: `rate` is not in [0, 1).
    """
    t, p = pair("Dropout", floats("Dropout", x, "f"), rate)
    if p.array.ndim or not 0 <= p.array < 1:
        raise ValueError(f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}")
    if p.array == 0 and not isinstance(rate, Tensor):
        return reshape.reshape(t, t.array.shape)
    sizes = t.array.shape if noise_shape is None else noise_shape
    shape = [n if m in (None, -1) else int(m) for n, m in zip(t.array.shape, sizes, strict=True)]
    kept = draw_uniform(tuple(shape), np.dtype(np.float32), generator_of(seed)) >= p.array
    return selection.where(kept, arithmetic.true_divide(t, arithmetic.sub(1.0, p)), 0.0)


@checked("Moments")
def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[EagerTensor, EagerTensor]:
    """The mean and the variance along axes, in the dtype of `x`; `shift` has no effect, as in TensorFlow."""
    t = tensor_of(x)
    values = cast(t, "float32") if t.array.dtype == np.float16 else t
    center = EagerTensor(reduce_mean(values, axes, keepdims=True).array)  # Σ (x - mean) = 0: its gradient is 0
    found = reduce_mean(values, axes, keepdims), reduce_mean(squared_difference(values, center), axes, keepdims)
    mean, variance = (cast(part, t.dtype) for part in found)
    return mean, variance


@operation("BatchNormalization")
def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: float, name: str | None = None
) -> Tensor:
    """(x - mean) / √(variance + variance_epsilon) · scale + offset; `scale` and `offset` may be None."""
    t = tensor_of(x)
    factor = elementary.rsqrt(arithmetic.add(*pair("AddV2", variance, variance_epsilon)))
    factor = factor if scale is None else arithmetic.mul(factor, tensor_of(scale))
    out = arithmetic.mul(arithmetic.sub(t, tensor_of(mean)), factor)
    return out if offset is None else arithmetic.add(out, tensor_of(offset))


@operation("GatherV2")
def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: str | None = None) -> Tensor:
    """The rows of `params` with the numbers `ids`.

    Args:
        max_norm: the largest Euclidean norm of a row; longer ones are scaled down to it.

    Raises:
        InvalidArgumentError: an id is out of range.
    """
    rows = gather(params, ids)
    if max_norm is None:
        return rows
    return clip_by_norm(rows, max_norm, list(range(tensor_of(ids).array.ndim, rows.array.ndim)))
