"""Training: compile, fit, evaluate and predict."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.graph import no_grad
from autograd.tape import GradientTape
from autograd.tensor import Tensor

from . import losses, optimizers
from .batches import ArrayBatches, Batches, batches_of, known_length, split_off
from .callbacks import Callback, CallbackList, History, ProgbarLogger
from .layers.base import Layer
from .metrics import Mean, Metric, check, for_values
from .progress import is_watched
from .symbols import leaves, replaced


class Trainer(Layer):
    """A layer that can be trained: what all models share.

    A subclass may say in `train_step` and `test_step` what is done with a batch; both return a dict of values.
    """

    optimizer: optimizers.Optimizer

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.compiled = False
        self.stop_training = False
        self.history: History | None = None
        self.loss: Any = None
        self._loss_mean = Mean(name="loss")
        self._asked_metrics: list[Any] = []
        self._metrics: list[Metric] | None = None

    # -- compile ------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Sequence[float] | None = None,
        metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Say how the model is to be trained.

        Args:
            optimizer: its name or an Optimizer.
            loss: its name, a Loss, or a function (y_true, y_pred); a list of them for several outputs, which are
                added.
            loss_weights: a factor for each of several losses.
            metrics: names, Metrics or functions, measured on the (first) output.
            run_eagerly, jit_compile: accepted; every step is run as it is written.

        Raises:
            ValueError: an unknown name, or `metrics` is no list.
        """
        if metrics is not None and not isinstance(metrics, (list, tuple)):
            raise ValueError(f"Expected `metrics` argument to be a list or tuple. Received instead: metrics={metrics}")
        chosen = optimizers.get(optimizer)
        functions = losses_of(loss)
        for metric in metrics or ():
            check(metric)
        self.optimizer = chosen
        self.loss = loss
        self._losses = functions
        self._loss_weights = None if loss_weights is None else list(loss_weights)
        self._asked_metrics = list(metrics or ())
        self._metrics = None
        self._loss_mean.reset_state()
        self.compiled = True

    def _check_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before calling `{method}()`.")

    @property
    def metrics(self) -> list[Metric]:
        """The running mean of the loss, and the metrics once a batch has shown its shapes."""
        return [self._loss_mean, *(self._metrics or ())] if self.compiled else []

    @property
    def metrics_names(self) -> list[str]:
        """Their names."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Let all running means begin again."""
        for metric in self.metrics:
            metric.reset_state()

    # -- one batch ----------------------------------------------------------------------------------------

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None) -> Tensor:
        """The loss of a batch.

        Raises:
            ValueError: there is no loss, or there are not as many as outputs.
        """
        if not self._losses:
            raise ValueError("No loss to compute: pass loss= to compile()")
        if y is None:
            raise ValueError("The loss needs the true values: pass y, or batches (x, y)")
        true, pred = list(leaves(y)), list(leaves(y_pred))
        functions = self._losses * len(pred) if len(self._losses) == 1 else self._losses
        if len(true) != len(pred) or len(functions) != len(pred):
            raise ValueError(
                f"The model has {len(pred)} outputs, but there are {len(true)} arrays of true values and "
                f"{len(functions)} losses"
            )
        values = [function(t, p) for function, t, p in zip(functions, true, pred)]
        if self._loss_weights is not None:
            values = [value * weight for value, weight in zip(values, self._loss_weights, strict=True)]
        return functools.reduce(lambda total, value: total + value, values)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any) -> dict[str, Any]:
        """Count a batch, and give all values so far."""
        if y is not None and self._asked_metrics:
            true, pred = next(leaves(y)), next(leaves(y_pred))
            if self._metrics is None:
                self._metrics = [for_values(asked, true, pred) for asked in self._asked_metrics]
            for metric in self._metrics:
                metric.update_state(true, pred)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """All values so far, by name."""
        return {metric.name: metric.result() for metric in self.metrics}

    def train_step(self, data: tuple[Any, Any]) -> dict[str, Any]:
        """Train on a batch (x, y), and give all values so far."""
        x, y = data
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred)
        variables = self.trainable_weights
        self._loss_mean.update_state(loss, len(next(leaves(x)).array))
        if variables:
            self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self.compute_metrics(x, y, y_pred)

    def test_step(self, data: tuple[Any, Any]) -> dict[str, Any]:
        """Measure on a batch (x, y), and give all values so far."""
        x, y = data
        y_pred = self(x, training=False)
        self._loss_mean.update_state(self.compute_loss(x, y, y_pred), len(next(leaves(x)).array))
        return self.compute_metrics(x, y, y_pred)

    def predict_step(self, data: tuple[Any, Any]) -> Any:
        """The output for a batch."""
        return self(data[0], training=False)

    # -- whole sets ---------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> History:
        """Train the model.

        Args:
            x: arrays, or nests of them, with a row for each sample; or what yields batches (x, y).
            y: true values, with as many rows.
            batch_size: how many samples make a step; 32 if left out.
            epochs: up to which epoch to train.
            verbose: 0 is silent, 1 shows a bar, 2 a line an epoch; "auto" takes 1 if someone watches, else 2.
            callbacks: called at every step, batch and epoch.
            validation_split: the share of the last rows that are kept apart to measure on.
            validation_data: (x, y) to measure on after every epoch, or what yields batches.
            shuffle: whether the rows get another order in every epoch.
            initial_epoch: the number of the first epoch.
            steps_per_epoch: how many batches make an epoch; all if left out.
            validation_steps: how many batches to measure on; all if left out.
            validation_batch_size: how many samples are measured at a time; `batch_size` if left out.
            validation_freq: measure after every so many epochs.

        Returns:
            the History: `history.history` holds the values of all epochs by name.

        Raises:
            ValueError: the model is not compiled, or the arrays don't fit together or don't fit the model.
        """
        self._check_compiled("fit")
        validation = None
        if validation_data is not None:
            pair = isinstance(validation_data, (tuple, list))
            val_x, val_y = validation_data if pair else (validation_data, None)
            size = (validation_batch_size or batch_size) if pair else None
            validation = batches_of(val_x, val_y, size, steps=validation_steps)
        elif validation_split:
            (x, y), (val_x, val_y) = split_off(x, y, validation_split)
            validation = batches_of(val_x, val_y, validation_batch_size or batch_size, steps=validation_steps)
        batches = batches_of(x, y, batch_size, shuffle, steps_per_epoch)
        self.history = History()
        told = self._callbacks([self.history, *(callbacks or ())], verbose, epochs, batches)
        self.stop_training = False
        told.tell("on_train_begin")
        logs: dict[str, float] = {}
        for epoch in range(initial_epoch, epochs):
            self.reset_metrics()
            told.tell("on_epoch_begin", epoch)
            logs = self._train_epoch(batches, told)
            if validation is not None and (epoch + 1) % validation_freq == 0:
                measured = self._measure(validation, told)
                logs |= {f"val_{name}": value for name, value in measured.items()}
            told.tell("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        told.tell("on_train_end", logs)
        return self.history

    def _train_epoch(self, batches: Batches, told: CallbackList) -> dict[str, float]:
        logs: dict[str, float] = {}
        count = 0
        for batch in batches:
            told.tell("on_train_batch_begin", count)
            logs = numbers(self.train_step(batch))
            told.tell("on_train_batch_end", count, logs)
            count += 1
            if self.stop_training:
                break
        if not count:
            raise ValueError("The data holds no batch, or no more of them: a generator can be gone through only once")
        return logs

    def _measure(self, batches: Batches, told: CallbackList) -> dict[str, float]:
        self.reset_metrics()
        told.tell("on_test_begin")
        logs: dict[str, float] = {}
        for count, batch in enumerate(batches):
            told.tell("on_test_batch_begin", count)
            with no_grad():
                logs = numbers(self.test_step(batch))
            told.tell("on_test_batch_end", count, logs)
        told.tell("on_test_end", logs)
        return logs

    def _callbacks(self, callbacks: Sequence[Callback], verbose: Any, epochs: int, batches: Batches) -> CallbackList:
        shown = (1 if is_watched() else 2) if verbose == "auto" else int(verbose)
        bar = [ProgbarLogger()] if shown else []
        params = {"epochs": epochs, "steps": known_length(batches), "verbose": shown}
        return CallbackList([*bar, *callbacks], self, params)  # type: ignore[arg-type]  # every Trainer is a Model

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics on a set, arguments as for `fit`.

        Returns:
            a list of the loss and the metrics, the loss alone if there are none, or a dict if `return_dict`.

        Raises:
            ValueError: as `fit`.
        """
        self._check_compiled("evaluate")
        batches = batches_of(x, y, batch_size, steps=steps)
        logs = self._measure(batches, self._callbacks(callbacks or (), verbose, 1, batches))
        return self._answer(logs, return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
    ) -> Any:
        """The outputs for a set as arrays: a nest as the model's outputs.

        Args:
            x: as for `fit`.
            batch_size: how many samples are computed at a time; 32 if left out.
            verbose, callbacks: as for `fit`.
            steps: how many batches; all if left out.
        """
        batches = batches_of(x, None, batch_size, steps=steps)
        told = self._callbacks(callbacks or (), verbose, 1, batches)
        told.tell("on_predict_begin")
        outs = []
        for count, batch in enumerate(batches):
            told.tell("on_predict_batch_begin", count)
            with no_grad():
                outs.append(self.predict_step(batch))
            told.tell("on_predict_batch_end", count)
        told.tell("on_predict_end")
        if not outs:
            raise ValueError("predict: the data holds no batch")
        parts: Iterator[np.ndarray] = (
            np.concatenate([np.asarray(part.array) for part in column]) for column in zip(*map(leaves, outs))
        )
        return replaced(outs[0], lambda _: next(parts))

    def train_on_batch(self, x: Any, y: Any = None, return_dict: bool = False) -> Any:
        """One step of training; returns the loss and the metrics of the batch, as `evaluate`."""
        self._check_compiled("train_on_batch")
        self.reset_metrics()
        return self._answer(numbers(self.train_step(self._one_batch(x, y))), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics on one batch, as `evaluate`."""
        self._check_compiled("test_on_batch")
        self.reset_metrics()
        with no_grad():
            return self._answer(numbers(self.test_step(self._one_batch(x, y))), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as arrays."""
        with no_grad():
            out = self.predict_step(self._one_batch(x, None))
        return replaced(out, lambda leaf: np.asarray(leaf.array))

    def _one_batch(self, x: Any, y: Any) -> tuple[Any, Any]:
        whole = ArrayBatches(x, y, batch_size=1)
        whole.batch_size = max(whole.rows, 1)
        return next(iter(whole))

    def _answer(self, logs: dict[str, float], return_dict: bool) -> Any:
        if return_dict:
            return logs
        names = [name for name in self.metrics_names if name in logs]
        values = [logs[name] for name in [*names, *(name for name in logs if name not in names)]]
        return values[0] if len(values) == 1 else values


def losses_of(loss: Any) -> list[losses.Loss]:
    """The loss, or the losses of several outputs, in order."""
    if loss is None:
        return []
    several = loss if isinstance(loss, (list, tuple)) else [loss]
    return [losses.get(asked) for asked in several]


def numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The values as Python numbers, in the order of their names."""
    return {name: float(getattr(logs[name], "array", logs[name])) for name in sorted(logs)}
