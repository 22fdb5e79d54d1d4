"""Linear regression, from scratch and concisely: find w = (2, 3.4) and b = 4.2 from noisy samples.

The samples are columns: X is (2, 1000) and y = wᵀ X + b + noise is (1, 1000).
"""

import numpy as np
from support import arguments, compiled, train_epoch, training_step

import autograd as torch  # or: import torch

nn = torch.nn
random = np.random.default_rng(0)

BATCH = 10
LEARNING_RATE = 0.03
TRUE_W, TRUE_B, NOISE = np.array([[2.0], [3.4]]), 4.2, 0.01


def make_samples(count=1000):
    """Samples as columns X: (2, count), and their targets y: (1, count)."""
    X = random.standard_normal((2, count))
    y = TRUE_W.T @ X + TRUE_B + NOISE * random.standard_normal((1, count))
    return torch.from_numpy(X), torch.from_numpy(y)


def mini_batches(X, y):
    """All columns in a random order, BATCH at a time."""
    order = torch.from_numpy(random.permutation(X.shape[1]))
    for i in range(0, len(order), BATCH):
        columns = order[i : i + BATCH]
        yield X.index_select(1, columns), y.index_select(1, columns)


def from_scratch(X, y, epochs):
    """With two tensors: the loss and the update are written out."""
    w = torch.from_numpy(random.normal(0, 0.01, (2, 1))).requires_grad_()
    b = torch.zeros(1, dtype=torch.float64, requires_grad=True)

    def step(X, y):
        loss = (w.T @ X + b - y).pow(2).mean()
        loss.backward()
        for parameter in (w, b):
            parameter.data -= LEARNING_RATE * parameter.grad
            parameter.grad.data.zero_()

    step = compiled(torch, options, step)
    for _ in range(epochs):
        for batch in mini_batches(X, y):
            step(*batch)
    return w, b


def concisely(X, y, epochs):
    """With Sequential, MSELoss, SGD, DataLoader and init. A Linear layer takes samples as rows."""
    samples = torch.utils.data.TensorDataset(X.T, y.T)
    loader = torch.utils.data.DataLoader(samples, batch_size=BATCH, shuffle=True)
    net = nn.Sequential(nn.Linear(2, 1, dtype=torch.float64))
    nn.init.normal_(net[0].weight, mean=0, std=0.01)
    nn.init.zeros_(net[0].bias)
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE)
    step = compiled(torch, options, training_step(net, nn.MSELoss(), optimizer))
    for _ in range(epochs):
        train_epoch(step, loader)
    return net[0].weight, net[0].bias


options = arguments(__doc__, epochs=5)
torch.manual_seed(0)
X, y = make_samples()
for way in from_scratch, concisely:
    w, b = way(X, y, options.epochs)
    w1, w2 = w.flatten().tolist()
    print(f"{way.__name__:12} w = ({w1:.2f}, {w2:.2f})  b = {b.item():.2f}")
