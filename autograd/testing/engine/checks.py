"""Everything that is checked about a rule at one set of inputs, whichever library computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from .calls import Call, GradcheckError, Mismatch, direction_of, hides_frames
from .digits import Report, condition_of, ulps_apart
from .jacobian import compare
from .oracles import EPSILON, complex_step, differences, first_derivative, second_derivative
from .orders import check_orders, compare_forward
from .rule import Pullback, Rule
from .verdict import Options

__tracebackhide__ = hides_frames

#: The tolerance for rounding, relative to the largest element, by the bytes of a number.
_ROUNDING = {2: 3e-2, 4: 2e-4, 8: 2e-12}

#: The number of inputs nearby at which rounding is told from a mistake.
_NEARBY = 12


class Plan(NamedTuple):
    """What is checked.

    Attributes:
        reference: the same function on NumPy arrays, or None.
        analytic: whether the function also works in complex numbers.
        order: the order of the highest derivative.
        dtypes: further dtypes.
        report: where the exactness of results is recorded.
    """

    reference: Callable[..., Any] | None
    analytic: bool
    order: int
    dtypes: Sequence[str]
    report: Report


def check(rule: Rule, inputs: Sequence[Array], plan: Plan, rng: np.random.Generator) -> None:
    """Check a rule at these inputs.

    Raises:
        GradcheckError, Mismatch: something is wrong.
    """
    check_values(rule, inputs, plan.reference)
    exactly = plan.analytic and all(np.asarray(x).dtype.kind == "f" for x in inputs)
    check_derivatives(rule, inputs, plan.order, rng, None if exactly else plan.report)
    if exactly:
        check_by_complex_step(rule, inputs, plan.order, rng, plan.report)
    check_jvp(rule, inputs, rng)
    check_vmap(rule, inputs)
    for name in plan.dtypes:
        check_dtype(rule, inputs, np.dtype(name), rng, plan.report)
    check_released(rule, inputs)
    plan.report.inputs += 1


def close(a: Array, b: Array) -> bool:
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
        if not close(a, b):
            raise Mismatch(message.format(k=k, a=a, b=b))


def _random_cotangents(outs: Sequence[Array], at: Sequence[int], rng: np.random.Generator) -> dict[int, Array]:
    """Random cotangents of some outputs."""
    return {k: np.asarray(direction_of(outs[k], rng)) for k in at}


def _or_zeros(found: Sequence[Array | None], inputs: Sequence[Array], sources: Sequence[int]) -> list[Array]:
    """The gradients of the sources, zeros for one that the outputs do not depend on."""
    return [np.zeros_like(inputs[i]) if (g := found[i]) is None else np.asarray(g) for i in sources]


def check_values(rule: Rule, inputs: Sequence[Array], reference: Callable[..., Any] | None) -> None:
    """Check the values, and that inputs do not change."""
    made = rule.vjp(inputs)

    def check_unchanged() -> None:
        for i in made.changed():
            raise Mismatch(f"input {i} is changed by the function or its backward: {rule.copy_first}")

    check_unchanged()
    outs = [np.array(out) for out in made.outs]
    for k, (a, b) in enumerate(zip(outs, rule.vjp(inputs).outs, strict=True)):
        if a.shape != b.shape or a.tobytes() != b.tobytes():
            raise Mismatch(f"non-determinism: output {k} differs when the function is called again\n{a}\n{b}")
    message = "output {k} is\n{a}\nwhere the function is differentiated, but\n{b}\nwhere it is not"
    _check_close(message, outs, rule.values(inputs))
    made.pull({k: np.ones_like(outs[k]) for k in made.reached})
    check_unchanged()
    if reference is not None:
        with np.errstate(all="ignore"):
            found = reference(*inputs)
        expected = [np.asarray(e) for e in (found if isinstance(found, tuple) else (found,))]
        _check_close("output {k} is\n{a}\nbut by the reference\n{b}", outs, expected)
    plain = rule.values([np.array(x, order="C")[()] for x in inputs])
    message = "output {k} depends on the memory layout of the inputs: it is\n{a}\nbut for contiguous inputs\n{b}"
    _check_close(message, outs, plain)


def check_derivatives(
    rule: Rule, inputs: Sequence[Array], order: int, rng: np.random.Generator, report: Report | None = None
) -> None:
    """Check the derivatives against differences, and of empty inputs the shape of the gradients."""
    call = Call(*rule.with_parameters(inputs))
    if any(call.numbers(i) for i in call.sources):
        nothing = not any(out.size for out in call.outs)
        options = Options(projected=True, constants=nothing, record=None if report is None else report.record)
        check_orders(call, order, options, rng)
        return
    cotangents = [direction_of(call.outs[k], rng) for k in call.checked]
    for i, g in call.pull(call.checked, cotangents).items():
        if g is not None and g.shape != np.shape(call.inputs[i]):
            raise GradcheckError(f"the gradient of empty input {i} has shape {g.shape}")


def check_by_complex_step(
    rule: Rule, inputs: Sequence[Array], order: int, rng: np.random.Generator, report: Report | None = None
) -> None:
    """Check the derivatives of a weighted sum of the outputs along a random direction, from values alone."""
    made = rule.vjp(inputs)
    weights = _random_cotangents(made.outs, made.reached, rng)
    directions = [np.asarray(direction_of(x, rng)) for x in inputs]
    if not any(d.size for d in directions) or not any(w.size for w in weights.values()):
        return

    def moved(t: Any) -> list[Array]:
        return [np.asarray(x + t * u)[()] for x, u in zip(inputs, directions)]

    def along(t: Any) -> Any:
        outs = rule.values(moved(t))
        return sum(np.sum(w * outs[k]) for k, w in weights.items())

    found = made.pull(weights)
    terms = np.concatenate([np.ravel(g * u) for g, u in zip(found, directions) if g is not None] or [np.zeros(0)])
    exact, bound = float(complex_step(along, np.zeros(()))), 0.0
    coarse = differences(lambda t: np.asarray(along(t)))
    scale = float(np.sum(np.abs(terms))) + abs(exact)

    def contradicts(value: float, error: float) -> bool:
        return bool(abs(value - coarse.value) > 4 * (coarse.error + error) + 1e-9 * scale)

    if contradicts(exact, 0.0):  # perhaps complex arithmetic that loses so tiny an imaginary part
        found_by_circle = first_derivative(along, np.zeros(()), np.ones(()))
        if not contradicts(*found_by_circle):
            exact, bound = map(float, found_by_circle)
            scale = float(np.sum(np.abs(terms))) + abs(exact)
    if contradicts(exact, bound):
        raise Mismatch(
            f"the function is not analytic: along a random direction the complex step gives {exact:.10g}, differences "
            f"{float(coarse.value):.10g} ± {float(coarse.error):.1g}. It applies abs, real, conj or a comparison to "
            "complex numbers: check it with analytic=False"
        )
    values = sum(float(np.sum(np.abs(w * made.outs[k]))) for k, w in weights.items())
    if abs(np.sum(terms) - exact) > _ROUNDING[8] * scale + 4 * bound + 16 * EPSILON * values:
        raise GradcheckError(
            f"the slope along a random direction is {np.sum(terms):.16g} by {rule.backward}, but {exact:.16g} by the "
            "complex step"
        )
    if report is not None and scale:
        error = abs(float(np.sum(terms)) - exact) / float(np.spacing(scale))
        report.note("gradient in float64", error, bound / float(np.spacing(scale)), float("nan"), inputs)
    reached = [i for i, g in enumerate(found) if g is not None]
    if order > 1 and reached:
        _check_bend(rule, inputs, directions, weights, reached, along)


def _check_bend(
    rule: Rule, inputs: Sequence[Array], directions: Sequence[Array], weights: dict[int, Array],
    reached: Sequence[int], along: Callable[[Any], Any],
) -> None:  # fmt: skip
    """Check the second derivative along a direction against Cauchy's formula."""
    further = rule.gradient(list(weights), reached, list(weights.values()))
    if further is None:
        return
    made = further.vjp([*inputs, *(w[()] for w in weights.values())])
    pulled = made.pull({k: directions[reached[k]] for k in made.reached})
    bends = np.concatenate([np.ravel(h * u) for h, u in zip(pulled, directions) if h is not None] or [np.zeros(1)])
    value, error = second_derivative(along, np.zeros(()), np.ones(()))
    if made.reached and abs(np.sum(bends) - value) > 4 * error + _ROUNDING[8] * float(np.sum(np.abs(bends))):
        raise GradcheckError(
            f"order 2: the second derivative along a random direction is {np.sum(bends):.12g} by {rule.backward}, but "
            f"{float(value):.12g} ± {float(error):.1g} by Cauchy's formula, from values alone"
        )


def check_jvp(rule: Rule, inputs: Sequence[Array], rng: np.random.Generator) -> None:
    """Check that jvp is linear, and the transpose of the vjp."""
    made = rule.vjp(inputs)
    if not made.reached or made.reached != [k for k, out in enumerate(made.outs) if out.dtype.kind in "fc"]:
        return
    sources = rule.sources(inputs)
    tangents = {i: np.asarray(direction_of(inputs[i], rng)) for i in sources}
    weights = _random_cotangents(made.outs, made.reached, rng)
    pushed = rule.jvp(inputs, tangents)
    if pushed is None:
        return
    zero = rule.jvp(inputs, {i: 0 * t for i, t in tangents.items()}) or []
    if any(t is not None and np.any(t) for t in zero):
        raise GradcheckError(
            "the jvp is not linear in the tangent: for a tangent of zeros it is not zero (it forgets the factor t, or "
            "adds something to it)",
            "ignores the tangent",
        )
    slopes = [np.zeros_like(made.outs[k]) if k >= len(pushed) or (t := pushed[k]) is None else t for k in weights]
    forward = [np.ravel(np.conj(w) * t).real for w, t in zip(weights.values(), slopes)]
    pulled = _or_zeros(made.pull(weights), inputs, sources)
    backward = [np.ravel(np.conj(g) * t).real for g, t in zip(pulled, tangents.values())]
    a, b = np.concatenate(forward), np.concatenate(backward)
    allowed = max(_rounding(made.outs[k].dtype) for k in made.reached)
    if not abs(a.sum() - b.sum()) <= allowed * (np.abs(a).sum() + np.abs(b).sum() + 1e-3):
        raise Mismatch(
            f"jvp is not the transpose of the vjp: along random directions they give {a.sum():.16g} and {b.sum():.16g}"
        )


def check_vmap(rule: Rule, inputs: Sequence[Array]) -> None:
    """Check that vmap equals a loop."""
    samples = inputs, [np.asarray(0.999 * x, np.asarray(x).dtype) for x in inputs]
    together = rule.vmap([np.stack(pair) for pair in zip(*samples)])
    for n, sample in enumerate(samples if together is not None else ()):
        message = "vmap and calls one by one give different values for output {k}:\n{a}\n{b}"
        _check_close(message, [a[n] for a in together or ()], rule.values(sample))


def check_dtype(
    rule: Rule, inputs: Sequence[Array], dtype: np.dtype[Any], rng: np.random.Generator, report: Report | None = None
) -> None:
    """Check that another precision is kept and gives rounded results; for a complex dtype, check the derivatives."""
    kinds = [np.asarray(x).dtype.kind for x in inputs]
    if dtype.kind == "c":
        turned = [x + 1j * np.asarray(0.2 * direction_of(np.asarray(x, np.float64), rng)) for x in inputs]
        if any(np.size(x) for x in turned):
            compare(Call(rule, [np.asarray(x, np.complex128)[()] for x in turned]), Options(constants=True), rng)
        return
    if "c" in kinds:
        return
    name = f"{rule.library}{dtype}"
    small = [np.asarray(x).astype(dtype)[()] if kind == "f" else x for x, kind in zip(inputs, kinds)]
    wide = [np.asarray(x, np.float64)[()] if kind == "f" else x for x, kind in zip(small, kinds)]
    single, double = rule.cast(dtype).vjp(small), rule.vjp(wide)
    for k, (a, b) in enumerate(zip(single.outs, double.outs, strict=True)):
        if b.dtype == np.float64 and a.dtype != dtype:
            found = f"{rule.library}{a.dtype}"
            message = f"for inputs of {name} output {k} is {found}: the function uses a constant of another dtype"
            raise Mismatch(message)
    others = _Precisions(rule, dtype, small, rng)
    others.compare(f"in {name} output {{k}}", single.outs, double.outs, lambda made: made.outs)
    seeds = _random_cotangents(single.outs, [k for k in single.reached if k in double.reached], rng)
    sources = rule.sources(small)

    def pulled(made: Pullback) -> list[Array]:
        return _or_zeros(made.pull({k: g.astype(made.outs[k].dtype) for k, g in seeds.items()}), small, sources)

    ours, theirs = pulled(single), pulled(double)
    for i, g in zip(sources, ours):
        if g.dtype != dtype:
            raise Mismatch(f"the gradient of input {i} is {rule.library}{g.dtype}, but the input is {name}")
    others.compare(f"in {name} the gradient of input {{k}}", ours, theirs, pulled)
    if report is not None:
        exact = ulps_apart(single.outs, double.outs, dtype), ulps_apart(ours, theirs, dtype)
        report.note(f"value in {dtype}", exact[0], 0.0, condition_of(double, wide, sources), small)
        report.note(f"gradient in {dtype}", exact[1], 0.0, others.condition(pulled), small)


class _Precisions(NamedTuple):
    """A rule in two precisions."""

    rule: Rule
    dtype: np.dtype[Any]
    inputs: Sequence[Array]
    rng: np.random.Generator

    def compare(
        self, what: str, got: Sequence[Array], expected: Sequence[Array], of: Callable[[Pullback], list[Array]]
    ) -> None:
        """Check that both precisions give the same, up to what rounding inside the function explains."""
        for k, (a, b) in enumerate(zip(got, expected, strict=True)):
            if not close(a, b) and not self._is_noise(k, a, b, of) and not self._is_rounding(k, a, b, of):
                raise Mismatch(f"{what.format(k=k)} is\n{a}\nbut in float64\n{b}")

    def _is_noise(self, k: int, a: Array, b: Array, of: Callable[[Pullback], list[Array]]) -> bool:
        """Whether the error of a value is at most the noise of its rounding inside, as in (x + 1e5) - 1e5."""
        call = Call(self.rule.cast(self.dtype), self.inputs)
        if a.shape != b.shape or k >= len(call.outs) or call.outs[k].tobytes() != a.tobytes() or k not in call.checked:
            return False  # a gradient, whose noise is not known
        noise = call.noise([k], self.rng).reshape(a.shape)
        return bool(np.all(np.abs(np.asarray(a, np.float64) - b) <= noise))

    def _is_rounding(self, k: int, a: Array, b: Array, of: Callable[[Pullback], list[Array]]) -> bool:
        """Whether the error of result `k` has no preferred sign at other inputs nearby, as that of rounding."""
        if a.shape != b.shape or not np.all(np.isfinite(a) == np.isfinite(b)):
            return False
        wrong = []
        for _ in range(_NEARBY):
            moved = [self._moved(x, 0.1) for x in self.inputs]
            x, y = (np.asarray(of(made)[k], np.float64) for made in self._both(moved))
            if x.shape != a.shape:
                return False
            if np.all(np.isfinite(x - y)):
                wrong.append(x - y)
        if len(wrong) < _NEARBY // 2:
            return False
        mean, spread = np.abs(np.mean(wrong, axis=0)), np.std(wrong, axis=0)
        return bool(np.all(mean <= 2 * spread + _rounding(self.dtype)))

    def _both(self, inputs: Sequence[Array]) -> tuple[Pullback, Pullback]:
        """The function at these inputs in the precision to check, and in float64."""
        wide = [np.asarray(x, np.float64)[()] if np.asarray(x).dtype.kind == "f" else x for x in inputs]
        return self.rule.cast(self.dtype).vjp(inputs), self.rule.vjp(wide)

    def _moved(self, x: Array, part: float) -> Array:
        """`x` with every element changed by a random share of up to `part`; integers stay."""
        x = np.asarray(x)
        return (x * (1 + part * self.rng.uniform(-1, 1, x.shape))).astype(x.dtype) if x.dtype.kind == "f" else x

    def condition(self, of: Callable[[Pullback], list[Array]]) -> float:
        """By how much the results magnify a relative change of the inputs: the largest of a few random ones."""
        part, worst = 1e-6, 0.0
        wide = [np.asarray(x, np.float64) if np.asarray(x).dtype.kind == "f" else x for x in self.inputs]
        before = of(self.rule.vjp(wide))
        for _ in range(2):
            after = of(self.rule.vjp([self._moved(x, part) for x in wide]))
            for a, b in zip(before, after):
                size = float(np.max(np.abs(a), initial=0))
                worst = max(worst, float(np.max(np.abs(a - b), initial=0)) / (part * size) if size else 0.0)
        return worst


def check_released(rule: Rule, inputs: Sequence[Array]) -> None:
    """Check that the graph is freed with its last reference, without the garbage collector."""
    left = rule.left_alive(inputs)
    if left:
        raise Mismatch(
            f"the graph outlives its last reference: {', '.join(left)} is still "
            "alive. Something refers to it: a cycle (ctx.output = output instead of save_for_backward), a global list "
            "or a cache"
        )


def check_forward(rule: Rule, inputs: Sequence[Array], rng: np.random.Generator) -> None:
    """Check forward mode against differences along a random direction."""
    call = Call(rule, inputs)
    if any(call.numbers(i) for i in call.sources):
        directions = {i: direction_of(call.inputs[i], rng) for i in call.sources}
        compare_forward(call, directions, Options(constants=True), rng)
