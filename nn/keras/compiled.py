"""The loss and the metrics passed to `compile`, for each output of a model."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from autograd.base.nests import leaves
from autograd.core.tensor import Tensor

from .losses.lookup import as_loss
from .metrics import Mean, Metric
from .metrics.base import result_of, update
from .metrics.lookup import check, for_values


def per_output(argument: str, given: Any, names: Sequence[str]) -> list[Any]:
    """An argument as a list with one value per output, from a dict by name, a list, or the value for a single output.

    The ValueError for a wrong name or number of values says what the outputs are.
    """
    if isinstance(given, dict):
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ValueError(f"{argument} is given for {unknown[0]!r}, but the outputs of the model are {list(names)}")
        return [given.get(name) for name in names]
    values = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(values) != len(names):
        raise ValueError(
            f"{argument} must be given for each of the {len(names)} outputs of the model, {list(names)}, but got "
            f"{len(values)}"
        )
    return values


def _sample_weights(sample_weight: Any, names: Sequence[str]) -> list[Any]:
    """The sample weights of each output, from one array for all, or a list or dict with one per output."""
    if isinstance(sample_weight, (list, tuple, dict)):
        return per_output("sample_weight", sample_weight, names)
    return [sample_weight] * len(names)


class CompiledLoss:
    """The weighted sum of the losses of all outputs; arguments as `loss` and `loss_weights` of `compile`."""

    def __init__(self, loss: Any, weights: Any = None) -> None:
        self._given = _as_losses(loss)
        self._weights = weights
        self._means: dict[str, Mean] = {}

    @property
    def metrics(self) -> list[Metric]:
        """The running mean of each output's loss, if there are several outputs."""
        return list(self._means.values())

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, names: Sequence[str] | None = None
    ) -> Tensor:
        """The loss of a batch, whose values have a part per output.

        `sample_weight` is one array for all outputs, or a list or dict with one per output; `names` are theirs.
        """
        pred = leaves(y_pred)
        names = names or [f"output_{i}" for i in range(len(pred))]
        functions = self._given if isinstance(self._given, (list, tuple, dict)) else [self._given] * len(pred)
        functions = per_output("loss", functions, names)
        true = per_output("y", y_true, names)
        weights = [None] * len(pred) if self._weights is None else per_output("loss_weights", self._weights, names)
        samples = _sample_weights(sample_weight, names)
        terms = []
        for name, function, t, p, weight, sample in zip(names, functions, true, pred, weights, samples):
            if function is None:
                continue
            term = function(t, p, sample)
            if len(pred) > 1:
                # As in Keras on TensorFlow, every batch has the same weight, whatever its size.
                self._mean_of(f"{name}_loss").update_state(term)
            terms.append(term if weight is None else term * float(weight))
        if not terms:
            raise ValueError("No loss to compute: pass loss= to compile()")
        return functools.reduce(lambda total, term: total + term, terms)

    def _mean_of(self, name: str) -> Mean:
        return self._means.setdefault(name, Mean(name=name))


def _unique_name(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken, which is then added to `taken`."""
    unique = next(n for n in (name, *(f"{name}_{i}" for i in range(1, len(taken) + 2))) if n not in taken)
    taken.add(unique)
    return unique


def _as_losses(loss: Any) -> Any:
    if isinstance(loss, dict):
        return {name: None if each is None else as_loss(each) for name, each in loss.items()}
    if isinstance(loss, (list, tuple)):
        return [None if each is None else as_loss(each) for each in loss]
    return as_loss(loss)


class CompiledMetrics(Metric):
    """The metrics of all outputs; arguments as `metrics` and `weighted_metrics` of `compile`.

    They are created when the first batch shows the shapes of the outputs.
    """

    def __init__(self, given: Any, weighted: Any = None) -> None:
        super().__init__("compile_metrics")
        for argument, metrics in (("metrics", given), ("weighted_metrics", weighted)):
            if metrics is not None and not isinstance(metrics, (list, tuple, dict)):
                raise ValueError(
                    f"Expected `{argument}` argument to be a list, tuple, or dict. Received instead: "
                    f"{argument}={metrics!r} of type {type(metrics)}"
                )
            for metric in leaves(metrics):
                check(metric)
        self._given, self._weighted = given, weighted
        #: For each output its unweighted and its weighted metrics; None before the first batch.
        self._per_output: list[tuple[list[Metric], list[Metric]]] | None = None

    @property
    def metrics(self) -> list[Metric]:
        """All metrics; none before the first batch."""
        return [metric for lists in self._per_output or () for metrics in lists for metric in metrics]

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, names: Sequence[str] | None = None
    ) -> None:
        """Add a batch; arguments as for CompiledLoss."""
        pred = leaves(y_pred)
        names = names or [f"output_{i}" for i in range(len(pred))]
        true = per_output("y", y_true, names)
        if self._per_output is None:
            self._per_output = self._create(true, pred, names)
        samples = _sample_weights(sample_weight, names)
        batches = []
        for t, p, sample, (plain, weighted) in zip(true, pred, samples, self._per_output):
            batches += [(metric, t, p, None) for metric in plain] + [(metric, t, p, sample) for metric in weighted]
        # A compiled step can still be given up while the metrics that it holds are updated, but no longer once
        # another one, which runs as plain Python, has changed: that would then be updated a second time.
        for metric, t, p, sample in sorted(batches, key=lambda batch: not batch[0].only_variables):
            update(metric, t, p, sample)

    def _create(
        self, true: Sequence[Any], pred: Sequence[Any], names: Sequence[str]
    ) -> list[tuple[list[Metric], list[Metric]]]:
        columns = []
        taken: set[str] = set()
        for argument, given in (("metrics", self._given), ("weighted_metrics", self._weighted)):
            identifiers = [given] if len(names) == 1 and not isinstance(given, dict) else given
            identifiers = [None] * len(names) if given is None else per_output(argument, identifiers, names)
            column = []
            for name, nest, t, p in zip(names, identifiers, true, pred):
                metrics = [for_values(identifier, t, p) for identifier in leaves(nest) if identifier is not None]
                prefix = f"{name}_" if len(names) > 1 else ""
                for metric in metrics:
                    is_repeated = argument == "weighted_metrics" and prefix + metric.name in taken
                    prefix_again = "weighted_" if is_repeated else ""
                    metric.name = _unique_name(prefix + prefix_again + metric.name, taken)
                column.append(metrics)
            columns.append(column)
        return list(zip(*columns))

    def result(self) -> dict[str, Any]:
        """All values so far, by name."""
        return {metric.name: result_of(metric) for metric in self.metrics}

    def reset_state(self) -> None:
        for metric in self.metrics:
            metric.reset_state()
