"""What a training step may consist of: each case compiles, and is bit for bit what the step does as it is."""

from __future__ import annotations

from typing import Any

import pytest

import autograd as torch
from autograd import distributions, nn, optim
from autograd.nn import functional as F
from autograd.utils.checkpoint import checkpoint
from tests.tools.compiled import Made, compare, data, trained

XY = data((8, 4), (8, 2))
SGD = lambda model: optim.SGD(model.parameters(), lr=0.1)


def step_of(body: Any, *models: Any, optimizer: Any = optim.SGD, **options: Any) -> Made:
    """A step that clears the gradients, runs `body(models, x, y)`, and takes a step of the optimizer."""
    parameters = [p for model in models for p in model.parameters()]
    stepper = optimizer(parameters, lr=0.05, **options)

    def step(x: Any, y: Any) -> Any:
        stepper.zero_grad()
        out = body(models, x, y)
        stepper.step()
        return out

    return Made(step, [*models, stepper])


def backward(loss: Any, **options: Any) -> Any:
    loss.backward(**options)
    return loss


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))


def clipped_by_norm(m: Any, x: Any, y: Any) -> Any:
    loss = backward(F.mse_loss(m[0](x), y))
    return loss, nn.utils.clip_grad_norm_(m[0].parameters(), 0.5)


def clipped_by_value(m: Any, x: Any, y: Any) -> Any:
    loss = backward(F.mse_loss(m[0](x), y))
    nn.utils.clip_grad_value_(m[0].parameters(), 0.1)
    return loss


def penalized(m: Any, x: Any, y: Any) -> Any:
    loss = F.mse_loss(m[0](x), y)
    gradients = torch.autograd.grad(loss, list(m[0].parameters()), create_graph=True)
    return backward(loss + sum((g * g).sum() for g in gradients))


def accumulated(m: Any, x: Any, y: Any) -> Any:
    return [backward(F.mse_loss(m[0](x[i : i + 2]), y[i : i + 2])) for i in range(0, 8, 2)], m[0][0].weight.grad.norm()


def twice(m: Any, x: Any, y: Any) -> Any:
    loss = F.mse_loss(m[0](x), y)
    loss.backward(retain_graph=True)
    return backward(loss), backward(m[0](x).abs().sum())


def written_in_place(m: Any, x: Any, y: Any) -> Any:
    h = m[0](x)
    h.mul_(2)
    h[0] = 0
    h[:, 1].add_(1)
    h.relu_()
    return backward((h - y).square().sum())


def retained(m: Any, x: Any, y: Any) -> Any:
    h = m[0](x)
    h.retain_grad()
    backward(F.mse_loss(h, y))
    return h.grad


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2 * ctx.saved_tensors[0]


def sampled(m: Any, x: Any, y: Any) -> Any:
    d = distributions.Normal(m[0](x), 1.0)
    z = d.rsample()
    return backward(z.square().mean() - d.log_prob(y).mean())


def scaled(m: Any, x: Any, y: Any) -> Any:
    with torch.autocast("cpu"):
        return backward(F.mse_loss(m[0](x), y))


class Buffers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(4))
        self.register_buffer("n", torch.zeros(()))
        self.register_buffer("k", torch.zeros((), dtype=torch.int64))
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x: Any) -> Any:
        self.n += 1
        self.k.add_(1)
        self.mean.lerp_(x.mean(0), 0.1)
        return x * self.w / self.n + self.mean + self.k


def tied() -> Any:
    a, b = nn.Linear(4, 4), nn.Linear(4, 4)
    b.weight = a.weight
    return nn.Sequential(a, nn.ReLU(), b)


CASES = {
    "clip_grad_norm_": lambda: step_of(clipped_by_norm, net()),
    "clip_grad_value_": lambda: step_of(clipped_by_value, net(), optimizer=optim.AdamW),
    "gradient penalty": lambda: step_of(penalized, net()),
    "accumulation": lambda: step_of(accumulated, net()),
    "two backward passes": lambda: step_of(twice, net()),
    "writes in place": lambda: step_of(written_in_place, net()),
    "a gradient that is retained": lambda: step_of(retained, net()),
    "a custom Function": lambda: step_of(lambda m, x, y: backward(Square.apply(m[0](x) - y).sum()), net()),
    "checkpoint": lambda: step_of(
        lambda m, x, y: backward(F.mse_loss(m[1](checkpoint(m[0], x, use_reentrant=False)), y)), net(), nn.Linear(2, 2)
    ),
    "a distribution": lambda: step_of(sampled, net()),
    "autocast": lambda: step_of(scaled, net()),
    "buffers": lambda: step_of(lambda m, x, y: backward(m[0](x).square().sum()), Buffers()),
    "tied weights": lambda: step_of(lambda m, x, y: backward(m[0](x).square().sum()), tied()),
    "gradients filled with 0": lambda: filled_with_0(),
    "gradients kept": lambda: kept(),
    "averages": lambda: averaged(),
    "two optimizers": lambda: adversarial(),
    "by hand": lambda: by_hand(),
    "a 0-d parameter": lambda: scalar(),
    "nothing returned": lambda: trained(net(), SGD)._replace(step=(lambda s: lambda x, y: [s(x, y), None][1])(trained(net(), SGD).step)),  # noqa: E501, PLC3002
}  # fmt: skip


def filled_with_0() -> Made:
    model = net()
    optimizer = SGD(model)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad(set_to_none=False)
        loss = backward(F.mse_loss(model(x), y))
        optimizer.step()
        return loss

    return Made(step, [model, optimizer], lambda i: setattr(model[0].weight, "grad", None) if i in (3, 5) else None)


def kept() -> Made:
    model = net()
    optimizer = SGD(model)
    between = lambda i: (optimizer.step(), optimizer.zero_grad()) if i in (3, 4) else None
    return Made(lambda x, y: backward(F.mse_loss(model(x), y)), [model, optimizer], between)


def averaged() -> Made:
    made = trained(net(), SGD)
    model = made.state[0]
    average = optim.swa_utils.AveragedModel(model, multi_avg_fn=optim.swa_utils.get_ema_multi_avg_fn(0.9))
    own = [p.detach().clone() for p in model.parameters()]

    def step(x: Any, y: Any) -> Any:
        loss = made.step(x, y)
        average.update_parameters(model)
        with torch.no_grad():
            for a, p in zip(own, model.parameters()):
                a.mul_(0.9).add_(p, alpha=0.1)
        return loss

    return Made(step, [*made.state, average, own])


def adversarial() -> Made:
    g, d = nn.Linear(4, 2), nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    of_g, of_d = optim.Adam(g.parameters(), lr=0.01), optim.Adam(d.parameters(), lr=0.01)

    def step(x: Any, y: Any) -> Any:
        of_d.zero_grad()
        noise = torch.randn(8, 4)
        real = backward(F.softplus(-d(y)).mean() + F.softplus(d(g(noise).detach())).mean())
        of_d.step()
        of_g.zero_grad()
        fake = backward(F.softplus(-d(g(noise))).mean())
        of_g.step()
        return real, fake

    return Made(step, [g, d, of_g, of_d])


def by_hand() -> Made:
    w, b = torch.ones(4, 2, requires_grad=True), torch.zeros((), requires_grad=True)

    def step(x: Any, y: Any) -> Any:
        loss = backward((x @ w + b - y).square().mean())
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
            b.sub_(0.1 * b.grad)
            w.grad = None
            b.grad.zero_()
        return loss

    return Made(step, [w, b])


def scalar() -> Made:
    w = torch.tensor(1.5, requires_grad=True)
    optimizer = optim.Adam([w], lr=0.1)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = backward(((x * w).sum(1) - y[:, 0]).square().mean())
        optimizer.step()
        return loss, w

    return Made(step, [w, optimizer])


@pytest.mark.parametrize("name", CASES)
def test_compiles(name):
    ran = compare(CASES[name], XY)
    assert not ran.reasons and ran.compiled.program is not None


@pytest.mark.parametrize("dtype", ["f2", "f8", "c8"])
def test_other_dtypes_train(dtype):
    kind = {"f2": torch.float16, "f8": torch.float64, "c8": torch.complex64}[dtype]
    make = lambda: trained(nn.Linear(4, 2).to(kind), SGD, lambda a, b: (a - b).abs().square().sum())
    assert compare(make, data((8, 4), (8, 2), dtype=dtype)).compiled.program is not None


def test_transforms_of_functions():
    f = lambda v: (v.sin() ** 2).sum()
    model = nn.Linear(4, 2)
    of_one = lambda p, a, b: F.mse_loss(torch.func.functional_call(model, p, (a,)), b)

    def step(x: Any, y: Any) -> Any:
        parameters = {name: p.detach() for name, p in model.named_parameters()}
        return (
            torch.func.hessian(f)(x[0]), torch.func.grad(f)(x), torch.func.jvp(f, (x,), (x,)), torch.func.vmap(f)(x),
            torch.func.jacrev(lambda v: v.exp())(y[0]), torch.func.jacfwd(lambda v: v.exp())(y[0]),
            torch.func.vmap(torch.func.grad(of_one), in_dims=(None, 0, 0))(parameters, x, y),
        )  # fmt: skip

    assert compare(lambda: Made(step), XY).compiled.program is not None


def test_random_numbers_of_every_kind():
    own = torch.Generator()

    def make() -> Made:
        own.manual_seed(3)

        def step(x: Any, y: Any) -> Any:
            drawn = [
                torch.randn(4), torch.rand(4, generator=own), torch.randint(0, 5, (4,)), torch.randperm(4),
                torch.bernoulli(torch.ones(4) * 0.5), torch.normal(0.0, 1.0, (4,)), torch.rand_like(x[0]),
                torch.empty(4).uniform_(0, 1), torch.zeros(4).normal_(), torch.zeros(4).exponential_(),
                torch.poisson(torch.ones(4)),
            ]  # fmt: skip
            return sum(drawn), torch.zeros(4).add_(1), torch.multinomial(torch.ones(4), 2)

        return Made(step)

    assert compare(make, XY).compiled.program is not None


class Keeper:
    """A trainer that keeps tensors in attributes."""

    def __init__(self, keep: Any) -> None:
        self.model = nn.Linear(4, 2)
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.1)
        self.last: Any = None
        self.average, self.keep = torch.zeros(()), keep

    def step(self, x: Any, y: Any) -> Any:
        self.optimizer.zero_grad()
        out = self.model(x)
        loss = F.mse_loss(out, y)
        loss.backward()
        self.optimizer.step()
        return self.keep(self, out, loss)


def keep_loss(self: Any, out: Any, loss: Any) -> Any:
    self.last = loss
    return loss


def keep_output(self: Any, out: Any, loss: Any) -> Any:
    self.last = out.detach()


def keep_the_last_but_one(self: Any, out: Any, loss: Any) -> Any:
    before, self.last = self.last, loss.detach()
    return before


def keep_an_average(self: Any, out: Any, loss: Any) -> Any:
    self.average = self.average * 0.9 + loss.detach()
    return self.average


def keep_and_ask(self: Any, out: Any, loss: Any) -> Any:
    is_first, self.last = self.last is None, loss
    return loss * 100 if is_first else loss


@pytest.mark.parametrize("keep", [keep_loss, keep_output, keep_and_ask, keep_the_last_but_one, keep_an_average])
def test_tensors_that_a_step_keeps_in_attributes(keep):
    def make() -> Made:
        keeper = Keeper(keep)

        class State(list):  # compared after each call
            def __iter__(self) -> Any:
                return iter([keeper.model, keeper.last, keeper.average])

        return Made(keeper.step, State(), lambda i: setattr(keeper, "last", None) if i == 6 else None)

    ran = compare(make, data((8, 4), (8, 2), n=12))
    assert (ran.compiled.program is not None) == (keep in (keep_loss, keep_output, keep_and_ask))


def test_a_kept_tensor_that_can_be_differentiated():
    def make() -> Made:
        keeper = Keeper(None)

        def step(x: Any, y: Any) -> None:
            keeper.last = F.mse_loss(keeper.model(x), y)

        return Made(step, [keeper.model], lambda i: keeper.last.backward() if i else None)

    assert "changes keeper.last" in compare(make, XY).reasons[0]


def test_a_second_backward_pass_and_a_result_that_is_not_used_are_as_in_eager():
    def outcome(function: Any, retain: bool) -> Any:
        x, w, v = (torch.ones(3, requires_grad=True) for _ in range(3))
        left: list[Any] = []
        for _ in range(4):
            x.grad = w.grad = v.grad = None
            first, _ = function(x, w, v)
            for _ in range(2):
                try:
                    first.backward(retain_graph=retain)
                except RuntimeError as error:
                    left.append(str(error)[:60])
            left.append([None if t.grad is None else t.grad.tolist() for t in (x, w, v)])
        return left

    products = lambda x, w, v: ((x * w).sum(), (x * v).exp().sum())
    sums = lambda x, w, v: ((x + w).sum(), (x - v).sum())  # keeps no values, so that it can be walked again
    for function in (products, sums):
        for retain in (False, True):
            assert outcome(torch.compile(function), retain) == outcome(function, retain)
