"""Bayesian regression by stochastic variational inference (`SVI`, `Trace_ELBO`) with given draws: log-densities and losses."""

import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.infer.autoguide import AutoDelta

from tests.tools.drawn import draw


def run():
    x = draw(20, 2)
    y = x @ torch.tensor([1.0, -2.0]) + 0.1 * draw(20)

    def model(x, y):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(2), 1.0).to_event(1))
        noise = pyro.sample("noise", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(y)):
            pyro.sample("y", dist.Normal(x @ weights, noise), obs=y)

    pyro.clear_param_store()
    guide = AutoDelta(model, init_loc_fn=pyro.infer.autoguide.init_to_median)
    guide = AutoDelta(model, init_loc_fn=pyro.infer.autoguide.init_to_value(values={"weights": torch.ones(2), "noise": torch.tensor(1.0)}))
    svi = SVI(model, guide, pyro.optim.Adam({"lr": 0.05}), Trace_ELBO())
    losses = [svi.step(x, y) for _ in range(5)]
    trace = pyro.poutine.trace(pyro.condition(model, {"weights": torch.ones(2), "noise": torch.tensor(0.5)})).get_trace(x, y)
    return {"losses": losses, "weights": guide.median()["weights"], "log density": trace.log_prob_sum()}
