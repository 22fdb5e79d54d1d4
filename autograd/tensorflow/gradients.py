"""Gradients that differ from the derivative: stop_gradient and custom_gradient."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..base.nests import flatten
from ..core.tensor import Tensor, wrap
from ..tape.gradient_tape import GradientTape
from ..transforms.function import Function
from .tensors import EagerTensor, tensor_of

__all__ = ["custom_gradient", "no_gradient", "recompute_grad", "stop_gradient"]

F = TypeVar("F", bound=Callable[..., Any])


def stop_gradient(input: Any, name: str | None = None) -> EagerTensor:
    """The same values as a constant: no gradient passes.

    >>> from autograd import tensorflow as tf
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * tf.stop_gradient(x)
    >>> print(tape.gradient(y, x))
    tf.Tensor(3.0, shape=(), dtype=float32)
    """
    return EagerTensor(tensor_of(input).array)


def no_gradient(op_type: str) -> None:
    """Not supported: in TensorFlow it marks an operation of the C++ registry as not differentiable.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        f"no_gradient({op_type!r}) is not supported, because there are no operations in C++: use tf.stop_gradient on "
        "the result of the operation, or tf.custom_gradient"
    )


class _Custom(Function):
    """An operation with the results of a user's function and the user's gradient function."""

    @staticmethod
    def forward(ctx: Any, grad_fn: Callable[..., Any], results: Sequence[Tensor], *inputs: Any) -> Any:
        ctx.grad_fn = grad_fn
        outs = tuple(wrap(result.array) for result in results)
        return outs if len(outs) > 1 else outs[0]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None, None, *ctx.grad_fn(*[EagerTensor(g.array, g.node) for g in grads])


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Define the gradient of a function: a decorator.

    `f(*args)` returns its result and a function `grad_fn(*upstream)`, which returns a gradient for each argument. If
    `f` uses Variables, `grad_fn` takes them as `variables=` and returns the gradients of the arguments and a list of
    the gradients of the variables.

    Raises:
        TypeError: on the call, if `f` returns something else, or `grad_fn` has no parameter `variables` but `f` uses
            Variables.
        ValueError: in the backward pass, if `grad_fn` returns a wrong number of gradients.

    >>> from autograd import tensorflow as tf
    >>> @tf.custom_gradient
    ... def log1pexp(x):
    ...     e = tf.exp(x)
    ...     return tf.math.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))
    >>> x = tf.constant(100.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = log1pexp(x)
    >>> print(tape.gradient(y, x))
    tf.Tensor(1.0, shape=(), dtype=float32)
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        inputs, rebuild = flatten(args)
        inputs = [tensor_of(x) if isinstance(x, Tensor) else x for x in inputs]
        with GradientTape() as watcher:
            returned = f(*rebuild(inputs), **kwargs)
        if not isinstance(returned, tuple) or len(returned) != 2 or not callable(returned[1]):
            raise TypeError(
                f"custom_gradient: {getattr(f, '__name__', f)!r} must return its result and a gradient function, but "
                f"returned {returned!r:.80}"
            )
        result, grad_fn = returned
        results, rebuild_result = flatten(result)
        input_ids = {id(x) for x in inputs}
        variables = [v for v in watcher.watched_variables() if id(v) not in input_ids]
        if variables and "variables" not in inspect.signature(grad_fn).parameters:
            raise TypeError(
                "If using @custom_gradient with a function that uses variables, then grad_fn must accept a 'variables' "
                "keyword argument."
            )

        def gradients(*upstream: EagerTensor) -> list[Any]:
            found = grad_fn(*upstream, variables=variables) if variables else grad_fn(*upstream)
            of_inputs, of_variables = found if variables else (found, [])
            flat = flatten(of_inputs)[0] if isinstance(of_inputs, (list, tuple)) else [of_inputs]
            if len(flat) != len(inputs):
                raise ValueError(
                    f"custom_gradient function expected to return {len(inputs)} gradients, but returned "
                    f"{len(flat)} instead."
                )
            # Numbers among the arguments have no place on the tape: their gradients go nowhere.
            return [*(g if isinstance(x, Tensor) else None for x, g in zip(inputs, flat)), *of_variables]

        outs = _Custom.apply(gradients, [tensor_of(r) for r in results], *inputs, *variables)
        return rebuild_result([EagerTensor.result(out) for out in (outs if isinstance(outs, tuple) else (outs,))])

    return decorated


def recompute_grad(f: F) -> F:
    """The function itself, recorded as usual; TensorFlow recomputes it in the backward pass to save memory."""
    return f
