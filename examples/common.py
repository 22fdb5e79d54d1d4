"""What the examples share: where Fashion-MNIST is, and whole numbers on the command line."""

import argparse
import os
from pathlib import Path

from idx import DataError

EMBEDDED = Path(__file__).resolve().parent / "data"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
VARIABLE = "GLASSGRAD_FASHION_MNIST"
PIXEL_MEAN, PIXEL_STD = 0.286, 0.353  # of the whole training set, in [0, 1]


def data_folder(choice: str) -> Path:
    """The folder that `--data` means."""
    if choice == "embedded":
        return EMBEDDED
    if choice != "full":
        return Path(choice)
    folder = Path(os.environ.get(VARIABLE) or DEBIAN)
    if not folder.is_dir():
        raise DataError(
            f"{folder}: no such folder, expected the whole Fashion-MNIST; install Debian's package"
            f" dataset-fashion-mnist, or name its folder in {VARIABLE} or after --data"
        )
    return folder


def positive_whole_number(text: str) -> int:
    """An int of at least 1, from the command line."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number, 1 or more, got {text!r}")
    return int(text)
