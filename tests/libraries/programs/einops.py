"""Functions, and a network with its layers: 3 steps."""

import torch
from einops import einsum, pack, rearrange, reduce, repeat, unpack
from einops.layers.torch import EinMix, Rearrange, Reduce
from torch import nn

from tests.libraries.drawn import draw, set_weights, train


def run():
    x = draw(2, 3, 4, 4)
    packed, shapes = pack([x, draw(2, 5)], "b *")
    network = nn.Sequential(
        Rearrange("b c (h p) (w q) -> b (h w) (p q c)", p=2, q=2),
        EinMix("b t c -> b t d", weight_shape="c d", bias_shape="d", c=12, d=6),
        nn.GELU(),
        Reduce("b t d -> b d", "mean"),
        nn.Linear(6, 2),
    )
    set_weights(network)
    losses = train(network, x, draw(2, 2), torch.optim.SGD(network.parameters(), lr=0.1))
    return {
        "rearrange": rearrange(x, "b c h w -> (b h) (w c)")[3],
        "reduce": reduce(x, "b c (h k) w -> b c h", "max", k=2),
        "repeat": repeat(x[0, 0, 0], "w -> h w", h=2),
        "pack": [packed.sum(), unpack(packed, shapes, "b *")[0].std()],
        "einsum": einsum(x, x, "b c h w, b d h w -> c d"),
        "losses": losses,
    }
