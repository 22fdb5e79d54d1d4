"""Gradients that are not the derivative: none at all, or the user's own."""

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

F = TypeVar("F", bound=Callable[..., Any])


def stop_gradient(input: Any, name: str | None = None) -> EagerTensor:
    """The same values, through which no gradient passes.

    >>> from autograd import tensorflow as tf
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * tf.stop_gradient(x)
    >>> print(tape.gradient(y, x))
    tf.Tensor(3.0, shape=(), dtype=float32)
    """
    return EagerTensor(tensor_of(input).array)


def no_gradient(op_type: str) -> None:
    """TensorFlow's mark for operations of its registry; there is no such registry here.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        f"no_gradient({op_type!r}) marks an operation written in C++, of which there are none here: use "
        "tf.stop_gradient on its result, or tf.custom_gradient"
    )


class _Custom(Function):
    """What a user's function computed, with the user's gradient in place of the recorded one."""

    @staticmethod
    def forward(ctx: Any, grad_fn: Callable[..., Any], results: Sequence[Tensor], *inputs: Any) -> Any:
        ctx.grad_fn = grad_fn
        outs = tuple(wrap(result.array) for result in results)
        return outs if len(outs) > 1 else outs[0]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None, None, *ctx.grad_fn(*[EagerTensor(g.array, g.node) for g in grads])


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function its own gradient: a decorator.

    `f(*args)` returns its result and `grad_fn(*upstream)`, which returns a gradient for each argument. If
    `f` uses Variables, `grad_fn` takes them as `variables=` and returns the two lists of gradients.

    Raises:
        TypeError: when called: `f` returns something else, or `grad_fn` does not take the Variables used.
        ValueError: in the backward pass: a wrong number of gradients.

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
        results, put_together = flatten(result)
        given = {id(x) for x in inputs}
        variables = [v for v in watcher.watched_variables() if id(v) not in given]
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
            return [*flat, *of_variables]

        outs = _Custom.apply(gradients, [tensor_of(r) for r in results], *inputs, *variables)
        return put_together([EagerTensor.result(out) for out in (outs if isinstance(outs, tuple) else (outs,))])

    return decorated


def recompute_grad(f: F) -> F:
    """The function as it is: TensorFlow's saves memory by computing it again in the backward pass."""
    return f
