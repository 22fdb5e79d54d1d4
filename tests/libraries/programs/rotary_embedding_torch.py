"""Rotary positions in an attention layer: 3 steps."""

import torch
from rotary_embedding_torch import RotaryEmbedding
from torch import nn

from tests.libraries.drawn import draw, set_weights, train


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.to_qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 2)
        self.rotary = RotaryEmbedding(dim=4)

    def forward(self, x):
        q, k, v = (y.view(*x.shape[:2], 2, 4).transpose(1, 2) for y in self.to_qkv(x).chunk(3, -1))
        q, k = (self.rotary.rotate_queries_or_keys(y) for y in (q, k))
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).flatten(2))


def run():
    module = Attention()
    set_weights(module.to_qkv), set_weights(module.out)
    losses = train(module, draw(2, 6, 8), draw(2, 6, 2), torch.optim.Adam(module.parameters(), lr=1e-2))
    axial = RotaryEmbedding(dim=4, freqs_for="pixel", max_freq=10).get_axial_freqs(3, 4)
    return {"losses": losses, "axial": axial[1, 2], "rotated": module.rotary.rotate_queries_or_keys(draw(1, 1, 3, 4))}
