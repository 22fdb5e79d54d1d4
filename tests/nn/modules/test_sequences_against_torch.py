"""Recurrent layers, attention and transformers against PyTorch's: states, packed sequences, masks and their options."""

import numpy as np
import pytest

import autograd
from tests.nn.modules.test_layers_against_torch import agree, flat
from tests.tools.answers import assert_alike, condensed, filled

RNG = np.random.default_rng(0)
N = RNG.normal
STEPS, ROWS = 6, 3

#: A recurrent layer's arguments, the options of (input_size 2, hidden_size 4), and the sizes of its state.
RECURRENT = [
    ("RNN", {}, [4]),
    ("RNN", {"nonlinearity": "relu", "bidirectional": True, "num_layers": 2}, [4]),
    ("GRU", {"bidirectional": True, "bias": False}, [4]),
    ("GRU", {"num_layers": 3}, [4]),
    ("LSTM", {"num_layers": 2, "bidirectional": True}, [4, 4]),
    ("LSTM", {"num_layers": 2, "bidirectional": True, "proj_size": 3}, [3, 4]),
    ("LSTM", {"num_layers": 2, "dropout": 1.0}, [4, 4]),
    ("GRU", {"num_layers": 3, "dropout": 1.0, "bidirectional": True}, [4]),
]


def state_for(library, options, sizes, *batch):
    """A state of random numbers for a layer with these options, as its call takes it."""
    random = np.random.default_rng(1)
    count = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    parts = [library.tensor(random.normal(size=(count, *batch, size)), requires_grad=True) for size in sizes]
    return parts, parts[0] if len(parts) == 1 else tuple(parts)


def outcome_of(library, layer, outs, leaves):
    """The outputs, and the gradients of the leaves and of the layer's parameters for random cotangents."""
    random = np.random.default_rng(2)
    tensors = [x for x in flat(outs) if x.dtype.is_floating_point]
    sum((x * library.tensor(random.normal(size=tuple(x.shape)))).sum() for x in tensors).backward()
    grads = library.cat([x.grad.reshape(-1) for x in (*leaves, *layer.parameters())])
    return condensed([library.cat([x.reshape(-1).double() for x in flat(outs)]), grads])


def run(library, kind, options, sizes, batched, stated, batch_first=False):
    layer = filled(library, getattr(library.nn, kind)(2, 4, batch_first=batch_first, **options))
    random = np.random.default_rng(0)
    shape = ((ROWS, STEPS) if batch_first else (STEPS, ROWS)) if batched else (STEPS,)
    x = library.tensor(random.normal(size=(*shape, 2)), requires_grad=True)
    parts, state = state_for(library, options, sizes, *([ROWS] if batched else []))
    return outcome_of(library, layer, layer(x, state) if stated else layer(x), [x, *(parts if stated else [])])


@pytest.mark.parametrize(("kind", "options", "sizes"), RECURRENT)
def test_recurrent_layers_agree_with_and_without_a_batch_and_a_state(kind, options, sizes, answers):
    forms = [(batched, stated, first) for batched in (True, False) for stated in (True, False) for first in (0, 1)]
    every = lambda library: [run(library, kind, options, sizes, b, s, bool(first)) for b, s, first in forms]
    assert_alike(every(autograd), answers("torch", every), rtol=1e-7, atol=1e-9)


def run_packed(library, kind, options, sizes, lengths, stated):
    layer = filled(library, getattr(library.nn, kind)(2, 4, **options))
    random = np.random.default_rng(0)
    x = library.tensor(random.normal(size=(STEPS, len(lengths), 2)), requires_grad=True)
    ordered = sorted(lengths, reverse=True) == lengths
    utils = library.nn.utils.rnn
    packed = utils.pack_padded_sequence(x, library.tensor(lengths), enforce_sorted=ordered)
    parts, state = state_for(library, options, sizes, len(lengths))
    out, final = layer(packed, state) if stated else layer(packed)
    padded, _ = utils.pad_packed_sequence(out, padding_value=0.5, total_length=STEPS + 1)
    return outcome_of(library, layer, [out.data, padded, final], [x, *(parts if stated else [])])


@pytest.mark.parametrize(("kind", "options", "sizes"), RECURRENT)
def test_recurrent_layers_agree_on_packed_sequences(kind, options, sizes, answers):
    every = lambda library: [
        run_packed(library, kind, options, sizes, lengths, stated)
        for lengths in ([6, 4, 4, 1], [2, 6, 3], [3, 3], [1, 1, 5])
        for stated in (False, True)
    ]
    assert_alike(every(autograd), answers("torch", every), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("RNNCell", {"nonlinearity": "relu"}),
        ("RNNCell", {"bias": False}),
        ("GRUCell", {}),
        ("LSTMCell", {"bias": False}),
    ],
)
def test_cells_agree_with_and_without_a_batch_and_a_state(kind, options, answers):
    def one(library, rows, stated):
        cell = filled(library, getattr(library.nn, kind)(2, 4, **options))
        random = np.random.default_rng(0)
        make = lambda *shape: library.tensor(random.normal(size=(*rows, *shape)), requires_grad=True)
        x, parts = make(2), [make(4) for _ in range(2 if kind == "LSTMCell" else 1)]
        state = (tuple(parts) if len(parts) == 2 else parts[0],) if stated else ()
        return outcome_of(library, cell, cell(x, *state), [x, *(parts if stated else [])])

    every = lambda library: [one(library, rows, stated) for rows in ((3,), ()) for stated in (False, True)]
    assert_alike(every(autograd), answers("torch", every), rtol=1e-7, atol=1e-9)


SOURCE, TARGET, E = 5, 3, 4
CAUSAL = np.triu(np.ones((TARGET, TARGET), bool), 1)
LATE = np.array([[False] * 3 + [True] * 2, [False] * 5])
SHORT = np.array([[False, False, True], [False, False, False]])
SMALL = {"dim_feedforward": 6, "dropout": 0.0}


@pytest.mark.parametrize("options", [{}, {"norm_first": True, "activation": "gelu", "layer_norm_eps": 0.5}])
@pytest.mark.parametrize(
    ("name", "shapes", "call"),
    [
        ("TransformerEncoderLayer", [(TARGET, 2)], {"src_mask": CAUSAL, "src_key_padding_mask": SHORT}),
        ("TransformerEncoderLayer", [(TARGET, 2)], {"src_mask": CAUSAL, "is_causal": True}),
        ("TransformerEncoderLayer", [(TARGET,)], {"src_key_padding_mask": SHORT[0]}),
        ("TransformerDecoderLayer", [(TARGET, 2), (SOURCE, 2)], {"tgt_mask": CAUSAL, "tgt_is_causal": True}),
        ("TransformerDecoderLayer", [(TARGET, 2), (SOURCE, 2)], {"memory_mask": N(size=(TARGET, SOURCE))}),
        ("TransformerDecoderLayer", [(TARGET, 2), (SOURCE, 2)],
         {"tgt_key_padding_mask": SHORT, "memory_key_padding_mask": LATE}),
        ("TransformerDecoderLayer", [(TARGET,), (SOURCE,)], {"memory_mask": LATE[:1].repeat(TARGET, 0)}),
    ],
)  # fmt: skip
def test_transformer_layers_agree_on_masks(name, shapes, call, options, answers):
    arrays = [np.random.default_rng(i).normal(size=(*shape, E)) for i, shape in enumerate(shapes)]
    agree(answers, lambda nn: getattr(nn, name)(E, 2, **SMALL, **options), arrays, **call)


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({}, {"src_mask": np.triu(np.ones((SOURCE, SOURCE), bool), 2), "tgt_mask": CAUSAL}),
        ({}, {"memory_mask": LATE[:1].repeat(TARGET, 0), "src_is_causal": False, "tgt_is_causal": False}),
        ({"batch_first": True}, {"memory_key_padding_mask": LATE, "tgt_key_padding_mask": SHORT}),
        ({"norm_first": True, "layer_norm_eps": 0.1, "activation": "gelu", "bias": False},
         {"src_key_padding_mask": LATE, "memory_key_padding_mask": LATE}),
    ],
)  # fmt: skip
def test_transformers_agree_on_masks(options, call, answers):
    sizes = [(2, n, E) if options.get("batch_first") else (n, 2, E) for n in (SOURCE, TARGET)]
    arrays = [np.random.default_rng(i).normal(size=size) for i, size in enumerate(sizes)]

    def trained(library):
        model = filled(library, library.nn.Transformer(E, 2, 2, 3, 6, 0.0, **options))
        xs = [library.tensor(x, requires_grad=True) for x in arrays]
        masks = {key: library.tensor(x) if isinstance(x, np.ndarray) else x for key, x in call.items()}
        return outcome_of(library, model, model(*xs, **masks), xs)

    assert_alike(trained(autograd), answers("torch", trained), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("options", [{}, {"add_bias_kv": True}, {"add_zero_attn": True}, {"kdim": 3, "vdim": 6}])
@pytest.mark.parametrize(
    "call",
    [
        {"attn_mask": N(size=(TARGET, SOURCE)), "average_attn_weights": False},
        {"key_padding_mask": LATE[0], "attn_mask": N(size=(2, TARGET, SOURCE))},
        {"key_padding_mask": np.array([0.0, 0.5, -1.0, -np.inf, 0.0]), "need_weights": False},
    ],
)
def test_attention_agrees_without_a_batch(options, call, answers):
    sizes = (TARGET, E), (SOURCE, options.get("kdim", E)), (SOURCE, options.get("vdim", E))
    arrays = [np.random.default_rng(i).normal(size=size) for i, size in enumerate(sizes)]
    agree(answers, lambda nn: nn.MultiheadAttention(E, 2, **options), arrays, **call)
