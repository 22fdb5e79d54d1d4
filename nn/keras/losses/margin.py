"""Hinge losses: a prediction on the correct side of the boundary by a margin of 1 costs nothing.

The functions reduce the last dim: values (*, D) give losses (*). The classes reduce these further.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor, wrap

from .base import FunctionLoss, aligned, eager_result

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge", "categorical_hinge", "hinge", "squared_hinge"]


@eager_result
def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0) over the last dim, for labels -1 and 1 (or 0 and 1)."""
    true, pred = aligned(y_true, y_pred)
    return autograd.clamp(1 - _signs(true) * pred, min=0).mean(-1)


@eager_result
def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0)² over the last dim, for labels -1 and 1 (or 0 and 1)."""
    true, pred = aligned(y_true, y_pred)
    return autograd.square(autograd.clamp(1 - _signs(true) * pred, min=0)).mean(-1)


def _signs(true: Tensor) -> Tensor:
    """The labels -1 and 1; labels of which each is 0 or 1 are converted."""
    values = as_array(true.array)
    binary = np.all((values == 0) | (values == 1)).astype(values.dtype)
    return true * wrap(binary + 1) - wrap(binary)


@eager_result
def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """max(1 + the largest prediction of a wrong class - the prediction of the true class, 0), for one-hot rows."""
    true, pred = aligned(y_true, y_pred)
    correct, wrong = (true * pred).sum(-1), autograd.amax((1 - true) * pred, -1)
    return autograd.clamp(wrong - correct + 1, min=0)


class Hinge(FunctionLoss, function=hinge):
    """The mean of max(1 - y_true y_pred, 0)."""


class SquaredHinge(FunctionLoss, function=squared_hinge):
    """The mean of max(1 - y_true y_pred, 0)²."""


class CategoricalHinge(FunctionLoss, function=categorical_hinge):
    """The mean of max(1 + the largest prediction of a wrong class - the prediction of the true class, 0)."""
