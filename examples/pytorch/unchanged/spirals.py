"""Tell two spirals apart: a module, a dataset, Adam with a schedule, a checkpoint, and habits of programs for GPUs.

python -m autograd.as_torch spirals.py   # on Glassgrad
python spirals.py                        # on PyTorch, with the same numbers
"""

import argparse
import io

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.backends.cudnn.benchmark = True
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
random = np.random.default_rng(0)


class Spirals(Dataset):
    """Points of two spirals, each with the number of its spiral."""

    def __init__(self, count=400):
        angle = np.sqrt(random.uniform(0.05, 1, count)) * 3 * np.pi
        self.labels = np.arange(count) % 2
        turned = angle + np.pi * self.labels
        noise = random.normal(0, 0.1, (count, 2))
        self.points = np.stack([turned * 0 + angle * np.cos(turned), angle * np.sin(turned)], axis=1) / 5 + noise

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.points[i]), int(self.labels[i])


class Net(nn.Module):
    """Two hidden layers."""

    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.head = nn.Linear(width, 2)
        for parameter in self.parameters():
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(random.normal(0, 0.5, parameter.shape)))

    def forward(self, x):
        with torch.profiler.record_function("layers"):
            return self.head(self.layers(x))


@torch.jit.script
def accuracy(logits, labels):
    return (logits.argmax(1) == labels).double().mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    loader = DataLoader(Spirals(), batch_size=50, pin_memory=False)
    net = Net(32).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs)
    for epoch in range(1, options.epochs + 1):
        losses = []
        for batch in loader:
            x, y = (part.to(device, non_blocking=True) for part in batch)
            loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        if epoch % 5 == 0:
            print(f"epoch {epoch:2}: loss {np.mean(losses):.4f}, learning rate {schedule.get_last_lr()[0]:.4f}")
    file = io.BytesIO()
    torch.save({"net": net.state_dict(), "epoch": options.epochs}, file)
    file.seek(0)
    again = Net(32)
    print(again.load_state_dict(torch.load(file, map_location=device)["net"]))
    with torch.inference_mode():
        parts = [(again(x), y) for x, y in loader]
    logits, labels = map(torch.cat, zip(*parts))
    print(f"accuracy {accuracy(logits, labels):.4f}, {logits.dtype}, {logits.shape}")


if __name__ == "__main__":
    main()
