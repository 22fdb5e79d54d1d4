"""vmap: turns a function of one example into a function of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ..base import nests
from ..core.tensor import Tensor, wrap
from ..ops.creation.random import default_generator
from ..ops.shape.joining import stack
from .jacobians import Func

Transformed: TypeAlias = Callable[..., Any]


def vmap(
    func: Func, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None
) -> Transformed:
    """The function that maps `func` over a dim of its arguments.

    `func` is called once for each slice, and the results are stacked: vmap is a loop, and no faster. In return, `func`
    may use any operation and any Python, `item()` and `if` included, and vmap nests with every transform.

    Args:
        func: takes slices of the arguments, returns a Tensor or a nest of Tensors.
        in_dims: the dim of each argument to map over: an int for all, or a tuple, which may be nested like the
            arguments. None passes an argument whole to every call.
        out_dims: the position of the mapped dim in the outputs, also nested; None for an output that is the same for
            every slice.
        randomness: "error" raises an error if random numbers are drawn, "different" draws new ones for each slice,
            "same" the same ones for each slice.
        chunk_size: ignored.

    Raises:
        ValueError: when called, if the dims do not match the structure or the shapes of the arguments or outputs, or
            the sizes of the mapped dims differ.
        RuntimeError: another `randomness`; when called, if random numbers were drawn and `randomness` is "error".

    >>> from autograd import tensor, dot
    >>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> vmap(dot, in_dims=(0, None))(x, tensor([1.0, 10.0]))
    tensor([21., 43.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    name = getattr(func, "__name__", repr(func))

    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = nests.flatten(args)
        dims = _in_dims(name, in_dims, args, leaves)
        sizes = {leaf.array.shape[dim] for leaf, dim in zip(leaves, dims) if dim is not None}
        if len(sizes) > 1:
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                f"{[leaf.array.shape[d] for leaf, d in zip(leaves, dims) if d is not None]} for the mapped dimension"
            )
        size = sizes.pop()
        # For an empty mapped dim, one call on zeros finds the shapes of the outputs.
        slices = range(size) if size else [None]
        outputs = []
        for i in _with_randomness(randomness, slices):
            sliced = [leaf if dim is None else _slice(leaf, dim, i) for leaf, dim in zip(leaves, dims)]
            outputs.append(func(*rebuild(sliced), **kwargs))
        return _batched(name, outputs, out_dims, size)

    return mapped


def _in_dims(name: str, in_dims: Any, args: tuple[Any, ...], leaves: list[Any]) -> list[int | None]:
    """For each leaf of the arguments the dim to map over, as a non-negative number; None for a whole argument."""
    what = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple, list)):
        raise ValueError(
            f"{what}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not leaves:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    try:
        dims = nests.spread(tuple(in_dims) if isinstance(in_dims, list) else in_dims, args)
    except ValueError as error:
        raise ValueError(f"{what}: in_dims is not compatible with the structure of `inputs`: {error}") from None
    found: list[int | None] = []
    for leaf, dim in zip(leaves, dims):
        if dim is not None and not isinstance(dim, int):
            raise ValueError(f"{what}: Got in_dim={dim} for an input but in_dim must be either an integer dim or None.")
        if dim is not None and not isinstance(leaf, Tensor):
            raise ValueError(
                f"{what}: Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if dim is not None and not -leaf.array.ndim <= dim < leaf.array.ndim:
            raise ValueError(
                f"{what}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality "
                f"{leaf.array.ndim} so expected in_dim to satisfy -{leaf.array.ndim} <= in_dim < {leaf.array.ndim}."
            )
        found.append(None if dim is None else dim % leaf.array.ndim)
    if all(dim is None for dim in found):
        raise ValueError(f"{what}: at least one input must be mapped over")
    return found


def _slice(x: Tensor, dim: int, i: int | None) -> Tensor:
    """The slice number `i` along a dim; for None, of an empty dim, zeros in its shape."""
    if i is None:
        shape = x.array.shape
        return wrap(np.zeros(shape[:dim] + shape[dim + 1 :], x.array.dtype))
    return x.select(dim, i)


def _with_randomness(randomness: str, slices: Any) -> Any:
    """Yield the slices, and reset or check the state of the random generator for each, as `randomness` says."""
    before = default_generator.get_state()
    for i in slices:
        if randomness == "same":
            default_generator.set_state(before)
        yield i
        if randomness == "error" and default_generator.get_state() != before:
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )


def _batched(name: str, outputs: list[Any], out_dims: Any, size: int) -> Any:
    """The outputs of all slices, stacked leaf by leaf."""
    flat = [nests.flatten(out) for out in outputs]
    try:
        dims = nests.spread(out_dims, outputs[0])
    except ValueError as error:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`: {error}"
        ) from None
    batched = []
    for dim, column in zip(dims, zip(*(leaves for leaves, _ in flat))):
        first = column[0]
        if dim is None:
            if any(not _same(value, first) for value in column):
                raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
            batched.append(first)
        elif not all(isinstance(value, Tensor) for value in column):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(first)}. Did you mean to set "
                "out_dims= to None for output?"
            )
        else:
            stacked = stack(column, dim)
            batched.append(stacked if size else stacked.narrow(dim, 0, 0))
    return flat[0][1](batched)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return np.array_equal(a.array, b.array)
    return bool(a is b or a == b)
