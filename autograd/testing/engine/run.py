"""The search for inputs at which a rule fails: usual shapes first, then Hypothesis, then the smallest such input."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ..domains.domain import Domain
from .calls import GradcheckError, Mismatch, hides_frames
from .checks import Plan, check
from .digits import Report
from .draw import Draw, Values
from .rule import Rule
from .shrink import smallest
from .source import relaid, sources_of

__tracebackhide__ = hides_frames

#: Rules to check, and their inputs.
Case = tuple[Sequence[Rule], tuple[Array, ...]]


def run(
    name: str,
    call: str,
    rules_of: Callable[[Any], Sequence[Rule]],
    func: Any,
    domain: Any,
    plan: Plan,
    *,
    min_side: int,
    examples: int,
    seed: int,
    check: Callable[[Rule, Sequence[Array], Plan, np.random.Generator], None] = check,
) -> Report:
    """Check rules on many small inputs, of every kind of shape and memory layout.

    Args:
        name: the name of the check in messages.
        call: its call as code, up to the domain.
        rules_of: the rules of a function, which may be that of a `Sample`.
        func: the function.
        domain: as for `check_op`.
        plan: what is checked.
        min_side, examples, seed: as for `check_op`.
        check: the check at one set of inputs.

    Raises:
        GradcheckError, Mismatch: something is wrong; the error has the smallest inputs found, `error.inputs`.
    """
    try:
        import hypothesis
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"{name} draws its examples with Hypothesis: pip install hypothesis") from error
    from ..strategies import draws

    _check_settings(name, plan, examples, seed)
    draw_case = _drawer_of(name, rules_of, func, domain, min_side)
    values = None if callable(domain) or isinstance(domain, Domain) else values_of(domain, name)
    tried: list[Case] = []

    def try_case(rules: Sequence[Rule], inputs: Sequence[Array]) -> None:
        tried[:] = [(rules, tuple(inputs))]
        contents = zlib.crc32(b"".join(np.asarray(x).tobytes() for x in inputs))
        for rule in rules:
            copies = [relaid(x, x) if isinstance(x, np.ndarray) else x for x in inputs]  # a rule may write to them
            # Directions depend on the inputs alone, so that the same inputs fail again in the same way.
            check(rule, copies, plan, np.random.default_rng([seed, contents]))

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
        try_case(*draw_case(draw))

    try:
        if values is not None:
            rules = rules_of(func)
            for inputs in fixed_inputs(values, min_side, seed):
                try_case(rules, inputs)
        on_examples()
    except Exception as error:
        if not tried:
            raise
        like = error
        failing, at = tried[0]
        found, smaller = smallest(lambda inputs: _error_of(try_case, failing, inputs, like), at, values, error)
        found.add_note(_note(smaller, found, call, f"{_domain_code(domain)}, seed={seed}, examples={examples}"))
        if isinstance(found, (GradcheckError, Mismatch)):
            found.inputs = smaller
        raise found from found.__cause__
    return plan.report


def _check_settings(name: str, plan: Plan, examples: int, seed: int) -> None:
    """Raise unless the settings of a check make sense."""
    for what, number in ("examples", examples), ("order", plan.order):
        if not isinstance(number, int) or number < 1:
            raise ValueError(f"{name}: {what} must be a whole number of 1 or more, but got {number!r}")
    if not isinstance(seed, int):
        raise TypeError(f"{name}: seed must be an int, not {type(seed).__name__}")
    if seed < 0:
        raise ValueError(f"{name}: seed must be 0 or more, but got {seed}")
    if isinstance(plan.dtypes, str):
        raise TypeError(f"{name}: dtypes must be a list of names, but got {plan.dtypes!r}")


def _error_of(
    try_case: Callable[..., None], rules: Sequence[Rule], inputs: Sequence[Array], like: Exception
) -> Exception | None:
    """The error at these inputs, if it is of the same kind."""
    try:
        try_case(rules, inputs)
    except Exception as error:
        return error if _kind(error) == _kind(like) else None
    return None


def _kind(error: Exception) -> tuple[Any, ...]:
    """What two failures of the same mistake have in common: the class, and the words before numbers."""
    words = re.split(r"[-\d(\[]|output|input|parameter", re.sub(r"^order \d+: ", "", str(error)), maxsplit=1)
    return type(error), words[0][:30]


def _note(inputs: Sequence[Array], error: Exception, call: str, options: str) -> str:
    """The failing inputs and how to repeat the failure, as code."""
    names = [f"x{i}" for i in range(len(inputs))]
    lines = ["The smallest input found:"]
    lines += [f"    {name} = {code}" for name, code in zip(names, sources_of(inputs))]
    lines.append(f"Check only this input: {call}, lambda draw: ({', '.join(names)}{',' * (len(names) == 1)}))")
    lines.append(f"Repeat the search: {call}, {options})")
    if isinstance(error, (ArithmeticError, ValueError)):
        lines.append("The function or its derivative raised this itself: is the domain outside the function's?")
    return "\n".join(lines)


def name_of(func: Any, otherwise: str = "f") -> str:
    """The name of a function in code."""
    name = str(getattr(func, "__name__", type(func).__name__))
    return name if name.isidentifier() else otherwise


def _domain_code(domain: Any) -> str:
    return name_of(domain, "domain") if callable(domain) or isinstance(domain, Domain) else repr(domain)


# -- inputs ------------------------------------------------------------------------------------------


def values_of(domain: Any, name: str = "check_op") -> list[Any]:
    """The `Values` of each input, from the pairs of a domain."""

    def one(part: Any) -> Any:
        if isinstance(part, Values):
            return part
        if isinstance(part, tuple) and len(part) == 2 and all(isinstance(v, (int, float)) for v in part):
            return Values(*part)
        raise TypeError(
            f"{name}: expected (low, high) or Values for each input (several in a list), a function of a Draw or a "
            f"Domain, but got {part!r}"
        )

    return [one(part) for part in domain] if isinstance(domain, list) and domain else [one(domain)]


def _drawer_of(
    name: str, rules_of: Callable[[Any], Sequence[Rule]], func: Any, domain: Any, min_side: int
) -> Callable[[Draw], Case]:
    """A function that draws a case of the function, or of a `Domain`."""
    if isinstance(domain, Domain):

        def of_domain(draw: Draw) -> Case:
            sample = domain.sample(draw)
            return rules_of(sample.call), sample.inputs

        return of_domain
    rules = rules_of(func)
    if callable(domain):

        def given(draw: Draw) -> Case:
            drawn = domain(draw)
            if not isinstance(drawn, (tuple, list)):
                raise TypeError(
                    f"{name}: the domain must return a tuple of arrays, one for each input, but returned a "
                    f"{type(drawn).__name__}"
                )
            return rules, tuple(np.asarray(x) for x in drawn)

        return given
    values = values_of(domain, name)

    def sample(draw: Draw) -> Case:
        full = draw.shape(min_side=min_side)
        shapes = [full, *(draw.narrowed(full) for _ in values[1:])]
        return rules, tuple(draw.layout(v.fill(shape, draw.rng)) for v, shape in zip(values, shapes))

    return sample


def fixed_inputs(values: list[Any], min_side: int, seed: int = 0) -> Iterator[list[Array]]:
    """The inputs that are always tried, whatever Hypothesis draws: the usual shapes and layouts."""
    rng = np.random.default_rng(seed)
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
