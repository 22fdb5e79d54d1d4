"""Flatten and Unflatten: merging dimensions into one, and splitting one into several."""

from __future__ import annotations

from autograd.core.tensor import Tensor

from ..module import Module

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
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

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
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
        """(*, product of sizes, *) to (*, sizes, *).

        Raises:
            IndexError: the input has no such dim.
        """
        if not -input.ndim <= self.dim < input.ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], "
                f"but got {self.dim})"
            )
        at = self.dim % input.ndim
        shape = tuple(input.shape)
        return input.reshape(*shape[:at], *self.unflattened_size, *shape[at + 1 :])

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
