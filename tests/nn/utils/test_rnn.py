"""Packed and padded sequences: packing can be undone, and layers treat packed sequences like single ones."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import ones, tensor
from autograd.nn.utils import rnn
from tests.tools.answers import assert_alike, filled
from tests.tools.shares import share

LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=4)


def drawn(lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [tensor(rng.normal(size=(n, 3)), requires_grad=True) for n in lengths]


@given(LENGTHS, st.booleans(), st.sampled_from(["right", "left"]))
def test_padding_and_packing_can_be_undone(lengths, batch_first, side):
    sequences = drawn(lengths)
    padded = rnn.pad_sequence(sequences, batch_first, -1.0, side)
    assert tuple(padded.shape) == ((len(lengths), max(lengths), 3) if batch_first else (max(lengths), len(lengths), 3))
    rows = padded if batch_first else padded.transpose(0, 1)
    for row, x in zip(rows, sequences):
        kept, rest = (row[: len(x)], row[len(x) :]) if side == "right" else (row[-len(x) :], row[: -len(x)])
        assert kept.tolist() == x.tolist() and (rest == -1).all()
    packed = rnn.pack_sequence(sequences, enforce_sorted=False)
    assert packed.data.shape == (sum(lengths), 3)
    assert packed.batch_sizes.tolist() == [sum(n > t for n in lengths) for t in range(max(lengths))]
    assert [x.tolist() for x in rnn.unpack_sequence(packed)] == [x.tolist() for x in sequences]
    back, sizes = rnn.pad_packed_sequence(packed, batch_first, -1.0, max(lengths) + 1)
    assert sizes.tolist() == lengths and back.shape[1 if batch_first else 0] == max(lengths) + 1
    (padded.sum() + (packed.data * 2).sum() + (back * 3).sum()).backward()
    assert all((x.grad.numpy() == 6).all() for x in sequences)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
@share(1 / 2)
@given(lengths=LENGTHS, seed=st.integers(0, 99))
def test_a_layer_treats_a_packed_sequence_like_the_single_sequences(name, lengths, seed):
    layer = getattr(nn, name)(3, 2, num_layers=2, bidirectional=True, dtype=autograd.float64)
    sequences = drawn(lengths, seed)
    out, state = layer(rnn.pack_sequence(sequences, enforce_sorted=False))
    state = state if name == "LSTM" else (state,)
    for i, (found, x) in enumerate(zip(rnn.unpack_sequence(out), sequences)):
        alone, last = layer(x)
        np.testing.assert_allclose(found.detach().numpy(), alone.detach().numpy(), atol=1e-12)
        for h, expected in zip(state, last if name == "LSTM" else (last,)):
            np.testing.assert_allclose(h[:, i].detach().numpy(), expected.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("enforce_sorted", [True, False])
def test_packed_sequences_give_the_results_of_pytorch(enforce_sorted, answers):
    lengths = [5, 4, 4, 1] if enforce_sorted else [4, 1, 5, 4]

    def results(library):
        layer = filled(library, library.nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2))
        random, tools = np.random.default_rng(1), library.nn.utils.rnn
        x, h, c = (
            library.tensor(random.normal(size=shape), requires_grad=True) for shape in ((5, 4, 3), (4, 4, 2), (4, 4, 4))
        )
        packed = tools.pack_padded_sequence(x, lengths, enforce_sorted=enforce_sorted)
        out, (last, cell) = layer(packed, (h, c))
        padded, sizes = tools.pad_packed_sequence(out)
        assert sizes.tolist() == lengths
        ((padded**2).sum() + (last**3).sum() + cell.sum()).backward()
        return padded, last, cell, x.grad, h.grad, c.grad

    assert_alike(results(autograd), answers("torch", results), atol=1e-10)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: rnn.pack_padded_sequence(x, [1, 2]), RuntimeError, "must be sorted in decreasing order"),
        (lambda x: rnn.pack_padded_sequence(x, [3, 0]), RuntimeError, "has to be greater than 0"),
        (lambda x: rnn.pack_padded_sequence(x, [4, 1]), RuntimeError, "Expected lengths of at most 3, but got 4"),
        (lambda x: rnn.pack_padded_sequence(x, [1]), RuntimeError, "equal to batch_size, but got 1 and 2"),
        (lambda x: rnn.pad_sequence([x], padding_side="top"), RuntimeError, "padding_side to be one of left or right"),
        (
            lambda x: rnn.pad_packed_sequence(rnn.pack_padded_sequence(x, [3, 1]), total_length=2),
            ValueError,
            "got total_length=2 and max sequence length being 3",
        ),
    ],
)
def test_bad_arguments_are_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call(autograd.ones(3, 2, 1))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("byte", "uint8"), ("char", "int8"), ("short", "int16"), ("int", "int32"), ("long", "int64"),
     ("half", "float16"), ("float", "float32"), ("double", "float64")],
)  # fmt: skip
def test_a_packed_batch_is_converted(name, dtype):
    packed = rnn.pack_sequence([tensor([1.0]), tensor([2.0, 3.0])], enforce_sorted=False)
    converted = getattr(packed, name)()
    assert converted.data.dtype == getattr(autograd, dtype) and converted.data.tolist() == [2, 1, 3]
    assert type(converted) is rnn.PackedSequence and converted[1:] == packed[1:]
    assert packed.to(getattr(autograd, dtype)).data.dtype == converted.data.dtype
    assert packed.to("cpu") is packed.cpu() is packed.pin_memory() is packed
    assert not packed.is_cuda and not packed.is_pinned()


def test_unpacked_sequences_keep_their_dtype():
    unpacked = rnn.unpack_sequence(rnn.pack_sequence([tensor([1, 2]), tensor([3])]))
    assert [x.tolist() for x in unpacked] == [[1, 2], [3]] and unpacked[0].dtype == autograd.int64


def test_a_permutation_is_inverted():
    assert rnn.invert_permutation(tensor([2, 0, 1])).tolist() == [1, 2, 0] and rnn.invert_permutation(None) is None


@pytest.mark.parametrize(
    ("sequences", "error", "message"),
    [
        ([], RuntimeError, "empty list of sequences"),
        (3, RuntimeError, "Expected iterable .* got arg of type: int"),
        ([tensor(1.0)], RuntimeError, r"element 0 has shape \(\)"),
        ([ones(2, 1), ones(2, 2)], RuntimeError, r"element 1 has shape \(2, 2\), and the first \(2, 1\)"),
        ([[1.0]], TypeError, "expected Tensor as element 0, but got list"),
    ],
)
def test_what_cannot_be_padded_is_refused(sequences, error, message):
    with pytest.raises(error, match=message):
        rnn.pad_sequence(sequences)


def test_a_generator_of_sequences_is_padded():
    assert rnn.pad_sequence(x for x in [ones(1), ones(2)]).tolist() == [[1, 1], [0, 1]]
