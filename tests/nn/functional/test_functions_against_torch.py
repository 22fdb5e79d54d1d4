"""Functions against PyTorch's: values, gradients and what they write, for every option and sizes that all differ."""

import warnings

import numpy as np
import pytest

import autograd
from tests.tools.answers import assert_alike, condensed

RNG = np.random.default_rng(0)


def N(*shape):
    return RNG.normal(size=shape)


def P(*shape):
    """Positive numbers."""
    return np.abs(RNG.normal(size=shape)) + 0.1


SEQUENCE, IMAGE, VOLUME = N(2, 4, 9), N(2, 4, 7, 6), N(2, 4, 5, 4, 6)
KINKS = np.array([-7.0, -3.0, -1.5, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 1.5, 3.0, 6.0, 7.0, 25.0])
WORDS = np.array([3, 1, 3, 0, 2, 3, 3, 5])
TABLE, LOGITS, CLASSES = N(6, 3), N(5, 4), np.array([1, 3, 0, 2, 1])
SPATIAL, SPATIAL_CLASSES = N(3, 4, 2), np.array([[1, 0], [-1, 3], [2, -1]])

CONVOLUTIONS = [
    ("conv1d", [SEQUENCE, N(6, 2, 3), N(6)], {"stride": 2, "padding": 3, "dilation": 2, "groups": 2}),
    ("conv1d", [SEQUENCE[0], N(3, 4, 4), N(3)], {"padding": "same", "dilation": 3}),
    ("conv1d", [SEQUENCE, N(3, 4, 9)], {"padding": "valid"}),
    ("conv2d", [IMAGE, N(6, 4, 3, 2), N(6)], {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 3)}),
    ("conv2d", [IMAGE[0], N(8, 1, 2, 5)], {"groups": 4, "padding": "same"}),
    ("conv3d", [VOLUME, N(2, 4, 3, 2, 1), N(2)], {"stride": (1, 2, 3), "padding": (2, 1, 0)}),
    ("conv3d", [VOLUME[1], N(4, 2, 2, 3, 4)], {"groups": 2, "padding": "same"}),
    ("conv_transpose1d", [SEQUENCE, N(4, 3, 4), N(6)], {"stride": 3, "padding": 2, "output_padding": 2, "groups": 2}),
    ("conv_transpose1d", [SEQUENCE[0], N(4, 3, 2), N(3)], {"dilation": 4, "output_padding": 3}),
    ("conv_transpose2d", [IMAGE, N(4, 3, 2, 3), N(3)], {"stride": (1, 3), "padding": (1, 0), "dilation": (2, 1)}),
    ("conv_transpose2d", [IMAGE[0], N(4, 1, 3, 2)], {"groups": 4, "stride": 2, "output_padding": (1, 0)}),
    (
        "conv_transpose3d",
        [VOLUME[:1], N(4, 1, 2, 1, 3), N(2)],
        {"groups": 2, "stride": (2, 1, 1), "padding": (0, 0, 1)},
    ),
]

POOLINGS = [
    ("max_pool1d", [SEQUENCE, 3, 2, 1], {"dilation": 2, "return_indices": True}),
    ("max_pool2d", [IMAGE, (3, 2)], {"stride": (2, 3), "padding": (1, 0), "ceil_mode": True, "return_indices": True}),
    ("max_pool3d", [VOLUME[0], (2, 3, 1)], {"stride": 2, "return_indices": True}),
    ("avg_pool1d", [SEQUENCE, 4, 3, 2, True], {}),
    ("avg_pool1d", [SEQUENCE[0], 4, 3, 2, False, False], {}),
    ("avg_pool1d", [SEQUENCE, 2], {}),
    ("avg_pool2d", [IMAGE, (3, 2), (2, 3), (1, 0), True, False], {}),
    ("avg_pool3d", [VOLUME, 2, 3, 1, True], {"divisor_override": 5}),
    ("lp_pool1d", [np.abs(SEQUENCE), 3, 4], {}),
    ("lp_pool2d", [np.abs(IMAGE), 2, (3, 2), (1, 2), True], {}),
    ("lp_pool3d", [np.abs(VOLUME[0]), 3, (2, 1, 3)], {"stride": 2}),
    ("adaptive_avg_pool2d", [IMAGE, (3, 4)], {}),
    ("adaptive_max_pool2d", [IMAGE, (3, 4)], {"return_indices": True}),
    ("max_unpool1d", [N(1, 2, 3), np.array([[[0, 3, 5], [1, 2, 7]]]), 2, 3], {}),
    ("max_unpool1d", [N(2, 3), np.array([[0, 3, 5], [1, 2, 6]]), 2], {"stride": 3, "padding": 0, "output_size": (9,)}),
    ("max_unpool2d", [N(1, 1, 2, 2), np.array([[[[0, 3], [10, 11]]]]), (2, 3), 2, (0, 1)], {}),
    ("max_unpool3d", [N(1, 2, 1, 1, 2), np.array([[[[[1, 17]]], [[[0, 8]]]]]), (3, 2, 2)], {"output_size": (3, 2, 5)}),
]

NORMALIZATIONS = [
    ("batch_norm", [IMAGE, None, None, P(4), N(4)], {"training": True, "eps": 0.5}),
    ("batch_norm", [SEQUENCE, None, None, P(4)], {"training": True}),
    ("batch_norm", [N(5, 3), None, None, None, N(3)], {"training": True}),
    ("batch_norm", [IMAGE], {"running_mean": N(4), "running_var": P(4), "training": True, "momentum": 0.3}),
    ("batch_norm", [IMAGE], {"running_mean": N(4), "running_var": P(4), "training": True}),
    ("batch_norm", [IMAGE], {"running_mean": N(4), "running_var": P(4), "eps": 0.25}),
    ("batch_norm", [N(5, 3)], {"running_mean": N(3), "running_var": P(3), "weight": N(3)}),
    ("batch_norm", [N(5, 3)], {"running_mean": N(3), "running_var": P(3), "weight": N(3), "bias": N(3)}),
    ("batch_norm", [N(0, 3)], {"running_mean": N(3), "running_var": P(3), "training": True}),
    ("instance_norm", [IMAGE], {"running_mean": N(4), "running_var": P(4), "momentum": 0.3, "eps": 0.5}),
    ("instance_norm", [SEQUENCE], {"running_mean": N(4), "running_var": P(4), "weight": N(4), "bias": N(4)}),
    ("instance_norm", [IMAGE], {"running_mean": N(4), "running_var": P(4), "use_input_stats": False, "weight": N(4)}),
    ("instance_norm", [N(2, 3, 2)], {}),
    ("group_norm", [N(3, 6, 2, 4), 2, P(6), N(6), 0.3], {}),
    ("group_norm", [N(3, 6), 3, P(6)], {}),
    ("group_norm", [N(1, 6, 5), 6], {"bias": N(6)}),
    ("layer_norm", [IMAGE, (7, 6), P(7, 6), N(7, 6), 0.2], {}),
    ("layer_norm", [IMAGE, (6,)], {"bias": N(6)}),
    ("rms_norm", [IMAGE, (7, 6), P(7, 6), 0.2], {}),
    ("rms_norm", [IMAGE * 1e-9, (6,)], {}),
    ("local_response_norm", [IMAGE, 2, 0.5, 0.6, 1.5], {}),
    ("local_response_norm", [SEQUENCE * 30, 3], {}),
    ("normalize", [IMAGE], {}),
    ("normalize", [IMAGE, 3.0, 2], {}),
    ("normalize", [N(3, 4) * 0.1, 1.0, 0, 0.3], {}),
]

VECTORS = [
    ("bilinear", [N(2, 5, 3), N(2, 5, 4), N(6, 3, 4), N(6)], {}),
    ("bilinear", [N(3), N(4), N(2, 3, 4)], {}),
    ("cosine_similarity", [N(3, 4, 5), N(4, 1)], {}),
    # PyTorch's gradient does not see that a small norm was replaced: values only
    ("cosine_similarity", [], {"x1": N(3, 4) * 0.1, "x2": N(3, 4), "dim": 0, "eps": 0.2}),
    ("cosine_similarity", [], {"x1": N(3, 4), "x2": N(3, 4) * 0.1, "eps": 0.3}),
    ("pairwise_distance", [N(3, 4), N(4)], {}),
    ("pairwise_distance", [N(3, 4), N(3, 4), 1.0, 0.5, True], {}),
    ("pdist", [N(5, 3)], {}),
    ("pdist", [N(4, 3), 3.0], {}),
    ("pdist", [N(4, 3), 1.0], {}),
    ("pixel_shuffle", [N(2, 3, 18, 2, 4), 3], {}),
    ("pixel_unshuffle", [N(2, 3, 2, 6, 9), 3], {}),
    ("channel_shuffle", [N(2, 6, 3, 4), 3], {}),
    ("affine_grid", [N(2, 2, 3), (2, 1, 4, 3)], {"align_corners": True}),
    ("affine_grid", [N(2, 2, 3), (2, 1, 4, 3)], {"align_corners": False}),
    ("affine_grid", [N(1, 3, 4), (1, 2, 2, 4, 3)], {"align_corners": False}),
    ("affine_grid", [N(1, 3, 4), (1, 2, 2, 4, 3)], {"align_corners": True}),
]

EMBEDDINGS = [
    ("embedding", [WORDS, TABLE], {"padding_idx": 3}),
    ("embedding", [WORDS.reshape(2, 4), TABLE], {"padding_idx": -1, "scale_grad_by_freq": True}),
    ("embedding", [WORDS], {"weight": TABLE, "max_norm": 1.2}),
    ("embedding", [WORDS], {"weight": TABLE * 3, "max_norm": 2.0, "norm_type": 1.0}),
    *[("embedding_bag", [WORDS.reshape(2, 4), TABLE], {"mode": mode}) for mode in ("sum", "mean", "max")],
    *[("embedding_bag", [WORDS, TABLE, np.array([0, 3, 3, 4])], {"mode": mode, "padding_idx": 3})
      for mode in ("sum", "mean", "max")],
    *[("embedding_bag", [WORDS, TABLE, np.array([0, 1, 5, 8])], {"mode": mode, "include_last_offset": True})
      for mode in ("sum", "mean", "max")],
    ("embedding_bag", [WORDS], {"weight": TABLE, "offsets": np.array([0, 2]), "max_norm": 1.0, "norm_type": 1.0}),
    ("embedding_bag", [WORDS], {"weight": TABLE, "offsets": np.array([0, 2]), "max_norm": 1.0}),
    ("embedding_bag", [WORDS.reshape(4, 2), TABLE, None, None, 2.0, False, "sum", False, N(4, 2)], {}),
    ("embedding_bag", [WORDS, TABLE, np.array([0, 6]), None, 2.0, False, "sum", False, N(8)], {"padding_idx": 0}),
]  # fmt: skip

#: Activations, at the points where their formulas change.
ACTIVATIONS = [
    *[(name, [KINKS], {}) for name in (
        "celu", "elu", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish",
        "relu", "relu6", "rrelu", "selu", "sigmoid", "silu", "softplus", "softshrink", "softsign", "tanh", "tanhshrink",
    )],
    *[(name, [KINKS.astype(np.float32)], {}) for name in ("gelu", "hardswish", "mish", "selu", "softplus", "elu")],
    ("celu", [KINKS, 0.5], {}), ("elu", [KINKS, 2.0], {}), ("gelu", [KINKS, ], {"approximate": "tanh"}),
    ("hardshrink", [KINKS, 0.25], {}), ("hardtanh", [KINKS, -3.0, 0.5], {}), ("leaky_relu", [KINKS, 0.3], {}),
    ("rrelu", [KINKS, 0.25, 0.5], {}), ("softplus", [KINKS, 2.0, 3.0], {}), ("softplus", [KINKS, 0.5], {}),
    ("softshrink", [KINKS, 0.25], {}), ("threshold", [KINKS, 0.5, -2.0], {}), ("threshold", [KINKS, -1, 4], {}),
    ("prelu", [N(2, 3, 4), N(3)], {}), ("prelu", [KINKS, N(1)], {}), ("prelu", [N(2, 3), N(3)], {}),
    ("glu", [N(3, 4)], {}), ("glu", [N(4, 3), 0], {}), ("glu", [N(2, 4, 3), -2], {}),
    *[(name, [N(3, 4, 2), dim], {}) for name in ("softmax", "log_softmax", "softmin") for dim in (0, 1, -1)],
    *[(name, [N(*shape)], {}) for name in ("softmax", "log_softmax", "softmin")
      for shape in ((), (3,), (2, 3), (2, 3, 4), (2, 3, 4, 2))],
    ("softmax", [N(3, 4).astype(np.float32), 1], {}),
]  # fmt: skip

L, S, E = 3, 5, 4
MASKED = np.triu(np.ones((L, S), bool), 2)
ATTENTIONS = [
    *[("scaled_dot_product_attention", [N(2, 2, L, E), N(2, 2, S, E), N(2, 2, S, 6)], options) for options in (
        {}, {"scale": 0.3}, {"is_causal": True}, {"attn_mask": ~MASKED}, {"attn_mask": N(L, S)},
        {"attn_mask": np.where(MASKED, -np.inf, 0.5)}, {"attn_mask": ~MASKED & (np.arange(L) != 1)[:, None]},
        {"attn_mask": N(2, 1, L, S)},
    )],
    ("scaled_dot_product_attention", [N(2, 6, L, E), N(2, 2, S, E), N(2, 3, S, E)], {"enable_gqa": True}),
    ("scaled_dot_product_attention", [N(2, 6, L, E), N(2, 2, S, E), N(2, 2, S, E)],
     {"enable_gqa": True, "is_causal": True}),
]  # fmt: skip

LOSSES = [
    *[(name, [LOGITS, CLASSES], options) for name in ("cross_entropy", "nll_loss") for options in
      ({}, {"weight": P(4)}, {"ignore_index": 1}, {"ignore_index": 3, "weight": P(4)})],
    *[(name, [SPATIAL, SPATIAL_CLASSES], {"ignore_index": -1, "weight": P(4)})
      for name in ("cross_entropy", "nll_loss")],
    ("nll_loss", [LOGITS, CLASSES], {"weight": -P(4)}),
    *[(name, [LOGITS[0], np.array(2)], {"weight": P(4)}) for name in ("cross_entropy", "nll_loss")],
    *[("cross_entropy", [LOGITS, CLASSES], {"label_smoothing": 0.3} | options) for options in
      ({}, {"weight": P(4)}, {"ignore_index": 1}, {"ignore_index": 1, "weight": P(4)})],
    ("cross_entropy", [LOGITS, CLASSES], {"label_smoothing": 1.0}),
    ("cross_entropy", [LOGITS[0], np.array(2)], {"label_smoothing": 0.3, "weight": P(4)}),
    ("cross_entropy", [SPATIAL, SPATIAL_CLASSES], {"label_smoothing": 0.3, "ignore_index": -1, "weight": P(4)}),
    *[("cross_entropy", [LOGITS, P(5, 4)], options) for options in
      ({}, {"weight": P(4)}, {"label_smoothing": 0.3}, {"label_smoothing": 0.3, "weight": P(4)})],
    *[("cross_entropy", [x, P(*x.shape)], {"label_smoothing": 0.3, "weight": P(4)}) for x in (LOGITS[0], SPATIAL)],
    ("binary_cross_entropy", [np.array([0.0, 0.25, 0.5, 1.0, 1.0]), np.array([0.0, 0.5, 1.0, 1.0, 0.25])], {}),
    ("binary_cross_entropy", [RNG.random((3, 4)), RNG.random((3, 4))], {"weight": P(4)}),
    ("binary_cross_entropy_with_logits", [N(3, 4), RNG.random((3, 4))], {"weight": P(3, 1)}),
    ("binary_cross_entropy_with_logits", [N(3, 4), RNG.random((3, 4))], {"weight": P(4), "pos_weight": P(4)}),
    ("kl_div", [-P(3, 4)], {"target": np.array([[0.0, 0.5, 1.0, 2.0]] * 3)}),
    ("kl_div", [-P(3, 4), -P(3, 4)], {"log_target": True}),
    *[(name, [KINKS, np.zeros(15)], options) for name, options in (
        ("huber_loss", {}), ("huber_loss", {"delta": 3.0}), ("huber_loss", {"delta": 0.5, "weight": P(15)}),
        ("smooth_l1_loss", {}), ("smooth_l1_loss", {"beta": 3.0}), ("smooth_l1_loss", {"beta": 0.0}), ("l1_loss", {}),
        ("mse_loss", {}), ("mse_loss", {"weight": P(15)}), ("l1_loss", {"weight": P(15)}),
    )],
    ("gaussian_nll_loss", [N(3, 4), N(3, 4), P(3)], {"full": True, "eps": 0.5}),
    ("poisson_nll_loss", [P(3, 4)], {"target": np.array([[0.0, 1.0, 2.0, 5.0]] * 3), "full": True}),
    ("poisson_nll_loss", [P(3, 4), P(3, 4)], {"log_input": False, "eps": 0.5}),
]  # fmt: skip

REDUCED = [
    (name, arrays, {"reduction": reduction, **options})
    for name, arrays, options in LOSSES
    for reduction in ("none", "sum", "mean", *(["batchmean"] if name == "kl_div" else []))
]
CASES = [
    *CONVOLUTIONS, *POOLINGS, *NORMALIZATIONS, *VECTORS, *EMBEDDINGS, *ACTIVATIONS, *ATTENTIONS, *REDUCED,
]  # fmt: skip


def results(library, name, arguments, options):
    """The outputs, the gradients of the arguments, and the options that are tensors, which some functions change."""
    leaf = lambda x: library.tensor(x, requires_grad=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x
    xs = [leaf(x) for x in arguments]
    given = {key: library.tensor(x) if isinstance(x, np.ndarray) else x for key, x in options.items()}
    out = getattr(library.nn.functional, name)(*xs, **given)
    outs, random = out if isinstance(out, tuple) else (out,), np.random.default_rng(0)
    cotangents = [library.tensor(random.normal(size=tuple(x.shape)).astype("float64")).to(x.dtype) for x in outs]
    total = sum((x * g).sum() for x, g in zip(outs, cotangents) if x.requires_grad)
    if hasattr(total, "backward"):
        total.backward()
    gradients = [x.grad for x in xs if hasattr(x, "grad")]
    return condensed([list(outs), gradients, [x for x in given.values() if hasattr(x, "grad")]])


def all_results(library, cases):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # tested in `transcripts`
        return [results(library, *case) for case in cases]


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_values_gradients_and_changed_tensors_agree_with_pytorchs(name, answers):
    cases = [case for case in CASES if case[0] == name]
    ours, theirs = all_results(autograd, cases), answers("torch", all_results, cases)
    for (_, arguments, options), found, expected in zip(cases, ours, theirs, strict=True):
        single = any(isinstance(x, np.ndarray) and x.dtype == np.float32 for x in arguments)
        assert_alike(found, expected, rtol=1e-5 if single else 1e-7, atol=1e-6 if single else 1e-12, where=str(options))
