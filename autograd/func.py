"""`torch.func`: grad, vjp, jvp, jacrev, jacfwd, hessian and vmap, which take a function and return another.

The transforms nest to any depth. Arguments and results may be nested lists, tuples and dicts of tensors.

A transform replaces the arguments of the function by new sources and differentiates with respect to them. Its
results are recorded if, and only if, they depend on a node that is *older* than the call: on an argument or a
captured tensor that an outer transform, or the user, differentiates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .base import nests
from .core.errors import not_a_tensor
from .core.grad_mode import enable_grad, recording
from .core.graph import all_nodes, tick
from .core.tensor import Tensor, check_can_require_grad, wrap
from .ops.creation.conversion import clone
from .surface import make_public as _make_public
from .transforms.functional_call import functional_call, stack_module_state
from .transforms.jacobians import (
    Func,
    Pull,
    jacobian_columns,
    jacobian_rows,
    recorded_products,
    vector_jacobian,
    zeros_for_none,
)
from .transforms.vmap import Transformed, vmap

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "value_and_grad", "vjp", "vmap",
]  # fmt: skip


def grad(func: Func, argnums: Any = 0, has_aux: bool = False) -> Transformed:
    """The function that computes the gradient of a scalar function.

    Args:
        func: returns a 0-d Tensor; with `has_aux`, a pair of a 0-d Tensor and auxiliary data.
        argnums: the index of the argument to differentiate with respect to, or a tuple of indices.
        has_aux: whether `func` returns auxiliary data, which is then returned too.

    Returns:
        A function of the same arguments that returns the gradient in the structure of the argument (a tuple if
        `argnums` is a tuple); with `has_aux`, a pair of the gradient and the auxiliary data.

    Raises:
        RuntimeError: when called, if the result is not a 0-d Tensor, or an index is out of range.
        ValueError: when called, if an argument to differentiate holds something other than Tensors.

    >>> from autograd import tensor, sin
    >>> grad(grad(sin))(tensor(0.5)) == -sin(tensor(0.5))
    tensor(True)
    """
    gradient_and_value = grad_and_value(func, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        gradients, value = gradient_and_value(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def grad_and_value(func: Func, argnums: Any = 0, has_aux: bool = False) -> Transformed:
    """Like `grad`, but the function returns `(gradient, value)`; with `has_aux`, `(gradient, (value, aux))`."""

    def gradient_and_value(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, args, argnums, has_aux, kwargs)
        out = call.output
        if not isinstance(out, Tensor):
            raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(out)}")
        if out.array.ndim:
            raise RuntimeError(
                "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                f"{out.array.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
        gradients = call.rebuild(call.pull_back([wrap(out.array.dtype.type(1))], retain_graph=call.recorded))
        value = call.returned(out)
        return gradients, (value, call.returned(call.aux)) if has_aux else value

    return gradient_and_value


def value_and_grad(func: Func, argnums: Any = 0, has_aux: bool = False) -> Transformed:
    """Like `grad_and_value`, with the value first, as in JAX.

    >>> from autograd import tensor
    >>> value_and_grad(lambda x: x**2)(tensor(3.0))
    (tensor(9.), tensor(6.))
    """
    gradient_and_value = grad_and_value(func, argnums, has_aux)

    def value_first(*args: Any, **kwargs: Any) -> Any:
        gradients, value = gradient_and_value(*args, **kwargs)
        return value, gradients

    return value_first


def vjp(func: Func, *primals: Any, has_aux: bool = False) -> Any:
    """The outputs of `func(*primals)`, and the function that computes its vector-Jacobian products.

    Returns:
        `(outputs, pull)`, or `(outputs, pull, aux)` with `has_aux`. `pull(cotangents)` takes cotangents in the
        structure and shapes of the outputs and returns a tuple with the gradient of each primal. It can be called
        more than once.

    Raises:
        RuntimeError: when `pull` is called, if the structure or a shape of the cotangents differs from the outputs'.

    >>> from autograd import tensor
    >>> out, pull = vjp(lambda x: x * x, tensor([1.0, 2.0]))
    >>> pull(tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    call = _Call(func, primals, tuple(range(len(primals))), has_aux, {})

    def pull(cotangents: Any) -> Any:
        flat = nests.leaves(cotangents)
        for cotangent in flat:
            if not isinstance(cotangent, Tensor):
                raise TypeError(f"vjp: a cotangent must be {not_a_tensor(cotangent)}")
        if len(flat) != len(call.outs):
            raise RuntimeError(
                f"Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function: there are {len(call.outs)} outputs, but got {len(flat)} cotangents"
            )
        return call.rebuild(call.pull_back(flat, retain_graph=True))

    outputs = call.returned(call.output)
    return (outputs, pull, call.returned(call.aux)) if has_aux else (outputs, pull)


def jvp(
    func: Func, primals: tuple[Any, ...], tangents: tuple[Any, ...], *, strict: bool = False, has_aux: bool = False
) -> Any:
    """The outputs of `func(*primals)`, and their derivative along `tangents`: the Jacobian-vector product.

    Computed by two backward passes: u ↦ uᵀJ is linear, and its own vector-Jacobian product with v is J v.

    Args:
        func: the function to differentiate.
        primals: a tuple of its arguments.
        tangents: a tuple of directions, in the structure and shapes of the primals.
        strict: whether every output must depend on the primals.
        has_aux: whether `func` returns a pair of its outputs and auxiliary data, which is then returned third.

    Raises:
        RuntimeError: primals or tangents are not a tuple, or their structures or shapes differ; with `strict`, an
            output does not depend on the primals.

    >>> from autograd import tensor
    >>> jvp(lambda x: x * x, (tensor([1.0, 2.0]),), (tensor([1.0, 10.0]),))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    for what, value in (("primals", primals), ("tangents", tangents)):
        if not isinstance(value, tuple):
            raise RuntimeError(
                f"jvp(f, primals, tangents): Expected {what} to be a tuple. "
                "E.g. it should be valid to call f(*primals)."
            )
    call = _Call(func, primals, tuple(range(len(primals))), has_aux, {})
    directions = nests.leaves(tangents)
    if len(directions) != len(call.sources):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure."
        )
    for x, v in zip(call.sources, directions):
        if x.array.shape != v.array.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this "
                f"is not supported. Tensor is of size {list(x.array.shape)} while the given forward gradient is of "
                f"size {list(v.array.shape)}."
            )
    if strict and not all(out.requires_grad for out in call.tensor_outputs()):
        raise RuntimeError("jvp(f, primals, tangents, strict=True): an output of f is independent of the inputs")
    us, gs = recorded_products(call.tensor_outputs(), call.sources)
    derivatives = vector_jacobian(gs, us, directions, create_graph=call.is_recorded_with(directions))
    slopes = call.rebuild_outputs(zeros_for_none(derivatives, us))
    outputs = call.returned(call.output)
    return (outputs, slopes, call.returned(call.aux)) if has_aux else (outputs, slopes)


def linearize(func: Func, *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The outputs of `func(*primals)`, and the function that computes the derivative along directions.

    >>> from autograd import tensor
    >>> out, push = linearize(lambda x: x * x, tensor([1.0, 2.0]))
    >>> push(tensor([1.0, 10.0]))
    tensor([ 2., 40.])
    """
    return func(*primals), lambda *tangents: jvp(func, primals, tangents)[1]


def jacrev(func: Func, argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None) -> Transformed:
    """The function that computes the Jacobian row by row, in reverse mode: for few outputs and many inputs.

    Args:
        func: returns a Tensor or a nest of Tensors; with `has_aux`, a pair of them and auxiliary data.
        argnums, has_aux: as for `grad`.
        chunk_size: ignored; rows are computed one at a time.

    Returns:
        A function of the same arguments. It returns a nest in the structure of the outputs, which holds for each
        output a nest in the structure of the arguments, with Jacobians of shape (*output.shape, *argument.shape).

    >>> from autograd import tensor
    >>> jacrev(lambda x: x**2)(tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def rows(call: _Call) -> list[list[Tensor]]:
        outs, xs = call.tensor_outputs(), call.sources
        return [jacobian_rows(out, xs, _pull_from(out, xs, call.recorded)) for out in outs]

    return _jacobian(func, argnums, has_aux, rows)


def jacfwd(
    func: Func, argnums: Any = 0, has_aux: bool = False, *, chunk_size: int | None = None, randomness: str = "error"
) -> Transformed:
    """The function that computes the Jacobian column by column, as derivatives along each input; else like `jacrev`.

    `randomness` is ignored.

    >>> from autograd import tensor
    >>> jacfwd(lambda x: x**2)(tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def columns(call: _Call) -> list[list[Tensor]]:
        outs = call.tensor_outputs()
        us, gs = recorded_products(outs, call.sources)
        columns = [jacobian_columns(x, outs, _pull_from(g, us, call.recorded)) for x, g in zip(call.sources, gs)]
        return [[column[i] for column in columns] for i in range(len(outs))]

    return _jacobian(func, argnums, has_aux, columns)


def hessian(func: Func, argnums: Any = 0) -> Transformed:
    """The function that computes the second derivatives: `jacfwd(jacrev(func))`.

    >>> from autograd import tensor
    >>> hessian(lambda x: (x**3).sum())(tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


class _Call:
    """One call of a function on new sources, and the backward pass from its outputs to them.

    Attributes:
        sources: the leaves of the arguments that are differentiated, each with a new place in the graph.
        output, aux: what the function returned.
        outs: the leaves of `output`.
        rebuild, rebuild_outputs: put results in the structure of the arguments, of the outputs.
        recorded: whether an outer graph records what is computed from this call.
    """

    def __init__(self, func: Func, args: tuple[Any, ...], argnums: Any, has_aux: bool, kwargs: dict[str, Any]) -> None:
        places = _checked_argnums(argnums, len(args))
        begun = tick()
        self.outer_records = recording()
        flat, rebuild = nests.flatten(tuple(args[i] for i in places))
        with enable_grad():
            self.sources = [self._source(x) for x in flat]
            replaced = dict(zip(places, rebuild(self.sources)))
            returned = func(*(replaced.get(i, arg) for i, arg in enumerate(args)), **kwargs)
        if has_aux and not (isinstance(returned, tuple) and len(returned) == 2):
            raise RuntimeError(
                "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True"
            )
        self.output: Any
        self.aux: Any
        self.output, self.aux = returned if has_aux else (returned, None)
        self.outs, self.rebuild_outputs = nests.flatten(self.output)
        roots = [t.node for t in self.outs if isinstance(t, Tensor)]
        # Ages decrease: a node made before the call has a greater age.
        self.recorded = self.outer_records and any(node.age > begun for node in all_nodes(roots))
        self.rebuild = rebuild if isinstance(argnums, tuple) else lambda leaves: rebuild(leaves)[0]

    def _source(self, x: Any) -> Tensor:
        if not isinstance(x, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        check_can_require_grad(x.array)
        # A clone has a node of its own, and the outer graph continues behind it.
        return clone(x) if self.outer_records and x.requires_grad else x.detach().requires_grad_()

    def tensor_outputs(self) -> list[Tensor]:
        """The outputs.

        Raises:
            RuntimeError: one is not a Tensor.
        """
        for i, out in enumerate(self.outs):
            if not isinstance(out, Tensor):
                raise RuntimeError(f"Expected f(*args) to return Tensors only, got {type(out)} as output {i}")
        return self.outs

    def is_recorded_with(self, vectors: Sequence[Tensor]) -> bool:
        """Whether an outer graph records the products of the Jacobian with these vectors."""
        return self.recorded or (self.outer_records and any(v.requires_grad for v in vectors))

    def pull_back(self, cotangents: Sequence[Any], retain_graph: bool) -> list[Tensor]:
        """The gradient at each source; zeros where no output depends on it."""
        outs = self.tensor_outputs()
        for i, (out, g) in enumerate(zip(outs, cotangents)):
            if out.array.shape != g.array.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of "
                    f"{out.shape}."
                )
        recorded = self.is_recorded_with(cotangents)
        return zeros_for_none(vector_jacobian(outs, self.sources, cotangents, recorded, retain_graph), self.sources)

    def returned(self, nest: Any) -> Any:
        """The nest that the caller gets: detached from the sources, unless an outer graph records it."""
        if self.recorded:
            return nest
        return nests.mapped(lambda leaf: leaf.detach() if isinstance(leaf, Tensor) else leaf, nest)


def _checked_argnums(argnums: Any, count: int) -> tuple[int, ...]:
    """The indices of the arguments to differentiate, as non-negative numbers.

    Raises:
        RuntimeError: there is none, one is out of range, or one appears twice.
    """
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    if not numbers and count:
        raise RuntimeError("argnums must be non-empty")
    for i in numbers:
        if not isinstance(i, int):
            raise RuntimeError(f"argnum must be int or Tuple[int], got: {type(i)}")
        if not -count <= i < count:
            raise RuntimeError(f"Got argnum={i}, but only {count} positional inputs")
    places = tuple(i % count for i in numbers)
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return places


def _jacobian(func: Func, argnums: Any, has_aux: bool, blocks: Callable[[_Call], list[list[Tensor]]]) -> Transformed:
    """The function that calls `func` and nests the blocks of its Jacobian: outputs outside, arguments inside."""

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, args, argnums, has_aux, kwargs)
        nested = call.rebuild_outputs([call.rebuild(row) for row in blocks(call)])
        return (nested, call.returned(call.aux)) if has_aux else nested

    return jacobian


def _pull_from(out: Tensor, sources: Sequence[Tensor], create_graph: bool) -> Pull:
    return lambda cotangent: vector_jacobian([out], sources, [cotangent], create_graph)


_make_public(globals())
