"""Real NVP, spline, planar and radial flows: 3 steps each."""

import normflows as nf
import torch

from tests.libraries.drawn import draw, set_weights


def run():
    found = {}
    for name in ("real nvp", "spline", "planar and radial"):
        if name == "real nvp":
            flows = []
            for _ in range(2):
                flows += [
                    nf.flows.AffineCouplingBlock(nf.nets.MLP([1, 8, 2])),
                    nf.flows.Permute(2, mode="swap"),
                    nf.flows.ActNorm(2),
                ]
        elif name == "spline":
            flows = [nf.flows.AutoregressiveRationalQuadraticSpline(2, 1, 8), nf.flows.LULinearPermute(2)]
            flows[1].permutation = nf.flows.Permute(2, mode="swap")
        else:
            flows = [nf.flows.Planar((2,)), nf.flows.Radial((2,))]
        model = nf.NormalizingFlow(nf.distributions.DiagGaussian(2), flows)
        set_weights(model)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        found[name] = []
        for _ in range(3):
            optimizer.zero_grad()
            if name == "planar and radial":
                z, log_det = draw(8, 2), 0.0
                for flow in flows:
                    z, change = flow(z)
                    log_det = log_det + change
                loss = (model.q0.log_prob(z) - log_det).mean()
            else:
                loss = model.forward_kld(draw(8, 2))
            loss.backward()
            optimizer.step()
            found[name].append(loss.item())
    return found
