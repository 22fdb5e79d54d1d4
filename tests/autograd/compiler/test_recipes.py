"""Training steps of well-known methods: the compiled step leaves what the step as it is leaves, bit for bit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import autograd as torch
from autograd import nn, optim
from autograd.nn import functional as F
from tests.tools.compiled import Made, compare, data

#: Two shapes in turn, so that each gets a program.
CALLS = [*data((8, 4), (8, 2), n=4), *data((5, 4), (5, 2), n=4), *data((8, 4), (8, 2), n=2)]


def network(out: int = 2) -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, out))


def adversarial_networks() -> Made:
    makes, judges = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4)), network(1)
    of_maker, of_judge = optim.Adam(makes.parameters(), betas=(0.5, 0.999)), optim.Adam(judges.parameters())
    loss = nn.BCEWithLogitsLoss()

    def step(x: Any, y: Any) -> Any:
        true, false = torch.ones(len(x), 1), torch.zeros(len(x), 1)
        of_judge.zero_grad()
        made = makes(torch.randn(len(x), 4))
        judged = loss(judges(x), true) + loss(judges(made.detach()), false)
        judged.backward()
        of_judge.step()
        of_maker.zero_grad()
        fooled = loss(judges(made), true)
        fooled.backward()
        of_maker.step()
        return judged.detach(), fooled.item()

    return Made(step, [makes, judges, of_maker, of_judge])


def gradient_penalty() -> Made:
    judges = network(1)
    optimizer = optim.RMSprop(judges.parameters(), 1e-2)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        share = torch.rand(len(x), 1)
        between = (share * x + (1 - share) * x.flip(0)).requires_grad_()
        (g,) = torch.autograd.grad(judges(between).sum(), between, create_graph=True)
        loss = judges(x).mean() + ((g.norm(2, dim=1) - 1) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return Made(step, [judges, optimizer])


def moving_average() -> Made:
    model = network()
    mean, optimizer = copy.deepcopy(model), optim.SGD(model.parameters(), 0.1)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        total = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        with torch.no_grad():
            for p, q in zip(mean.parameters(), model.parameters()):
                p.mul_(0.9).add_(q, alpha=0.1)
        return loss, total

    return Made(step, [model, mean, optimizer])


def accumulation() -> Made:
    model = network()
    optimizer = optim.SGD(model.parameters(), 0.1)
    count = 0

    def step(x: Any, y: Any) -> Any:
        nonlocal count
        loss = F.mse_loss(model(x), y) / 3
        loss.backward()
        count += 1
        if count % 3 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss.item()

    return Made(step, [model, optimizer])


def parts_of_a_batch() -> Made:
    model = network()
    optimizer = optim.AdamW(model.parameters(), 0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        total = 0.0
        for own, wanted in zip(x.chunk(3), y.chunk(3)):
            loss = F.mse_loss(model(own), wanted)
            (loss / 3).backward()
            total += loss.item()
        optimizer.step()
        return total

    return Made(step, [model, optimizer])


def meta_learning() -> Made:
    w = torch.randn(4, 2, requires_grad=True)
    optimizer = optim.Adam([w], 0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        fast = w
        for _ in range(2):
            (g,) = torch.autograd.grad(F.mse_loss(x @ fast, y), fast, create_graph=True)
            fast = fast - 0.1 * g
        loss = F.mse_loss(x @ fast, y)
        loss.backward()
        optimizer.step()
        return loss

    return Made(step, [w, optimizer])


def variational_autoencoder() -> Made:
    encode, decode = nn.Linear(4, 4), nn.Linear(2, 4)
    optimizer = optim.Adam([*encode.parameters(), *decode.parameters()], 0.01)

    def step(x: Any, y: Any) -> Any:
        mu, log_variance = encode(x).chunk(2, 1)
        z = mu + torch.randn_like(mu) * (0.5 * log_variance).exp()
        loss = F.mse_loss(decode(z), x) - 0.5 * (1 + log_variance - mu**2 - log_variance.exp()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Made(step, [encode, decode, optimizer])


def policy_gradient() -> Made:
    model, base = network(), torch.zeros(())
    optimizer = optim.Adam(model.parameters(), 0.01)

    def step(x: Any, y: Any) -> Any:
        policy = torch.distributions.Categorical(logits=model(x))
        action = policy.sample()
        reward = (action == (y[:, 0] > 0).long()).float()
        loss = -(policy.log_prob(action) * (reward - base)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        base.lerp_(reward.mean(), 0.1)
        return loss, reward.mean()

    return Made(step, [model, optimizer, base])


def contrast_with_a_queue() -> Made:
    model, queue = network(), torch.randn(6, 2)
    optimizer = optim.Adam(model.parameters(), 0.01)

    def step(x: Any, y: Any) -> Any:
        z, key = F.normalize(model(x), dim=1), F.normalize(y, dim=1)
        loss = F.cross_entropy(torch.cat([z @ key.T, z @ queue.T], 1) / 0.1, torch.arange(len(x)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        queue.copy_(torch.cat([key[:2].detach(), queue[:-2]]))
        return loss

    return Made(step, [model, optimizer, queue])


def line_search() -> Made:
    w = torch.zeros(4, 2)

    def step(x: Any, y: Any) -> Any:
        error = x @ w - y
        g, before, rate = x.T @ error, (error**2).sum(), 1.0
        for _ in range(8):
            if ((x @ (w - rate * g) - y) ** 2).sum() < before:
                break
            rate /= 2
        w.sub_(rate * g)
        return before

    return Made(step, [w])


def straight_through() -> Made:
    class Step(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return (x > 0).float()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return F.hardtanh(g)

    model = network()
    optimizer = optim.SGD(model.parameters(), 0.1)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.mse_loss(Step.apply(model(x)), y)
        loss.backward()
        optimizer.step()
        return loss

    return Made(step, [model, optimizer])


def gradients_of_samples() -> Made:
    w = torch.randn(4)
    loss = lambda w, x, y: (x @ w - y) ** 2

    def step(x: Any, y: Any) -> Any:
        g = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(w, x, y[:, 0])
        w.sub_(0.01 * (g / g.norm(dim=1, keepdim=True).clamp(min=1)).mean(0))
        return g, torch.func.jacrev(lambda v: v**2 * v.sum())(x[0])

    return Made(step, [w])


def views_of_a_result() -> Made:
    def step(x: Any, y: Any) -> Any:
        z = x * 2
        return z, z[0], z.T, x[1]

    return Made(step)


RECIPES: list[Callable[[], Made]] = [
    adversarial_networks, gradient_penalty, moving_average, accumulation, parts_of_a_batch, meta_learning,
    variational_autoencoder, policy_gradient, contrast_with_a_queue, line_search, straight_through,
    gradients_of_samples, views_of_a_result,
]  # fmt: skip


@pytest.mark.parametrize("make", RECIPES)
def test_a_recipe_compiles_and_leaves_what_it_leaves_as_it_is(make):
    ran = compare(make, CALLS)
    assert ran.compiled.program is not None and not ran.reasons
