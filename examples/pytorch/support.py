"""Support for the programs in this folder: the command line, the data, initial weights, and the training loop."""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

from common import DEBIAN, EMBEDDED, PIXEL_MEAN, PIXEL_STD, VARIABLE, data_folder, positive_integer
from idx import DataError, load_split

#: What each option counts.
COUNTED = {
    "epochs": "passes over the data",
    "steps": "steps of the training",
    "length": "characters to write",
    "rows": "rows of X",
    "columns": "columns of X",
    "every": "steps between two checkpoints",
}


def arguments(description, **numbers):
    """Parse the command line: `epochs=10` adds an option `--epochs N`, a positive integer with the default 10."""
    return command_line(description, numbers).parse_args()


def fashion_arguments(description, **numbers):
    """Parse the command line of a program on Fashion-MNIST, which also has `--data`."""
    parser = command_line(description, numbers)
    parser.add_argument(
        "--data",
        metavar="DIR",
        default="any",
        help="a folder with the four gzip IDX files; 'embedded': the 7,000 images in the repository;"
        f" 'full': the folder in the environment variable {VARIABLE}, or else {DEBIAN};"
        " 'any': the full set if it is installed, or else the embedded one (%(default)s)",
    )
    return parser.parse_args()


def command_line(description, numbers, can_compile=True):
    """A parser with the first line of `description` and an option for each of `numbers`."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    for name, value in numbers.items():
        parser.add_argument(
            f"--{name}",
            type=positive_integer,
            default=value,
            metavar="N",
            help=f"{COUNTED[name]} (%(default)s)",
        )
    if can_compile and ("epochs" in numbers or "steps" in numbers):
        parser.add_argument(
            "--compile", action="store_true", help="compile the training step: the same numbers, faster"
        )
    return parser


def compiled(torch, options, step):
    """A training step, compiled if the command line says `--compile`."""
    return torch.compile(step) if options.compile else step


def fashion_mnist(choice, quiet=False):
    """Training images (N, 28, 28) as float32 from 0 to 1, training labels (N,), test images and test labels."""
    try:
        folder = find(choice)
        (images, labels), (test_images, test_labels) = load_split(folder, "train"), load_split(folder, "t10k")
    except DataError as error:
        sys.exit(f"error: {error}")
    if not quiet:
        print(f"{len(images):,} images to train on, {len(test_images):,} to test", flush=True)
    return pixels(images), labels.astype(np.int64), pixels(test_images), test_labels.astype(np.int64)


def find(choice):
    """The folder for a value of `--data`."""
    if choice != "any":
        return data_folder(choice)
    try:
        return data_folder("full")
    except DataError:
        return EMBEDDED


def pixels(images):
    """Bytes (N, 28, 28) as float32 from 0 to 1."""
    return images.astype(np.float32) / 255


def standardised(images):
    """Standardise pixels from 0 to 1 to mean 0 and standard deviation 1 over the whole training set."""
    return (images - PIXEL_MEAN) / PIXEL_STD


class Shuffle:
    """A sampler for a DataLoader: the indices below `size`, in a new order each epoch, the same on either engine."""

    def __init__(self, size, seed=0):
        self.size = size
        self.random = np.random.default_rng(seed)

    def __len__(self):
        return self.size

    def __iter__(self):
        return iter(self.random.permutation(self.size).tolist())


def draw_weights(torch, module, seed=0):
    """Initialise the weights of `module` from N(0, 1/inputs) and its biases with zeros, the same on either engine."""
    random = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                inputs = parameter[0].numel()
                values = random.normal(0, inputs**-0.5, tuple(parameter.shape))
                parameter.copy_(torch.from_numpy(values))
            else:
                parameter.zero_()


def shuffled_batches(torch, images, labels, size):
    """A DataLoader that gives batches of `size` images and labels, in a new order each epoch."""
    samples = torch.utils.data.TensorDataset(images, labels)
    return torch.utils.data.DataLoader(samples, batch_size=size, sampler=Shuffle(len(samples)))


def training_step(model, criterion, optimizer):
    """A function that takes a step on one batch, and returns its loss."""

    def step(X, y):
        loss = criterion(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def train_epoch(step, loader):
    """One pass over the data; returns the mean loss of its batches."""
    mean = 0.0
    for number, (X, y) in enumerate(loader, 1):
        mean += (step(X, y).item() - mean) / number
    return mean


def accuracy(torch, model, images, labels):
    """The fraction of the images that `model` classifies correctly."""
    with torch.no_grad():
        right = (model(images).argmax(dim=1) == labels).sum().item()
    return right / len(labels)
