"""Exact and sparse variational Gaussian process: 3 steps each."""

import gpytorch
import torch
from gpytorch.variational import CholeskyVariationalDistribution, VariationalStrategy

from tests.libraries.drawn import draw


class Exact(gpytorch.models.ExactGP):
    def __init__(self, x, y, likelihood):
        super().__init__(x, y, likelihood)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(gpytorch.kernels.MaternKernel(nu=2.5))

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


class Sparse(gpytorch.models.ApproximateGP):
    def __init__(self, points):
        super().__init__(VariationalStrategy(self, points, CholeskyVariationalDistribution(len(points))))
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel())

    forward = Exact.forward


def run():
    x = torch.linspace(0, 1, 12)
    y = torch.sin(6 * x) + 0.1 * draw(12)
    new, found = torch.tensor([0.25, 0.6]), {}
    for name in ("exact", "sparse"):
        likelihood = gpytorch.likelihoods.GaussianLikelihood()
        if name == "exact":
            model = Exact(x, y, likelihood)
            objective = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
        else:
            model = Sparse(torch.linspace(0, 1, 4))
            model.variational_strategy.variational_params_initialized.fill_(1)  # else it starts from random numbers
            objective = gpytorch.mlls.VariationalELBO(likelihood, model, num_data=12)
        optimizer = torch.optim.Adam([*model.parameters(), *likelihood.parameters()], lr=0.1)
        losses = []
        for _ in range(3):
            optimizer.zero_grad()
            loss = -objective(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        likelihood.eval()
        with torch.no_grad():
            predicted = likelihood(model(new))
        found |= {name: losses, f"{name} mean": predicted.mean, f"{name} variance": predicted.variance}
    return found
