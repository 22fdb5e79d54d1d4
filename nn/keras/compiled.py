"""What compile was given: a loss and metrics for each output of a model, and what has been counted of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from autograd.core.tensor import Tensor

from .losses.lookup import as_loss
from .metrics import Mean, Metric
from .metrics.lookup import check, for_values
from .symbols import leaves


def of_outputs(said: str, given: Any, names: Sequence[str]) -> list[Any]:
    """What was given for each output: in a dict by name, in a list in order, or one thing for a single output.

    Raises:
        ValueError: a name is that of no output, or there are not as many as outputs.
    """
    if isinstance(given, dict):
        strange = [name for name in given if name not in names]
        if strange:
            raise ValueError(f"{said} is given for {strange[0]!r}, but the outputs of the model are {list(names)}")
        return [given.get(name) for name in names]
    several = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(several) != len(names):
        raise ValueError(
            f"{said} must be given for each of the {len(names)} outputs of the model, {list(names)}, but got "
            f"{len(several)}"
        )
    return several


class CompiledLoss:
    """The losses of the outputs, weighted and added up.

    Args:
        loss: a name, a Loss or a function; for several outputs also a list or a dict of them.
        weights: a factor for each output, in a list or a dict.

    Raises:
        ValueError: an unknown name.
    """

    def __init__(self, loss: Any, weights: Any = None) -> None:
        self._given = _resolved(loss)
        self._weights = weights
        self._means: list[Mean] = []

    @property
    def metrics(self) -> list[Metric]:
        """The running means of the outputs' losses, if there are several."""
        return list(self._means)

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, names: Sequence[str] | None = None
    ) -> Tensor:
        """The loss of a batch.

        Args:
            y_true, y_pred: nests with a part for each output.
            sample_weight: one array for all outputs, or a list or dict with one for each.
            names: the outputs' names.

        Raises:
            ValueError: what is given does not fit the outputs.
        """
        pred = list(leaves(y_pred))
        names = names or [f"output_{i}" for i in range(len(pred))]
        functions = self._given if isinstance(self._given, (list, tuple, dict)) else [self._given] * len(pred)
        functions = of_outputs("loss", functions, names)
        true = of_outputs("y", y_true, names)
        weights = [None] * len(pred) if self._weights is None else of_outputs("loss_weights", self._weights, names)
        several = isinstance(sample_weight, (list, tuple, dict))
        samples = of_outputs("sample_weight", sample_weight, names) if several else [sample_weight] * len(pred)
        terms = []
        for name, function, t, p, weight, sample in zip(names, functions, true, pred, weights, samples):
            if function is None:
                continue
            term = function(t, p, sample)
            if len(pred) > 1:
                # As Keras on TensorFlow counts: every batch alike, whatever its size.
                self._mean_of(f"{name}_loss").update_state(term)
            terms.append(term if weight is None else term * float(weight))
        if not terms:
            raise ValueError("No loss to compute: pass loss= to compile()")
        return functools.reduce(lambda total, term: total + term, terms)

    def _mean_of(self, name: str) -> Mean:
        for mean in self._means:
            if mean.name == name:
                return mean
        self._means.append(Mean(name=name))
        return self._means[-1]


def _unique_name(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken; it is taken then."""
    unique = next(n for n in (name, *(f"{name}_{i}" for i in range(1, len(taken) + 2))) if n not in taken)
    taken.add(unique)
    return unique


def _resolved(loss: Any) -> Any:
    if isinstance(loss, dict):
        return {name: None if each is None else as_loss(each) for name, each in loss.items()}
    if isinstance(loss, (list, tuple)):
        return [None if each is None else as_loss(each) for each in loss]
    return as_loss(loss)


class CompiledMetrics(Metric):
    """The metrics of the outputs. Which they are is known when a batch has shown the outputs' shapes.

    Args:
        given: a list of metrics; for several outputs a list of lists or a dict.
        weighted: the same, of those that count with the samples' weights.

    Raises:
        ValueError: it is neither, or holds an unknown name.
    """

    def __init__(self, given: Any, weighted: Any = None) -> None:
        super().__init__("compile_metrics")
        for said, asked in (("metrics", given), ("weighted_metrics", weighted)):
            if asked is not None and not isinstance(asked, (list, tuple, dict)):
                raise ValueError(
                    f"Expected `{said}` argument to be a list, tuple, or dict. Received instead: {said}={asked!r} of "
                    f"type {type(asked)}"
                )
            for metric in leaves(asked):
                check(metric)
        self._given, self._weighted = given, weighted
        #: For each output its metrics, and those that count weights.
        self._made: list[tuple[list[Metric], list[Metric]]] | None = None

    @property
    def metrics(self) -> list[Metric]:
        """All metrics, once they are known."""
        return [metric for pair in self._made or () for each in pair for metric in each]

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, names: Sequence[str] | None = None
    ) -> None:
        """Count a batch: arguments as for the loss."""
        pred = list(leaves(y_pred))
        names = names or [f"output_{i}" for i in range(len(pred))]
        true = of_outputs("y", y_true, names)
        if self._made is None:
            self._made = self._make(true, pred, names)
        several = isinstance(sample_weight, (list, tuple, dict))
        samples = of_outputs("sample_weight", sample_weight, names) if several else [sample_weight] * len(pred)
        for t, p, sample, (plain, weighted) in zip(true, pred, samples, self._made):
            for metric in plain:
                metric.update_state(t, p)
            for metric in weighted:
                metric.update_state(t, p, sample_weight=sample)

    def _make(
        self, true: Sequence[Any], pred: Sequence[Any], names: Sequence[str]
    ) -> list[tuple[list[Metric], list[Metric]]]:
        columns = []
        taken: set[str] = set()
        for said, given in (("metrics", self._given), ("weighted_metrics", self._weighted)):
            each = [given] if len(names) == 1 and not isinstance(given, dict) else given
            each = [None] * len(names) if given is None else of_outputs(said, each, names)
            made = []
            for name, asked, t, p in zip(names, each, true, pred):
                found = [for_values(one, t, p) for one in leaves(asked) if one is not None]
                prefix = f"{name}_" if len(names) > 1 else ""
                for metric in found:
                    again = "weighted_" if said == "weighted_metrics" and prefix + metric.name in taken else ""
                    metric.name = _unique_name(prefix + again + metric.name, taken)
                made.append(found)
            columns.append(made)
        return list(zip(*columns))

    def result(self) -> dict[str, Any]:
        """All values so far, by name."""
        return {metric.name: metric.result() for metric in self.metrics}

    def reset_state(self) -> None:
        """Let all metrics begin again."""
        for metric in self.metrics:
            metric.reset_state()
