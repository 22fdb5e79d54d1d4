"""Four normalizing flows: 3 steps each, inverses."""

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import ResidualNet
from nflows.transforms import (
    AffineCouplingTransform,
    CompositeTransform,
    LULinear,
    MaskedAffineAutoregressiveTransform,
    PiecewiseRationalQuadraticCouplingTransform,
    ReversePermutation,
)

from tests.libraries.drawn import draw, set_weights


def run():
    net = lambda inputs, outputs: ResidualNet(inputs, outputs, hidden_features=6, num_blocks=1)
    transforms = {
        "autoregressive": [MaskedAffineAutoregressiveTransform(4, 8), ReversePermutation(4)],
        "linear": [LULinear(4)],
        "coupling": [AffineCouplingTransform([1, 0, 1, 0], net)],
        "spline": [
            PiecewiseRationalQuadraticCouplingTransform([1, 0, 1, 0], net, num_bins=4, tails="linear", tail_bound=3.0)
        ],
    }
    found = {}
    for name, parts in transforms.items():
        flow = set_weights(Flow(CompositeTransform(parts), StandardNormal([4])))
        optimizer = torch.optim.Adam(flow.parameters(), lr=1e-2)
        found[name] = []
        for _ in range(3):
            optimizer.zero_grad()
            loss = -flow.log_prob(draw(8, 4)).mean()
            loss.backward()
            optimizer.step()
            found[name].append(loss.item())
        with torch.no_grad():
            found[f"{name} inverse"] = flow._transform.inverse(flow.transform_to_noise(draw(2, 4)))[0]
    return found
