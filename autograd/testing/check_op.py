"""`check_op`: check everything about a function of tensors, in one line of a test."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ..base.dtypes import Array, from_numpy_dtype
from ..core.graph import Leaf, Node
from ..core.tensor import Tensor, wrap
from ..func import jvp, vmap
from ..transforms.function import OnceDifferentiableError
from ..transforms.gradients import grad
from .domains.domain import Domain, stated_domain
from .engine.calls import Call, GradcheckError, Mismatch, direction_of, hides_frames, pull
from .engine.draw import Draw, Sample, Values
from .engine.jacobian import compare
from .engine.oracles import complex_step, differences, second_derivative
from .engine.verdict import Options
from .gradcheck import call_of, check_orders

__tracebackhide__ = hides_frames

#: The tolerance for rounding, relative to the largest element, by the bytes of a number.
_ROUNDING = {2: 3e-2, 4: 2e-4, 8: 2e-12}


def check_op(
    func: Callable[..., Any],
    domain: Any = None,
    reference: Callable[..., Any] | None = None,
    *,
    analytic: bool = False,
    order: int = 2,
    dtypes: Sequence[str] = ("float32",),
    min_side: int = 0,
    examples: int = 20,
    seed: int = 0,
) -> None:
    """Check a function of tensors on many small inputs, of every kind of shape and memory layout.

    It checks

    - the values, against `reference`; that a second call returns the same; that no input changes;
    - the derivatives up to `order`, against differences; those of an analytic function also against the complex step
      (first order) and Cauchy's formula (second order);
    - that `jvp` is the transpose of the vjp, and that `vmap` equals a loop;
    - inputs that broadcast, are 0-d or empty, in Fortran order, strided or reversed; and other dtypes;
    - that the graph is freed with its last reference.

    Args:
        func: takes Tensors, returns a Tensor or several. Of an `nn.Module` a copy is checked, with its parameters.
        domain: the range of each input, a pair (low, high) or `Values`, which also keeps away from kinks and
            poles; for several inputs a list of them, whose shapes will broadcast. If shapes must fit in another way, a
            function that takes a `Draw` and returns a tuple of arrays. Or a `Domain`, which has its own call. It can be
            left out for an operation that has been given one by `extend.domain`.
        reference: the same function on NumPy arrays.
        analytic: whether the function also works in complex numbers: it has no abs, norm or comparison.
        order: the order of the highest derivative to check.
        dtypes: names of further dtypes in which it must work and return its results.
        min_side: 1 leaves out empty inputs, which some functions (such as a maximum) do not accept.
        examples: the number of examples that Hypothesis draws, besides the shapes that are always tried.
        seed: the seed of the examples.

    Raises:
        GradcheckError: a derivative is wrong.
        Mismatch: something else is wrong.
        ModuleNotFoundError: Hypothesis is not installed.

    >>> import autograd
    >>> check_op(autograd.log, (0.1, 3), np.log, analytic=True, examples=2)
    """
    try:
        import hypothesis
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("check_op draws its examples with Hypothesis: pip install hypothesis") from error
    from .strategies import draws

    if not (callable(func) or isinstance(domain, Domain)):
        raise TypeError(f"check_op: expected a function of tensors, but got {type(func).__name__}")
    for what, number in ("examples", examples), ("order", order):
        if not isinstance(number, int) or number < 1:
            raise ValueError(f"check_op: {what} must be a whole number of 1 or more, but got {number!r}")
    if not isinstance(seed, int):
        raise TypeError(f"check_op: seed must be an int, not {type(seed).__name__}")
    if domain is None:
        domain, analytic = stated_domain(func)
    if isinstance(dtypes, str):
        raise TypeError(f"check_op: dtypes must be a list of names, but got {dtypes!r}")
    func = _in_dtype(func, np.dtype(np.float64))
    sample = _drawer_of(func, domain, min_side)
    analytic = analytic or isinstance(domain, Domain) and domain.analytic

    def check(call: Callable[..., Any], inputs: Sequence[Array], rng: np.random.Generator) -> None:
        try:
            _check_values(call, inputs, reference)
            _check_derivatives(call, inputs, order, rng)
            if analytic and all(np.asarray(x).dtype.kind == "f" for x in inputs):
                _check_by_complex_step(call, inputs, order, rng)
            with suppress(OnceDifferentiableError):  # jvp differentiates the vjp, so it needs the second order
                _check_jvp(call, inputs, rng)
            _check_vmap(call, inputs)
            for name in dtypes:
                _check_dtype(call, inputs, np.dtype(name), rng)
            _check_released(call, inputs)
        except Exception as error:
            error.add_note(f"for inputs of {_description(inputs)}; check_op with seed={seed} and examples={examples}")
            raise

    if not callable(domain) and not isinstance(domain, Domain):
        for number, inputs in enumerate(_fixed_inputs(_values_of(domain), min_side)):
            check(func, inputs, np.random.default_rng([seed, number]))

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
    )
    @hypothesis.given(draws())
    def on_examples(draw: Draw) -> None:
        check(*sample(draw), draw.rng)

    on_examples()


# -- inputs ------------------------------------------------------------------------------------------


def _values_of(domain: Any) -> list[Any]:
    """The `Values` of each input, from the pairs of a domain."""

    def one(part: Any) -> Any:
        if isinstance(part, Values):
            return part
        if isinstance(part, tuple) and len(part) == 2 and all(isinstance(v, (int, float)) for v in part):
            return Values(*part)
        raise TypeError(
            "check_op: expected (low, high) or Values for each input (several in a list), a function of a Draw or a "
            f"Domain, but got {part!r}"
        )

    return [one(part) for part in domain] if isinstance(domain, list) and domain else [one(domain)]


def _drawer_of(func: Callable[..., Any], domain: Any, min_side: int) -> Callable[[Draw], Sample]:
    """A function that draws a call of the function, or of a `Domain`."""
    if isinstance(domain, Domain):
        return domain.sample
    if callable(domain):
        return lambda draw: Sample(func, tuple(np.asarray(x) for x in domain(draw)))
    values = _values_of(domain)

    def sample(draw: Draw) -> Sample:
        full = draw.shape(min_side=min_side)
        shapes = [full, *(draw.narrowed(full) for _ in values[1:])]
        return Sample(func, tuple(draw.layout(v.fill(shape, draw.rng)) for v, shape in zip(values, shapes)))

    return sample


def _fixed_inputs(values: list[Any], min_side: int) -> Iterator[list[Array]]:
    """The inputs that are always tried, whatever Hypothesis draws: the usual shapes and layouts."""
    rng = np.random.default_rng(0)
    count = len(values)
    shapes: list[list[tuple[int, ...]]] = [[()] * count, [(2, 3)] * count]
    if min_side == 0:
        shapes.append([(0,)] * count)
    if count > 1:
        shapes += [[a] + [b] * (count - 1) for a, b in (((2, 3), (3,)), ((1, 3), (2, 1)), ((), (2,)))]
    for some in shapes:
        yield [v.fill(shape, rng) for v, shape in zip(values, some)]
    yield [np.flip(v.fill((2, 3), rng)) for v in values]
    yield [v.fill((3, 2), rng).T for v in values]


def _description(inputs: Sequence[Array]) -> str:
    def layout(x: Array) -> str:
        if np.asarray(x).flags.c_contiguous:
            return ""
        return " with negative strides" if min(x.strides) < 0 else " not contiguous"

    return ", ".join(f"shape {np.shape(x)}{layout(np.asarray(x))}" for x in inputs)


# -- one example -------------------------------------------------------------------------------------


def _in_dtype(func: Callable[..., Any], dtype: np.dtype[Any]) -> Callable[..., Any]:
    """A copy of a module in another dtype; any other function unchanged."""
    if not hasattr(func, "named_parameters"):
        return func
    module: Any = copy.deepcopy(func)
    return module.to(from_numpy_dtype(dtype))


def _leaves(inputs: Sequence[Array]) -> list[Tensor]:
    return [wrap(x).requires_grad_() for x in inputs]


def _arrays(returned: Any) -> list[Array]:
    return [np.asarray(out.array) for out in Call.tensors_of(returned)]


def _gradients(outs: Sequence[Tensor], xs: Sequence[Tensor], cotangents: Sequence[Array]) -> list[Array]:
    """The gradients of inputs, zeros for one that the outputs do not depend on."""
    found = pull(outs, xs, [wrap(g[()]) for g in cotangents])
    return [np.zeros_like(x.array) if g is None else np.asarray(g.array) for x, g in zip(xs, found)]


def _close(a: Array, b: Array) -> bool:
    """Whether two arrays are equal up to rounding in the less precise of their dtypes."""
    if a.shape != b.shape:
        return False
    if a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        return np.array_equal(a, b)
    allowed = max(_rounding(a.dtype), _rounding(b.dtype))
    finite = np.isfinite(a) & np.isfinite(b)
    scale = max(1.0, *(float(np.max(np.abs(v[finite]), initial=0)) for v in (a, b)))
    same = (a == b) | np.isnan(a) & np.isnan(b)
    return bool(np.all(same | finite & (np.abs(np.where(finite, a, 0) - np.where(finite, b, 0)) <= allowed * scale)))


def _rounding(dtype: np.dtype[Any]) -> float:
    return _ROUNDING.get(np.finfo(dtype).dtype.itemsize, _ROUNDING[8])


def _check_close(message: str, got: Sequence[Array], expected: Sequence[Array]) -> None:
    """Check that arrays are equal up to rounding; `message` has places for the number {k} and both values {a}, {b}."""
    for k, (a, b) in enumerate(zip(got, expected, strict=True)):
        if not _close(a, b):
            raise Mismatch(message.format(k=k, a=a, b=b))


def _check_values(func: Callable[..., Any], inputs: Sequence[Array], reference: Callable[..., Any] | None) -> None:
    """Check the values, and that inputs do not change."""
    xs = _leaves(inputs)
    before = [(np.array(x.array), x._version) for x in xs]
    returned = func(*xs)

    def check_unchanged() -> None:
        for i, (x, (was, version)) in enumerate(zip(xs, before)):
            if np.asarray(x.array).tobytes() != was.tobytes() or x._version != version:
                raise Mismatch(f"input {i} is changed by the function or its backward: clone() it before writing to it")

    check_unchanged()
    outs, again = _arrays(returned), _arrays(func(*xs))
    for k, (a, b) in enumerate(zip(outs, again, strict=True)):
        if a.shape != b.shape or a.tobytes() != b.tobytes():
            raise Mismatch(f"non-determinism: output {k} differs when the function is called again\n{a}\n{b}")
    tensors = Call.tensors_of(returned)
    pull(tensors, xs, [wrap(np.ones_like(t.array)) for t in tensors])
    check_unchanged()
    if reference is not None:
        found = reference(*inputs)
        expected = [np.asarray(e) for e in (found if isinstance(found, tuple) else (found,))]
        _check_close("output {k} is\n{a}\nbut by the reference\n{b}", outs, expected)
    plain = _arrays(func(*(wrap(np.array(x, order="C")[()]) for x in inputs)))
    message = "output {k} depends on the memory layout of the inputs: it is\n{a}\nbut for contiguous inputs\n{b}"
    _check_close(message, outs, plain)


def _check_derivatives(func: Callable[..., Any], inputs: Sequence[Array], order: int, rng: np.random.Generator) -> None:
    call = call_of(func, _leaves(inputs))
    if any(call.numbers(i) for i in call.sources):
        check_orders(call, order, Options(projected=True, constants=not any(o.array.size for o in call.outs)), rng)
        return
    cotangents = [direction_of(call.outs[k].array, rng) for k in call.checked]
    for i, g in call.pull(call.checked, cotangents).items():
        if g is not None and g.shape != np.shape(call.inputs[i].array):
            raise GradcheckError(f"the gradient of empty input {i} has shape {g.shape}")


def _check_by_complex_step(
    func: Callable[..., Any], inputs: Sequence[Array], order: int, rng: np.random.Generator
) -> None:
    """Check the derivatives of a weighted sum of the outputs along a random direction, from values alone."""
    xs = _leaves(inputs)
    tensors = [out for out in Call.tensors_of(func(*xs)) if out.requires_grad]
    weights = [direction_of(out.array, rng) for out in tensors]
    directions = [np.asarray(direction_of(x, rng)) for x in inputs]
    if not any(d.size for d in directions) or not any(w.size for w in weights):
        return

    def along(t: Any) -> Any:
        outs = _arrays(func(*(wrap(np.asarray(x + t * u)[()]) for x, u in zip(inputs, directions))))
        return sum(np.sum(w * out) for w, out in zip(weights, outs))

    gs = grad(tensors, xs, [wrap(w[()]) for w in weights], create_graph=order > 1, materialize_grads=True)
    terms = np.concatenate([np.ravel(g.array * u) for g, u in zip(gs, directions) if g is not None])
    exact = float(complex_step(along, np.zeros(())))
    coarse = differences(lambda t: np.asarray(along(t)))
    scale = float(np.sum(np.abs(terms))) + abs(exact)
    if abs(exact - coarse.value) > 4 * coarse.error + 1e-9 * scale:
        raise Mismatch(
            f"the function is not analytic: along a random direction the complex step gives {exact:.10g}, differences "
            f"{float(coarse.value):.10g} ± {float(coarse.error):.1g}. It applies abs, real, conj or a comparison to "
            "complex numbers: check it with analytic=False"
        )
    if abs(np.sum(terms) - exact) > _ROUNDING[8] * scale:
        raise GradcheckError(
            f"the slope along a random direction is {np.sum(terms):.16g} by backward, but {exact:.16g} by the complex "
            "step"
        )
    if order < 2 or not any(g is not None and g.requires_grad for g in gs):
        return
    slope = [(g, u) for g, u in zip(gs, directions) if g is not None and g.requires_grad]
    hs = _gradients([g for g, _ in slope], xs, [u for _, u in slope])
    bends = np.concatenate([np.ravel(h * u) for h, u in zip(hs, directions)])
    value, error = second_derivative(along, np.zeros(()), np.ones(()))
    if abs(np.sum(bends) - value) > 4 * error + _ROUNDING[8] * float(np.sum(np.abs(bends))):
        raise GradcheckError(
            f"order 2: the second derivative along a random direction is {np.sum(bends):.12g} by backward, but "
            f"{float(value):.12g} ± {float(error):.1g} by Cauchy's formula, from values alone"
        )


def _check_jvp(func: Callable[..., Any], inputs: Sequence[Array], rng: np.random.Generator) -> None:
    """Check that jvp is the transpose of the vjp."""
    xs = _leaves(inputs)
    outs = [out for out in Call.tensors_of(func(*xs)) if out.requires_grad]

    def differentiable(*args: Tensor) -> tuple[Tensor, ...]:
        return tuple(out for out in Call.tensors_of(func(*args)) if out.array.dtype.kind in "fc")

    if outs and len(outs) == len(differentiable(*xs)):
        tangents = [direction_of(x, rng) for x in inputs]
        weights = [direction_of(out.array, rng) for out in outs]
        pushed = jvp(differentiable, tuple(x.detach() for x in xs), tuple(wrap(t[()]) for t in tangents))[1]
        forward = [np.ravel(np.conj(w) * t.array).real for w, t in zip(weights, pushed)]
        backward = [np.ravel(np.conj(g) * t).real for g, t in zip(_gradients(outs, xs, weights), tangents)]
        a, b = np.concatenate(forward), np.concatenate(backward)
        allowed = max(_rounding(out.array.dtype) for out in outs)
        if not abs(a.sum() - b.sum()) <= allowed * (np.abs(a).sum() + np.abs(b).sum() + 1e-3):
            raise Mismatch(
                f"jvp is not the transpose of the vjp: along random directions they give {a.sum():.16g} and "
                f"{b.sum():.16g}"
            )


def _check_vmap(func: Callable[..., Any], inputs: Sequence[Array]) -> None:
    """Check that vmap equals a loop."""
    samples = inputs, [np.asarray(0.999 * x, x.dtype) for x in inputs]
    try:
        together = _arrays(vmap(func)(*(wrap(np.stack(pair)) for pair in zip(*samples))))
    except NotImplementedError:
        return
    for n, sample in enumerate(samples):
        message = "vmap and calls one by one give different values for output {k}:\n{a}\n{b}"
        _check_close(message, [a[n] for a in together], _arrays(func(*_leaves(sample))))


def _check_dtype(
    func: Callable[..., Any], inputs: Sequence[Array], dtype: np.dtype[Any], rng: np.random.Generator
) -> None:
    """Check that another precision is kept and gives rounded results; for a complex dtype, check the derivatives."""
    if dtype.kind == "c":
        turned = [x + 1j * np.asarray(0.2 * direction_of(np.asarray(x, np.float64), rng)) for x in inputs]
        if any(np.size(x) for x in turned):
            call = Call(func, _leaves([np.asarray(x, np.complex128)[()] for x in turned]))
            compare(call, Options(constants=True), rng)
        return
    if any(np.asarray(x).dtype.kind == "c" for x in inputs):
        return
    name = from_numpy_dtype(dtype)
    small = [np.asarray(x).astype(dtype)[()] for x in inputs]
    xs, ys = _leaves(small), _leaves([np.asarray(x, np.float64)[()] for x in small])
    outs, references = Call.tensors_of(_in_dtype(func, dtype)(*xs)), Call.tensors_of(func(*ys))
    pairs = list(zip(outs, references, strict=True))
    for k, (a, b) in enumerate(pairs):
        if b.array.dtype == np.float64 and a.array.dtype != dtype:
            message = f"for inputs of {name} output {k} is {a.dtype}: the function uses a constant of another dtype"
            raise Mismatch(message)
    in_double = "is\n{a}\nbut in float64\n{b}"
    _check_close(
        f"in {name} output {{k}} {in_double}", *([np.asarray(out.array) for out in side] for side in zip(*pairs))
    )
    seeds = [np.asarray(direction_of(a.array, rng)) for a in outs]
    single, double = _gradients(outs, xs, seeds), _gradients(references, ys, [g.astype(np.float64) for g in seeds])
    for i, g in enumerate(single):
        if g.dtype != dtype:
            raise Mismatch(f"the gradient of input {i} is {from_numpy_dtype(g.dtype)}, but the input is {name}")
    _check_close(f"in {name} the gradient of input {{k}} {in_double}", single, double)


def _check_released(func: Callable[..., Any], inputs: Sequence[Array]) -> None:
    """Check that the graph is freed with its last reference, without the garbage collector."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        alive = _nodes_of_a_call(func, inputs)
        left = [node for ref in alive if (node := ref()) is not None]
    finally:
        if enabled:
            gc.enable()
    if left:
        raise Mismatch(
            f"the graph outlives its last reference: {', '.join(sorted({node.name() for node in left}))} is still "
            "alive. Something refers to it: a cycle (ctx.output = output instead of save_for_backward), a global list "
            "or a cache"
        )


def _nodes_of_a_call(func: Callable[..., Any], inputs: Sequence[Array]) -> list[weakref.ref[Node | Leaf]]:
    outs = Call.tensors_of(func(*_leaves(inputs)))
    return [weakref.ref(out.node) for out in outs if out.node is not None]
