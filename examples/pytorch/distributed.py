"""A perceptron, 784-256-10, on Fashion-MNIST in several processes: mpiexec -n 4 python examples/pytorch/distributed.py

Without mpiexec it is one process, with the same result but for rounding. DISTRIBUTED.md beside this file explains it.
"""

from pathlib import Path

from support import command_line, draw_weights, fashion_mnist, standardised

import autograd as torch  # or: import torch, and "gloo" in place of "mpi"

nn = torch.nn
dist = torch.distributed

BATCH = 256  # of all processes together
LEARNING_RATE = 0.1


def restored(path, model, optimizer):
    """Load the checkpoint, if there is one, from the disk of rank 0; return the number of steps taken before it."""
    found = [torch.load(path) if rank == 0 and path is not None and path.exists() else None]
    dist.broadcast_object_list(found, src=0)
    if found[0] is None:
        return 0
    model.load_state_dict(found[0]["model"])
    optimizer.load_state_dict(found[0]["optimizer"])
    return found[0]["steps"]


def save(path, model, optimizer, steps):
    """Write the checkpoint, in rank 0 alone. `torch.save` writes beside the file and then takes its place."""
    if rank == 0:
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "steps": steps}, path)


def train(model, optimizer):
    """Train from where the checkpoint ends, and print the mean loss of each epoch."""
    samples = torch.utils.data.TensorDataset(images, labels)
    sampler = torch.utils.data.DistributedSampler(samples, drop_last=True)
    loader = torch.utils.data.DataLoader(samples, batch_size=BATCH // size, sampler=sampler)
    steps_before = restored(options.checkpoint, model, optimizer)
    steps = 0
    for epoch in range(options.epochs):
        sampler.set_epoch(epoch)
        total = torch.zeros(2)  # the sum of the losses, and the number of samples
        for X, y in loader:
            steps += 1
            if steps <= steps_before:
                continue
            loss = nn.functional.cross_entropy(model(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += torch.tensor([loss.item() * len(y), len(y)])
            if options.checkpoint is not None and steps % options.every == 0:
                save(options.checkpoint, model, optimizer, steps)
        dist.all_reduce(total)
        if rank == 0 and total[1]:
            print(f"epoch {epoch + 1}  loss {total[0] / total[1]:.4f}", flush=True)


def accuracy(model):
    """The fraction of the test images that are classified correctly; each process looks at its share of them."""
    with torch.no_grad():
        right = (model(test_images[rank::size]).argmax(dim=1) == test_labels[rank::size]).sum()
    dist.all_reduce(right)
    return right.item() / len(test_labels)


parser = command_line(__doc__, {"epochs": 5, "every": 50}, can_compile=False)
parser.add_argument("--data", metavar="DIR", default="any", help="as in the other programs (%(default)s)")
parser.add_argument("--checkpoint", metavar="FILE", type=Path, help="go on from this file, and write it")
options = parser.parse_args()

dist.init_process_group("mpi")
rank, size = dist.get_rank(), dist.get_world_size()
torch.set_num_threads(max(1, torch.get_num_threads() // size))
images, labels, test_images, test_labels = map(torch.from_numpy, fashion_mnist(options.data, quiet=rank > 0))
images, test_images = standardised(images), standardised(test_images)

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
draw_weights(torch, model)
model = nn.parallel.DistributedDataParallel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)
train(model, optimizer)
found = accuracy(model.module)
if rank == 0:
    print(f"{size} processes  test accuracy {found:.4f}")
dist.destroy_process_group()
