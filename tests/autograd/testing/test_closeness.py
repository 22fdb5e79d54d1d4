"""`assert_close` accepts differences up to rounding and no others, as in PyTorch."""

import numpy as np
import pytest
from hypothesis import strategies as st

from autograd import nn, tensor
from autograd.testing import assert_close
from tests.tools.shares import drawn

VALUES = [0.0, -0.0, 1.0, 1 + 1e-6, 1 + 1e-8, 1 + 1e-5, -1.0, 1e-6, np.inf, -np.inf, np.nan, 300.0]
DTYPES = ["float16", "float32", "float64", "complex64", "int64", "bool"]
arrays = st.tuples(st.lists(st.sampled_from(VALUES), min_size=2, max_size=2), st.sampled_from(DTYPES))


def array(values, dtype):
    return (
        np.clip(np.nan_to_num(values), -9, 9).astype(dtype) if dtype in ("int64", "bool") else np.array(values, dtype)
    )


def verdict(check, make, a, b, options):
    try:
        check(make(a), make(b), **options)
    except (AssertionError, ValueError) as error:
        return type(error)
    return None


OPTIONS = [
    {},
    {"rtol": 0, "atol": 0},
    {"rtol": 1e-5, "atol": 0},
    {"equal_nan": True},
    {"check_dtype": False},
    {"rtol": 1},
]


def test_the_verdict_is_that_of_pytorch(answers):
    examples = answers.examples("torch", lambda: drawn(st.tuples(arrays, arrays, st.sampled_from(OPTIONS)), 400))

    def verdicts(torch):
        check = torch.testing.assert_close
        return [verdict(check, torch.tensor, array(*a), array(*b), options) for a, b, options in examples]

    for (a, b, options), theirs in zip(examples, answers("torch", verdicts), strict=True):
        ours = verdict(assert_close, tensor, array(*a), array(*b), options)
        assert (ours and ours.__name__) == theirs, (a, b, options)


def test_a_failure_names_the_difference_and_its_index():
    with pytest.raises(
        AssertionError, match=r"(?s)1 / 3 \(33.3%\).*absolute difference: 0.5 at index \(1,\) \(up to 1e-05"
    ):
        assert_close(tensor([1.0, 2.0, 3.0]), tensor([1.0, 2.5, 3.0]))
    with pytest.raises(AssertionError, match=r"not equal!(?s:.*)difference: 1 at index \(0, 1\)\n"):
        assert_close(tensor([[1, 2]]), tensor([[1, 3]]))
    with pytest.raises(AssertionError, match=r"Scalars are not close(?s:.*)item \['a'\]\[1\]"):
        assert_close({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]})
    with pytest.raises(AssertionError, match=r"item \['b'\]"):
        assert_close({"b": tensor(1.0)}, {"b": tensor(np.nan)})
    with pytest.raises(AssertionError, match="mine"):
        assert_close(1.0, 2.0, msg="mine")
    with pytest.raises(AssertionError, match=r"^so: Scalars"):
        assert_close(1.0, 2.0, msg=lambda text: f"so: {text}")


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (tensor([1.0]), tensor([[1.0]]), "'shape'"),
        (tensor([1.0]), tensor([1]), "'dtype'"),
        ([1.0], [1.0, 2.0], "length"),
        ({"a": 1}, {"b": 1}, "keys"),
    ],
)
def test_different_shapes_dtypes_lengths_and_keys_fail(a, b, words):
    with pytest.raises(AssertionError, match=words):
        assert_close(a, b)


def test_strides_and_subclasses_are_compared_on_request():
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    assert_close(x.T.contiguous(), x.T)
    with pytest.raises(AssertionError, match="stride"):
        assert_close(x.T.contiguous(), x.T, check_stride=True)
    assert_close(nn.Parameter(x), x)
    with pytest.raises(TypeError, match="allow_subclasses"):
        assert_close(nn.Parameter(x), x, allow_subclasses=False)
    with pytest.raises(TypeError, match="cannot compare Tensor with float"):
        assert_close(tensor(1.0), 1.0)
