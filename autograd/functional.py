"""Derivatives of a function at a point, under the names of `torch.autograd.functional`.

The function takes one Tensor or several and returns one or several. Inputs and outputs that are given
as a tuple come back as a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .core.grad_mode import enable_grad
from .core.tensor import Tensor, wrap
from .ops.creation.conversion import clone
from .transforms.jacobians import jacobian_rows, linearize, vector_jacobian, zeros_for_none


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the vector `v` times the Jacobian: what backpropagation computes.

    Args:
        func: takes the inputs, returns a Tensor or a tuple of them.
        inputs: a Tensor or a tuple of them.
        v: in the shapes of the outputs; may be left out for a scalar output.
        create_graph: record the results, so that they can be differentiated.
        strict: raise where an output does not depend on an input, rather than give zeros.

    Returns:
        The outputs, and for each input a Tensor of its shape.

    Raises:
        TypeError: an input or output is no Tensor.
        RuntimeError: `v` does not fit; or by `strict`.

    >>> from autograd import tensor
    >>> vjp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        several, xs = _sources("vjp", inputs, create_graph)
        several_out, outs = _outputs("vjp", func(*xs))
        _require(outs, strict)
        vs = _cotangents(outs, v)
        gs = _vector_jacobian(outs, xs, vs, create_graph, strict)
        return _returned(outs, several_out, create_graph), _returned(gs, several, create_graph)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the Jacobian times the vector `v`: the derivative along `v`.

    v ↦ vᵀJ is linear, and its own vjp is J: two backward passes make a forward one.

    Args, errors: as `vjp`, but `v` is in the shapes of the inputs; may be left out for one scalar.

    Returns:
        The outputs, and for each output a Tensor of its shape.

    >>> from autograd import tensor
    >>> jvp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        _, xs = _sources("jvp", inputs, create_graph)
        vs = _directions(xs, v)
        several_out, outs = _outputs("jvp", func(*xs))
        _require(outs, strict)
        slopes = _jacobian_vector(outs, xs, vs, create_graph, strict)
        return _returned(outs, several_out, create_graph), _returned(slopes, several_out, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All partial derivatives: for each output and input a Tensor of the output's shape and then the input's.

    Args:
        func, inputs, create_graph, strict: as in `vjp`.
        vectorize: accepted; the rows are computed one after the other.
        strategy: "reverse-mode" computes by rows, "forward-mode" by columns; the result is the same.

    Returns:
        A Tensor; a tuple over the inputs if they are a tuple; a tuple of these if the outputs are one.

    Raises:
        TypeError, RuntimeError: as `vjp`; or `strict` with forward mode.
        ValueError: another strategy.
        NotImplementedError: forward mode without `vectorize`.

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
        _require(outs, strict)

        def pull(i: int, out: Tensor, unit: Tensor) -> list[Tensor]:
            return _vector_jacobian([out], xs, [unit], create_graph, strict, f"Output {i}")

        rows = [jacobian_rows(out, xs, partial(pull, i, out)) for i, out in enumerate(outs)]
        blocks = tuple(_returned(row, several, create_graph) for row in rows)
        return blocks if several_out else blocks[0]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a scalar function: for each pair of inputs a Tensor of both shapes.

    Args:
        func: takes the inputs, returns a Tensor of one element.
        inputs, create_graph, strict, vectorize: as in `jacobian`.
        outer_jacobian_strategy: how the Jacobian of the gradient is computed.

    Returns:
        A Tensor, or a tuple of tuples if the inputs are a tuple.

    Raises:
        RuntimeError: the output has more elements; or as `vjp`.

    >>> from autograd import tensor
    >>> hessian(lambda x: (x**3).sum(), tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several, _ = _tensors("hessian", inputs, "inputs")

    def gradient(*xs: Tensor) -> tuple[Tensor, ...]:
        out = _scalar("hessian", func(*xs))
        _require([out], strict, "jacobian")
        gs = _vector_jacobian([out], list(xs), [None], True, strict=False)
        if strict:
            for i, g in enumerate(gs):
                if not g.requires_grad:
                    raise RuntimeError(
                        "While computing the hessian, found that the jacobian of the user-provided function with "
                        f"respect to input {i} is independent of the input. This is not allowed in strict mode. You "
                        "should ensure that your function is twice differentiable and that the jacobian depends on "
                        "the inputs (this would be violated by a linear function for example)."
                    )
        return tuple(gs)

    blocks = jacobian(
        gradient, inputs if several else (inputs,), create_graph, strict, vectorize, outer_jacobian_strategy
    )
    return blocks if several else blocks[0][0]


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of a scalar function, and the vector `v` times its Hessian.

    Args, errors: as `hessian`; `v` is in the shapes of the inputs.

    >>> from autograd import tensor
    >>> vhp(lambda x: (x**3).sum(), tensor([1.0, 2.0]), tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        several, xs = _sources("vhp", inputs, create_graph)
        vs = _directions(xs, v)
        out = _scalar("vhp", func(*xs))
        _require([out], strict)
        gs = _vector_jacobian([out], xs, [None], True, strict)
        _require(gs, strict, "jacobian")
        products = _vector_jacobian(gs, xs, vs, create_graph, strict)
        return _returned([out], False, create_graph), _returned(products, several, create_graph)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of a scalar function, and its Hessian times the vector `v`.

    The Hessian is symmetric, so `vhp` computes the same for less; here it is the derivative of the
    gradient along `v`.

    >>> from autograd import tensor
    >>> hvp(lambda x: (x**3).sum(), tensor([1.0, 2.0]), tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        several, xs = _sources("hvp", inputs, create_graph)
        vs = _directions(xs, v)
        out = _scalar("hvp", func(*xs))
        _require([out], strict)
        gs = _vector_jacobian([out], xs, [None], True, strict)
        _require(gs, strict, "jacobian")
        products = _jacobian_vector(gs, xs, vs, create_graph, strict)
        return _returned([out], False, create_graph), _returned(products, several, create_graph)


# -- going in and coming out ------------------------------------------------------------------------


def _tensors(name: str, values: Any, what: str) -> tuple[bool, list[Tensor]]:
    several = isinstance(values, tuple)
    found = list(values) if several else [values]
    for i, value in enumerate(found):
        if not isinstance(value, Tensor):
            if several:
                raise TypeError(
                    f"The {what} {'given' if what == 'inputs' else 'returned'} to {name} must be either a Tensor or a "
                    f"tuple of Tensors but the value at index {i} has type {type(value)}."
                )
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the given {what} has "
                f"type {type(value)}."
            )
    return several, found


def _sources(name: str, inputs: Any, create_graph: bool) -> tuple[bool, list[Tensor]]:
    """The inputs as sources of their own: cut off from what made them, unless the results are recorded."""
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
    return out if out.array.ndim == 0 else out.reshape(())


def _require(outs: Sequence[Tensor], strict: bool, what: str = "outputs") -> None:
    if not strict:
        return
    for i, out in enumerate(outs):
        if not out.requires_grad:
            if what == "jacobian":
                raise RuntimeError(
                    "The jacobian of the user-provided function is independent of input "
                    f"{i}. This is not allowed in strict mode when create_graph=True."
                )
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs must be computed in "
                "a differentiable manner from the input when running in strict mode."
            )


def _fit(v: Any, tensors: list[Tensor], of: str) -> list[Tensor | None]:
    """The vector `v` as a list in the shapes of `tensors`.

    Raises:
        RuntimeError: it has another length, or another shape.
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


def _cotangents(outs: list[Tensor], v: Any) -> list[Tensor | None]:
    return _fit(v, outs, "the user-provided function returns")


def _directions(xs: list[Tensor], v: Any) -> list[Tensor | None]:
    return _fit(v, xs, "the input to the user-provided function is")


def _vector_jacobian(
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
        if g is not None and strict and create_graph and not g.requires_grad:
            raise RuntimeError(
                f"The jacobian of the user-provided function is independent of input {i}. This is not allowed in "
                "strict mode when create_graph=True."
            )
    return zeros_for_none(gs, xs)


def _jacobian_vector(
    outs: list[Tensor], xs: list[Tensor], vs: Sequence[Tensor | None], create_graph: bool, strict: bool
) -> list[Tensor]:
    """J v for each output."""
    us, gs = linearize(outs, xs)
    return _vector_jacobian(gs, us, vs, create_graph, strict)


def _returned(tensors: Sequence[Tensor], several: bool, create_graph: bool) -> Any:
    """What the caller gets: cut off unless it is recorded; a tuple if a tuple was given."""
    results = tuple(tensors) if create_graph else tuple(t.detach() for t in tensors)
    return results if several else results[0]
