"""Where Python has no threads, ctypes or processes, as in a browser: everything runs, in the one thread."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

PROGRAM = """
import subprocess, sys, threading

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("ctypes", "_ctypes", "multiprocessing", "_multiprocessing"):
            raise ImportError(f"{name} does not exist here")

def start(thread):
    raise RuntimeError("can't start new thread")

sys.meta_path.insert(0, Blocked())
def process(*args, **kwargs):
    raise OSError("there are no processes here")

threading.Thread.start, subprocess.Popen = start, process

import autograd as torch
from autograd import nn
from autograd.nn import functional as F
from autograd.teaching import draw, explain, find_nan, histograms, progress, stepper, summary
from autograd.utils.data import DataLoader, IterableDataset, TensorDataset, get_worker_info

torch.manual_seed(0)
torch.set_num_threads(2)
big = torch.ones(2**20, requires_grad=True)  # computed in parts, if there are threads
(big * big + big).sum().backward()
assert big.grad.sum().item() == 3 * 2**20

x, y = torch.randn(40, 4), torch.randint(0, 3, (40,))
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(model.parameters(), 0.05)
seen, started = [], []

def init(worker):
    started.append(worker)

for epoch in progress(range(20)):
    for inputs, labels in DataLoader(TensorDataset(x, y), batch_size=10, num_workers=2, worker_init_fn=init):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    seen.append(loss.item())
assert seen[-1] < seen[0] and started == [0, 1] * 20

class Numbers(IterableDataset):
    def __iter__(self):
        return iter(range(get_worker_info().id, 6, 2))

assert sorted(int(n) for batch in DataLoader(Numbers(), batch_size=None, num_workers=2) for n in [batch]) == [*range(6)]
assert get_worker_info() is None

loss = F.cross_entropy(model(x[:4]), y[:4])
assert "Backward" in str(explain(loss)) and draw(loss)._repr_svg_() and draw(model, x).svg()
stepper(loss, sys.argv[1])
assert find_nan(loss) is None and summary(model, x).parameters == 67 and histograms(model, lambda z: z.sum(), x).layers
step = torch.compile(lambda a: (a * a).sum())
assert step(torch.ones(3)).item() == step(torch.ones(3)).item() == 3
assert "ctypes" not in sys.modules and "multiprocessing" not in sys.modules
"""


def test_training_the_teaching_tools_and_data_loaders_run_without_them(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path / "page.html")],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "page.html").stat().st_size > 1000
