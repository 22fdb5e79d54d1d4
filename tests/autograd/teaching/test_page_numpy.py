"""The page's NumPy under Node: every call, of drawn arguments, gives what NumPy gives."""

import itertools

import numpy as np
import pytest

from autograd.compiler.trace import Trace
from autograd.core.primitive import registry
from autograd.ops.elementwise.complex_numbers import _of_parts
from autograd.ops.matrix.functions import _each_or_nan
from autograd.ops.special.error_function import _erf, _erfc
from autograd.ops.window.geometry import Geometry
from autograd.teaching.page_program import PageProgram
from tests.tools.page import node

pytestmark = pytest.mark.skipif(node.NODE is None, reason="node is not installed")

#: Values at which functions of numbers are special, beside the drawn ones.
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -1.5, np.inf, -np.inf, np.nan, 30.0, -30.0, 1e-9]
UNARY = (
    "negative", "positive", "absolute", "fabs", "square", "reciprocal", "sign", "sqrt", "cbrt", "exp", "exp2", "expm1",
    "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
    "arcsinh", "arccosh", "arctanh", "floor", "ceil", "trunc", "rint", "isnan", "isfinite", "isinf", "signbit",
    "logical_not", "conjugate", "isneginf", "isposinf",
)  # fmt: skip
BINARY = (
    "add", "subtract", "multiply", "divide", "power", "hypot", "arctan2", "maximum", "minimum", "fmax", "fmin",
    "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or", "logical_xor",
    "copysign", "logaddexp", "remainder", "fmod", "floor_divide",
)  # fmt: skip
OF_COMPLEX = (
    "negative", "positive", "absolute", "square", "reciprocal", "sqrt", "exp", "log", "sin", "cos", "tan", "sinh",
    "cosh", "tanh", "sign", "isnan", "isfinite", "isinf", "logical_not", "conjugate", "add", "subtract", "multiply",
    "divide", "power", "equal", "not_equal",
)  # fmt: skip
OF_WHOLE = ("bitwise_and", "bitwise_or", "bitwise_xor", "remainder", "floor_divide", "left_shift", "right_shift")
REDUCTIONS = ("sum", "prod", "max", "min", "mean", "var", "any", "all", "argmax", "argmin", "cumsum", "cumprod")


def drawn(rng, shape, dtype):
    """Numbers of any size of a dtype."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(0 if dtype.kind == "u" else -4, 5, shape).astype(dtype)
    if dtype.kind == "c":
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
    return (rng.normal(size=shape) * rng.choice([0.1, 1, 10])).astype(dtype)


def shapes_that_broadcast(rng):
    whole = tuple(rng.integers(1, 4, size=rng.integers(0, 4)).tolist())
    cut = [tuple(1 if rng.random() < 0.3 else n for n in whole) for _ in range(2)]
    return cut[0], cut[1][rng.integers(len(whole) + 1) :] if whole else ()


def elementwise(rng):
    for name in UNARY:
        yield getattr(np, name), [np.array(SPECIAL)], {}
        yield getattr(np, name), [drawn(rng, shapes_that_broadcast(rng)[0], rng.choice(["f4", "f8"]))], {}
    for name in BINARY:
        pairs = np.array(list(itertools.product(SPECIAL, SPECIAL)))
        if name not in ("remainder", "fmod", "floor_divide"):  # of an infinity and 0 each platform has its own
            yield getattr(np, name), [pairs[:, 0], pairs[:, 1]], {}
        a, b = shapes_that_broadcast(rng)
        yield getattr(np, name), [drawn(rng, a, "f8"), drawn(rng, b, "f8")], {}
        yield getattr(np, name), [drawn(rng, a, "f4"), 1.5], {}
    for name in OF_COMPLEX:
        f = getattr(np, name)
        yield f, [drawn(rng, shape, "c16") for shape in shapes_that_broadcast(rng)[: f.nin]], {}
    for name in OF_WHOLE:
        yield getattr(np, name), [drawn(rng, (2, 3), "i8"), np.array([1, 3, 2])], {}
    yield np.bitwise_and, [np.array([2**40 + 5, 7]), np.array([2**40 + 3, 12])], {}
    for f in (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.logical_and):
        yield f, [drawn(rng, (9,), bool), drawn(rng, (9,), bool)], {}
    yield np.invert, [drawn(rng, (5,), bool)], {}
    yield np.invert, [drawn(rng, (5,), "i8")], {}
    yield np.where, [drawn(rng, (4, 1), bool), drawn(rng, (4, 3), "f8"), 2.0], {}
    yield np.clip, [drawn(rng, (7,), "f8"), -0.5, 0.25], {}
    yield _erf, [np.concatenate([SPECIAL, np.linspace(-7, 7, 200)])], {}
    yield _erfc, [np.concatenate([SPECIAL, np.linspace(-7, 7, 200)])], {}
    yield _of_parts, [drawn(rng, (2, 3), "f8"), drawn(rng, (3,), "f8")], {}
    yield "round", [np.array([0.5, 1.5, -2.5, 1.257]), 2], {}
    yield "round", [np.array([0.5, 1.5, -2.5, 1.257])], {}
    yield np.real, [drawn(rng, (2, 3), "c16")], {}
    yield np.imag, [drawn(rng, (2, 3), "c8")], {}
    yield np.angle, [drawn(rng, (2, 3), "c16")], {}
    yield "conj", [drawn(rng, (2, 3), "c16")], {}
    yield "astype", [np.array([1.7, -2.2, 0.0]), np.dtype(bool)], {}
    yield "astype", [np.array([1.7, -2.2, 0.0]), np.dtype("i8")], {}
    yield "astype", [drawn(rng, (2, 2), "f8"), np.dtype("c16")], {}
    yield "view", [np.array([3, -1, -(2**40)]), np.dtype("u8")], {}
    yield "view", [drawn(rng, (2, 2), "f8"), np.dtype("f8")], {}
    yield pow, [np.float64(1.7), 3], {}


def reductions(rng):
    for name, dtype in itertools.product(REDUCTIONS, ("f8", "f4", "?", "i8")):
        if dtype in "?i8" and name in ("var", "mean"):
            continue
        x = drawn(rng, (2, 3, 4), dtype)
        yield name, [x], {"axis": int(rng.integers(-3, 3))}
        yield name, [x], {}
        if name not in ("cumsum", "cumprod", "argmax", "argmin"):
            yield name, [x], {"axis": (0, 2), "keepdims": True}
    for name in ("sum", "prod", "mean"):
        yield name, [drawn(rng, (2, 3), "c16")], {"axis": 1}
    yield "argmax", [np.array([[1.0, np.nan, 3.0], [2.0, 2.0, 1.0]])], {"axis": 1}
    yield "max", [np.array([1.0, np.nan, 3.0])], {}
    for f in (np.add, np.multiply, np.maximum, np.minimum, np.logical_or, np.logical_and):
        x = drawn(rng, (3, 4), bool if "logical" in f.__name__ else "f8")
        yield f.reduce, [x], {"axis": 1, "keepdims": True}
        yield f.reduce, [x], {}
        if "logical" not in f.__name__:
            yield f.accumulate, [x], {"axis": 1}
    for f in (np.bitwise_or, np.bitwise_and):
        yield f.reduce, [drawn(rng, (3, 2), bool)], {}
        yield f.accumulate, [drawn(rng, (3, 2), "i8")], {}
    for f in (np.logical_or, np.logical_and):
        yield f.accumulate, [drawn(rng, (3, 2), bool)], {}


def products(rng):
    for dtype in ("f8", "f4", "c16"):
        for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
                     ((5, 1, 2, 3), (4, 3, 2)), ((2, 3), (5, 3, 1))):  # fmt: skip
            yield np.matmul, [drawn(rng, a, dtype), drawn(rng, b, dtype)], {}
            if len(a) < 3 and len(b) < 3:
                yield "dot", [drawn(rng, a, dtype), drawn(rng, b, dtype)], {}
    yield np.dot, [np.float64(2.0), drawn(rng, (3,), "f8")], {}
    yield np.multiply.outer, [drawn(rng, (2, 3), "f8"), drawn(rng, (4,), "f8")], {}
    yield registry["mm"].forward, [drawn(rng, (2, 3), "f8"), drawn(rng, (3, 4), "f8")], {}


def shapes(rng):
    x, y = drawn(rng, (2, 3, 4), "f8"), drawn(rng, (3, 4, 1), "f8")
    turned = x.transpose(2, 0, 1)
    for z in (x, turned, x[:, ::-1], x[..., ::2], drawn(rng, (2, 1, 3), "c16")):
        yield "reshape", [z, (-1, 2)] if z.size % 2 == 0 else [z, -1], {}
        yield "reshape", [z, (z.size,)], {}
        yield "ravel", [z], {}
        yield "flatten", [z], {}
        yield "copy", [z], {}
        yield "transpose", [z], {}
        yield "transpose", [z, (1, 2, 0)], {}
        yield "swapaxes", [z, 0, -1], {}
        yield np.moveaxis, [z, 0, 2], {}
        yield np.moveaxis, [z, (0, 1), (-1, 0)], {}
        yield np.flip, [z, 1], {}
        yield np.flip, [z], {}
        yield np.roll, [z, 2, 1], {}
        yield np.roll, [z, 1], {}
        yield np.roll, [z, (1, -1), (0, 2)], {}
        yield "repeat", [z, 2, 1], {}
        yield "diagonal", [z], {"offset": 1, "axis1": 1, "axis2": 2}
        yield np.expand_dims, [z, (0, 2)], {}
    yield "reshape", [turned[:, :1], (4, 1, 3)], {}
    yield "reshape", [x, (2, 1, 12)], {}
    yield "diagonal", [x[0], -1], {}
    yield "trace", [x[0, :, :3]], {}
    yield "squeeze", [y], {}
    yield "squeeze", [y, 2], {}
    yield "repeat", [x, 3], {}
    yield np.repeat, [x[0, 0], np.array([0, 2, 1, 3])], {}
    yield np.broadcast_to, [y, (2, 3, 4, 5)], {}
    yield np.concatenate, [[x, x[:, :2], drawn(rng, (2, 1, 4), "f8")]], {"axis": 1}
    yield np.concatenate, [[x, x], -1], {}
    yield np.stack, [[x, x]], {"axis": 1}
    for f in (np.triu, np.tril):
        yield f, [x], {}
        yield f, [x, -1], {}
        yield f, [drawn(rng, (3, 2), "f8")], {"k": 1}
    for f in (np.zeros_like, np.ones_like):
        yield f, [x], {}
    yield np.full_like, [x, 2.5], {}
    yield np.sort, [drawn(rng, (3, 5), "f8")], {}
    yield np.sort, [np.array([3.0, np.nan, -1.0])], {}
    yield "argsort", [drawn(rng, (3, 5), "f8"), 0], {}


def elements(rng):
    x = drawn(rng, (4, 5, 6), "f8")
    i, j = np.array([0, 2, -1]), np.array([[1], [3]])
    mask = drawn(rng, (4, 5), bool)
    keys = [
        2, (1, -1), (slice(1, 3), 2), (slice(None, None, -2), slice(3, 0, -1)), (..., 1), (None, 0, ..., None), i,
        (i, i), (slice(None), i), (i, slice(None), i), (i, 1), (0, slice(None), i), (..., i, j), mask, (slice(1, 2), j),
        (slice(5, 2), slice(-3, 100)), (i[:, None], np.array([0, 1])),
    ]  # fmt: skip
    for key in keys:
        yield "__getitem__", [x, key], {}
        part = np.shape(x[key])
        yield registry["index_put"].forward, [drawn(rng, part, "f8"), x.shape, key], {}
    yield "take", [x, j], {}
    yield "take", [x, i], {"axis": 1}
    yield "take", [x, 3, -1], {}
    yield np.take_along_axis, [x, np.argsort(x, 1), 1], {}


def algebra(rng):
    for imaginary in (0, 1j):
        x, y = (rng.normal(size=s) + imaginary * rng.normal(size=s) for s in ((2, 3, 3), (3, 2)))
        x[0, 0, 0] = 0  # rows are exchanged
        singular = np.stack([x[0], np.ones((3, 3))])
        yield np.linalg.inv, [x], {}
        yield _each_or_nan, [np.linalg.inv, singular], {}
        yield np.linalg.solve, [x, y], {}
        yield np.linalg.solve, [x[0], rng.normal(size=(4, 3, 1))], {}
        yield np.linalg.det, [singular], {}
        for norm, n in itertools.product(("backward", "ortho", "forward"), (5, 6)):
            z = rng.normal(size=(2, n, 3)) + imaginary * rng.normal(size=(2, n, 3))
            yield np.fft.fftn, [z], {"axes": (1, 2), "norm": norm}
            yield np.fft.ifftn, [z], {"axes": (0, -2), "norm": norm}
            yield np.fft.rfft, [z.real], {"axis": 1, "norm": norm}
            for size in (n - 2, n, n + 4):
                yield np.fft.irfft, [z, size], {"axis": 1, "norm": norm}


def layers(rng):
    geometries = (
        Geometry((5, 6), (2, 3), (4, 4), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
        Geometry((5, 6), (3, 2), (3, 3), (2, 3), ((1, 1), (1, 1)), (1, 1), 2),
        Geometry((7,), (3,), (4,), (1,), ((0, 1),), (2,), 1),
        Geometry((4, 4), (2, 2), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1), 1),
    )
    for g in geometries:
        x, weight = drawn(rng, (2, 4, *g.size), "f8"), drawn(rng, (6, 4 // g.groups, *g.kernel), "f8")
        y, pooled = drawn(rng, (2, 6, *g.out), "f8"), drawn(rng, (2, 4, *g.out), "f8")
        offsets = rng.integers(0, np.prod(g.kernel), pooled.shape).astype("u1")
        inside = np.ones_like(offsets) if g.padding[0] == (1, 1) else offsets  # a maximum is never in the border
        yield registry["convolution"].forward, [x, weight, drawn(rng, (6,), "f8"), g], {}
        yield registry["convolution"].forward, [x, weight, None, g], {}
        yield registry["convolution_input"].forward, [y, weight, g], {}
        yield registry["convolution_weight"].forward, [x, y, g], {}
        yield registry["avg_pool"].forward, [x, 4.0, g], {}
        yield registry["avg_pool"].forward, [x, np.full(g.out, 3.0), g], {}
        yield registry["avg_pool_spread"].forward, [pooled, 4.0, g], {}
        yield registry["max_pool_put"].forward, [pooled, inside, g], {}
        yield registry["max_pool_take"].forward, [x, inside, g], {}
        columns = registry["unfold"].forward(x, g)
        yield registry["unfold"].forward, [x, g], {}
        yield registry["fold"].forward, [drawn(rng, columns.shape, "f8"), g], {}
    yield registry["constant_pad"].forward, [drawn(rng, (2, 3), "f8"), ((1, 0), (2, 1)), -1.5], {}
    table, numbers = drawn(rng, (5, 3), "f8"), np.array([[0, 2, 2], [4, 0, 2]])
    yield registry["embedding"].forward, [table, numbers, None, False], {}


#: What makes new arrays of sizes alone, of which nothing is compared, and the engine's own functions, which
#: `test_page_primitives.py` calls.
OTHER = {"zeros", "ones", "full", "empty", "empty_like", "accumulate", "_windows_of"}
CALLS = (elementwise, reductions, products, shapes, elements, algebra, layers)


def written_down(call, args, kwargs):
    """The program of one call, and what NumPy returns."""
    trace = Trace()
    with trace:
        given = {id(a): trace.record.symbol(a) for a in [*args, *(args[0] if type(args[0]) is list else ())]
                 if isinstance(a, (np.ndarray, np.generic))}  # fmt: skip
        swap = lambda x: type(x)(map(swap, x)) if type(x) in (list, tuple) else given.get(id(x), x)
        kind = "call" if isinstance(call, str) or not hasattr(call, "__self__") else "ufunc"
        ufunc = getattr(call, "__self__", None)
        if isinstance(ufunc, np.ufunc):
            out = trace.record.do(kind, ufunc, swap(args), kwargs, method=call.__name__)
        else:
            out = trace.record.do(kind, call, swap(args), kwargs)
    program = PageProgram(trace, [out], given.values())
    return program.json, program.place(out), np.asarray(out.real_array)


def test_every_call_gives_what_numpy_gives():
    rng = np.random.default_rng(0)
    calls = [one for _ in range(3) for group in CALLS for one in group(rng)]
    with np.errstate(all="ignore"):
        made = [written_down(*one) for one in calls]
    script = """
        const text = (x) => (Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? "-0" : String(x));
        return data.map(([program, place]) => {
          const machine = new Program(program);
          if (machine.missing()) return machine.missing();
          const out = machine.run(machine.first)[place].whole();
          const names = machine.statements.map((s) => s[1]);
          return [out.shape, [...out.data].map(text), out.im && [...out.im].map(text), names];
        });
    """
    found = node.run(script, [[program, place] for program, place, _ in made])
    for (call, args, kwargs), (_, _, right), back in zip(calls, made, found, strict=True):
        what = f"{getattr(call, '__name__', call)} of {args} {kwargs}"
        assert isinstance(back, list), f"the page does not know {back}"
        shape, real, imaginary, _ = back
        numbers = np.array([float(x) for x in real])
        if imaginary is not None:
            numbers = numbers + 1j * np.array([float(x) for x in imaginary])
        assert tuple(shape) == right.shape, what
        wide = right.astype(complex if right.dtype.kind == "c" else float).ravel()
        scale = np.abs(wide[np.isfinite(wide)]).max(initial=0) if right.dtype.kind in "fc" else 0
        single = 2e-6 if right.dtype.itemsize // (1 + (right.dtype.kind == "c")) == 4 else 1e-12
        np.testing.assert_allclose(numbers, wide, rtol=single, atol=single * min(scale, 1), err_msg=what)
        if call in (np.negative, np.add, np.multiply, np.floor, np.sqrt) and imaginary is None:
            assert (np.signbit(numbers) == np.signbit(wide))[~np.isnan(wide)].all(), what
    covered = {name for back in found for name in back[3]}
    known = set(node.run("return Object.keys(NUMPY)", None))
    assert known - covered - OTHER - WRITES == set()


#: Calls that write, as a program does: each after a copy of the array.
WRITES = {"__setitem__", "put", "fill", "add.at", "copyto", "put_along_axis"}


def writes(rng):
    x, i = drawn(rng, (4, 5), "f8"), np.array([0, 2, 2])
    yield lambda a: a.__setitem__((slice(1, 3), 2), 7.0), x
    yield lambda a: a.__setitem__((i[:2], i[:2]), np.array([1.0, 2.0])), x
    yield lambda a: a.T.__setitem__(..., np.arange(4.0)), x
    yield lambda a: a.put(np.array([3, 7]), np.array([1.0, -1.0])), x
    yield lambda a: a.fill(3.0), x
    yield lambda a: a[1:3].fill(3.0), x
    yield lambda a: np.add.at(a, (i, i), np.array([1.0, 2.0, 3.0])), x
    yield lambda a: np.copyto(a, 2.0, where=drawn(rng, (4, 5), bool)), x
    yield lambda a: np.copyto(a[::2], np.arange(5.0)), x
    yield lambda a: np.put_along_axis(a, np.array([[0], [1], [2], [3]]), 9.0, 1), x
    yield lambda a: a.reshape(-1)[::3].__imul__(2.0), x
    yield lambda a: np.add(a, 1.0, out=a), x


def test_writes_are_seen_through_every_view():
    made = []
    for write, x in writes(np.random.default_rng(1)):
        trace = Trace()
        with trace:
            given = trace.record.symbol(x)
            out = given.copy()
            other = out.transpose()
            write(out)
            seen = other + 0.0
        program = PageProgram(trace, [out, seen], [given])
        made.append([program.json, program.place(out), program.place(seen), out.real_array.ravel().tolist()])
    script = """
        return data.map(([program, out, seen, right]) => {
          const machine = new Program(program);
          const values = machine.run(machine.first);
          const turned = transpose(values[seen]).whole();
          return [machine.missing() || "", [...values[out].whole().data], [...turned.data]];
        });
    """
    for (*_, right), (missing, found, seen) in zip(made, node.run(script, made), strict=True):
        assert (missing, found, seen) == ("", right, right)
