"""`torch.autograd.functional`: derivatives of a function at a point.

The function takes one Tensor or several, and returns one or a tuple. A result is a tuple wherever the inputs or the
outputs that it belongs to are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .core.grad_mode import enable_grad
from .core.tensor import Tensor, wrap
from .ops.arguments import named
from .ops.creation.conversion import clone
from .surface import make_public as _make_public
from .transforms.jacobians import Func, jacobian_rows, recorded_products, vector_jacobian, zeros_for_none


def vjp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """The outputs, and the vector-Jacobian product vᵀJ: what backpropagation computes.

    Args:
        func: takes the inputs, returns a Tensor or a tuple of Tensors.
        inputs: a Tensor or a tuple of Tensors.
        v: a Tensor, or a tuple, in the shapes of the outputs; optional for a scalar output.
        create_graph: record the results, so that they can be differentiated.
        strict: raise an error if an output does not depend on an input; by default, the result is zeros.

    Returns:
        The outputs, and for each input a Tensor of its shape.

    Raises:
        TypeError: an input or output is not a Tensor.
        RuntimeError: a shape of `v` differs from the output's; or `strict`, and an output does not depend on an input.

    >>> from autograd import tensor
    >>> vjp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        several, xs = _sources("vjp", inputs, create_graph)
        several_out, outs = _outputs("vjp", func(*xs))
        _require_dependence(outs, strict)
        vs = _vector(v, outs, "the user-provided function returns")
        gs = _vjp(outs, xs, vs, create_graph, strict)
        return _returned(outs, several_out, create_graph), _returned(gs, several, create_graph)


def jvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """The outputs, and the Jacobian-vector product J v: the derivative along `v`.

    Computed by two backward passes: u ↦ uᵀJ is linear, and its own vector-Jacobian product with v is J v.

    Args:
        func, inputs, create_graph, strict: as for `vjp`.
        v: a Tensor, or a tuple, in the shapes of the inputs; optional for a scalar input.

    Returns:
        The outputs, and for each output a Tensor of its shape.

    Raises:
        TypeError, RuntimeError: as for `vjp`.

    >>> from autograd import tensor
    >>> jvp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        _, xs = _sources("jvp", inputs, create_graph)
        vs = _vector(v, xs, "the input to the user-provided function is")
        several_out, outs = _outputs("jvp", func(*xs))
        _require_dependence(outs, strict)
        slopes = _jvp(outs, xs, vs, create_graph, strict)
        return _returned(outs, several_out, create_graph), _returned(slopes, several_out, create_graph)


def jacobian(
    func: Func,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: for each output and input a Tensor of shape (*output.shape, *input.shape).

    Args:
        func, inputs, create_graph, strict: as for `vjp`.
        vectorize: ignored; rows are computed one at a time.
        strategy: "reverse-mode" or "forward-mode", which is computed in the same way.

    Returns:
        A Tensor; if the inputs are a tuple, a tuple with a Tensor for each; if the outputs are a tuple, a tuple of
        these.

    Raises:
        TypeError, RuntimeError: as for `vjp`; or `strict` with "forward-mode".
        ValueError: another strategy.
        NotImplementedError: "forward-mode" without `vectorize`.

    >>> from autograd import tensor
    >>> jacobian(lambda x: x**2, tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise ValueError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            f'than inputs, "forward-mode" tends to be more performant. But got {strategy!r}'
        )
    if strategy == "forward-mode":
        if strict:
            raise RuntimeError(
                'jacobian: `strict=True` and `strategy="forward-mode"` are not supported together: use "reverse-mode"'
            )
        if not vectorize:
            raise NotImplementedError('strategy="forward-mode" is only supported with `vectorize=True`')
    with enable_grad():
        several, xs = _sources("jacobian", inputs, create_graph)
        several_out, outs = _outputs("jacobian", func(*xs))
        _require_dependence(outs, strict)

        def pull(i: int, out: Tensor, unit: Tensor) -> list[Tensor]:
            return _vjp([out], xs, [unit], create_graph, strict, f"Output {i}")

        rows = [jacobian_rows(out, xs, partial(pull, i, out)) for i, out in enumerate(outs)]
        blocks = tuple(_returned(row, several, create_graph) for row in rows)
        return blocks if several_out else blocks[0]


def hessian(
    func: Func,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a scalar function: for each pair of inputs x, y a Tensor of shape (*x.shape, *y.shape).

    Args:
        func: takes the inputs, returns a Tensor of one element.
        inputs, create_graph, strict, vectorize: as for `jacobian`.
        outer_jacobian_strategy: the strategy for the Jacobian of the gradient.

    Returns:
        A Tensor, or a tuple of tuples if the inputs are a tuple.

    Raises:
        RuntimeError: the output has more than one element; or as for `vjp`.

    >>> from autograd import tensor
    >>> hessian(lambda x: (x**3).sum(), tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several, _ = _tensors("hessian", inputs, "inputs")

    def gradient(*xs: Tensor) -> tuple[Tensor, ...]:
        out = _scalar("hessian", func(*xs))
        _require_dependence([out], strict, _CONSTANT_JACOBIAN)
        gs = _vjp([out], list(xs), [None], True, strict=False)
        _require_dependence(gs, strict, _CONSTANT_GRADIENT)
        return tuple(gs)

    blocks = jacobian(
        gradient, inputs if several else (inputs,), create_graph, strict, vectorize, outer_jacobian_strategy
    )
    return blocks if several else blocks[0][0]


# -- inputs and outputs -----------------------------------------------------------------------------


def _tensors(name: str, values: Any, what: str) -> tuple[bool, list[Tensor]]:
    """Whether the values are a tuple, and a list of them."""
    several = isinstance(values, tuple)
    found = list(values) if several else [values]
    for i, value in enumerate(found):
        if not isinstance(value, Tensor):
            given = "returned" if several and what != "inputs" else "given"
            wrong = f"value at index {i}" if several else f"given {what}"
            raise TypeError(
                f"The {what} {given} to {name} must be either a Tensor or a tuple of Tensors but the {wrong} has type "
                f"{type(value)}."
            )
    return several, found


def _sources(name: str, inputs: Any, create_graph: bool) -> tuple[bool, list[Tensor]]:
    """The inputs as new sources: detached, unless `create_graph` continues the graph behind them."""
    several, xs = _tensors(name, inputs, "inputs")
    return several, [clone(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in xs]


def _outputs(name: str, outputs: Any) -> tuple[bool, list[Tensor]]:
    return _tensors(name, outputs, "outputs of the user-provided function")


def _scalar(name: str, out: Any) -> Tensor:
    several, (out, *others) = _outputs(name, out)
    if several or others:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if out.array.size != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return out


_CONSTANT_OUTPUT = (
    "Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode."
)
_CONSTANT_JACOBIAN = (
    "The jacobian of the user-provided function is independent of input {}. This is not allowed in strict mode when "
    "create_graph=True."
)
_CONSTANT_GRADIENT = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
    "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
    "example)."
)


def _require_dependence(tensors: Sequence[Tensor], strict: bool, message: str = _CONSTANT_OUTPUT) -> None:
    """Raise a RuntimeError if `strict` and a tensor does not depend on the inputs; its index fills the message."""
    if strict:
        for i, tensor in enumerate(tensors):
            if not tensor.requires_grad:
                raise RuntimeError(message.format(i))


def _vector(v: Any, tensors: list[Tensor], of: str) -> list[Tensor | None]:
    """The vector `v` as a list of Tensors in the shapes of `tensors`.

    Raises:
        TypeError: an entry is not a Tensor.
        RuntimeError: the length or a shape differs.
    """
    if v is None:
        if len(tensors) != 1 or tensors[0].array.size != 1:
            raise RuntimeError(f"The vector v can only be None if {of} a single Tensor with a single element.")
        return [wrap(np.ones(tensors[0].array.shape, tensors[0].array.dtype)[()])]
    vs = list(v) if isinstance(v, tuple) else [v]
    if len(vs) != len(tensors):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(tensors)} but got {len(vs)}.")
    for i, (value, t) in enumerate(zip(vs, tensors)):
        if not isinstance(value, Tensor):
            raise TypeError(f"v must be a Tensor or a tuple of Tensors, but got {type(value)}.")
        if value.array.shape != t.array.shape:
            entry = f"Entry {i} in " if len(vs) > 1 else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {t.shape} but got {value.shape}.")
    return vs


def _vjp(
    outs: Sequence[Tensor],
    xs: list[Tensor],
    vs: Sequence[Tensor | None],
    create_graph: bool,
    strict: bool,
    what: str = "The output",
) -> list[Tensor]:
    """vᵀJ for each input; for an input that no output depends on zeros, or an error if `strict`."""
    gs = vector_jacobian(outs, xs, vs, create_graph)
    for i, g in enumerate(gs):
        if g is None and strict:
            raise RuntimeError(
                f"{what} of the user-provided function is independent of input {i}. This is not allowed in strict mode."
            )
    found = zeros_for_none(gs, xs)
    if create_graph:
        _require_dependence(found, strict, _CONSTANT_JACOBIAN)
    return found


def _jvp(
    outs: list[Tensor], xs: list[Tensor], vs: Sequence[Tensor | None], create_graph: bool, strict: bool
) -> list[Tensor]:
    """J v for each output."""
    us, gs = recorded_products(outs, xs)
    return _vjp(gs, us, vs, create_graph, strict)


def _returned(tensors: Sequence[Tensor], several: bool, create_graph: bool) -> Any:
    """The results that the caller gets: detached unless recorded; a tuple if `several`."""
    results = tuple(tensors) if create_graph else tuple(t.detach() for t in tensors)
    return results if several else results[0]


# -- products with the Hessian ----------------------------------------------------------------------


def _hessian_product(name: str, product: Callable[..., list[Tensor]], doc: str) -> Callable[..., tuple[Any, Any]]:
    """Define `vhp` or `hvp`: the `product` (`_vjp` or `_jvp`) of the Jacobian of the gradient with `v`."""

    def function(
        func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
    ) -> tuple[Any, Any]:
        with enable_grad():
            several, xs = _sources(name, inputs, create_graph)
            vs = _vector(v, xs, "the input to the user-provided function is")
            out = _scalar(name, func(*xs))
            _require_dependence([out], strict)
            gs = _vjp([out], xs, [None], True, strict)
            products = product(gs, xs, vs, create_graph, strict)
            return _returned([out], False, create_graph), _returned(products, several, create_graph)

    return named(function, name, doc)


vhp = _hessian_product(
    "vhp",
    _vjp,
    """The value of a scalar function, and the vector-Hessian product vᵀH.

    Arguments and errors are those of `hessian`; `v` is in the shapes of the inputs.

    >>> from autograd import tensor
    >>> vhp(lambda x: (x**3).sum(), tensor([1.0, 2.0]), tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """,
)
hvp = _hessian_product(
    "hvp",
    _jvp,
    """The value of a scalar function, and the Hessian-vector product H v, as the derivative of the gradient along v.

    The Hessian is symmetric, so `vhp`, which has the same arguments, gives the same result with one backward pass less.

    >>> from autograd import tensor
    >>> hvp(lambda x: (x**3).sum(), tensor([1.0, 2.0]), tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """,
)

_make_public(globals())
