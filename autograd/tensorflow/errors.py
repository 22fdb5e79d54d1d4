"""`tf.errors`: TensorFlow's exceptions, raised for shapes and values that an operation does not accept."""

from __future__ import annotations

from typing import Any


class OpError(Exception):
    """An operation failed.

    Args:
        node_def, op: accepted, without effect.
        message: the message.
    """

    def __init__(self, node_def: Any = None, op: Any = None, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class InvalidArgumentError(OpError):
    """The shapes, dtypes or values of the arguments do not fit the operation."""


class OutOfRangeError(OpError):
    """An index, or the position in a sequence, is out of range."""


class DataLossError(OpError):
    """A file is damaged, or elements would be lost."""


class UnimplementedError(OpError):
    """The operation is not implemented for these arguments."""


class NotFoundError(OpError):
    """A file or entry does not exist."""


def invalid(op: str, message: str) -> InvalidArgumentError:
    """The InvalidArgumentError of the operation `op`, in TensorFlow's format."""
    return InvalidArgumentError(message=f"{message} [Op:{op}]")
