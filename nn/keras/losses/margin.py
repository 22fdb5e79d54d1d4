"""Hinge losses: predictions on the right side by a margin cost nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.core.tensor import Tensor

from .base import _Plain, aligned, eager_result


def _signs(true: Tensor) -> Tensor:
    """Labels -1 and 1, from these or from 0 and 1."""
    values = np.asarray(true.array)
    return true * 2 - 1 if np.all((values == 0) | (values == 1)) else true


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


@eager_result
def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """max(1 + the largest wrong prediction - the right one, 0), for one-hot rows."""
    true, pred = aligned(y_true, y_pred)
    right, wrong = (true * pred).sum(-1), autograd.amax((1 - true) * pred, -1)
    return autograd.clamp(wrong - right + 1, min=0)


class Hinge(_Plain):
    """The mean of max(1 - y_true y_pred, 0)."""

    function = staticmethod(hinge)


class SquaredHinge(_Plain):
    """The mean of max(1 - y_true y_pred, 0)²."""

    function = staticmethod(squared_hinge)


class CategoricalHinge(_Plain):
    """max(1 + the largest wrong prediction - the right one, 0)."""

    function = staticmethod(categorical_hinge)
