"""Embedding: a learned vector for each integer."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor

from ... import functional as F
from .. import constraints, initializers, regularizers
from ..symbols import Shape
from .base import Common, Layer
from .shapes import positive


class Embedding(Layer):
    """The rows of a table at the indices in the input: (*, output_dim) for indices (*).

    Args:
        input_dim: the number of rows: the largest index plus 1.
        output_dim: the size of a row.
        embeddings_initializer: its name or an Initializer.
        embeddings_regularizer, embeddings_constraint: names, objects or functions: a penalty on the table, and a
            projection of it after every update.
        mask_zero: must be False: masks are not supported.

    >>> tuple(Embedding(10, 4)(np.array([[1, 2, 3]])).shape)
    (1, 3, 4)
    """

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(**common)
        self.input_dim = positive(input_dim, "input_dim", "Embedding")
        self.output_dim = positive(output_dim, "output_dim", "Embedding")
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        if mask_zero is not False:
            raise NotImplementedError(
                "Embedding: mask_zero=True is not supported, since layers do not pass masks on: pass mask_zero=False"
            )

    def build(self, input_shape: Shape) -> None:
        """Create the table (input_dim, output_dim)."""
        options = {"regularizer": self.embeddings_regularizer, "constraint": self.embeddings_constraint}
        shape = (self.input_dim, self.output_dim)
        self.embeddings = self.add_weight(shape, self.embeddings_initializer, name="embeddings", **options)

    def call(self, inputs: Tensor) -> Tensor:
        indices = inputs if inputs.array.dtype.kind in "iu" else as_dtype(inputs, np.dtype(np.int64))
        return F.embedding(indices, self.embeddings)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)
