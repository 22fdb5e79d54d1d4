"""The programs that the stepper's page must recompute: each a function and its arguments, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd as torch
from autograd import Tensor, nn
from nn import functional as F

#: A function that returns a loss, and its arguments; those that require grad are trained.
Program = tuple[Callable[..., Any], tuple[Any, ...]]


def learnt(*shape: int, scale: float = 0.5) -> Tensor:
    """A leaf of normal numbers."""
    return (torch.randn(shape, dtype=torch.float64) * scale).requires_grad_()


def given(*shape: int) -> Tensor:
    """Normal numbers that are not learnt."""
    return torch.randn(shape, dtype=torch.float64)


def classes(count: int, of: int) -> Tensor:
    return torch.arange(count) % of


def scalars() -> Program:
    def f(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        return (torch.tanh(a * b + c) * 3 + 5) ** 2

    return f, (learnt(), learnt(), learnt())


def reused_value() -> Program:
    def f(x: Tensor) -> Tensor:
        y = x * x
        return (y * torch.sin(y) + y / (1 + x**2)).sum()

    return f, (learnt(4),)


def broadcasting() -> Program:
    def f(row: Tensor, column: Tensor, one: Tensor) -> Tensor:
        return (row * column + one - row / (column.square() + 2)).abs().mean()

    return f, (learnt(4), learnt(3, 1), learnt())


def logistic_regression() -> Program:
    X, t = given(8, 2), classes(8, 2).double()

    def f(w: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(X @ w + b, t)

    return f, (learnt(2), learnt())


def _mlp(activation: Callable[[Tensor], Tensor]) -> Program:
    X, t = given(8, 2), classes(8, 3)

    def f(W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor) -> Tensor:
        hidden = activation(X @ W1 + b1)
        return F.cross_entropy(hidden @ W2 + b2, t)

    return f, (learnt(2, 5), learnt(5), learnt(5, 3), learnt(3))


def mlp_with_relu() -> Program:
    return _mlp(torch.relu)


def mlp_with_tanh() -> Program:
    return _mlp(torch.tanh)


def mlp_with_gelu() -> Program:
    return _mlp(F.gelu)


def softmax_and_cross_entropy() -> Program:
    t = classes(6, 4)

    def f(logits: Tensor) -> Tensor:
        p = torch.softmax(logits, dim=1)
        return F.cross_entropy(logits, t) + (p * torch.log_softmax(logits, 1)).sum() + F.nll_loss(p.log(), t)

    return f, (learnt(6, 4),)


def _module(module: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor]) -> Program:
    module = module.double()
    return lambda *parameters: loss(module(x)), tuple(module.parameters())


def layer_norm() -> Program:
    return _module(nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6)), given(5, 4), lambda y: (y.tanh() ** 2).mean())


def batch_norm() -> Program:
    return _module(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)), given(7, 4), lambda y: (y.sigmoid() ** 2).mean())


def convolution_with_pooling() -> Program:
    net = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 2))
    return _module(net, given(2, 2, 6, 6), lambda y: F.cross_entropy(y, classes(2, 2)))


def average_pooling() -> Program:
    net = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten())
    return _module(net, given(2, 1, 9, 9), lambda y: (y**2).mean())


def embedding() -> Program:
    tokens = torch.tensor([[0, 2, 1], [2, 2, 4]])
    net = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(9, 2)).double()
    return lambda *p: F.cross_entropy(net(tokens), classes(2, 2)), tuple(net.parameters())


def rnn_of_five_steps() -> Program:
    net = nn.RNN(2, 4, batch_first=True)
    return _module(net, given(3, 5, 2), lambda y: (y[0][:, -1] ** 2).sum())


def rnn_by_hand() -> Program:
    X = given(5, 3, 2)

    def f(W: Tensor, U: Tensor, b: Tensor) -> Tensor:
        h = torch.zeros(3, 4, dtype=torch.float64)
        for x in X:
            h = torch.tanh(x @ W + h @ U + b)
        return (h * h).sum()

    return f, (learnt(2, 4), learnt(4, 4), learnt(4))


def lstm_cell() -> Program:
    cell, x = nn.LSTMCell(2, 3).double(), given(4, 2)
    h, c = given(4, 3), given(4, 3)

    def f(*parameters: Tensor) -> Tensor:
        out, state = cell(x, (h, c))
        return (out * state).sum() + out.square().mean()

    return f, tuple(cell.parameters())


def attention() -> Program:
    net = nn.MultiheadAttention(6, 2, batch_first=True).double()
    x = given(2, 4, 6)
    mask = torch.ones(4, 4).triu(1).bool()
    return lambda *p: (net(x, x, x, attn_mask=mask)[0] ** 2).mean(), tuple(net.parameters())


def attention_by_hand() -> Program:
    x = given(4, 6)

    def f(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
        scores = (x @ Q) @ (x @ K).T / 6**0.5
        scores = scores.masked_fill(torch.ones(4, 4).triu(1).bool(), -torch.inf)
        return ((torch.softmax(scores, -1) @ (x @ V)) ** 2).mean()

    return f, (learnt(6, 6), learnt(6, 6), learnt(6, 6))


def transformer_layer() -> Program:
    net = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True).double()
    x = given(2, 3, 4)
    return lambda *p: (net(x) * x).mean(), tuple(net.parameters())


def vae() -> Program:
    encoder, decoder, x = nn.Linear(5, 4).double(), nn.Linear(2, 5).double(), torch.rand(6, 5, dtype=torch.float64)

    def f(*parameters: Tensor) -> Tensor:
        mean, log_variance = encoder(x).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        return F.binary_cross_entropy(torch.sigmoid(decoder(z)), x, reduction="sum") + divergence

    return f, (*encoder.parameters(), *decoder.parameters())


def _gan() -> tuple[nn.Module, nn.Module, Tensor, Tensor]:
    generator = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2)).double()
    critic = nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1)).double()
    return generator, critic, given(6, 2), given(6, 2)


def gan_discriminator() -> Program:
    generator, critic, real, noise = _gan()

    def f(*parameters: Tensor) -> Tensor:
        true, false = critic(real), critic(generator(noise).detach())
        return F.binary_cross_entropy_with_logits(true, torch.ones_like(true)) + F.binary_cross_entropy_with_logits(
            false, torch.zeros_like(false)
        )

    return f, tuple(critic.parameters())


def gan_generator() -> Program:
    generator, critic, _, noise = _gan()
    return lambda *p: F.softplus(-critic(generator(noise))).mean(), tuple(generator.parameters())


def gradient_penalty() -> Program:
    _, critic, real, noise = _gan()
    t = torch.rand(6, 1, dtype=torch.float64)

    def f(*parameters: Tensor) -> Tensor:
        x = (real * t + noise * (1 - t)).requires_grad_()
        score = critic(x)
        (g,) = torch.grad(score.sum(), x, create_graph=True)
        return torch.tanh(score).mean() + ((g.norm(dim=1) - 1) ** 2).mean()

    return f, tuple(critic.parameters())


def gradient_of_a_gradient() -> Program:
    def f(x: Tensor) -> Tensor:
        (g,) = torch.grad((torch.sin(x) * x**3).sum(), x, create_graph=True)
        (h,) = torch.grad((g * torch.exp(-x)).sum(), x, create_graph=True)
        return torch.tanh(h).square().sum() + torch.tanh(g).sum()

    return f, (learnt(3),)


def complex_numbers() -> Program:
    x = torch.randn(4, dtype=torch.complex128)

    def f(w: Tensor, c: Tensor) -> Tensor:
        z = torch.exp(1j * w) * x + c * c.conj() / (2 + c)
        return (z.abs() ** 2).sum() + (z * x).real.sum() + z.imag.square().sum()

    return f, (learnt(4), torch.randn(4, dtype=torch.complex128).requires_grad_())


def activations() -> Program:
    functions = (
        F.elu, F.leaky_relu, F.softplus, F.hardtanh, F.silu, F.mish, F.selu, F.celu, F.hardswish, F.hardsigmoid,
        F.logsigmoid, F.softsign, F.tanhshrink, F.hardshrink, F.softshrink, F.relu6,
    )  # fmt: skip

    def f(x: Tensor) -> Tensor:
        total = torch.clamp(x, min=-0.5).sum() + torch.where(x > 0.1, x.exp(), x * 2).mean() + torch.logsumexp(x, 0)
        for function in functions:
            total = total + function(x).mean()
        return torch.tanh(total)

    return f, (learnt(6, scale=2.0),)


def indices_and_shapes() -> Program:
    rows, places = torch.tensor([2, 0, 2]), torch.tensor([[0, 1, 1], [2, 0, 3]])

    def f(x: Tensor, y: Tensor) -> Tensor:
        parts = torch.cat([x[rows], y.T, torch.stack([x[0], x[1]])], dim=0)
        a, b = parts.split([5, 4])
        gathered = torch.gather(a[:2], 1, places) + x.cumsum(1)[:2, 1:]
        best, _ = b.max(dim=1)
        mixed = torch.einsum("ij,kj->ik", a, b) + parts.flip(0).roll(1, 1)[:5] @ torch.ones(4, 4, dtype=torch.float64)
        return torch.tanh(mixed).mean() + gathered.square().mean() + best.sin().sum()

    return f, (learnt(3, 4), learnt(4, 4))


def writes_in_place() -> Program:
    def f(a: Tensor, b: Tensor) -> Tensor:
        c = a * 1
        c[0] = b * 2
        c[:, 1].mul_(3)
        c.add_(b).tanh_()
        return c.square().mean() + c[1].exp().mean() / 4

    return f, (learnt(2, 3), learnt(3))


def dropout_and_normalization() -> Program:
    net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.GroupNorm(2, 4), nn.Dropout(0.4), nn.Flatten(), nn.Linear(16, 2))
    return _module(net, given(3, 2, 6), lambda y: F.mse_loss(y, torch.ones_like(y)) + F.huber_loss(y, y.detach() * 2))


def gru_cell_and_upsampling() -> Program:
    cell, up, x = nn.GRUCell(2, 3).double(), nn.ConvTranspose2d(1, 2, 3, stride=2).double(), given(4, 2, 2)

    def f(*parameters: Tensor) -> Tensor:
        states = [torch.zeros(2, 3).double()]
        for row in x:
            states.append(cell(row, states[-1]))
        image = up(torch.stack(states[1:]).reshape(1, 1, 4, 6))
        return (
            (F.interpolate(image, scale_factor=2) ** 2).mean() + states[-1].norm() + F.pad(image, (1, 1)).abs().mean()
        )

    return f, (*cell.parameters(), *up.parameters())


def step_with_updates() -> Program:
    X, t = given(8, 2), classes(8, 2)
    W1, b1, W2, b2 = (learnt(*shape) for shape in ((2, 4), (4,), (4, 2), (2,)))

    losses = []

    def step() -> Tensor:
        loss = F.cross_entropy(torch.tanh(X @ W1 + b1) @ W2 + b2, t)
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for parameter in (W1, b1, W2, b2):
                parameter.sub_(0.1 * parameter.grad)
                parameter.grad = None
        return loss

    return step, ()


def step_of_adam() -> Program:
    X, t = given(8, 2), classes(8, 2)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)

    def step() -> Tensor:
        loss = F.cross_entropy(net(X), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step()
    return step, ()


def step_of_an_optimizer() -> Program:
    X, t = given(8, 2), classes(8, 2)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(X), t)
        loss.backward()
        optimizer.step()
        return loss

    step()  # the momentum comes to be in the first step
    return step, ()


PROGRAMS: tuple[Callable[[], Program], ...] = (
    scalars, reused_value, broadcasting, logistic_regression, mlp_with_relu, mlp_with_tanh, mlp_with_gelu,
    softmax_and_cross_entropy, layer_norm, batch_norm, convolution_with_pooling, average_pooling, embedding,
    rnn_of_five_steps, rnn_by_hand, lstm_cell, attention, attention_by_hand, transformer_layer, vae,
    activations, indices_and_shapes, writes_in_place, dropout_and_normalization, gru_cell_and_upsampling,
    gan_discriminator, gan_generator, gradient_penalty, gradient_of_a_gradient, complex_numbers, step_with_updates,
    step_of_an_optimizer, step_of_adam,
)  # fmt: skip
