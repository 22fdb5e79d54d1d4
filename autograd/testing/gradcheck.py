"""`gradcheck`, `gradgradcheck` and `check_grads`: check derivatives of any order, under PyTorch's names."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.errors import users_level
from ..core.memory import overlaps
from ..core.tensor import Tensor, wrap
from ..func import vmap
from ..surface import make_public as _make_public
from .engine.calls import Call, GradcheckError, direction_of, hides_frames
from .engine.jacobian import check_effect, compare, examine
from .engine.orders import check_orders, compare_forward, gradient_call
from .engine.tensor_rule import TensorRule
from .engine.verdict import Options

__tracebackhide__ = hides_frames


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool | None = None,
    masked: bool | None = None,
    seed: int = 0,
) -> bool:
    """Check the gradients of `func` against differences.

    By default the differences are extrapolated (`finite_difference`), and the gradients must agree with them within the
    error that they estimate for themselves. With `eps`, `atol` or `rtol` the comparison is PyTorch's: |analytical −
    numerical| <= atol + rtol·|numerical|, by central differences of step `eps` if that is given. Where there is nothing
    to check the function fails rather than passes: it returns no tensor, does not depend on an input, or has a kink at
    an input.

    Args:
        func: takes `inputs` and returns a Tensor or several; or an `nn.Module`, whose parameters are checked too. It
            must not draw random numbers. Outputs that require no gradient are not checked, unless none requires one.
        inputs: the arguments. Those that require a gradient are checked; they should be float64 or complex128.
        eps: the step of central differences without extrapolation.
        atol, rtol: the tolerances; if one of `eps`, `atol` and `rtol` is given, they default to 1e-5 and 1e-3.
        raise_exception: whether to raise on a failure, rather than return False.
        nondet_tol: by how much two runs of forward or backward may differ.
        check_undefined_grad: whether to differentiate each output alone, with no cotangent for the others.
        check_grad_dtypes: whether gradients must have the dtype of their inputs.
        check_batched_grad, check_batched_forward_grad: whether to compare `vmap` of the vjp, or jvp, with a loop.
        check_forward_ad: whether to check `func.jvp` too.
        check_backward_ad: whether to check the backward pass.
        fast_mode: True compares one random projection for each input and output, False the whole Jacobian, None the
            whole Jacobian up to 500 elements.
        masked: accepted; there are no sparse tensors.
        seed: the seed of the random projections.

    Returns:
        True, or False on a failure with `raise_exception=False`.

    Raises:
        GradcheckError: a gradient is wrong; the message names the element, both values, and the cause if it is certain.
        TypeError: the function returns no Tensor.
        ValueError: no input requires a gradient.
        RuntimeError: elements of an input share memory.

    >>> from autograd import tensor, sin, float64
    >>> gradcheck(sin, tensor([0.0, 1.0], dtype=float64, requires_grad=True))
    True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    call = call_of(func, inputs)
    options = Options(eps, _tolerance(eps, atol, rtol), nondet_tol, check_undefined_grad, check_grad_dtypes, fast_mode)
    try:
        rng = np.random.default_rng(seed)
        if check_backward_ad:
            compare(call, options, rng)
        if check_batched_grad:
            _check_batched(call, rng)
        if check_forward_ad:
            _check_forward(call, options, rng, check_batched_forward_grad)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    *,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool | None = None,
    masked: bool = False,
    seed: int = 0,
) -> bool:
    """Check the second derivatives of `func` against differences of its gradients.

    This proves the second order relative to the first: call `gradcheck` too. The gradients are differentiated by the
    inputs and by the cotangents `grad_outputs`.

    Args:
        func, inputs, eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes,
            check_batched_grad, fast_mode, masked, seed: as for `gradcheck`.
        grad_outputs: the cotangents of the outputs that require a gradient; random ones by default.
        gen_non_contig_grad_outputs: whether the random cotangents have gaps in memory.
        check_fwd_over_rev, check_rev_over_rev: whether to check `func.jvp` of the gradient, and its backward.

    Returns:
        As `gradcheck`.

    Raises:
        As `gradcheck`.

    >>> from autograd import tensor, sin, float64
    >>> gradgradcheck(sin, tensor([0.0, 1.0], dtype=float64, requires_grad=True))
    True
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    rng = np.random.default_rng(seed)
    call = call_of(func, inputs)
    options = Options(
        eps, _tolerance(eps, atol, rtol), nondet_tol, check_undefined_grad, check_grad_dtypes, fast_mode, constants=True
    )
    try:
        if not any(k in call.differentiable for k in call.checked):
            compare(call, options, rng)  # raises, and says why there is nothing to differentiate
        given = [grad_outputs] if isinstance(grad_outputs, Tensor) else grad_outputs
        if not (given is None or isinstance(given, (tuple, list))):
            raise TypeError(f"gradgradcheck: grad_outputs must be a Tensor or several, but got {type(given).__name__}")
        further = gradient_call(call, rng, given, gen_non_contig_grad_outputs)
        assert further is not None  # backward is always a rule
        if check_rev_over_rev:
            compare(further, options, rng)
        if check_batched_grad:
            _check_batched(further, rng)
        if check_fwd_over_rev:
            _check_forward(further, options, rng, batched=False)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def check_grads(
    func: Callable[..., Any],
    args: Tensor | Sequence[Any],
    order: int = 2,
    *,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    fast_mode: bool | None = None,
    seed: int = 0,
) -> None:
    """Check the derivatives of `func` up to an order, each against differences of the one before.

    The gradient is itself a function of the inputs and of random cotangents; it is checked like `func`, and so on.

    Args:
        func: as for `gradcheck`.
        args: its arguments. If no Tensor among them requires a gradient, all floating-point ones are checked.
        order: the order of the highest derivative, 1 or more.
        eps, atol, rtol, fast_mode, seed: as for `gradcheck`.

    Raises:
        GradcheckError: a derivative is wrong; the message names its order.
        ValueError: the order is less than 1, or no argument can have a gradient.
        TypeError: the function returns no Tensor.

    >>> from autograd import tensor, float64
    >>> check_grads(lambda x, y: x**3 * y, (tensor(2.0, dtype=float64), tensor(3.0, dtype=float64)), order=3)
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"check_grads: order must be a whole number of 1 or more, but got {order!r}")
    given = list(args) if isinstance(args, (tuple, list)) else [args]
    if not any(isinstance(x, Tensor) and x.requires_grad for x in given):
        given = [
            x.detach().requires_grad_() if isinstance(x, Tensor) and x.array.dtype.kind in "fc" else x for x in given
        ]
    options = Options(eps, _tolerance(eps, atol, rtol), projected=fast_mode)
    check_orders(call_of(func, given), order, options, np.random.default_rng(seed))


# -- checks of the arguments -------------------------------------------------------------------------


def _tolerance(eps: float | None, atol: float | None, rtol: float | None) -> tuple[float, float] | None:
    if eps is None and atol is None and rtol is None:
        return None
    if eps is not None and not eps > 0:
        raise ValueError(f"gradcheck: eps must be more than 0, but got {eps}")
    for name, value in (("atol", atol), ("rtol", rtol)):
        if value is not None and not value >= 0:
            raise RuntimeError(f"gradcheck: {name} must be greater than or equal to zero, but got {value}")
    return 1e-5 if atol is None else atol, 1e-3 if rtol is None else rtol  # PyTorch's defaults


def call_of(func: Callable[..., Any], inputs: Tensor | Sequence[Any]) -> Call:
    """The call to check, if its inputs are suitable. The parameters of a module become inputs too."""
    if not callable(func):
        raise TypeError(f"gradcheck: expected a function of tensors or a module, but got {type(func).__name__}")
    given = list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]
    rule, arrays, names = TensorRule(func, given).with_parameters(given)
    _check_inputs(rule.tensors or (), names)
    return Call(rule, arrays, names)


def _check_inputs(inputs: Sequence[Any], names: Sequence[str]) -> None:
    checked = [(x, name) for x, name in zip(inputs, names) if isinstance(x, Tensor) and x.requires_grad]
    if not any(isinstance(x, Tensor) for x in inputs):
        got = ", ".join(type(x).__name__ for x in inputs) or "none"
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but got no Tensor at all: inputs must be "
            f"a Tensor or a tuple of them, but are {got}"
        )
    if not checked:
        tensors = [(name, x) for x, name in zip(inputs, names) if isinstance(x, Tensor)]
        integers = [f"{name} is {x.dtype}" for name, x in tensors if x.array.dtype.kind not in "fc"]
        hint = f" ({', '.join(integers)}: integers have no gradient, convert with .double())" if integers else ""
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have "
            f"requires_grad=True.{hint}"
        )
    for x, name in checked:
        if x.array.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"{name[0].upper()}{name[1:]} requires gradient and is not a double precision floating point or "
                f"complex but {x.dtype}: its differences are coarse. Convert it with .double() for a sharp check.",
                stacklevel=users_level(),
            )
        if overlaps(np.asarray(x.array)):
            raise RuntimeError(
                f"{name} has elements that share memory (a dimension with stride 0, or windows that overlap): "
                "gradcheck moves one element at a time, so it needs inputs that are non-overlapping. Call "
                ".contiguous() on it first"
            )
    for place, (x, name) in enumerate(checked):
        for y, other in checked[:place]:
            if y is not x and np.may_share_memory(x.array, y.array) and np.shares_memory(x.array, y.array):
                raise RuntimeError(
                    f"{other} and {name} share memory, so gradcheck would change both: clone() one of them"
                )


# -- forward mode and batches ------------------------------------------------------------------------


def _check_forward(call: Call, options: Options, rng: np.random.Generator, batched: bool) -> None:
    """Compare `func.jvp` along a random direction with differences, and if `batched` its `vmap` with a loop."""
    examine(call, options.nondet_tol, rng)
    if not options.constants:
        for i in call.sources:
            check_effect(call, i, rng)
    directions = {i: direction_of(call.inputs[i], rng) for i in call.sources}
    compare_forward(call, directions, options, rng)
    if batched:

        def push(*tangents: Tensor) -> Any:
            pushed = call.rule.jvp(call.inputs, {i: t.array for i, t in zip(call.sources, tangents)})
            assert pushed is not None  # compare_forward has found that the function has a jvp
            return tuple(wrap(np.asarray(pushed[k])) for k in call.checked)

        _check_batch_equals_loop(push, tuple(wrap(u[()]) for u in directions.values()), "forward gradients")


def _check_batched(call: Call, rng: np.random.Generator) -> None:
    """Compare `vmap` of the vjp with a loop over the cotangents."""
    outs = call.differentiable
    if not outs:
        return

    def pull_back(*cotangents: Tensor) -> Any:
        found = call.pull(outs, [np.asarray(g.array) for g in cotangents])
        return tuple(wrap(np.zeros_like(call.inputs[i]) if g is None else g) for i, g in found.items())

    _check_batch_equals_loop(pull_back, tuple(wrap(direction_of(call.outs[k], rng)[()]) for k in outs), "gradients")


def _check_batch_equals_loop(function: Callable[..., Any], args: tuple[Tensor, ...], what: str) -> None:
    batch = tuple(wrap(np.stack([np.asarray(t.array), -2 * np.asarray(t.array)])) for t in args)
    together = vmap(function)(*batch)
    for n in range(2):
        alone = function(*(wrap(t.array[n]) for t in batch))
        for a, b in zip(together, alone, strict=True):
            if not np.allclose(a.array[n], b.array, rtol=1e-9, atol=1e-12, equal_nan=True):
                raise GradcheckError(f"batched {what} by vmap differ from those computed one by one")


_make_public(globals())
