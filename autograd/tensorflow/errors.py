"""TensorFlow's kinds of errors, for what the elements or shapes of tensors do not allow."""

from __future__ import annotations

from typing import Any


class OpError(Exception):
    """An operation failed.

    Args:
        node_def, op: accepted as TensorFlow's are; there are no such things here.
        message: what went wrong.
    """

    def __init__(self, node_def: Any = None, op: Any = None, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class InvalidArgumentError(OpError):
    """The shapes, dtypes or values of the arguments do not fit the operation."""


class OutOfRangeError(OpError):
    """An iterator is at its end."""


class DataLossError(OpError):
    """Elements would be lost."""


class UnimplementedError(OpError):
    """The operation is not there for these arguments."""


class NotFoundError(OpError):
    """A file or entry is not there."""


def invalid(op: str, message: str) -> InvalidArgumentError:
    """The error that `op` raises for arguments which do not fit."""
    return InvalidArgumentError(message=f"{message} [Op:{op}]")
