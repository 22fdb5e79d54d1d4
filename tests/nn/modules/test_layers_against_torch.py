"""Layers against PyTorch's: the repr, the state dict's keys, outputs, gradients and buffers for the same weights."""

import numpy as np
import pytest

import autograd
import nn
from tests.tools.answers import assert_alike, condensed, filled, outcome, plain

RNG = np.random.default_rng(0)


N = RNG.normal


SENTENCES = [N(size=(5, 2, 4)), N(size=(3, 2, 4))]


VOLUME = N(size=(2, 4, 5, 4, 3))


IMAGE, SEQUENCE = N(size=(2, 4, 7, 6)), N(size=(5, 2, 3))


WORDS = RNG.integers(0, 7, (4, 5))


#: A layer's name, its arguments, and the inputs to call it with.
CASES = [
    *[("Conv2d", (4, 6, 3), {"padding": (2, 1), "dilation": (2, 1), "stride": 2, "padding_mode": mode}, [IMAGE])
      for mode in ("zeros", "reflect", "replicate", "circular")],
    ("Conv2d", (4, 6, (3, 1)), {"padding": "same", "dilation": 2, "groups": 2, "padding_mode": "circular"}, [IMAGE]),
    ("Conv1d", (4, 2, 3), {"padding": 1, "bias": False}, [IMAGE[0, :, :, 0]]),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2, "groups": 2, "dilation": 2}, [IMAGE[..., 0]]),
    ("ConvTranspose2d", (4, 6, 3), {"stride": 2, "padding": 1, "output_padding": 1}, [IMAGE]),
    *[("BatchNorm2d", (4,), options, [IMAGE]) for options in
      ({}, {"momentum": None}, {"affine": False}, {"track_running_stats": False}, {"bias": False})],
    ("BatchNorm1d", (3,), {}, [N(size=(4, 3))]),
    ("BatchNorm1d", (4,), {"eps": 0.1}, [IMAGE[..., 0]]),
    ("InstanceNorm1d", (4,), {"affine": True, "track_running_stats": True}, [IMAGE[..., 0]]),
    ("InstanceNorm2d", (4,), {}, [IMAGE]),
    ("LayerNorm", ((7, 6),), {}, [IMAGE]),
    ("LayerNorm", (6,), {"bias": False}, [IMAGE]),
    ("RMSNorm", (6,), {}, [IMAGE]),
    ("GroupNorm", (2, 4), {}, [IMAGE]),
    ("Embedding", (7, 3), {"padding_idx": 2}, [WORDS]),
    ("Embedding", (7, 3), {"max_norm": 1.0, "scale_grad_by_freq": True}, [WORDS]),
    *[(name, (3, 4), options, [SEQUENCE]) for name in ("RNN", "GRU", "LSTM") for options in
      ({}, {"num_layers": 2, "bidirectional": True}, {"bias": False})],
    ("LSTM", (3, 4), {"proj_size": 2, "batch_first": True}, [SEQUENCE]),
    ("GRU", (3, 4), {"batch_first": True}, [SEQUENCE, N(size=(1, 5, 4))]),
    ("RNN", (3, 4), {"nonlinearity": "relu"}, [SEQUENCE[:, 0]]),
    *[(name + "Cell", (3, 4), {}, [SEQUENCE[0]]) for name in ("RNN", "GRU", "LSTM")],
    ("MaxPool2d", (3,), {"stride": 2, "padding": 1, "ceil_mode": True}, [IMAGE]),
    ("AvgPool2d", (3,), {"stride": 2, "padding": 1, "count_include_pad": False}, [IMAGE]),
    ("AvgPool1d", (2,), {}, [IMAGE[0]]),
    ("AdaptiveAvgPool2d", ((3, None),), {}, [IMAGE]),
    ("AdaptiveMaxPool1d", (3,), {}, [IMAGE[0]]),
    ("Upsample", (), {"scale_factor": 2, "mode": "bilinear"}, [IMAGE]),
    ("UpsamplingNearest2d", (), {"size": (5, 9)}, [IMAGE]),
    ("Softmax2d", (), {}, [IMAGE]),
    # three dims
    ("Conv3d", (4, 6, (2, 3, 1)), {"padding": 1, "stride": (2, 1, 1), "padding_mode": "reflect"}, [VOLUME]),
    ("Conv3d", (4, 2, 3), {"padding": "same", "groups": 2}, [VOLUME[0]]),
    ("ConvTranspose3d", (4, 6, 2), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}, [VOLUME]),
    ("BatchNorm3d", (4,), {}, [VOLUME]),
    ("InstanceNorm3d", (4,), {"affine": True}, [VOLUME]),
    ("MaxPool3d", (2,), {"padding": 1, "ceil_mode": True}, [VOLUME]),
    ("AvgPool3d", (2,), {"stride": 1, "divisor_override": 3}, [VOLUME]),
    ("AdaptiveAvgPool3d", ((3, None, 2),), {}, [VOLUME]),
    ("AdaptiveMaxPool3d", (2,), {}, [VOLUME]),
    # norms of windows, and back from the largest
    ("LPPool1d", (2, 3), {}, [np.abs(IMAGE[0])]),
    ("LPPool2d", (3, (2, 3)), {"stride": 2, "ceil_mode": True}, [np.abs(IMAGE)]),
    ("LPPool3d", (2, 2), {}, [np.abs(VOLUME)]),
    ("MaxUnpool1d", (2,), {}, [IMAGE[0, :, :2, 0], np.array([[0, 3], [1, 2], [1, 3], [0, 2]])]),
    ("MaxUnpool2d", (2,), {"stride": 3, "padding": 1}, [IMAGE[0, :1, :2, :2], np.array([[[2, 0], [8, 5]]])]),
    ("MaxUnpool3d", (2,), {}, [VOLUME[:1, :1, :1, :1, :2], np.array([[[[[3, 12]]]]])]),
    # normalization, images, distances
    ("LocalResponseNorm", (3,), {"alpha": 0.5, "k": 2.0}, [IMAGE]),
    ("LocalResponseNorm", (2,), {}, [IMAGE[..., 0]]),
    ("PixelShuffle", (2,), {}, [IMAGE]),
    ("PixelUnshuffle", (3,), {}, [IMAGE[:, :, :6]]),
    ("ChannelShuffle", (2,), {}, [IMAGE]),
    ("Unfold", ((2, 3),), {"dilation": 2, "padding": 1, "stride": 2}, [IMAGE]),
    ("Fold", ((5, 4), 2), {"padding": 1, "stride": (1, 2)}, [N(size=(2, 8, 18))]),
    ("CosineSimilarity", (), {"dim": 2}, [IMAGE, IMAGE[::-1].copy()]),
    ("PairwiseDistance", (), {"p": 3.0, "keepdim": True}, [IMAGE, IMAGE[::-1].copy()]),
    ("Bilinear", (6, 7, 3), {}, [IMAGE, IMAGE.swapaxes(2, 3)[:, :, :1].repeat(7, 2)]),
    # borders
    ("ZeroPad1d", ((1, 2),), {}, [IMAGE[0]]),
    ("ZeroPad2d", ((1, 2, -1, 1),), {}, [IMAGE]),
    ("ZeroPad3d", (1,), {}, [VOLUME]),
    ("ConstantPad1d", (2, 3.5), {}, [IMAGE[0]]),
    ("ConstantPad2d", ((1, 0, 0, 2), 3.5), {}, [IMAGE]),
    ("ConstantPad3d", (1, 3.5), {}, [VOLUME]),
    *[(f"{mode}Pad{dims}d", (size,), {}, [[IMAGE[0], IMAGE, VOLUME][dims - 1]]) for mode in
      ("Reflection", "Replication", "Circular") for dims, size in ((1, (2, 1)), (2, 2), (3, (1, 2, 1, 0, 2, 1)))],
    # bags
    *[("EmbeddingBag", (7, 3), {"mode": mode, "padding_idx": 2}, [WORDS]) for mode in ("sum", "mean", "max")],
    ("EmbeddingBag", (7, 3), {"mode": "max"}, [WORDS.ravel(), np.array([0, 3, 3, 9])]),
    ("EmbeddingBag", (7, 3), {"include_last_offset": True}, [WORDS.ravel(), np.array([0, 3, 3, 20])]),
    ("EmbeddingBag", (7, 3), {"max_norm": 1.0}, [WORDS.ravel(), np.array([0, 3, 3])]),
    # transformers
    *[(name, (4, 2, 6), {"dropout": 0.0, **options}, inputs) for name, inputs in
      (("TransformerEncoderLayer", [SENTENCES[0]]), ("TransformerDecoderLayer", SENTENCES))
      for options in ({}, {"norm_first": True, "activation": "gelu"}, {"bias": False})],
    ("Transformer", (4, 2, 2, 1, 6, 0.0), {"batch_first": True}, [N(size=(2, n, 4)) for n in (5, 3)]),
]  # fmt: skip


def flat(out):
    """The tensors of an output, in order."""
    return [x for part in out for x in flat(part)] if isinstance(out, (tuple, list)) else [] if out is None else [out]


def results(library, make, arrays, **options):
    """What the module `make(library.nn)` shows, computes, differentiates and remembers, in training and afterwards."""
    module = make(library.nn)
    shown = repr(module).replace("NonDynamicallyQuantizable", "")
    filled(library, module)
    found = []
    for training in (True, False):
        module.train(training)
        module.zero_grad()
        xs = [library.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
        taken = {key: library.tensor(x) if isinstance(x, np.ndarray) else x for key, x in options.items()}
        outs, random = flat(module(*xs, **taken)), np.random.default_rng(0)
        total = sum((x * library.tensor(random.normal(size=tuple(x.shape)))).sum() for x in outs)
        if total.requires_grad:
            total.backward()
        gradients = [x.grad for x in (*xs, *module.parameters())]
        found.append((outs, gradients, dict(module.named_buffers())))
    return shown, list(module.state_dict()), condensed(found)


def agree(answers, make, arrays, **options):
    """Check that a module has PyTorch's repr, names, outputs, gradients and buffers for the same weights."""
    theirs = answers("torch", results, make, arrays, **options)
    assert_alike(results(autograd, make, arrays, **options), theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("name", "args", "kwargs", "arrays"), CASES)
def test_a_layer_agrees(name, args, kwargs, arrays, answers):
    agree(answers, lambda nn: getattr(nn, name)(*args, **kwargs), arrays)


MASK = np.triu(np.ones((3, 5), bool), 1)


PADDING = np.array([[False] * 3 + [True] * 2, [False] * 5])


@pytest.mark.parametrize(
    "options",
    [{}, {"batch_first": True}, {"kdim": 3, "vdim": 5}, {"bias": False}, {"add_bias_kv": True, "add_zero_attn": True}],
)
@pytest.mark.parametrize(
    "call",
    [{}, {"need_weights": False}, {"average_attn_weights": False}, {"attn_mask": MASK}, {"key_padding_mask": PADDING},
     {"attn_mask": N(size=(4, 3, 5)), "key_padding_mask": np.where(PADDING, -np.inf, 0.0), "need_weights": False}],
)  # fmt: skip
def test_attention_agrees(options, call, answers):
    random = np.random.default_rng(0)
    sizes = (3, 4), (5, options.get("kdim", 4)), (5, options.get("vdim", 4))
    arrays = [random.normal(size=(n, 2, size)) for n, size in sizes]
    if options.get("batch_first"):
        arrays = [x.swapaxes(0, 1) for x in arrays]
    agree(answers, lambda nn: nn.MultiheadAttention(4, 2, **options), arrays, **call)


def weights_of_attention(static, separate, normal):
    """The arguments of `F.multi_head_attention_forward` after the number of heads, as arrays."""
    extra = [normal(size=(1, 1, 4))] * 2 if not static else [None] * 2
    together = None if separate else normal(size=(12, 4))
    call = dict(zip(("q_proj_weight", "k_proj_weight", "v_proj_weight"), normal(size=(3, 4, 4)))) if separate else {}
    if static:
        call |= {"static_k": normal(size=(4, 6, 2)), "static_v": normal(size=(4, 6, 2))}
    return (together, normal(size=12), *extra, True, 0.5, normal(size=(4, 4)), None), call | {
        "use_separate_proj_weight": separate
    }


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_multi_head_attention_forward_agrees(static, separate, need_weights, answers):
    random = np.random.default_rng(0)
    arrays = [random.normal(size=(n, 2, 4)) for n in (3, 5, 5)]
    args, call = weights_of_attention(static, separate, random.normal)

    def called(library):
        convert = lambda value: library.tensor(value, requires_grad=True) if isinstance(value, np.ndarray) else value
        xs, weights = [convert(x) for x in arrays], [convert(x) for x in args]
        named = {name: convert(value) for name, value in call.items()}
        out, given = library.nn.functional.multi_head_attention_forward(
            *xs, 4, 2, *weights, training=False, need_weights=need_weights, **named
        )
        assert (given is not None) == need_weights
        (out**2).sum().backward()
        leaves = [x for x in (*xs, *weights, *named.values()) if hasattr(x, "grad")]
        return [out, given, *(x.grad for x in leaves)]

    assert_alike(called(autograd), answers("torch", called), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"embed_dim_to_check": 5}, AssertionError),
        ({"num_heads": 3}, AssertionError),
        ({"in_proj_weight": None}, AssertionError),
        ({"use_separate_proj_weight": True}, AssertionError),
        ({"bias_k": np.ones((1, 1, 4))}, AssertionError),
        ({"is_causal": True}, RuntimeError),
        ({"attn_mask": np.ones((3, 4))}, RuntimeError),
        ({"static_k": np.ones((3, 6, 2))}, AssertionError),
        ({"query": np.ones(4)}, AssertionError),
    ],
)
def test_attention_refuses_what_pytorch_refuses(wrong, error, answers):
    options = {"query": np.ones((3, 2, 4)), "key": np.ones((5, 2, 4)), "value": np.ones((5, 2, 4))}
    options |= {"embed_dim_to_check": 4, "num_heads": 2, "in_proj_weight": np.ones((12, 4)), "in_proj_bias": None}
    options |= {"bias_k": None, "bias_v": None, "add_zero_attn": False, "dropout_p": 0.0}
    options |= {"out_proj_weight": np.ones((4, 4)), "out_proj_bias": None} | wrong

    def attempt(library):
        named = {key: library.tensor(x) if isinstance(x, np.ndarray) else x for key, x in options.items()}
        library.nn.functional.multi_head_attention_forward(**named)

    assert outcome(autograd, attempt) == answers("torch", outcome, attempt) == f"raises {error.__name__}"


@pytest.mark.parametrize(
    "options", [{}, {"is_causal": True}, {"scale": 0.3}, {"attn_mask": MASK[:, :4]}, {"attn_mask": N(size=(3, 4))}]
)
def test_scaled_dot_product_attention_agrees(options, answers):
    def attended(library):
        random = np.random.default_rng(0)
        xs = (library.tensor(random.normal(size=size)) for size in ((2, 2, 3, 6), (2, 2, 4, 6), (2, 2, 4, 5)))
        given = {key: library.tensor(x) if isinstance(x, np.ndarray) else x for key, x in options.items()}
        return library.nn.functional.scaled_dot_product_attention(*xs, **given)

    assert_alike(attended(autograd), answers("torch", attended), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "args"),
    [("Conv2d", (8, 64, 5)), ("ConvTranspose2d", (64, 8, 5)), ("LSTM", (9, 64)), ("Embedding", (99, 64)),
     ("MultiheadAttention", (64, 4))],
)  # fmt: skip
def test_initial_weights_have_the_same_distribution(name, args, answers):
    def moments(library):
        """By name: the number of weights, and their largest size, deviation and mean."""
        library.manual_seed(0)
        weights = {key: x.detach().numpy() for key, x in getattr(library.nn, name)(*args).named_parameters()}
        return {key: [x.size, *map(float, (np.abs(x).max(), x.std(), x.mean()))] for key, x in weights.items()}

    ours, theirs = moments(autograd), answers("torch", moments)
    assert list(ours) == list(theirs)
    for (size, largest, deviation, mean), (_, bound, spread, center) in zip(ours.values(), theirs.values()):
        assert largest <= 2 * bound
        if size > 60:
            assert abs(deviation - spread) <= 0.25 * spread + 1e-12 and abs(mean - center) <= 0.4 * bound


@pytest.mark.parametrize(
    ("attempt", "kind"),
    [
        (lambda lib: lib.nn.LSTM(0, 3), ValueError),
        (lambda lib: lib.nn.GRU(3, 3, bias=1), TypeError),
        (lambda lib: lib.nn.RNN(3, 3, batch_first="yes"), TypeError),
        (lambda lib: lib.nn.RNN(3, 3)(lib.ones(2, 3, dtype=lib.float64)), ValueError),
        (lambda lib: lib.nn.GRUCell(3, 4)(lib.ones(2, 3), lib.ones(2, 1, 1, 4)), ValueError),
        (lambda lib: lib.nn.LSTMCell(3, 4)(lib.ones(2, 3), (lib.ones(2, 1, 1, 4),) * 2), ValueError),
        (lambda lib: lib.nn.CircularPad1d(1)(lib.ones(2, 2, 2, 2)), ValueError),
        (lambda lib: lib.nn.CircularPad2d(1)(lib.ones(2, 2)), ValueError),
        (lambda lib: lib.nn.BatchNorm1d(2, eps=0.0)(lib.ones(2, 2)), ValueError),
        (lambda lib: lib.nn.GaussianNLLLoss()(lib.ones(2, 3), lib.ones(2, 3), lib.ones(1, 1)), ValueError),
    ],
)
def test_invalid_arguments_raise_the_same_error_kind(attempt, kind, answers):
    assert outcome(autograd, attempt) == answers("torch", outcome, attempt) == f"raises {kind.__name__}"


def test_a_batch_norm_keeps_its_statistics_for_an_empty_batch():
    norm = nn.BatchNorm1d(2)
    norm(autograd.zeros(0, 2))
    assert norm.running_mean.tolist() == [0, 0]
    assert norm.running_var.tolist() == [1, 1]


def test_edge_cases_agree(answers):
    def values(library):
        given = library.ones(3, 2), library.zeros(3, 2), library.tensor([[0.5, 2.0]])
        loss = library.nn.functional.gaussian_nll_loss(*given).item()
        return repr(library.nn.RNNCell(2, 3, nonlinearity="relu")), loss

    (ours, loss), (theirs, expected) = plain(values(autograd)), answers("torch", values)
    assert ours == theirs
    assert loss == pytest.approx(expected)
