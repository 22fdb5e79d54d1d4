"""Sparse softmax in six forms, losses, all gradients."""

import entmax
import torch

from tests.libraries.drawn import draw


def run():
    found = {}
    for name in ("sparsemax", "entmax15", "sparsemax_bisect", "entmax_bisect", "normmax_bisect", "budget_bisect"):
        x = draw(3, 6).double().requires_grad_()
        options = {"budget": 2} if name == "budget_bisect" else {}
        y = getattr(entmax, name)(x, dim=-1, **options)
        (y * draw(3, 6, seed=1)).sum().backward()
        found[name] = [y[0], x.grad[0]]
    alpha = torch.tensor([[1.3], [1.5], [1.9]], dtype=torch.float64, requires_grad=True)
    entmax.entmax_bisect(draw(3, 6).double(), alpha).pow(2).sum().backward()
    found["alpha"] = alpha.grad
    for loss in (entmax.SparsemaxLoss, entmax.Entmax15Loss, entmax.EntmaxBisectLoss):
        x = draw(3, 6).double().requires_grad_()
        value = loss()(x, torch.tensor([0, 2, 5]))
        value.mean().backward()
        found[loss.__name__] = [value.mean(), x.grad[1]]
    return found
