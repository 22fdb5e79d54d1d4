"""Averages of a model's weights over its training, and the learning rate that goes with them (Izmailov, 2018)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import no_grad, tensor
from autograd.core.tensor import Tensor

from ..module import Module
from ..modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .lr_scheduler.schedules import LRScheduler, for_each_group
from .optimizer import Optimizer

#: From the average, a new value and how many were averaged, the next average.
Average = Callable[[Tensor, Tensor, Any], Tensor]
#: The same in place, for lists of averages and values.
AverageOfAll = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


class AveragedModel(Module):
    """A copy of a model whose parameters are the mean of those that `update_parameters` was given.

    Args:
        model: what is copied, as `module`.
        device: the CPU.
        avg_fn: another average than the mean.
        multi_avg_fn: another average than the mean, of all parameters at once.
        use_buffers: whether buffers are averaged too; else the last ones are kept.

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
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: AverageOfAll | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model).to(device)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model computes."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take the parameters of `model` into the average."""
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
    """decay times the average, and 1 - decay times the new value.

    Raises:
        ValueError: `decay` is not in [0, 1].
    """
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    return lambda average, value, count: decay * average + (1 - decay) * value


def get_swa_multi_avg_fn() -> AverageOfAll:
    """`get_swa_avg_fn`, in place."""
    return _in_place(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> AverageOfAll:
    """`get_ema_avg_fn`, in place."""
    return _in_place(get_ema_avg_fn(decay))


def _in_place(step: Average) -> AverageOfAll:
    def update(averages: Sequence[Tensor], values: Sequence[Tensor], count: Any) -> None:
        for average, value in zip(averages, values, strict=True):
            average.copy_(step(average, value, count) if average.is_floating_point() else value)

    return update


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Let the batch norms of `model` see the inputs of `loader` once: averaged weights have other statistics.

    Args:
        loader: batches of inputs, or tuples or lists that begin with them.
        model: what is called with each; it is left in the mode that it was in.
        device: the CPU.
    """
    norms = [module for module in model.modules() if isinstance(module, (BatchNorm1d, BatchNorm2d, BatchNorm3d))]
    if not norms:
        return
    momenta, training = [norm.momentum for norm in norms], model.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    for batch in loader:
        model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(training)


class SWALR(LRScheduler):
    """The rate from where it is to `swa_lr` within `anneal_epochs`, where it stays.

    Args:
        optimizer: whose rates are changed.
        swa_lr: the last rate, a number or one for each group.
        anneal_epochs: how many epochs the way takes.
        anneal_strategy: "cos" or "linear".

    Raises:
        ValueError: another strategy, or no whole number of epochs.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must by one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        rates = for_each_group("swa_lr", optimizer, swa_lr)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs = anneal_epochs
        self.anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The next point of the way, from the last rate."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group, lr in zip(self.optimizer.param_groups, self._rates(), strict=True):
            last = group["swa_lr"]
            first = last if before == 1 else (lr - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates

    def _share(self, step: int) -> float:
        """What part of the way lies behind."""
        part = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return part if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * part)) / 2
