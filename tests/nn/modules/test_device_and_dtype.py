"""The device and dtype arguments of every layer with parameters."""

import pytest

import autograd
import nn

LAYERS = {
    nn.Linear: (2, 1), nn.Bilinear: (2, 2, 1), nn.Conv1d: (1, 1, 1), nn.Conv2d: (1, 1, 1), nn.Conv3d: (1, 1, 1),
    nn.ConvTranspose1d: (1, 1, 1), nn.ConvTranspose2d: (1, 1, 1), nn.ConvTranspose3d: (1, 1, 1), nn.PReLU: (),
    nn.BatchNorm1d: (2,), nn.BatchNorm2d: (2,), nn.BatchNorm3d: (2,), nn.LayerNorm: (2,), nn.RMSNorm: (2,),
    nn.GroupNorm: (1, 2), nn.Embedding: (2, 2), nn.EmbeddingBag: (2, 2), nn.MultiheadAttention: (2, 1),
    nn.RNN: (2, 2), nn.GRU: (2, 2), nn.LSTM: (2, 2), nn.RNNCell: (2, 2), nn.GRUCell: (2, 2), nn.LSTMCell: (2, 2),
    nn.TransformerEncoderLayer: (2, 1, 2), nn.TransformerDecoderLayer: (2, 1, 2), nn.Transformer: (2, 1, 1, 1, 2),
}  # fmt: skip


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_accepts_the_cpu_and_a_dtype_and_refuses_other_devices(kind):
    layer = kind(*LAYERS[kind], device="cpu", dtype=autograd.float64)
    assert {p.dtype for p in layer.parameters()} == {autograd.float64}
    assert kind(*LAYERS[kind], device=autograd.device("cpu")).to("cpu", autograd.float64) is not None
    with pytest.raises(RuntimeError, match="device 'cuda:0' is not supported"):
        kind(*LAYERS[kind], device="cuda:0")
    with pytest.raises(RuntimeError, match="device 'cuda' is not supported"):
        layer.to("cuda")
