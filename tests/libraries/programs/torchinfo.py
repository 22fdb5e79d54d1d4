"""`summary` of a CNN and an LSTM: the texts, the totals."""

from torch import nn
from torchinfo import summary


def run():
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 13 * 13, 10)
    )
    found = {}
    for name, module, size in (("cnn", network, (2, 1, 28, 28)), ("lstm", nn.LSTM(3, 5, 2), (4, 2, 3))):
        table = summary(
            module, input_size=size, verbose=0, col_names=("input_size", "output_size", "num_params", "mult_adds")
        )
        found[name] = [table.total_params, table.trainable_params, table.total_mult_adds, table.total_output_bytes]
        found[f"{name} text"] = str(table)
    return found
