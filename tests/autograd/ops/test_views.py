"""Views: writes through them, writes that are refused, in-place operators, and what detach_ and new shapes do to views.

The programs are short, and their answers are PyTorch's, except where a comment says otherwise.
"""

import copy
import pickle
import warnings

import pytest

import autograd as t
import nn
from tests.tools.functions import function


def run(program: str):
    """What `r` is at the end of a program, in lists and numbers; or the name of the error that it raised."""
    names = {"t": t, "copy": copy, "pickle": pickle}
    try:
        exec(program, names)
    except Exception as error:
        return type(error).__name__
    return plain(names["r"])


def plain(r):
    return r.tolist() if isinstance(r, t.Tensor) else [plain(v) for v in r] if isinstance(r, (tuple, list)) else r


def agree(programs):
    return pytest.mark.parametrize(("program", "expected"), programs, ids=[program for program, _ in programs])


# -- elements that share memory ---------------------------------------------------------------------

_GRAD = "x = t.tensor([1., 2.], requires_grad=True); y = (x * 1).expand(2, 2); "
_SHARED = "y = t.zeros(1).expand(3); "


@agree(
    [
        (_GRAD + "y[0] = 0.; y.sum().backward(); r = x.grad", [0.0, 0.0]),
        (_GRAD + "y[0, 1:] = 0.; y.sum().backward(); r = x.grad", [2.0, 0.0]),
        (
            "c = t.tensor(4., requires_grad=True); y = t.zeros(1).expand(3); y[1] = c; "
            "(y * t.tensor([1., 2., 3.])).sum().backward(); r = c.grad",
            6.0,
        ),
        (
            "b = t.arange(4.); w = t.tensor(2., requires_grad=True); y = b.as_strided((3, 2), (1, 1)); y[0] = w; "
            "y.sum().backward(); r = w.grad, b, y",
            [3.0, [2.0, 2.0, 2.0, 3.0], [[2.0, 2.0], [2.0, 2.0], [2.0, 3.0]]],
        ),
        (_SHARED + "y[:] = 1.", "RuntimeError"),
        (_SHARED + "y[:2] = t.tensor(1.)", "RuntimeError"),
        ("y = t.zeros(2, 1).expand(2, 3); y[1] = 1.", "RuntimeError"),
        (_SHARED + "y.fill_(2.); r = y", [2.0, 2.0, 2.0]),
        (_SHARED + "y.zero_(); r = y", [0.0, 0.0, 0.0]),
        (_SHARED + "y.fill_(t.tensor(3.))", "RuntimeError"),
        (_SHARED + "y.copy_(t.ones(3))", "RuntimeError"),
        (_SHARED + "y.add_(1)", "RuntimeError"),
        (_SHARED + "y.index_add_(0, t.tensor([0]), t.ones(1))", "RuntimeError"),
        (_SHARED + "y.scatter_(0, t.tensor([0]), 1.)", "RuntimeError"),
        (_GRAD + "y.fill_(0.)", "RuntimeError"),  # in PyTorch only the backward pass raises
        ("y = t.arange(4.).as_strided((3, 2), (1, 1)); y.fill_(7.); r = y", [[7.0, 7.0]] * 3),
        (_GRAD + "y[0, t.tensor([0])] = 0.; y.sum().backward(); r = x.grad", [0.0, 2.0]),
    ]
)
def test_writes_to_elements_that_share_memory(program, expected):
    assert run(program) == expected


_FILLED = "c = t.tensor(4., requires_grad=True); b = t.zeros(1) * 1; y = b.expand(3); "


@agree(
    [
        (_SHARED + "y[t.tensor([0])] = 1.; r = y", [1.0, 1.0, 1.0]),
        (_SHARED + "y[t.tensor([True, False, False])] = 1.; r = y", [1.0, 1.0, 1.0]),
        (_SHARED + "y[t.tensor([True, False, False])] = t.tensor([2.]); r = y", [2.0, 2.0, 2.0]),
        ("y = t.zeros(3, 1).expand(3, 3); y[:, t.tensor([0])] = t.tensor([2.]); r = y", [[2.0, 2.0, 2.0]] * 3),
        (_SHARED + "y.masked_fill_(t.tensor([True, False, True]), 3.); r = y", [3.0, 3.0, 3.0]),
        (_SHARED + "y.index_fill_(0, t.tensor([0]), 1.); r = y", [1.0, 1.0, 1.0]),
        (_SHARED + "y.index_put_((t.tensor([0]),), t.ones(1)); r = y", [1.0, 1.0, 1.0]),
        ("y = t.zeros(1, 1).expand(3, 3); y.fill_diagonal_(2.); r = y", [[2.0, 2.0, 2.0]] * 3),
        # PyTorch raises in the backward pass of this one, and counts the values of the others once for each element
        # that shows them, although one location in memory has one value.
        (_GRAD + "y.masked_fill_(t.eye(2) > 0, 0.); y.sum().backward(); r = x.grad", [0.0, 0.0]),
        (_FILLED + "y.masked_fill_(t.tensor([True, True, False]), c); b.sum().backward(); r = c.grad", 1.0),
        (_FILLED + "y.masked_fill_(t.tensor([True, True, False]), c); y.sum().backward(); r = c.grad", 3.0),
        (
            "c = t.tensor([1., 2.], requires_grad=True); b = t.zeros(1) * 1; b.expand(2)[[0, 1]] = c; "
            "(b * 3).sum().backward(); r = b, c.grad",
            [[2.0], [0.0, 3.0]],
        ),
    ]
)
def test_writes_by_index_to_elements_that_share_memory_warn(program, expected):
    with pytest.warns(UserWarning, match="expanded tensor"):
        assert run(program) == expected


# -- in-place operators -----------------------------------------------------------------------------

_INTEGERS = "x = t.tensor([5, 7]); y = x; "
_FLAGS = "m = t.tensor([[True, True]]); v = m[0]; "


@agree(
    [
        (_FLAGS + "v &= t.tensor([False, True]); r = m", [[False, True]]),
        (_FLAGS + "v |= False; r = m", [[True, True]]),
        (_FLAGS + "v ^= t.tensor([False, True]); r = m, v", [[[True, False]], [True, False]]),
        ("x = t.tensor([1, 2]); y = x; y <<= 1; r = x", [2, 4]),
        ("x = t.tensor([1, 2]); y = x; y >>= 1; r = x", [0, 1]),
        (_INTEGERS + "y &= 3; r = x", [1, 3]),
        (_INTEGERS + "y &= True; r = x", [1, 1]),
        (_INTEGERS + "y |= t.tensor(8); r = x", [13, 15]),
        (_INTEGERS + "y //= 2; r = x", [2, 3]),
        (_INTEGERS + "y %= 3; r = x", [2, 1]),
        (_INTEGERS + "y **= 2; r = x", [25, 49]),
        ("x = t.tensor([5., 7.]); y = x; y //= 2; r = x", [2.0, 3.0]),
        ("x = t.tensor([1., 2.]); y = x; y **= t.tensor([2., 3.]); r = x", [1.0, 8.0]),
        ("x = t.eye(2); y = x; y @= t.ones(2, 2); r = x, y", [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]]),
        (_INTEGERS + "y //= 2.", "RuntimeError"),
        (_INTEGERS + "y **= 2.", "RuntimeError"),
        (_INTEGERS + "y /= 2", "RuntimeError"),
        # In PyTorch these two are plain RuntimeErrors, of which a NotImplementedError is one.
        (_INTEGERS + "y &= 1.5", "NotImplementedError"),
        (_INTEGERS + "y &= t.tensor([1.5, 2.])", "NotImplementedError"),
        (_INTEGERS + "y &= 'a'", "TypeError"),
        (_INTEGERS + "y &= None", "TypeError"),
        (_INTEGERS + "y &= t.tensor([[1, 2], [3, 4]])", "RuntimeError"),
        ("x = t.tensor(2); x &= t.tensor([1, 2])", "RuntimeError"),
        ("x = t.tensor([1., 2.]); x <<= 1", "NotImplementedError"),
        ("x = t.tensor([True, False]); x &= 3", "RuntimeError"),
        ("x = t.tensor([True, False]); x |= t.tensor([1, 2])", "RuntimeError"),
    ]
)
def test_in_place_operators_write_into_the_memory(program, expected):
    assert run(program) == expected


# -- real and imaginary parts -----------------------------------------------------------------------

_COMPLEX = "z = t.ones(2, dtype=t.complex64); "


@agree(
    [
        (_COMPLEX + "t.view_as_real(z).fill_(3); r = z", [3 + 3j, 3 + 3j]),
        (_COMPLEX + "z.real = t.tensor([5., 6.]); r = z", [5 + 0j, 6 + 0j]),
        (_COMPLEX + "z.imag = 2.; r = z", [1 + 2j, 1 + 2j]),
        (_COMPLEX + "z.real = t.ones(3)", "RuntimeError"),
        (_COMPLEX + "z.real = 1j", "RuntimeError"),
        ("z = t.ones(2); z.real = 2.; r = z", [2.0, 2.0]),
        ("z = t.ones(2); z.imag = 2.", "RuntimeError"),
        ("z = t.ones(2, dtype=t.complex64, requires_grad=True); z.real = 2.", "RuntimeError"),
        (
            "z = t.ones(2, dtype=t.complex64, requires_grad=True); y = z * 1; "
            "w = t.tensor([3., 4.], requires_grad=True); y.real = w; "
            "(y * y).sum().abs().backward(); r = w.grad, z.grad",
            [[6.0, 8.0], [0j, 0j]],
        ),
        (
            "w = t.tensor([[3., 4.]], requires_grad=True); y = w * 1; c = t.view_as_complex(y); c.mul_(1j); "
            "(y * t.tensor([[1., 2.]])).sum().backward(); r = w.grad, y",
            [[[2.0, -1.0]], [[-4.0, 3.0]]],
        ),
        (
            "z = t.tensor([1 + 2j], requires_grad=True); (t.view_as_real(z) * t.tensor([3., 4.])).sum().backward(); "
            "r = z.grad",
            [3 + 4j],
        ),
        (
            "x = t.ones(2, 3, requires_grad=True); y = x.t().contiguous().t() * 1; c = t.view_as_complex(y.t()); "
            "c[0] = 5.; "
            "(y * t.arange(6.).reshape(2, 3)).sum().backward(); r = x.grad, y",
            [[[0.0, 1.0, 2.0], [0.0, 4.0, 5.0]], [[5.0, 1.0, 1.0], [0.0, 1.0, 1.0]]],
        ),
        ("r = t.view_as_real(t.ones(2, 2, dtype=t.complex64).t()).stride()", [2, 4, 1]),
        ("t.view_as_complex(t.ones(2, 2).t())", "RuntimeError"),
        ("t.view_as_complex(t.ones(3, 3)[:, :2])", "RuntimeError"),
        ("t.view_as_complex(t.ones(3, 4)[:, 1:3])", "RuntimeError"),
        ("t.view_as_complex(t.ones(2, 2, dtype=t.int64))", "RuntimeError"),
    ]
)
def test_parts_of_complex_numbers_are_views(program, expected):
    assert run(program) == expected


# -- writes that cannot be recorded -----------------------------------------------------------------

_B = "x = t.ones(2, requires_grad=True); b = x * 1; w = t.ones(2, requires_grad=True); "


@agree(
    [
        (_B + "p, q = b.unbind(); p.mul_(2)", "RuntimeError"),
        (_B + "p, q = b; p.mul_(2)", "RuntimeError"),
        (_B + "p, q = b.split(1); p.mul_(2)", "RuntimeError"),
        (_B + "p, q = b.split([1, 1]); p[0] = 2", "RuntimeError"),
        (_B + "p, q = b.chunk(2); p.mul_(2)", "RuntimeError"),
        (_B + "p, q = b.chunk(2); p.view(1, 1).mul_(2)", "RuntimeError"),
        (_B + "p, = b.chunk(1); p.mul_(2)", "RuntimeError"),
        (_B + "p, q = b.unbind(); p.unsqueeze_(0)", "RuntimeError"),
        (_B + "p, q = t.ones(2).unbind(); p.mul_(w[0])", "RuntimeError"),
        (_B + "p, q = b.tensor_split(2); p.mul_(2); b.sum().backward(); r = x.grad", [2.0, 1.0]),
        (_B + "p, q = b.hsplit(2); p.mul_(3); b.sum().backward(); r = x.grad", [3.0, 1.0]),
        (_B + "p, q = t.zeros(2).unbind(); p.add_(2); r = p", 2.0),
        (_B + "p, q = b.unbind()\nwith t.no_grad(): p.mul_(2)\nr = b", [2.0, 1.0]),
        (_B + "with t.no_grad(): v = b[:1]\nv.mul_(2)".replace("with", "\nwith"), "RuntimeError"),
        (_B + "\nwith t.no_grad(): v = b[:]\nv[0] = 1.", "RuntimeError"),
        (_B + "b = t.ones(2)\nwith t.no_grad(): v = b[:]\nv.mul_(w)", "RuntimeError"),
        (_B + "b = t.ones(2)\nwith t.no_grad(): v = b[:]\nv[:1].mul_(w[:1])", "RuntimeError"),
        (_B + "b = t.ones(2)\nwith t.no_grad(): v = b[:]\nv.mul_(2.); r = b", [2.0, 2.0]),
        (_B + "\nwith t.no_grad(): v = b[:1]; v.mul_(2)\nr = b", [2.0, 1.0]),
        # Nobody else has the tensor whose view the function returns.
        (_B + "\nwith t.no_grad(): v = t.nn.functional.max_pool1d(b.view(1, 2), 1)\nv.mul_(w); r = v", [[1.0, 1.0]]),
    ]
)
def test_writes_into_views_that_cannot_be_recorded_are_refused(program, expected):
    assert run(program) == expected


@pytest.mark.parametrize("returned", [lambda x: x, lambda x: x.view(-1), lambda x: (x * 2).view(-1)])
def test_a_view_that_a_custom_function_returns_cannot_be_written_in_place(returned):
    ten_times = function(lambda ctx, x: returned(x), lambda ctx, g: g * 10)
    x = t.ones(2, requires_grad=True)
    y = ten_times(x * 1)
    with pytest.raises(RuntimeError, match="a custom Function returned it"):
        y.mul_(2)
    y.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [10.0, 10.0]
    ten_times(t.ones(2)).mul_(2)
    function(lambda ctx, x: x * 2, lambda ctx, g: g)(x).mul_(2)


def test_a_custom_function_that_returns_its_input_returns_a_view_of_it():
    same = function(lambda ctx, x: x, lambda ctx, g: g * 10)
    for x in (t.ones(2), t.ones(2, requires_grad=True), t.ones(2, requires_grad=True) * 1):
        y = same(x)
        assert y is not x and y._base is x and y.data_ptr() == x.data_ptr()
    y = same(x)
    x.mul_(2)
    with pytest.raises(RuntimeError, match="written in place"):
        y.sum()


# -- detach_ and shapes that change in place --------------------------------------------------------

_V = "x = t.tensor([1., 2.], requires_grad=True); b = x * 2; v = b[1:]; "
_M = "x = t.ones(2, 3, requires_grad=True); b = x * 1; v = b[0]; "


@agree(
    [
        (_V + "b.detach_(); r = v.requires_grad, b.requires_grad", [True, False]),
        (_V + "b.detach_(); v.sum().backward(); r = x.grad", [0.0, 2.0]),
        (_V + "b.mul_(x); v = b[1:]; b.detach_(); v.sum().backward(); r = x.grad", [0.0, 8.0]),
        (_V + "b.detach_(); b.mul_(x); v.sum().backward(); r = x.grad", [0.0, 4.0]),
        (_V + "v = x[1:]; x.requires_grad_(False); r = v.requires_grad", True),
        (_V + "v.detach_()", "RuntimeError"),
        (_V + "v = x[1:]; v.detach_()", "RuntimeError"),
        ("x = t.ones(2, requires_grad=True); x.unsqueeze_(0)", "RuntimeError"),
        ("x = t.ones(2, 2, requires_grad=True); x.t_()", "RuntimeError"),
        ("x = t.ones(2, 2, requires_grad=True); x.transpose_(0, 1)", "RuntimeError"),
        ("x = t.ones(1, 2, requires_grad=True); x.squeeze_()", "RuntimeError"),
        ("x = t.ones(1, 2, requires_grad=True); x.resize_(2)", "RuntimeError"),
        ("x = t.ones(1, 2, requires_grad=True); x.swapaxes_(0, 1)", "RuntimeError"),
        ("x = t.ones(1, 2, requires_grad=True); x[0].unsqueeze_(0)", "RuntimeError"),
        (
            "x = t.ones(2, 3, requires_grad=True)\nwith t.no_grad(): x.t_()\n"
            "r = list(x.shape), x.requires_grad, x.is_leaf",
            [[3, 2], True, True],
        ),
        (
            _M + "v.unsqueeze_(0); b.mul_(2); v.sum().backward(); r = list(v.shape), x.grad",
            [[1, 3], [[2.0] * 3, [0.0] * 3]],
        ),
        (_M + "b.t_(); (b * b).sum().backward(); r = list(b.shape), x.grad", [[3, 2], [[2.0] * 3, [2.0] * 3]]),
        (_M + "b.t_(); (v * t.tensor([1., 2., 3.])).sum().backward(); r = x.grad", [[1.0, 2.0, 3.0], [0.0] * 3]),
        (
            _M + "b.t_(); b.mul_(2); (v * t.tensor([1., 2., 3.])).sum().backward(); r = x.grad",
            [[2.0, 4.0, 6.0], [0.0] * 3],
        ),
        (
            _M + "b.t_(); v.mul_(2); (b * t.arange(6.).reshape(3, 2)).sum().backward(); r = x.grad",
            [[0.0, 4.0, 8.0], [1.0, 3.0, 5.0]],
        ),
        (_M + "b.unsqueeze_(1); v[0] = 9.; b.sum().backward(); r = x.grad", [[0.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
    ]
)
def test_detach_and_new_shapes_in_place(program, expected):
    assert run(program) == expected


def test_the_result_of_a_function_can_be_detached_in_place_although_it_ends_with_a_view():
    x = t.ones(1, 1, 4, requires_grad=True)
    y = nn.functional.max_pool1d(x, 2)
    assert y.requires_grad and not y.detach_().requires_grad


# -- what has no gradient ---------------------------------------------------------------------------

_I = "i = t.zeros(2, dtype=t.int64); w = t.ones(2, requires_grad=True); "
_Y = "x = t.ones(2, requires_grad=True); y = x * 1; "


@agree(
    [
        (_I + "i[0] = w[0]; r = i.requires_grad, i", [False, [1, 0]]),
        (_I + "i.copy_(w); r = i.requires_grad, i", [False, [1, 1]]),
        (_I + "i.fill_(w[0]); r = i.requires_grad, i", [False, [1, 1]]),  # in PyTorch it then requires grad
        (_I + "i[:1].copy_(w[:1]); r = i.requires_grad, i", [False, [1, 0]]),
        (_I + "b = i > 5; b[0] = w[0]; r = b.requires_grad, b", [False, [True, False]]),
        # PyTorch leaves the gradient of the logical functions, as of the values before, and raises for heaviside_.
        *[
            (_Y + f"y.{name}; r = y.requires_grad; y.sum().backward(); r = r, x.grad", [True, [0.0, 0.0]])
            for name in (
                "eq_(1)", "ne_(1)", "lt_(1)", "ge_(1)", "logical_and_(t.ones(2))", "logical_not_()", "floor_()",
                "sign_()",                "heaviside_(t.ones(2))", "zero_()", "bernoulli_()",
            )
        ],
        ("x = t.ones(2, requires_grad=True); x.eq_(1)", "RuntimeError"),
        (_Y + "y.apply_(lambda v: v + 1)", "RuntimeError"),
    ]
)  # fmt: skip
def test_integers_never_require_grad_and_step_functions_in_place_have_the_gradient_zero(program, expected):
    assert run(program) == expected


@agree(
    [
        ("x = t.ones(2); x.fill_(1j)", "RuntimeError"),
        ("x = t.ones(2, dtype=t.int64); x.fill_(1j)", "RuntimeError"),
        ("x = t.ones(2); x.fill_(None)", "TypeError"),
        ("x = t.ones(2); x.fill_('a')", "TypeError"),
        ("x = t.ones(2); x.fill_([1.])", "TypeError"),
        ("x = t.ones(2); x.copy_(None)", "TypeError"),
        ("x = t.ones(2); x.copy_([1., 2.])", "TypeError"),
        ("x = t.ones(2); x.copy_(3.); r = x", [3.0, 3.0]),
        ("x = t.ones(2); x.masked_fill_(t.tensor([True, False]), None)", "TypeError"),
        ("x = t.ones(2); x.masked_fill_(t.tensor([True, False]), 1j)", "RuntimeError"),
        ("x = t.ones(2); x.float_power_(2)", "RuntimeError"),
        ("x = t.full((2,), 3., dtype=t.float64); x.float_power_(2); r = x", [9.0, 9.0]),
        ("x = t.ones(2, dtype=t.complex64); x.abs_()", "RuntimeError"),
        ("x = -t.ones(2); x.abs_(); r = x", [1.0, 1.0]),
    ]
)
def test_in_place_operations_refuse_what_the_tensor_cannot_hold(program, expected):
    assert run(program) == expected


# -- copies -----------------------------------------------------------------------------------------


@agree(
    [
        (
            "a = t.arange(4.); w = copy.deepcopy([a, a[:2]]); w[0].add_(1); r = w[1], a",
            [[1.0, 2.0], [0.0, 1.0, 2.0, 3.0]],
        ),
        ("a = t.arange(4.); w = copy.deepcopy([a[1:], a[:2]]); w[0].add_(1); r = w[1]", [0.0, 2.0]),
        (
            "a = t.arange(4.); w = copy.deepcopy([a.data, a, a.detach()]); w[0].add_(1); r = w[1:]",
            [[1.0, 2.0, 3.0, 4.0]] * 2,
        ),
        (
            "a = t.arange(4.); w = copy.deepcopy(a[1:]); r = w.storage_offset(), w.untyped_storage().nbytes(), w._base",
            [1, 16, None],
        ),
        ("r = copy.deepcopy(t.arange(6.).reshape(2, 3).t()).stride()", [1, 3]),
        ("r = copy.deepcopy(t.zeros(1).expand(3)).stride()", [0]),
        (
            "a = t.arange(4.); w = copy.deepcopy({'a': a, 'b': [a[1:2], {'c': a.view(2, 2)}]}); w['a'].zero_(); "
            "r = w['b'][0], w['b'][1]['c']",
            [[0.0], [[0.0, 0.0], [0.0, 0.0]]],
        ),
        (
            "m = t.nn.Linear(2, 2); m.register_buffer('v', m.weight.detach()[0]); s = copy.deepcopy(m.state_dict()); "
            "s['v'].zero_(); r = s['weight'][0], bool((m.weight != 0).all())",
            [[0.0, 0.0], True],
        ),
        (
            "z = t.ones(2, dtype=t.complex64); w = copy.deepcopy([z, z.real]); w[1].zero_(); r = w[0], z",
            [[0j, 0j], [1 + 0j] * 2],
        ),
        ("a = t.arange(4.); w = pickle.loads(pickle.dumps([a, a])); r = w[0] is w[1]", True),
    ]
)  # fmt: skip
def test_copies_share_memory_where_the_originals_do(program, expected):
    assert run(program) == expected


def test_a_chain_of_writes_through_an_expanded_view_has_the_gradient_of_the_same_values_in_their_own_memory():
    def loss(x, expanded):
        base = x * 1
        y = base.expand(3, 2) if expanded else None
        if expanded:
            y[0] = y[1].clone() ** 2
            y[2, 1] = x[0] * 3
            base[0] = base[0] + y[0, 1]
            return (y.clone() ** 2).sum()
        base = base * base
        second = x[0] * 3
        first = base[0] + second
        return 3 * (first * first + second * second)

    grads = []
    for expanded in (True, False):
        x = t.tensor([2.0, 3.0], dtype=t.float64, requires_grad=True)
        loss(x, expanded).backward()
        grads.append(x.grad.tolist())
    assert grads[0] == grads[1]


def test_no_program_of_this_file_warns_of_shared_elements_without_sharing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = t.zeros(3, 1)
        x[[0, 2]] = 1.0
        x.expand(3, 4)[:, 2] = t.tensor([1.0, 2.0, 3.0])
    assert x.tolist() == [[1.0], [2.0], [3.0]]


@pytest.mark.parametrize("size", [3, 300])
def test_a_view_follows_its_base_whose_shape_was_changed_in_place(size):
    x = t.ones(size, requires_grad=True)
    base = x * 1
    view = base[:2]
    base.unsqueeze_(0).mul_(3)
    assert view.tolist() == [3, 3]
    view.sum().backward()
    assert x.grad.tolist() == [3, 3] + [0] * (size - 2)


def test_the_gradient_of_a_written_view_is_that_of_its_own_uses():
    x = t.ones(3, requires_grad=True)
    y = x * 2
    view = y[:2]
    view.retain_grad()
    view.mul_(3)
    y.retain_grad()
    (y.sum() + view.sum()).backward()
    assert view.grad.tolist() == [1, 1]  # the use of y goes to y itself
    assert y.grad.tolist() == [2, 2, 1]
    assert x.grad.tolist() == [12, 12, 2]


def test_a_hook_on_a_written_view_changes_the_gradient_of_its_own_uses_only():
    x = t.ones(3, requires_grad=True)
    y = x * 2
    view = y[:2]
    view.mul_(3)
    view.register_hook(lambda g: g * 10)
    (y.sum() + view.sum()).backward()
    assert x.grad.tolist() == [66, 66, 2]
