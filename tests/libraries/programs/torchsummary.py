"""`summary` of a CNN: the text."""

import contextlib
import io

from torch import nn
from torchsummary import summary


def run():
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 10))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        summary(network, (1, 28, 28), device="cpu")
    return {"text": printed.getvalue()}
