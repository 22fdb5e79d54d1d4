"""Shared by the examples: where Fashion-MNIST is, and the type of integer options."""

import argparse
import os
from pathlib import Path

from idx import DataError

EMBEDDED = Path(__file__).resolve().parent / "data"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
VARIABLE = "GLASSGRAD_FASHION_MNIST"
PIXEL_MEAN, PIXEL_STD = 0.286, 0.353  # of the full training set, in [0, 1]


def data_folder(choice: str) -> Path:
    """The folder for a value of `--data`."""
    if choice == "embedded":
        return EMBEDDED
    if choice != "full":
        return Path(choice)
    folder = Path(os.environ.get(VARIABLE) or DEBIAN)
    if not folder.is_dir():
        raise DataError(
            f"{folder}: no such folder, expected the full Fashion-MNIST; install Debian's package"
            f" dataset-fashion-mnist, or set {VARIABLE} or --data to its folder"
        )
    return folder


def positive_integer(text: str) -> int:
    """Parse an integer of at least 1 from the command line."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected an integer, 1 or more, got {text!r}")
    return int(text)
