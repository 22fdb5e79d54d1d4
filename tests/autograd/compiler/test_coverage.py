"""Every operator, layer, loss and optimizer compiles, bit for bit, or is refused for a reason that stands here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import nn, optim
from autograd.base.nests import leaves
from autograd.testing import Draw, domains
from tests.nn.functional.test_activations import CASES as ACTIVATIONS
from tests.nn.functional.test_functions_against_torch import ATTENTIONS, LOSSES
from tests.nn.modules.test_empty_batches import LAYERS
from tests.nn.modules.test_layers_against_torch import CASES
from tests.tools.compiled import Made, compare, data

#: What does not compile, and a part of the reason.
REFUSED = {
    "EmbeddingBag": "asked for the elements",  # the bags are found by looking at the offsets
    "Embedding max_norm": "which is not a tensor's, is written",  # rows are renormalized by their values
    "LBFGS": "asks for a tensor's value after it wrote",  # a line search
}  # fmt: skip


def total_of(outs: Any) -> Any:
    """A sum of all elements with different weights."""
    total = 0
    for x in leaves(outs):
        if isinstance(x, torch.Tensor) and x.requires_grad:
            w = torch.arange(1.0, x.numel() + 1, dtype=torch.float64).cos().reshape(x.shape)
            part = (x * w).sum()
            total = total + (part.real + part.imag if part.is_complex() else part)
    return total


def differentiated(function: Any) -> Any:
    """A step that returns what a function returns, and the gradients of its arguments."""

    def step(*xs: Any) -> Any:
        xs = [x.detach().requires_grad_() if x.dtype.is_floating_point or x.dtype.is_complex else x for x in xs]
        outs = function(*xs)
        total = total_of(outs)
        if isinstance(total, torch.Tensor):
            total.backward()
        return [x.detach() for x in leaves(outs) if isinstance(x, torch.Tensor)], [x.grad for x in xs]

    return step


def calls(arrays: Any, n: int = 4) -> list[Any]:
    """Calls with arguments that are a little smaller each time."""
    smaller = lambda x, i: x * (1 - i / 256) if x.dtype.kind in "fc" else x
    return [lambda i=i: tuple(torch.tensor(smaller(np.asarray(x), i)) for x in arrays) for i in range(n)]


def check(name: str, make: Any, arguments: Any) -> None:
    ran = compare(make, arguments)
    assert not any(isinstance(left[0], str) for left in ran.left), "the step itself fails"
    if name in REFUSED:
        assert REFUSED[name] in ran.reasons[0] and ran.compiled.program is None
    else:
        assert not ran.reasons and ran.compiled.program is not None


@pytest.mark.parametrize("name", sorted(domains))
def test_every_operator(name):
    sample = domains[name].sample(Draw(3))
    check(name, lambda: Made(differentiated(sample.call)), calls(sample.inputs))


def layer(build: Any) -> Any:
    """Makes a training step of a layer."""

    def make() -> Made:
        module = build().double()
        parameters = list(module.parameters())
        optimizer = optim.SGD(parameters, lr=0.01) if parameters else None
        run = differentiated(module)

        def step(*xs: Any) -> Any:
            if optimizer is not None:
                optimizer.zero_grad()
            found = run(*xs)
            if optimizer is not None:
                optimizer.step()
            return found

        return Made(step, [module] + [optimizer] * (optimizer is not None))

    return make


SEEN = {name for name, *_ in CASES}
MORE = [(type(build()).__name__, build, shape) for build, shape, _ in LAYERS]


@pytest.mark.parametrize("name", sorted(SEEN))
def test_every_layer(name):
    for kind, args, options, arrays in CASES:
        if kind == name and not (name == "EmbeddingBag" and options.get("mode") == "sum"):
            make = layer(lambda args=args, options=options: getattr(nn, name)(*args, **options))
            check("Embedding max_norm" if name == "Embedding" and "max_norm" in options else name, make, calls(arrays))


@pytest.mark.parametrize(("name", "build", "shape"), [case for case in MORE if case[0] not in SEEN])
def test_every_other_layer(name, build, shape):
    check(name, layer(build), data((3, *shape), n=4, dtype="f8"))


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation(name):
    function = ACTIVATIONS[name][0]
    check(name, lambda: Made(differentiated(function)), data((3, 4), n=4, dtype="f8"))


@pytest.mark.parametrize("name", sorted({name for name, *_ in (*LOSSES, *ATTENTIONS)}))
@pytest.mark.filterwarnings("ignore")
def test_every_loss(name):
    for kind, arrays, options in (*LOSSES, *ATTENTIONS):
        if kind == name and not {"enable_gqa", "is_causal"} & options.keys():
            given = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
            function = getattr(nn.functional, name)
            check(name, lambda f=function, g=given: Made(differentiated(lambda *xs: f(*xs, **g))), calls(arrays))


MODELS = {
    "LSTM": lambda: nn.LSTM(4, 3, 2, batch_first=True, dropout=0.2), "GRU": lambda: nn.GRU(4, 3, bidirectional=True),
    "RNN": lambda: nn.RNN(4, 3), "MultiheadAttention": lambda: Attending(4, 2, dropout=0.1, batch_first=True),
    "TransformerEncoderLayer": lambda: nn.TransformerEncoderLayer(4, 2, 6, batch_first=True),
    "Dropout": lambda: nn.Sequential(nn.Dropout(0.3), nn.Dropout1d(0.2), nn.AlphaDropout(0.1)),
    "FeatureAlphaDropout": lambda: nn.FeatureAlphaDropout(0.3), "RReLU": lambda: nn.RReLU(),
    "BatchNorm1d": lambda: nn.BatchNorm1d(5), "spectral_norm": lambda: spectral(nn.Linear(4, 3)),
    "weight_norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)),
    "Conv1d": lambda: nn.Sequential(nn.Conv1d(5, 3, 2), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten()),
}  # fmt: skip
spectral = nn.utils.parametrizations.spectral_norm


class Attending(nn.MultiheadAttention):
    """Attention of a sequence to itself."""

    def forward(self, x: Any) -> Any:
        return super().forward(x, x, x)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_models_that_draw_count_or_loop(name):
    check(name, layer(MODELS[name]), data((2, 5, 4), dtype="f8", n=5))


OPTIMIZERS = [
    ("SGD", {}), ("SGD", {"momentum": 0.9, "nesterov": True}), ("SGD", {"momentum": 0.9, "maximize": True}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}), ("AdamW", {}), ("Adamax", {}), ("NAdam", {}), ("RAdam", {}),
    ("Adagrad", {"lr_decay": 0.1}), ("Adadelta", {}), ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("ASGD", {"t0": 3}), ("Rprop", {}), ("LBFGS", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_every_optimizer_while_its_rate_changes(name, options):
    def make() -> Made:
        model = nn.Linear(4, 2)
        optimizer = getattr(optim, name)(model.parameters(), **{"lr": 0.05, **options})

        def step(x: Any, y: Any) -> Any:
            def closure() -> Any:
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(model(x), y)
                loss.backward()
                return loss

            if name == "LBFGS":
                return optimizer.step(closure)
            loss = closure()
            optimizer.step()
            return loss

        return Made(step, [model, optimizer], lambda i: optimizer.param_groups[0].update(lr=0.05 / (1 + i)))

    check(name, make, data((8, 4), (8, 2), n=8))


def test_a_convolution_that_several_threads_compute() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        layer = nn.Conv2d(1, 6, 5, padding=2)
        x = torch.rand(64, 1, 28, 28)
        for _ in range(4):  # whichever thread comes first
            step = torch.compile(lambda x: layer(x).square().mean(), fullgraph=True)
            for _ in range(3):
                layer.weight.grad = None
                step(x).backward()
        gradient = layer.weight.grad
        layer.weight.grad = None
        layer(x).square().mean().backward()
        assert torch.equal(gradient, layer.weight.grad) and step.program is not None
    finally:
        torch.set_num_threads(before)
