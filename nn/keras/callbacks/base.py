"""Callback: methods called at the beginning and end of training, epochs and batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Logs = Mapping[str, float]


class Callback:
    """Base class of callbacks: a subclass overrides the methods it needs.

    Attributes:
        model: the Model being trained.
        params: "epochs", "steps" (None if unknown) and "verbose".
    """

    model: Any
    params: dict[str, Any]

    def set_model(self, model: Any) -> None:
        """Set the attribute `model`."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Set the attribute `params`."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called after the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before each epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after each epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each training step."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each training step, with the running means."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before an evaluation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after an evaluation."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch of an evaluation, with the running means."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called after a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch of a prediction."""


class LambdaCallback(Callback):
    """A callback made of functions, each called at the event it is named after.

    Args:
        on_epoch_begin, on_epoch_end: called with the epoch index and the logs.
        on_train_begin, on_train_end: called with the logs.
        on_train_batch_begin, on_train_batch_end: called with the batch index and the logs.
    """

    def __init__(
        self, on_epoch_begin: Callable[..., Any] | None = None, on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None, on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None, on_train_batch_end: Callable[..., Any] | None = None,
    ) -> None:  # fmt: skip
        functions = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin,
            "on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }  # fmt: skip
        for event, function in functions.items():
            if function is not None:
                setattr(self, event, function)


class CallbackList:
    """Several callbacks, notified together."""

    def __init__(self, callbacks: Iterable[Callback], model: Any, params: dict[str, Any]) -> None:
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"callbacks must be keras.callbacks.Callback objects, but got {callback!r}")
            callback.set_model(model)
            callback.set_params(params)

    def notify(self, event: str, *args: Any) -> None:
        """Call the method `event` of every callback; if `args` has no logs at the end, add empty ones."""
        if not args or not isinstance(args[-1], Mapping):
            args = (*args, {})
        for callback in self.callbacks:
            getattr(callback, event)(*args)
