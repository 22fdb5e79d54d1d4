"""Trainer: the methods compile, fit, evaluate and predict of models."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import autograd
from autograd.base.nests import leaves, mapped
from autograd.base.symbolic import depends_on
from autograd.core.grad_mode import no_grad
from autograd.tape.gradient_tape import GradientTape
from autograd.tensorflow.tensors import EagerTensor

from . import optimizers
from .batches import (
    Batches,
    Steps,
    batches_of,
    known_length,
    nest_of_rows,
    pack,
    split_off,
    unpack,
    weight_of,
    weights_of_classes,
)
from .callbacks import Callback, CallbackList, History, ProgbarLogger
from .checks import integer, number
from .compiled import CompiledLoss, CompiledMetrics
from .config import deserialize_nested, plain_config, serialize
from .layers.base import Layer, map_shapes
from .metrics import Mean, Metric
from .progress import is_interactive
from .symbols import shapes_of


class Trainer(Layer):
    """Base class of models: a layer that can be trained.

    A subclass may override `train_step` and `test_step`, which process a batch and return a dict of values.
    """

    optimizer: optimizers.Optimizer
    _changing = Layer._changing | {"stop_training", "history", "_compiled_steps"}

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.compiled = False
        self.stop_training = False
        self.history: History | None = None
        self.loss: Any = None
        self._loss_mean = Mean(name="loss")
        self._compiled_loss: CompiledLoss | None = None
        self._compiled_metrics: CompiledMetrics | None = None
        self._compile_arguments: dict[str, Any] = {}
        self.run_eagerly, self.jit_compile = False, True
        self._compiled_steps: dict[str, Any] = {}

    # -- compile ------------------------------------------------------------------------------------------

    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, loss_weights: Any = None, metrics: Any = None,
        weighted_metrics: Any = None, run_eagerly: bool = False, jit_compile: bool | str = "auto",
    ) -> None:  # fmt: skip
        """Configure the model for training.

        Args:
            optimizer: its name or an Optimizer.
            loss: its name, a Loss, or a function (y_true, y_pred); for several outputs also a list or a dict of losses,
                which are summed.
            loss_weights: a factor per output, in a list or a dict.
            metrics: a list of names, Metrics or functions; for several outputs a list of lists, or a dict.
            weighted_metrics: the same, for metrics that take sample weights.
            run_eagerly: run every step as Python code. By default `fit`, `evaluate`, `predict` and the methods for
                single batches run compiled steps: see `compiled_step`.
            jit_compile: "auto" compiles what can be compiled; True also says what cannot, and why; False is as
                `run_eagerly`.

        Raises:
            ValueError: an unknown name, or `metrics` is neither a list nor a dict.
        """
        has_metrics = metrics is not None or weighted_metrics is not None
        # All arguments are checked before an attribute changes.
        resolved_optimizer = optimizers.get(optimizer)
        compiled_loss = None if loss is None else CompiledLoss(loss, loss_weights)
        self._compiled_metrics = CompiledMetrics(metrics, weighted_metrics) if has_metrics else None
        self.optimizer, self.loss, self._compiled_loss = resolved_optimizer, loss, compiled_loss
        # Recorded as they were given, since the first batch renames the metrics.
        self._compile_arguments = plain_config(
            {
                "loss": loss, "loss_weights": loss_weights, "metrics": metrics, "weighted_metrics": weighted_metrics,
                "run_eagerly": run_eagerly, "jit_compile": jit_compile,
            }
        )  # fmt: skip
        self._loss_mean.reset_state()
        if run_eagerly and jit_compile is True:
            warnings.warn(
                "If `run_eagerly` is True, then `jit_compile` cannot also be True. Disabling `jit_compile`.",
                stacklevel=2,
            )
        self.run_eagerly = bool(run_eagerly)
        self.jit_compile = bool(jit_compile) and not run_eagerly
        self._compiled_steps = {}
        self.compiled = True

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile`, with the optimizer as it is now; None if the model is not compiled."""
        if not self.compiled:
            return None
        return {"optimizer": serialize(self.optimizer), **self._compile_arguments}

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Call `compile` with the arguments that `get_compile_config` returned."""
        arguments = {name: deserialize_nested(value) for name, value in config.items()}
        self.compile(**{name: value for name, value in arguments.items() if name != "steps_per_execution"})

    def _check_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before calling `{method}()`.")

    @property
    def metrics(self) -> list[Metric]:
        """The running mean of the loss, the metrics passed to `compile`, as one metric, and those in attributes."""
        own = [metric for metric in self._owned(Metric) if metric not in (self._loss_mean, self._compiled_metrics)]
        if not self.compiled:
            return own
        compiled = [] if self._compiled_metrics is None else [self._compiled_metrics]
        return [self._loss_mean, *compiled, *(self._compiled_loss.metrics if self._compiled_loss else ()), *own]

    @property
    def output_names(self) -> list[str] | None:
        """The names of the outputs; None if only a batch shows how many outputs there are."""
        return None

    @property
    def metrics_names(self) -> list[str]:
        """The names of the metrics."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Reset all metrics."""
        for metric in self.metrics:
            metric.reset_state()

    # -- one batch ----------------------------------------------------------------------------------------

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The loss of a batch: the loss passed to `compile`, plus losses added by layers and penalties on weights."""
        terms = list(self.losses)
        if self._compiled_loss is not None and y is not None:
            terms.insert(0, self._compiled_loss(y, y_pred, sample_weight, self.output_names))
        elif self._compiled_loss is not None and not terms:
            raise ValueError("The loss needs true values: pass y, or batches (x, y)")
        if not terms:
            raise ValueError("No loss to compute: pass loss= to compile(), or call add_loss() in a layer")
        return functools.reduce(lambda total, term: total + term, terms)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Add a batch to all metrics, and return their values so far."""
        if y is not None and self._compiled_metrics is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight, self.output_names)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """The values of all metrics so far, by name."""
        return {name: value for metric in self.metrics for name, value in _values(metric).items()}

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on a batch x, (x, y) or (x, y, sample_weight), and return the values of all metrics so far."""
        x, y, sample_weight = unpack(data)
        self._build_on(x)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight)
        variables = self.trainable_weights
        self._loss_mean.update_state(loss, len(leaves(x)[0].array))
        if variables:
            self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate a batch, as for `train_step`, and return the values of all metrics so far."""
        x, y, sample_weight = unpack(data)
        self._build_on(x)
        y_pred = self(x, training=False)
        loss = self.compute_loss(x, y, y_pred, sample_weight, training=False)
        self._loss_mean.update_state(loss, len(leaves(x)[0].array))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def compiled_step(self, name: str = "train_step") -> Any:
        """`train_step`, `test_step` or `predict_step` as `fit`, `evaluate` and `predict` run it: see `torch.compile`.

        `print(model.compiled_step().program)` shows the NumPy program that was made of the step once two batches of
        the same shape were processed, and `model.compiled_step().explain()` what could not be compiled, and why.
        Weights, metrics and the learning rate may change between steps, and the program stays the same; another
        setting of a layer or of the optimizer takes another program.
        """
        found = self._compiled_steps.get(name)
        if found is None:
            is_auto = self._compile_arguments.get("jit_compile", "auto") == "auto"
            found = autograd.compiler.CompiledStep(_named(self._step_of_parts, name), silent=is_auto)
            self._compiled_steps[name] = found
        return found

    def _run(self, name: str, data: Any) -> Any:
        """One step on a batch, compiled unless `run_eagerly`."""
        if self.run_eagerly or not self.jit_compile:
            return getattr(self, name)(data)
        parts = list(unpack(data))
        while parts[-1] is None and len(parts) > 1:
            parts.pop()
        out, self._call_losses = self.compiled_step(name)(*parts)
        return out

    def _step_of_parts(self, name: str, x: Any, y: Any, sample_weight: Any) -> tuple[Any, list[Any]]:
        """What a step returns, and the losses that layers added."""
        for holder in (self, *self.metrics):
            depends_on(holder, self._changing)
        return getattr(self, name)(pack(x, y, sample_weight)), self._call_losses

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_compiled_steps": {}}

    def _build_on(self, x: Any) -> None:
        """Create the weights for any batch size, if they do not exist yet."""
        if not self.built:
            self._build_for(map_shapes(lambda shape: (None, *shape[1:]), shapes_of(x)))

    def predict_step(self, data: Any) -> Any:
        """The output for a batch."""
        return self(unpack(data)[0], training=False)

    # -- whole sets ---------------------------------------------------------------------------------------

    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: int | str = "auto",
        callbacks: Callback | Sequence[Callback] | None = None, validation_split: float = 0.0,
        validation_data: Any = None, shuffle: bool | str = True, class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None, initial_epoch: int = 0, steps_per_epoch: int | None = None,
        validation_steps: int | None = None, validation_batch_size: int | None = None, validation_freq: int = 1,
    ) -> History:  # fmt: skip
        """Train the model.

        Args:
            x: arrays or tables, or nests of these, with a row per sample; or a PyDataset, or an iterable of batches
                (x, y).
            y: true values, with the same number of rows.
            batch_size: the number of samples per step; by default the rows divided by `steps_per_epoch`, or 32.
            epochs: the epoch to train up to.
            verbose: 0 for no output, 1 for a progress bar, 2 for one line per epoch; "auto" means 1 in a terminal or
                notebook, and 2 elsewhere.
            callbacks: one or several.
            validation_split: the share of rows, taken from the end, to validate on rather than train on.
            validation_data: (x, y), (x, y, sample_weight) or an iterable of batches to validate on.
            shuffle: whether to shuffle the rows, or the batches of a PyDataset, in every epoch; "batch" shuffles rows
                only within each batch.
            class_weight: the weight of each class, by its index; 1 for classes left out.
            sample_weight: the weight of each sample: one array, or one per output.
            initial_epoch: the index of the first epoch.
            steps_per_epoch: the number of batches in an epoch; all by default.
            validation_steps: the number of batches to validate on; all by default.
            validation_batch_size: the number of samples per validation batch; `batch_size` by default.
            validation_freq: the number of epochs between validations.

        Returns:
            a History: `history.history` holds the values of all epochs by name.

        Raises:
            ValueError: the model is not compiled, or the arrays do not match each other or the model.
        """
        self._check_compiled("fit")
        integer(epochs, "epochs")
        integer(initial_epoch, "initial_epoch")
        integer(validation_freq, "validation_freq", 1)
        size, parts = batch_size if validation_batch_size is None else validation_batch_size, None
        if isinstance(validation_data, (tuple, list)):
            parts = unpack(tuple(validation_data))
        elif validation_data is not None:
            size, parts = None, unpack((validation_data,))
        elif number(validation_split, "validation_split"):
            (x, y, sample_weight), parts = split_off(x, y, sample_weight, validation_split)
        validation = None if parts is None else batches_of(*parts, batch_size=size, steps=validation_steps)
        batches = batches_of(x, y, sample_weight, batch_size, shuffle, steps_per_epoch, class_weight)
        self.history = History()
        callback_list = self._callback_list(callbacks, verbose, epochs, batches, self.history)
        self.stop_training = False
        callback_list.notify("on_train_begin")
        logs: dict[str, float] = {}
        for epoch in range(initial_epoch, epochs):
            self.reset_metrics()
            callback_list.notify("on_epoch_begin", epoch)
            logs = self._train_epoch(batches, callback_list)
            if validation is not None and (epoch + 1) % validation_freq == 0:
                if isinstance(validation, Steps):
                    validation.restart()
                values = self._evaluate(validation, callback_list)
                logs |= {f"val_{name}": value for name, value in values.items()}
            logs = dict(sorted(logs.items()))
            callback_list.notify("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        callback_list.notify("on_train_end", logs)
        return self.history

    def _train_epoch(self, batches: Batches, callbacks: CallbackList) -> dict[str, float]:
        logs: dict[str, float] | None = None
        for count, batch in enumerate(batches):
            callbacks.notify("on_train_batch_begin", count)
            logs = as_floats(self._run("train_step", batch))
            callbacks.notify("on_train_batch_end", count, logs)
            if self.stop_training:
                break
        if logs is None:
            raise ValueError("The data has no batches, or no more batches: a generator can be iterated over only once")
        return logs

    def _evaluate(self, batches: Batches, callbacks: CallbackList) -> dict[str, float]:
        self.reset_metrics()
        callbacks.notify("on_test_begin")
        logs: dict[str, float] = {}
        for count, batch in enumerate(batches):
            callbacks.notify("on_test_batch_begin", count)
            with no_grad():
                logs = as_floats(self._run("test_step", batch))
            callbacks.notify("on_test_batch_end", count, logs)
        callbacks.notify("on_test_end", logs)
        return logs

    def _callback_list(
        self, callbacks: Callback | Sequence[Callback] | None, verbose: int | str, epochs: int, batches: Batches,
        *last: Callback,
    ) -> CallbackList:  # fmt: skip
        """The user's callbacks, the bar, and the history: last, so that it records values added by the others."""
        is_automatic = isinstance(verbose, str) and verbose == "auto"
        verbose = (1 if is_interactive() else 2) if is_automatic else int(number(verbose, "verbose"))
        bar = [ProgbarLogger()] if verbose else []
        params = {"epochs": epochs, "steps": known_length(batches), "verbose": verbose}
        own = [callbacks] if isinstance(callbacks, Callback) else () if callbacks is None else callbacks
        if not isinstance(own, (list, tuple)):
            raise ValueError(f"callbacks must be a Callback or a list of them. Received: {callbacks!r:.60}")
        return CallbackList([*own, *bar, *last], self, params)

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: int | str = "auto",
        sample_weight: Any = None, steps: int | None = None, callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """The loss and the metrics on a data set; arguments as for `fit`, and `steps`, the number of batches.

        Returns:
            a list of the loss and the metrics; the loss alone if there are no metrics; a dict if `return_dict`.
        """
        self._check_compiled("evaluate")
        batches = batches_of(x, y, sample_weight, batch_size, steps=steps)
        logs = self._evaluate(batches, self._callback_list(callbacks, verbose, 1, batches))
        return self._results(logs, return_dict)

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: int | str = "auto", steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
    ) -> Any:  # fmt: skip
        """The outputs for a data set, as arrays: a nest like the model's outputs; arguments as for `evaluate`."""
        batches = batches_of(x, batch_size=batch_size, steps=steps)
        callback_list = self._callback_list(callbacks, verbose, 1, batches)
        callback_list.notify("on_predict_begin")
        outputs = []
        for count, batch in enumerate(batches):
            callback_list.notify("on_predict_batch_begin", count)
            with no_grad():
                outputs.append(self._run("predict_step", batch))
            callback_list.notify("on_predict_batch_end", count)
        callback_list.notify("on_predict_end")
        if not outputs:
            raise ValueError("predict: the data has no batches")
        parts: Iterator[np.ndarray] = (
            np.concatenate([np.asarray(part.array) for part in column]) for column in zip(*map(leaves, outputs))
        )
        return mapped(lambda _: next(parts), outputs[0])

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Take one training step; return the loss and the metrics of the batch, as `evaluate` does."""
        self._check_compiled("train_on_batch")
        self.reset_metrics()
        logs = self._run("train_step", self._one_batch(x, y, sample_weight, class_weight))
        return self._results(as_floats(logs), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics on one batch, as `evaluate` returns them."""
        self._check_compiled("test_on_batch")
        self.reset_metrics()
        with no_grad():
            logs = self._run("test_step", self._one_batch(x, y, sample_weight))
        return self._results(as_floats(logs), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as arrays."""
        with no_grad():
            out = self._run("predict_step", self._one_batch(x))
        return mapped(lambda leaf: np.asarray(leaf.array), out)

    def _one_batch(self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None) -> Any:
        """The arrays as a batch. Unlike in `fit`, their numbers of rows need not agree: a weight may be one number."""
        nests = [nest_of_rows(x), nest_of_rows(y), mapped(weight_of, sample_weight)]
        if class_weight is not None:
            nests[2] = weights_of_classes(nests[1], class_weight, sample_weight)
        return pack(*(mapped(lambda leaf: None if leaf is None else EagerTensor(leaf), nest) for nest in nests))

    def _results(self, logs: dict[str, float], return_dict: bool) -> Any:
        if return_dict:
            return logs
        # The loss and the losses of the outputs come before the metrics passed to `compile`.
        ordered = sorted(self.metrics, key=lambda metric: metric is self._compiled_metrics)
        names = [name for metric in ordered for name in _values(metric) if name in logs]
        values = [logs[name] for name in [*names, *(name for name in logs if name not in names)]]
        return values[0] if len(values) == 1 else values


def _named(step: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function that calls `step` with its name and with the parts of a batch."""

    def of_parts(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        return step(name, x, y, sample_weight)

    of_parts.__name__ = of_parts.__qualname__ = name
    return of_parts


def _values(metric: Metric) -> dict[str, Any]:
    """The values of a metric, by name."""
    value = metric.result()
    return value if isinstance(value, dict) else {metric.name: value}


def as_floats(logs: Mapping[str, Any]) -> dict[str, float]:
    """The values as Python floats, sorted by name; a nested dict is merged in, in its own order."""
    flat: dict[str, Any] = {}
    for name in sorted(logs):
        value = logs[name]
        flat |= value if isinstance(value, dict) else {name: value}
    return {name: float(getattr(value, "array", value)) for name, value in flat.items()}
