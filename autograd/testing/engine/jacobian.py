"""The Jacobian of a call by backward, compared with that by differences: all of it, or along random directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ...base.dtypes import Array
from .calls import Block, Call, GradcheckError, as_reals, direction_of, from_reals, hides_frames, relative, unit_of
from .diagnosis import Diagnosis
from .oracles import Differences
from .verdict import Options, judge, too_coarse, wrong_entries

__tracebackhide__ = hides_frames

#: The whole Jacobian is compared if neither an input nor all outputs together have more numbers than this.
LARGEST_WHOLE = 500
#: The number of columns of a large Jacobian that are computed to find the cause of a mistake.
_SELECTED_COLUMNS = 24


def compare(call: Call, options: Options, rng: np.random.Generator) -> None:
    """Raise unless the derivatives of a call by backward are those by differences."""
    examine(call, options.nondet_tol, rng)
    _check_reached(call, options, rng)
    known = _check_linear(call, options, rng)
    noise = call.noise(call.checked, rng)
    total = call.out_numbers(call.checked)
    end = 0
    columns: dict[int, Differences] = {}
    # Output by output and input by input; the first mistake is reported.
    for k in call.checked:
        part = slice(end, end := end + call.out_numbers([k]))
        rows: list[dict[int, Array | None]] | None = None
        for i in call.sources:
            large = max(total, call.numbers(i)) > LARGEST_WHOLE
            failure = None
            if large if options.projected is None else options.projected:
                try:
                    _compare_projected(call, k, i, noise[part], options, rng, known)
                    continue
                except GradcheckError as error:
                    if large:
                        raise
                    failure = error  # the whole Jacobian gives a better message
            if i not in columns:
                columns[i] = call.columns(i, call.checked, noise, options.eps)
            rows = call.rows(k, not options.undefined) if rows is None else rows
            block = _block(call, k, i, rows, Differences(*(side[part] for side in columns[i])))
            if _is_doubtful(call, block, k, options):
                columns[i] = call.columns(i, call.checked, _largest_noise(call, call.checked, noise), options.eps)
                block = _block(call, k, i, rows, Differences(*(side[part] for side in columns[i])))
            nearby = partial(_blocks_nearby, call, partial(_whole_block, out=k, source=i, options=options))
            judge(call, block, k, i, options, nearby, known)
            if failure is not None and not _is_sum_of_rows(call, block, k, i, options, rng):
                raise failure
    if known is not None:
        raise GradcheckError(known.words, known.name)


def _is_doubtful(call: Call, block: Block, out: int, options: Options) -> bool:
    """Whether a block is about to fail, perhaps only because rounding inside the function was underestimated."""
    return bool(np.any(wrong_entries(block, options) | (block.jump != 0) | too_coarse(call, block, out)))


def _largest_noise(call: Call, outs: Sequence[int], noise: Array) -> Array:
    """The rounding inside the function along several directions: along one, the outputs may not change at all."""
    more = [call.noise(outs, np.random.default_rng(seed)) for seed in range(6)]
    return np.asarray(np.max([noise, *more], axis=0))


# -- checks before the comparison --------------------------------------------------------------------


def examine(call: Call, nondet_tol: float, rng: np.random.Generator) -> None:
    """Raise unless the call keeps its inputs, is finite and repeatable, and an output requires a gradient."""
    call.check_unchanged()
    for k, out in enumerate(call.outs):
        if out.dtype.kind in "fc" and not np.all(np.isfinite(out)):
            raise GradcheckError(
                f"{call.output_names[k]} is not finite at these inputs (a pole, or outside the function's domain): its "
                "gradient cannot be checked there"
            )
    _check_repeatable(call, nondet_tol)
    if not call.checked:
        _check_constant(call, rng)


def _check_repeatable(call: Call, tolerance: float) -> None:
    """Raise GradcheckError if a second call gives other outputs, or a second backward pass other gradients."""
    for k, (out, again) in enumerate(zip(call.outs, call.rule.vjp(call.inputs).outs, strict=False)):
        if out.shape != again.shape or not _within(out, again, tolerance):
            raise GradcheckError(
                f"non-determinism: {call.output_names[k]} differs when the function is called again with the same "
                f"inputs (by more than nondet_tol={tolerance}): it draws random numbers (dropout?) or keeps a state. "
                "Call eval() on the module, or set the seed inside the function",
                "non-determinism",
            )
    seeds = [direction_of(call.outs[k], np.random.default_rng(0)) for k in call.checked]
    pulled_again = call.pull(call.checked, seeds)
    for i, g in call.pull(call.checked, seeds).items():
        g_again = pulled_again[i]
        if g is not None and g_again is not None and not _within(g, g_again, tolerance):
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                f"gives different values: the gradient of {call.input_names[i]} (non-determinism in a rule or a hook; "
                f"nondet_tol={tolerance})",
                "non-determinism",
            )


def _within(a: Array, b: Array, tolerance: float) -> bool:
    """Whether every element of two arrays is the same, or differs by at most `tolerance`."""
    same = (a == b) | np.isnan(a) & np.isnan(b)
    return bool(np.all(same | (np.abs(a * 1.0 - b * 1.0) <= tolerance)))


def _check_constant(call: Call, rng: np.random.Generator) -> None:
    """Raise because no output requires a gradient: the function does not depend on its inputs, or the graph is cut."""
    floats = [k for k, out in enumerate(call.outs) if out.dtype.kind in "fc"]
    if not floats:
        raise GradcheckError(
            f"the function returns {', '.join(map(call.dtype_name, call.outs))}: only floating-point and complex "
            "outputs have a derivative"
        )
    for i in call.sources:
        if _has_effect(call, i, floats, rng):
            raise GradcheckError(
                f"Numerical gradient for function expected to be zero: no output requires grad, but they depend on "
                f"{call.input_names[i]}. The graph is cut: by detach(), data, item(), numpy(), no_grad() or a new "
                "tensor",
                "cut off",
            )
    raise GradcheckError(
        f"the function does not depend on {', '.join(call.input_names[i] for i in call.sources)}: there is nothing to "
        "check"
    )


def _check_reached(call: Call, options: Options, rng: np.random.Generator) -> None:
    """Check that every input has an effect, and that every gradient has the shape of its input."""
    seeds = [direction_of(call.outs[k], rng) for k in call.checked]
    for i, g in call.pull(call.checked, seeds).items():
        name, x = call.input_names[i], np.asarray(call.inputs[i])
        if g is None:
            if not options.constants:
                check_effect(call, i, rng)
        elif g.shape != x.shape:
            cause = _shape_cause(g.shape, x.shape)
            raise GradcheckError(
                f"Analytical gradient has incorrect size: that of {name} has shape {g.shape}, but the input has "
                f"{x.shape}{f'. Cause: {cause.words}' if cause else ''}",
                cause and cause.name,
            )
        elif options.dtypes and g.dtype != x.dtype:
            raise GradcheckError(
                f"Gradient has dtype mismatch: that of {name} is {g.dtype}, but the input is {x.dtype}"
            )


def _shape_cause(got: tuple[int, ...], expected: tuple[int, ...]) -> Diagnosis | None:
    """Why a gradient may have this shape in place of its input's, if that can be told."""
    if len(got) >= 2 and got == (*expected[:-2], *expected[:-3:-1]):
        return Diagnosis("transposed", "a matrix is transposed")
    padded = (1,) * (len(got) - len(expected)) + expected
    if len(padded) == len(got) and all(m in (1, n) for m, n in zip(padded, got)):
        dims = ", ".join(str(d) for d, (m, n) in enumerate(zip(padded, got)) if m != n)
        return Diagnosis("broadcast not undone", f"a broadcast is not undone, the rule must sum over dim {dims or 0}")
    return None


def check_effect(call: Call, i: int, rng: np.random.Generator) -> None:
    """Check that a checked output depends on input i."""
    if not _has_effect(call, i, call.checked, rng):
        raise GradcheckError(
            f"the function does not depend on {call.input_names[i]}: use it, or if this is intended {call.rule.unused}"
        )


def _has_effect(call: Call, i: int, outs: Sequence[int], rng: np.random.Generator) -> bool:
    """Whether the outputs change when input i changes, a little or more."""
    f = call.along({i: direction_of(call.inputs[i], rng)}, outs)
    middle = f(0.0)
    moved = [f(t) for t in (1e-6, -1e-6, 1e-2, -1e-2)]
    return any(np.any(np.isfinite(row) & (row != middle)) for row in moved)


def _check_linear(call: Call, options: Options, rng: np.random.Generator) -> Diagnosis | None:
    """The cause, if the gradient is not linear in the cotangents, such as a rule that does not multiply by it."""
    ones, others = ([direction_of(call.outs[k], rng) for k in call.checked] for _ in range(2))
    both = [a + b for a, b in zip(ones, others)]
    pulled = [call.pull(call.checked, seeds) for seeds in (ones, others, both, [0 * g for g in ones])]
    # Where the gradient is zero, as for a bias before a batch norm, it consists of rounding only.
    arrays = [*pulled[0].values(), *(call.outs[k] for k in call.checked)]
    largest = max(1.0, *(float(np.max(np.abs(v), initial=0)) for v in arrays if v is not None))
    for i in call.sources:
        a, b, c, zero = (gradients[i] for gradients in pulled)
        if a is None or b is None or c is None or zero is None:
            continue
        # A rule that computes in a lower precision is linear up to its rounding, and maps zeros to zeros.
        allowed = 0.01 * max(np.max(np.abs(v), initial=0) for v in (a, b, c)) + options.nondet_tol
        allowed += 1e3 * float(np.finfo(a.dtype).eps) * largest
        if np.any(np.abs(c - a - b) > allowed) or np.any(np.abs(zero) > options.nondet_tol):
            return Diagnosis(
                "ignores the cotangent",
                f"backward not multiplied by grad_output: the gradient of {call.input_names[i]} is not linear in the "
                "cotangent of the output (the rule forgets the factor g, adds something to it, or applies it twice)",
            )
    return None


# -- the whole Jacobian ----------------------------------------------------------------------------


def _block(call: Call, out: int, source: int, rows: list[dict[int, Array | None]], found: Differences) -> Block:
    """A block of the Jacobian: the derivatives of one output by one input."""
    like = np.asarray(call.inputs[source])
    count = call.numbers(source)
    gradients = [row[source] for row in rows]
    numbers = [np.zeros(count, like.real.dtype) if g is None else as_reals(g.astype(like.dtype)) for g in gradients]
    complex_out, complex_in = call.outs[out].dtype.kind == "c", like.dtype.kind == "c"
    return Block(
        np.reshape(np.array(numbers, like.real.dtype), (len(numbers), count)), found.value, found.error, found.jump,
        None if complex_out else call.outs[out].shape, None if complex_in else like.shape,
        np.arange(len(numbers)), np.arange(count), complex_out and complex_in,
    )  # fmt: skip


def _is_sum_of_rows(
    call: Call, block: Block, out: int, source: int, options: Options, rng: np.random.Generator
) -> bool:
    """Whether the gradient of a random weighted sum is that of its terms; then the whole Jacobian proves it too."""
    weights = rng.normal(size=block.backward.shape[0])
    expected = weights @ block.backward
    allowed = 1e3 * np.finfo(block.backward.dtype).eps * (np.abs(weights) @ np.abs(block.backward)) + options.nondet_tol
    return bool(np.all(np.abs(_weighted(call, out, source, weights, options) - expected) <= allowed))


def _whole_block(call: Call, out: int, source: int, options: Options) -> Block:
    """All entries of the derivatives of one output by one input, by backward and by differences."""
    found = call.columns(source, [out], call.noise([out], np.random.default_rng(1)), options.eps)
    return _block(call, out, source, call.rows(out, not options.undefined), found)


def _blocks_nearby(call: Call, block_of: Callable[[Call], Block]) -> list[Block]:
    """The same block at two other points near the inputs: a cause must explain these blocks too."""
    rng = np.random.default_rng(1)
    blocks = []
    for _ in range(2):
        arrays = {}
        for i in call.sources:
            x = np.asarray(call.inputs[i])
            arrays[i] = (x + 0.02 * np.where(x == 0, 0.1, np.abs(x)) * direction_of(x, rng)).astype(x.dtype)
        try:
            with call.near(arrays) as moved:
                blocks.append(block_of(moved))
        except Exception:  # outside the domain, so there is no evidence for a cause
            return [_UNEXPLAINED]
    return blocks


#: A block that no cause explains.
_UNEXPLAINED = Block(*np.full((4, 1, 1), np.nan))


# -- along random directions -------------------------------------------------------------------------


def _compare_projected(
    call: Call, out: int, source: int, noise: Array, options: Options, rng: np.random.Generator, known: Diagnosis | None
) -> None:
    """Compare one number, wᵀJu for random w and u. If it is wrong, find an element of the input that is."""
    weights = rng.normal(size=noise.size) / np.sqrt(max(noise.size, 1))
    direction, array = rng.normal(size=call.numbers(source)), call.inputs[source]
    gradient = _weighted(call, out, source, weights, options)

    def along(row: Array) -> Block:
        unit = from_reals(row, call.inputs[source])
        found = call.projected({source: unit}, out, weights, noise, options.eps)
        got = np.dot(gradient.astype(np.float64), as_reals(unit)).astype(gradient.dtype)
        backward, value, error, jump = (np.reshape(part, (1, 1)) for part in (got, *found))
        return Block(backward, value, error, jump)

    block = along(direction)
    if np.any(block.jump) or np.any(too_coarse(call, block, out)):
        direction = as_reals(relative(from_reals(direction, array), array))
        block = along(direction)
    if _is_doubtful(call, block, out, options):
        noise = _largest_noise(call, [out], noise)
        block = along(direction)
    if np.any(wrong_entries(block, options)) or np.any(block.jump):
        place = _locate(along, direction, options)
        others = rng.permutation(direction.size)[:_SELECTED_COLUMNS]
        places = np.concatenate([[place], others[others != place]])
        block_of = partial(_selected_block, out=out, source=source, options=options, weights=weights, places=places)
        judge(call, block_of(call), out, source, options, partial(_blocks_nearby, call, block_of), known)
    judge(call, block, out, source, options, lambda: [_UNEXPLAINED], known)


def _locate(along: Callable[[Array], Block], direction: Array, options: Options) -> int:
    """The index of an element whose derivative is wrong, by bisection."""
    places = np.arange(direction.size)
    while places.size > 1:
        first, second = np.array_split(places, [places.size // 2])
        block = along(np.where(np.isin(np.arange(direction.size), first), direction, 0))
        places = first if np.any(wrong_entries(block, options)) or np.any(block.jump) else second
    return int(places[0])


def _weighted(call: Call, out: int, source: int, weights: Array, options: Options) -> Array:
    """By backward: the gradient of a weighted sum of an output's numbers, as a row of real numbers."""
    g = call.pull_one(out, weights, not options.undefined)[source]
    like = as_reals(call.inputs[source])
    return np.zeros_like(like) if g is None else as_reals(g).astype(like.dtype)


def _selected_block(call: Call, out: int, source: int, options: Options, weights: Array, places: Array) -> Block:
    """Some entries of the gradient of a weighted sum of an output's numbers."""
    got = _weighted(call, out, source, weights, options)[places]
    noise = call.noise([out], np.random.default_rng(1))
    units = [unit_of(call.inputs[source], place) for place in places]
    parts = [call.projected({source: unit}, out, weights, noise, options.eps) for unit in units]
    value, error, jump = (np.array(side)[None] for side in zip(*parts))
    return Block(got[None], value, error, jump, columns=places)
