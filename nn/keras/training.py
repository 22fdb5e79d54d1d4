"""Training: compile, fit, evaluate and predict."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.core.grad_mode import no_grad
from autograd.tape.gradient_tape import GradientTape

from . import optimizers
from .batches import ArrayBatches, Batches, batches_of, known_length, split_off, unpack
from .callbacks import Callback, CallbackList, History, ProgbarLogger
from .compiled import CompiledLoss, CompiledMetrics
from .layers.base import Layer, replaced_shapes
from .metrics import Mean, Metric
from .progress import is_watched
from .symbols import leaves, replaced, shapes_of


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
        self._compiled_loss: CompiledLoss | None = None
        self._compiled_metrics: CompiledMetrics | None = None

    # -- compile ------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Say how the model is to be trained.

        Args:
            optimizer: its name or an Optimizer.
            loss: its name, a Loss, or a function (y_true, y_pred); for several outputs also a list or a dict of them;
                they are added up.
            loss_weights: a factor for each of several losses, in a list or a dict.
            metrics: a list of names, Metrics or functions; for several outputs a list of lists, or a dict.
            weighted_metrics: the same, of those that count with the weights of the samples.
            run_eagerly, jit_compile: accepted; every step is run as it is written.

        Raises:
            ValueError: an unknown name, or `metrics` is neither a list nor a dict.
        """
        chosen = optimizers.get(optimizer)
        compiled_loss = None if loss is None else CompiledLoss(loss, loss_weights)
        asked = metrics is not None or weighted_metrics is not None
        compiled_metrics = CompiledMetrics(metrics, weighted_metrics) if asked else None
        self.optimizer = chosen
        self.loss = loss
        self._compiled_loss, self._compiled_metrics = compiled_loss, compiled_metrics
        self._loss_mean.reset_state()
        self.compiled = True

    def _check_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before calling `{method}()`.")

    @property
    def metrics(self) -> list[Metric]:
        """The running mean of the loss, the metrics that `compile` was given, in one, and those in attributes."""
        own = [metric for metric in self._held(Metric) if metric not in (self._loss_mean, self._compiled_metrics)]
        if not self.compiled:
            return own
        compiled = [] if self._compiled_metrics is None else [self._compiled_metrics]
        return [self._loss_mean, *compiled, *(self._compiled_loss.metrics if self._compiled_loss else ()), *own]

    @property
    def output_names(self) -> list[str] | None:
        """The names of the outputs; None where only a batch shows how many there are."""
        return None

    @property
    def metrics_names(self) -> list[str]:
        """Their names."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Let all running means begin again."""
        for metric in self.metrics:
            metric.reset_state()

    # -- one batch ----------------------------------------------------------------------------------------

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The loss of a batch: that of `compile`, and what layers and weights add.

        Raises:
            ValueError: there is no loss, or what is given does not fit the outputs.
        """
        terms = list(self.losses)
        if self._compiled_loss is not None and y is not None:
            terms.insert(0, self._compiled_loss(y, y_pred, sample_weight, self.output_names))
        elif self._compiled_loss is not None and not terms:
            raise ValueError("The loss needs the true values: pass y, or batches (x, y)")
        if not terms:
            raise ValueError("No loss to compute: pass loss= to compile(), or call add_loss() in a layer")
        return functools.reduce(lambda total, term: total + term, terms)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Count a batch, and give all values so far."""
        if y is not None and self._compiled_metrics is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight, self.output_names)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """All values so far, by name."""
        return {name: value for metric in self.metrics for name, value in _values(metric).items()}

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on a batch x, (x, y) or (x, y, sample_weight), and give all values so far."""
        x, y, sample_weight = unpack(data)
        self._build_on(x)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight)
        variables = self.trainable_weights
        self._loss_mean.update_state(loss, len(next(leaves(x)).array))
        if variables:
            self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Measure on a batch as for `train_step`, and give all values so far."""
        x, y, sample_weight = unpack(data)
        self._build_on(x)
        y_pred = self(x, training=False)
        loss = self.compute_loss(x, y, y_pred, sample_weight, training=False)
        self._loss_mean.update_state(loss, len(next(leaves(x)).array))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def _build_on(self, x: Any) -> None:
        """Make the weights for batches of any size, if they are not made yet."""
        if not self.built:
            self._build_for(replaced_shapes(shapes_of(x), lambda shape: (None, *shape[1:])))

    def predict_step(self, data: Any) -> Any:
        """The output for a batch."""
        return self(unpack(data)[0], training=False)

    # -- whole sets ---------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
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
            callbacks: one, or several; called at every step, batch and epoch.
            validation_split: the share of the last rows that are kept apart to measure on.
            validation_data: (x, y) or (x, y, sample_weight) to measure on after every epoch, or what yields batches.
            shuffle: whether the rows get another order in every epoch.
            class_weight: how much the samples of each class count, by its number; 1 for those left out.
            sample_weight: how much each sample counts: an array, or one for each output.
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
            given = isinstance(validation_data, (tuple, list))
            size = (validation_batch_size or batch_size) if given else None
            held = unpack(tuple(validation_data)) if given else (validation_data, None, None)
            validation = batches_of(held[0], held[1], held[2], size, steps=validation_steps)
        elif validation_split:
            (x, y, sample_weight), held = split_off(x, y, sample_weight, validation_split)
            size = validation_batch_size or batch_size
            validation = batches_of(held[0], held[1], held[2], size, steps=validation_steps)
        batches = batches_of(x, y, sample_weight, batch_size, shuffle, steps_per_epoch, class_weight)
        self.history = History()
        told = self._callbacks(callbacks or (), verbose, epochs, batches, self.history)
        self.stop_training = False
        told.notify("on_train_begin")
        logs: dict[str, float] = {}
        for epoch in range(initial_epoch, epochs):
            self.reset_metrics()
            told.notify("on_epoch_begin", epoch)
            logs = self._train_epoch(batches, told)
            if validation is not None and (epoch + 1) % validation_freq == 0:
                measured = self._measure(validation, told)
                logs |= {f"val_{name}": value for name, value in measured.items()}
            logs = dict(sorted(logs.items()))
            told.notify("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        told.notify("on_train_end", logs)
        return self.history

    def _train_epoch(self, batches: Batches, told: CallbackList) -> dict[str, float]:
        logs: dict[str, float] = {}
        count = 0
        for batch in batches:
            told.notify("on_train_batch_begin", count)
            logs = numbers(self.train_step(batch))
            told.notify("on_train_batch_end", count, logs)
            count += 1
            if self.stop_training:
                break
        if not count:
            raise ValueError("The data holds no batch, or no more of them: a generator can be gone through only once")
        return logs

    def _measure(self, batches: Batches, told: CallbackList) -> dict[str, float]:
        self.reset_metrics()
        told.notify("on_test_begin")
        logs: dict[str, float] = {}
        for count, batch in enumerate(batches):
            told.notify("on_test_batch_begin", count)
            with no_grad():
                logs = numbers(self.test_step(batch))
            told.notify("on_test_batch_end", count, logs)
        told.notify("on_test_end", logs)
        return logs

    def _callbacks(
        self, callbacks: Callback | Sequence[Callback], verbose: Any, epochs: int, batches: Batches, *last: Callback
    ) -> CallbackList:
        """The user's callbacks, then the bar, then the history, which so sees what the others add to the values."""
        shown = (1 if is_watched() else 2) if verbose == "auto" else int(verbose)
        bar = [ProgbarLogger()] if shown else []
        params = {"epochs": epochs, "steps": known_length(batches), "verbose": shown}
        given = [callbacks] if isinstance(callbacks, Callback) else callbacks
        return CallbackList([*given, *bar, *last], self, params)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics on a set, arguments as for `fit`.

        Returns:
            a list of the loss and the metrics, the loss alone if there are none, or a dict if `return_dict`.

        Raises:
            ValueError: as `fit`.
        """
        self._check_compiled("evaluate")
        batches = batches_of(x, y, sample_weight, batch_size, steps=steps)
        logs = self._measure(batches, self._callbacks(callbacks or (), verbose, 1, batches))
        return self._answer(logs, return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
    ) -> Any:
        """The outputs for a set as arrays: a nest as the model's outputs.

        Args:
            x: as for `fit`.
            batch_size: how many samples are computed at a time; 32 if left out.
            verbose, callbacks: as for `fit`.
            steps: how many batches; all if left out.
        """
        batches = batches_of(x, batch_size=batch_size, steps=steps)
        told = self._callbacks(callbacks or (), verbose, 1, batches)
        told.notify("on_predict_begin")
        outs = []
        for count, batch in enumerate(batches):
            told.notify("on_predict_batch_begin", count)
            with no_grad():
                outs.append(self.predict_step(batch))
            told.notify("on_predict_batch_end", count)
        told.notify("on_predict_end")
        if not outs:
            raise ValueError("predict: the data holds no batch")
        parts: Iterator[np.ndarray] = (
            np.concatenate([np.asarray(part.array) for part in column]) for column in zip(*map(leaves, outs))
        )
        return replaced(outs[0], lambda _: next(parts))

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step of training; returns the loss and the metrics of the batch, as `evaluate`."""
        self._check_compiled("train_on_batch")
        self.reset_metrics()
        return self._answer(numbers(self.train_step(self._one_batch(x, y, sample_weight, class_weight))), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics on one batch, as `evaluate`."""
        self._check_compiled("test_on_batch")
        self.reset_metrics()
        with no_grad():
            return self._answer(numbers(self.test_step(self._one_batch(x, y, sample_weight))), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as arrays."""
        with no_grad():
            out = self.predict_step(self._one_batch(x))
        return replaced(out, lambda leaf: np.asarray(leaf.array))

    def _one_batch(self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None) -> Any:
        whole = ArrayBatches(x, y, sample_weight, batch_size=1, class_weight=class_weight)
        whole.batch_size = max(whole.rows, 1)
        return next(iter(whole))

    def _answer(self, logs: dict[str, float], return_dict: bool) -> Any:
        if return_dict:
            return logs
        # The loss and those of the outputs come first, and then what `compile` was given.
        ordered = sorted(self.metrics, key=lambda metric: metric is self._compiled_metrics)
        names = [name for metric in ordered for name in _values(metric) if name in logs]
        values = [logs[name] for name in [*names, *(name for name in logs if name not in names)]]
        return values[0] if len(values) == 1 else values


def _values(metric: Metric) -> dict[str, Any]:
    """What a metric gives by name: one value, or several."""
    value = metric.result()
    return value if isinstance(value, dict) else {metric.name: value}


def numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The values as Python numbers, in the order of their names; a dict among them gives its own, in its order."""
    flat: dict[str, Any] = {}
    for name in sorted(logs):
        value = logs[name]
        flat |= value if isinstance(value, dict) else {name: value}
    return {name: float(getattr(value, "array", value)) for name, value in flat.items()}
