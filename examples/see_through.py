"""See what the engine does: a backward pass in words, a network as a picture, and where gradients vanish.

Run from the repository: python examples/see_through.py. It draws the pictures of autograd/teaching/README.md to
examples/pictures, or to another folder with --out. The histograms need matplotlib.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import autograd as torch
from autograd import nn
from autograd.nn import functional as F
from autograd.teaching import draw, explain, find_nan, histograms, remember, summary


class LeNet(nn.Module):
    """LeNet-5, with ReLU and max pooling, for images of 28 × 28."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Images (N, 1, 28, 28) to scores (N, 10)."""
        x = self.pool(F.relu(self.conv1(image)))
        x = self.pool(F.relu(self.conv2(x)))
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))


def entropy(scores: torch.Tensor) -> torch.Tensor:
    """The entropy of softmax(scores) by its definition, which is numerically unsafe."""
    p = torch.softmax(scores, dim=0)
    return -(p * p.log()).sum()


def main() -> None:
    """Draw the pictures and print the rest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("pictures"), help="the output folder")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)

    w = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    with remember():
        error = w * 3 + b - 5
        loss = error * error
    print(explain(loss))
    draw(loss).save(out / "graph.svg")

    model, images = LeNet(), torch.randn(2, 1, 28, 28)
    print("\n", summary(model, images), sep="")
    draw(model, images).save(out / "lenet.svg")

    layers = [part for _ in range(5) for part in (nn.Linear(64, 64), nn.Sigmoid())]
    seen = histograms(nn.Sequential(*layers), lambda y: y.square().mean(), torch.randn(256, 64))
    print("\n", seen, sep="")

    print("\n", find_nan(entropy, torch.tensor([0.0, 200.0], requires_grad=True)), sep="")

    seen.plot().savefig(out / "vanishing.png", dpi=80)


if __name__ == "__main__":
    main()
