"""Stochastic weight averaging: the mean of a model's weights over its training, and its schedule (Izmailov, 2018)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import no_grad, tensor
from autograd.core.tensor import Tensor
from autograd.surface import make_public as _make_public

from ..module import Module
from ..modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .lr_scheduler.scheduler import LRScheduler, for_each_group
from .optimizer import Optimizer

#: Computes the next average from the average, a new value and the number of values averaged so far.
Average = Callable[[Tensor, Tensor, Any], Tensor]
#: Updates a list of averages in place from a list of new values and the number of values averaged so far.
MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


class AveragedModel(Module):
    """A copy of a model whose parameters are the mean over all calls of `update_parameters`.

    Args:
        model: the model; the copy is the attribute `module`.
        device: "cpu" or None.
        avg_fn: an average in place of the mean.
        multi_avg_fn: an average of all parameters at once, in place of the mean.
        use_buffers: average the buffers too; else the copy has those of the last model.

    >>> from nn import Linear
    >>> model = Linear(1, 1, bias=False)
    >>> averaged = AveragedModel(model)
    >>> for weight in 1.0, 2.0, 6.0:
    ...     model.weight.data.fill_(weight) and averaged.update_parameters(model)
    >>> averaged.module.weight.item()
    3.0
    """

    n_averaged: Tensor

    def __init__(
        self, model: Module, device: Any = None, avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None, use_buffers: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model).to(device)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the averaged model."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Include the parameters of `model` in the average."""
        averages, values = (_tensors(x, self.use_buffers) for x in (self.module, model))
        if self.n_averaged == 0:
            for average, value in zip(averages, values, strict=True):
                average.copy_(value)
        elif self.multi_avg_fn is not None:
            self.multi_avg_fn(averages, values, self.n_averaged)
        else:
            step = self.avg_fn or get_swa_avg_fn()
            for average, value in zip(averages, values, strict=True):
                average.copy_(step(average, value, self.n_averaged))
        if not self.use_buffers:
            for kept, value in zip(self.module.buffers(), model.buffers(), strict=True):
                kept.copy_(value)
        self.n_averaged += 1


def _tensors(model: Module, with_buffers: bool) -> list[Tensor]:
    return [x.detach() for x in [*model.parameters(), *(model.buffers() if with_buffers else ())]]


def get_swa_avg_fn() -> Average:
    """The mean of all values."""
    return lambda average, value, count: average + (value - average) / (count + 1)


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """An exponential moving average: `decay` times the average plus 1 - `decay` times the new value.

    Raises:
        ValueError: `decay` is not in [0, 1].
    """
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    return lambda average, value, count: decay * average + (1 - decay) * value


def get_swa_multi_avg_fn() -> MultiAverage:
    """`get_swa_avg_fn`, in place."""
    return _in_place(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """`get_ema_avg_fn`, in place."""
    return _in_place(get_ema_avg_fn(decay))


def _in_place(step: Average) -> MultiAverage:
    def update(averages: Sequence[Tensor], values: Sequence[Tensor], count: Any) -> None:
        for average, value in zip(averages, values, strict=True):
            average.copy_(step(average, value, count) if average.is_floating_point() else value)

    return update


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Recompute the running statistics of the batch normalizations of `model`, whose weights have been averaged.

    Args:
        loader: an iterable of inputs, or of tuples or lists whose first element is the input.
        model: called with each input in training mode; afterwards in the mode it had before.
        device: "cpu" or None.
    """
    norms = [module for module in model.modules() if isinstance(module, (BatchNorm1d, BatchNorm2d, BatchNorm3d))]
    if not norms:
        return
    momenta, modes = [norm.momentum for norm in norms], [(module, module.training) for module in model.modules()]
    before = [{name: x.clone() for name, x in norm.named_buffers()} for norm in norms]
    training = model.training
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        model.train()
        for batch in loader:
            model(batch[0] if isinstance(batch, (list, tuple)) else batch)
        model.train(training)
    except BaseException:
        for norm, buffers in zip(norms, before, strict=True):
            for name, x in norm.named_buffers():
                x.copy_(buffers[name])
        for module, mode in modes:
            module.training = mode
        raise
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


class SWALR(LRScheduler):
    """The rate moves from its current value to `swa_lr` within `anneal_epochs`, and stays there.

    Args:
        swa_lr: the final rate, one number or one for each group.
        anneal_epochs: the number of epochs until the final rate.
        anneal_strategy: "cos" or "linear", the shape of the curve.

    Raises:
        ValueError: the strategy is unknown, or the number of epochs is not an integer of at least 0.
    """

    def __init__(
        self, optimizer: Optimizer, swa_lr: float | Sequence[float], anneal_epochs: int = 10,
        anneal_strategy: str = "cos", last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        rates = for_each_group("swa_lr", optimizer, swa_lr)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs = anneal_epochs
        self.anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The next point of the curve, computed from the last rate."""
        step = self._step_count - 1
        before, now = self._fraction(step - 1), self._fraction(step)
        rates = []
        for group, lr in zip(self.optimizer.param_groups, self._current_lrs(), strict=True):
            last = group["swa_lr"]
            first = last if before == 1 else (lr - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates

    def _fraction(self, step: int) -> float:
        """The fraction of the way to the final rate that is covered after `step` epochs."""
        part = max(0.0, min(1.0, step / self.anneal_epochs)) if self.anneal_epochs else 1.0
        return part if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * part)) / 2


_make_public(globals())
