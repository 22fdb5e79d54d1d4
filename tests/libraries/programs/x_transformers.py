"""Decoder, encoder, and both: 2 steps each, and text."""

import torch
from x_transformers import AutoregressiveWrapper, Decoder, Encoder, TransformerWrapper, XTransformer

from tests.libraries.drawn import set_weights


def run():
    tokens = torch.tensor([[1, 5, 2, 7, 3, 9, 4, 0], [2, 2, 8, 1, 1, 6, 3, 5]])
    layers = Decoder(
        dim=16, depth=2, heads=4, attn_dim_head=8, attn_kv_heads=2, rotary_pos_emb=True, use_rmsnorm=True, ff_glu=True,
        attn_flash=True,
    )  # fmt: skip
    language = AutoregressiveWrapper(TransformerWrapper(num_tokens=10, max_seq_len=16, attn_layers=layers))
    relative = TransformerWrapper(
        num_tokens=10,
        max_seq_len=16,
        attn_layers=Encoder(dim=16, depth=1, heads=2, alibi_pos_bias=True, ff_swish=True, attn_qk_norm=True),
    )
    translation = XTransformer(
        dim=16, enc_num_tokens=10, enc_depth=1, enc_heads=2, enc_max_seq_len=8,
        dec_num_tokens=10, dec_depth=1, dec_heads=2, dec_max_seq_len=8,
    )  # fmt: skip
    found = {}
    for name, model, arguments in (
        ("language", language, (tokens,)),
        ("translation", translation, (tokens, tokens.flip(1))),
        ("encoder", relative, (tokens,)),
    ):
        set_weights(model)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        found[name] = []
        for _ in range(2):
            optimizer.zero_grad()
            loss = model(*arguments)
            if loss.ndim:
                loss = torch.nn.functional.cross_entropy(loss.transpose(1, 2), tokens)
            loss.backward()
            optimizer.step()
            found[name].append(loss.item())
    found["text"] = language.generate(tokens[:1, :2], 6, temperature=0.0)
    return found
