"""Random numbers: generators and their seeds, and tensors drawn from the usual distributions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...base.device import device as device_type
from ...base.dtypes import Array, NumpyDType, default_float, from_numpy_dtype, to_numpy_dtype
from ...base.symbolic import as_array, as_one_call, current
from ...core.tensor import Tensor, wrap
from ..arguments import named, new_shape
from .from_data import finish

__all__ = [
    "Generator", "bernoulli", "binomial", "default_generator", "get_rng_state", "initial_seed", "manual_seed",
    "multinomial", "normal", "poisson", "rand", "randint", "randn", "randperm", "seed", "set_rng_state",
]  # fmt: skip


class Generator:
    """A random number generator with its own state: NumPy's PCG64.

    >>> g = Generator().manual_seed(1)
    >>> h = Generator().manual_seed(1)
    >>> bool((rand(3, generator=g) == rand(3, generator=h)).all())
    True
    """

    def __init__(self, device: Any = "cpu") -> None:
        # Created on first use: NumPy's random package would take a third of the time of `import autograd`.
        self._seed: int | None = None
        self._numpy: np.random.Generator | None = None

    @property
    def device(self) -> device_type:
        """The CPU."""
        return device_type("cpu")

    @property
    def numpy(self) -> np.random.Generator:
        """The NumPy generator that draws the numbers."""
        if self._numpy is None:
            self.seed()
        assert self._numpy is not None
        return self._numpy

    def manual_seed(self, seed: int) -> Generator:
        """Reset the generator to the state that belongs to `seed`.

        >>> _ = manual_seed(0); a = rand(2); _ = manual_seed(0)
        >>> bool((rand(2) == a).all())
        True
        """
        if current.trace is not None:
            current.trace.give_up("the step seeds a random generator: do it outside")
        self._seed = int(seed)
        self._numpy = np.random.Generator(np.random.PCG64(self._seed & (2**64 - 1)))
        return self

    def seed(self) -> int:
        """Seed the generator with a random number from the operating system, and return that number."""
        self.manual_seed(int(np.random.SeedSequence().generate_state(1)[0]))
        return self.initial_seed()

    def initial_seed(self) -> int:
        """The seed that the generator was last given."""
        return self.seed() if self._seed is None else self._seed

    def get_state(self) -> dict[str, Any]:
        """The state of the generator, as `set_state` takes it."""
        return dict(self.numpy.bit_generator.state)

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a state returned by `get_state`."""
        if current.trace is not None and state != self.get_state():
            current.trace.give_up("the step sets the state of a random generator, as checkpoint does: do it outside")
        self.numpy.bit_generator.state = state


default_generator = Generator()


# Functions, as a pickled bound method would bring a copy of the generator along.


def manual_seed(seed: int) -> Generator:
    """Reset the default generator to the state that belongs to `seed`, and return the generator."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Seed the default generator with a random number from the operating system, and return that number."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator, for `set_rng_state`."""
    return wrap(np.array(bytearray(json.dumps(default_generator.get_state()).encode())))


def set_rng_state(new_state: Tensor) -> None:
    """Restore a state of the default generator."""
    default_generator.set_state(json.loads(new_state.array.tobytes()))


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """Context manager that restores the state of the default generator at the end of the `with` block.

    >>> _ = manual_seed(0)
    >>> with fork_rng():
    ...     x = rand(2)
    >>> bool((rand(2) == x).all())
    True
    """
    state = default_generator.get_state()
    try:
        yield
    finally:
        if enabled:
            default_generator.set_state(state)


def source(generator: Generator | None) -> np.random.Generator:
    """The NumPy generator of `generator`, or of the default generator."""
    generator = default_generator if generator is None else generator
    return generator.numpy if current.trace is None else current.trace.record.drawing(generator)


def float_type(name: str, dtype: Any) -> NumpyDType:
    numpy_dtype = default_float() if dtype is None else to_numpy_dtype(dtype)
    if numpy_dtype.kind not in "fc":
        raise NotImplementedError(f"{name}: expected a floating-point or complex dtype, but got {dtype}")
    return numpy_dtype


def draw_uniform(shape: tuple[int, ...], numpy_dtype: NumpyDType, generator: Generator | None = None) -> Array:
    """Random numbers from [0, 1), of a floating-point or complex dtype."""
    return _drawn_parts(source(generator).random, shape, numpy_dtype)


def draw_normal(shape: tuple[int, ...], numpy_dtype: NumpyDType, generator: Generator | None = None) -> Array:
    """Standard normal random numbers of a floating-point or complex dtype; complex ones have variance 1 in total."""
    drawn = _drawn_parts(source(generator).standard_normal, shape, numpy_dtype)
    return (drawn / np.sqrt(2)).astype(numpy_dtype) if numpy_dtype.kind == "c" else drawn


def _drawn_parts(draw: Callable[..., Any], shape: tuple[int, ...], numpy_dtype: NumpyDType) -> Array:
    """Numbers from a method of NumPy's generator; of complex ones the two parts are drawn one after the other."""
    if numpy_dtype.kind == "c":
        part = np.dtype(f"f{numpy_dtype.itemsize // 2}")
        return (_drawn_parts(draw, shape, part) + 1j * _drawn_parts(draw, shape, part)).astype(numpy_dtype)
    wide = numpy_dtype if numpy_dtype.itemsize >= 4 else np.dtype(np.float32)
    return as_array(draw(shape, wide.type)).astype(numpy_dtype, copy=False)


def _drawn(name: str, draw: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    """Define `rand` or `randn` by the function that draws the numbers."""

    def function(
        *sizes: Any,
        size: Any = None,
        generator: Generator | None = None,
        dtype: Any = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
    ) -> Tensor:
        return finish(draw(new_shape(sizes, size), float_type(name, dtype), generator), requires_grad, device)

    return named(function, name, doc)


rand = _drawn("rand", draw_uniform, "Random numbers from the uniform distribution on [0, 1).")
randn = _drawn("randn", draw_normal, "Random numbers from the normal distribution with mean 0 and variance 1.")


def check_range(low: Any, high: Any, numpy_dtype: NumpyDType) -> None:
    """Raise unless random integers from [low, high) fit a dtype.

    Raises:
        RuntimeError: they do not, or the range is empty.
    """
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if numpy_dtype.kind in "biu":
        smallest, largest = (
            (0, 1) if numpy_dtype.kind == "b" else (np.iinfo(numpy_dtype).min, np.iinfo(numpy_dtype).max)
        )
        for name, bound in (("from", low), ("to - 1", high - 1)):
            if not smallest <= bound <= largest:
                raise RuntimeError(f"{name} is out of bounds for {from_numpy_dtype(numpy_dtype).name}: {bound}")


def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Random integers from `low` (default 0) to `high` - 1.

    `randint(10, (3,))`, `randint(10, size=(3,))` and `randint(high=10, size=(3,))` mean the same; `randint(1, 7, (3,))`
    gives the results of a die.

    Raises:
        RuntimeError: the range is empty, or the numbers do not fit the dtype.
    """
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    numpy_dtype = np.dtype(np.int64) if dtype is None else to_numpy_dtype(dtype)
    check_range(low, high, numpy_dtype)
    array = source(generator).integers(low, high, new_shape((size,)))
    return finish(as_array(array).astype(numpy_dtype), requires_grad, device)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """The integers from 0 to n - 1 in random order.

    Raises:
        RuntimeError: n is negative.
    """
    new_shape((n,))
    numpy_dtype = np.dtype(np.int64) if dtype is None else to_numpy_dtype(dtype)
    return finish(source(generator).permutation(n).astype(numpy_dtype), requires_grad, device)


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Random numbers from normal distributions with the means and standard deviations given.

    Args:
        mean, std: numbers or tensors that broadcast.
        size: the shape, if both are numbers.
        generator: the source of the numbers; None for the default generator.
        dtype: by default that of the first tensor among `mean` and `std`.
        device, layout, pin_memory: as for every factory function.
        requires_grad: whether the tensor accumulates gradients.

    Raises:
        RuntimeError: a standard deviation is negative.
    """
    if dtype is None:
        dtype = next((v.dtype for v in (mean, std) if isinstance(v, Tensor)), None)
    centers, scales = (v.array if isinstance(v, Tensor) else v for v in (mean, std))
    if np.any(as_array(scales) < 0):
        raise RuntimeError(f"normal expects all elements of std >= 0.0, but got {std}")
    shape = new_shape((size,)) if size is not None else np.broadcast_shapes(np.shape(centers), np.shape(scales))
    numpy_dtype = float_type("normal", dtype)
    array = (draw_normal(shape, numpy_dtype, generator) * scales + centers).astype(numpy_dtype)
    return finish(array, requires_grad, device)


def _range_of(array: Array) -> str:
    return f"from {np.min(array)} to {np.max(array)}"


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probabilities in `input` (or with probability `p`), else 0, in the dtype of `input`.

    Raises:
        RuntimeError: a probability is outside [0, 1].
    """
    probabilities = as_array(input.array) if p is None else np.full(input.array.shape, p)
    if not np.all((probabilities >= 0) & (probabilities <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1: bernoulli expects probabilities, but got numbers "
            f"{_range_of(probabilities)}"
        )
    drawn = source(generator).random(probabilities.shape) < probabilities
    return wrap(as_array(drawn).astype(input.array.dtype))


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Random numbers from Poisson distributions with the rates in `input`, in its dtype.

    Raises:
        RuntimeError: a rate is negative.
    """
    if np.any(input.array < 0):
        raise RuntimeError(
            f"invalid Poisson rate, expected rate to be non-negative, but got numbers {_range_of(input.array)}"
        )
    return wrap(as_array(source(generator).poisson(input.array)).astype(input.array.dtype))


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """The number of successes in `count` trials with success probability `prob`, in the dtype of `count`.

    Raises:
        RuntimeError: a count is negative, or a probability is outside [0, 1].
    """
    n, p = count.array, prob.array
    if np.any(n < 0) or np.any((p < 0) | (p > 1)):
        raise RuntimeError(
            f"binomial expects counts >= 0 and probabilities in [0, 1], but got counts {_range_of(n)} and "
            f"probabilities {_range_of(p)}"
        )
    return wrap(as_array(source(generator).binomial(n.astype(np.int64), p)).astype(n.dtype))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn from each row of `input` with the probabilities, or weights, in it.

    Raises:
        RuntimeError: a weight is negative or not finite, fewer than `num_samples` weights are positive and
            `replacement` is False, or `input` is not floating-point.
    """
    if input.array.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype}")
    if num_samples <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, but got {num_samples}")
    rows = np.atleast_2d(input.array).astype(np.float64)
    if not np.all(np.isfinite(rows) & (rows >= 0)) or not np.all(rows.sum(1) > 0):
        raise RuntimeError(
            "probability tensor contains either `inf`, `nan` or element < 0, or a row that adds up to 0: its elements "
            f"are {_range_of(rows)}"
        )
    if not replacement and np.any((rows > 0).sum(1) < num_samples):
        raise RuntimeError(
            f"cannot sample n_sample > prob_dist.size(-1) samples without replacement: num_samples is {num_samples}, "
            f"but only {(rows > 0).sum(1).min()} of the weights in a row are positive"
        )
    rng = source(generator)
    if replacement or num_samples == 1 or not len(rows):
        drawn = as_one_call(_chosen, rows, rng.random((len(rows), num_samples)))
    else:
        drawn = np.stack([rng.choice(len(row), num_samples, False, row / row.sum()) for row in rows])
    return wrap(drawn if input.array.ndim > 1 else drawn[0])


def _chosen(rows: Array, uniform: Array) -> Array:
    """The index that each number of [0, 1) falls on, the weights of its row laid end to end."""
    ends = np.cumsum(rows, 1)
    found = [end.searchsorted(at, "right") for end, at in zip(ends, uniform * ends[:, -1:])]
    return np.array(found, np.int64).reshape(uniform.shape)
