"""PyTorch's `torch.utils`: a door to `nn.data`."""

from nn import data as data
