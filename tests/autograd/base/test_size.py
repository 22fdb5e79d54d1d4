"""Size: what is made of a shape is a shape."""

# ruff: noqa: RUF005  # the sums are what is tested

import pytest

import autograd
from autograd import Size

SIZE = Size([2, 3])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (SIZE + (1,), (2, 3, 1)), ((1,) + SIZE, (1, 2, 3)), (SIZE + SIZE, (2, 3, 2, 3)), (SIZE * 2, (2, 3, 2, 3)),
        (2 * SIZE, (2, 3, 2, 3)), (SIZE[1:], (3,)), (SIZE[::-1], (3, 2)), (sum([SIZE, SIZE], ()), (2, 3, 2, 3)),
        (autograd.ones(2, 3).shape[1:], (3,)), (autograd.ones(2, 3).size()[:0], ()),
    ],
)  # fmt: skip
def test_parts_and_sums_of_a_shape_are_shapes(made, expected):
    assert made == expected and type(made) is Size and made.numel() == autograd.ones(expected).numel()


def test_an_item_is_an_int_and_other_kinds_do_not_add_up():
    assert type(SIZE[-1]) is int
    for wrong in (lambda: SIZE + [1], lambda: [1] + SIZE, lambda: SIZE * 1.5, lambda: SIZE["a"]):
        with pytest.raises(TypeError):
            wrong()
