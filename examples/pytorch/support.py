"""What the programs share and no engine does for them: the data and the first weights, drawn by NumPy."""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

from common import DEBIAN, EMBEDDED, PIXEL_MEAN, PIXEL_STD, VARIABLE, data_folder, positive_whole_number
from idx import DataError, load_split

#: What the options count.
COUNTED = {
    "epochs": "passes over the data",
    "steps": "steps of the training",
    "length": "characters to write",
    "rows": "rows of X",
    "columns": "columns of X",
}


def arguments(description, **numbers):
    """The command line: an option for each of `numbers`, whole and above 0, such as `epochs=10` for `--epochs`."""
    return command_line(description, numbers).parse_args()


def fashion_arguments(description, **numbers):
    """The command line of a program on Fashion-MNIST: `--data` besides."""
    parser = command_line(description, numbers)
    parser.add_argument(
        "--data",
        metavar="DIR",
        default="any",
        help="a folder with the four gzip IDX files; 'embedded': 7,000 images of the repository;"
        f" 'full': the folder named by the environment variable {VARIABLE}, else {DEBIAN};"
        " 'any': the full set, or the embedded one where there is no full set (%(default)s)",
    )
    return parser.parse_args()


def command_line(description, numbers):
    """A parser that says the first line of `description`, with an option for each of `numbers`."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    for name, value in numbers.items():
        parser.add_argument(
            f"--{name}",
            type=positive_whole_number,
            default=value,
            metavar="N",
            help=f"{COUNTED[name]} (%(default)s)",
        )
    return parser


def fashion_mnist(choice):
    """Images (N, 28, 28) in float32 from 0 to 1, and labels (N,): of the training and of the test set."""
    try:
        folder = find(choice)
        (images, labels), (test_images, test_labels) = load_split(folder, "train"), load_split(folder, "t10k")
    except DataError as error:
        sys.exit(f"error: {error}")
    print(f"{len(images):,} images to train on, {len(test_images):,} to test", flush=True)
    return pixels(images), labels.astype(np.int64), pixels(test_images), test_labels.astype(np.int64)


def find(choice):
    """The folder that `--data` means."""
    if choice != "any":
        return data_folder(choice)
    try:
        return data_folder("full")
    except DataError:
        return EMBEDDED


def pixels(images):
    """The bytes (N, 28, 28) as float32 from 0 to 1."""
    return images.astype(np.float32) / 255


def standardised(images):
    """Pixels from 0 to 1 as pixels with mean 0 and standard deviation 1 over the whole training set."""
    return (images - PIXEL_MEAN) / PIXEL_STD


class Shuffle:
    """A sampler for a DataLoader: the numbers below `size`, each epoch in another order."""

    def __init__(self, size, seed=0):
        self.size = size
        self.random = np.random.default_rng(seed)

    def __len__(self):
        return self.size

    def __iter__(self):
        return iter(self.random.permutation(self.size).tolist())


def draw_weights(torch, module, seed=0):
    """Fill the weights of `module` with N(0, 1/inputs) and its biases with zeros, the same on either engine."""
    random = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                inputs = parameter[0].numel()
                values = random.normal(0, inputs**-0.5, tuple(parameter.shape))
                parameter.copy_(torch.from_numpy(values))
            else:
                parameter.zero_()
