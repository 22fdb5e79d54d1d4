"""A character-level transformer with one block memorises a page of text, and then generates from it.

The page is page.txt in this folder. The model reads up to 64 characters and predicts the next one at each of them.
"""

import math
from pathlib import Path

import numpy as np
from support import arguments, compiled, draw_weights

import autograd as torch  # or: import torch

nn = torch.nn

CONTEXT = 64
WIDTH = 64
HEADS = 4
BATCH = 16


class SelfAttention(nn.Module):
    """Causal self-attention: a position attends to itself and to earlier ones. (N, T, WIDTH) to the same shape."""

    def __init__(self):
        super().__init__()
        self.query_key_value = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = (
            part.view(n, t, HEADS, WIDTH // HEADS).transpose(1, 2) for part in self.query_key_value(x).chunk(3, dim=-1)
        )
        scores = q @ k.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)
        future = torch.ones(t, t, dtype=torch.bool).triu(diagonal=1)
        weights = scores.masked_fill(future, -math.inf).softmax(dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, WIDTH))


class Transformer(nn.Module):
    """Characters (N, T) to scores (N, T, characters) for the next character."""

    def __init__(self, characters):
        super().__init__()
        self.character = nn.Embedding(characters, WIDTH)
        self.position = nn.Embedding(CONTEXT, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attention = SelfAttention()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.feed_forward = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
        self.norm3 = nn.LayerNorm(WIDTH)
        self.scores = nn.Linear(WIDTH, characters)

    def forward(self, x):
        x = self.character(x) + self.position(torch.arange(x.shape[1]))
        x = x + self.attention(self.norm1(x))
        x = x + self.feed_forward(self.norm2(x))
        return self.scores(self.norm3(x))


def train(model, page, steps):
    """Train with Adam on random windows of the page, with a decreasing learning rate; prints ten lines of progress."""
    random = np.random.default_rng(0)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.004)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)

    def take_step(windows):
        scores = model(windows[:, :-1])
        loss = criterion(scores.flatten(0, 1), windows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    take_step = compiled(torch, options, take_step)
    for step in range(1, steps + 1):
        starts = random.integers(0, len(page) - CONTEXT, BATCH)
        windows = torch.stack([page[i : i + CONTEXT + 1] for i in starts.tolist()])
        loss = take_step(windows)
        schedule.step()
        if step == 1 or step % max(1, steps // 10) == 0:
            print(f"step {step:4}  loss {loss.item():.3f}", flush=True)


def write(model, start, count):
    """`start`, followed by `count` characters, each the most likely next one."""
    written = start
    with torch.no_grad():
        for _ in range(count):
            scores = model(written[-CONTEXT:].unsqueeze(0))
            written = torch.cat([written, scores[0, -1].argmax().view(1)])
    return written


options = arguments(__doc__, steps=600, length=400)

text = (Path(__file__).resolve().parent / "page.txt").read_text(encoding="utf-8")
alphabet = sorted(set(text))
page = torch.tensor([alphabet.index(character) for character in text])
print(f"{len(text)} characters, {len(alphabet)} distinct")

model = Transformer(len(alphabet))
draw_weights(torch, model)
for norm in (model.norm1, model.norm2, model.norm3):
    nn.init.ones_(norm.weight)
train(model, page, options.steps)

written = write(model, page[:CONTEXT], options.length)
print("".join(alphabet[i] for i in written.tolist()))
length = min(len(written), len(page))
right = (written[:length] == page[:length])[CONTEXT:].sum().item()
print(f"same as on the page: {right} of {length - CONTEXT} characters")
