"""Flatten and Unflatten: merging dimensions into one, and splitting one into several."""

from __future__ import annotations

from autograd.core.tensor import Tensor

from .function_layer import FunctionLayer

__all__ = ["Flatten", "Unflatten"]


class Flatten(FunctionLayer, shown=("start_dim", "end_dim")):
    """Merge the dims from `start_dim` to `end_dim` into one; by default all dims except the first, the batch.

    >>> from autograd import ones
    >>> tuple(Flatten()(ones(5, 2, 3)).shape)
    (5, 6)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """(N, *) to (N, product of *)."""
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(FunctionLayer, shown=("dim", "unflattened_size")):
    """Split one dim into several of the given sizes; one size may be -1, which is inferred.

    >>> from autograd import ones
    >>> tuple(Unflatten(1, (2, 3))(ones(5, 6)).shape)
    (5, 2, 3)
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...]) -> None:
        super().__init__()
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: Tensor) -> Tensor:
        """(*, product of sizes, *) to (*, sizes, *); errors as for `Tensor.unflatten`."""
        return input.unflatten(self.dim, self.unflattened_size)
