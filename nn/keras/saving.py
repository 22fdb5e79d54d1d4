"""Weights in files: plain arrays in an .npz, read without pickle."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from .config import register_keras_serializable

if TYPE_CHECKING:
    from .layers.base import Layer

__all__ = ["load_model", "load_weights", "register_keras_serializable", "save_weights"]

ENDING = ".weights.npz"


def check_weights_name(filepath: str | os.PathLike[str]) -> None:
    """Check the name of a file for weights.

    Raises:
        ValueError: it does not end in ".weights.npz".
    """
    name = os.fspath(filepath)
    if not name.endswith(ENDING):
        why = ": Keras' .h5 needs the HDF5 library, which is not used here" if name.endswith(".h5") else ""
        raise ValueError(f"The filename must end in {ENDING!r}{why}. Received: filepath={name}")


def save_weights(model: Layer, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
    """Write all weights of a model to a file.

    Args:
        model: whose weights are made.
        filepath: ends in ".weights.npz".
        overwrite: whether a file that is there may be replaced.

    Raises:
        ValueError: the name ends otherwise, or the weights are not made yet.
        FileExistsError: the file is there, and `overwrite` is False.
    """
    check_weights_name(filepath)
    if not model.built:
        raise ValueError(f"Model {model.name!r} has no weights to save yet: call it on an input, or build it, first")
    if not overwrite and os.path.exists(filepath):
        raise FileExistsError(f"{os.fspath(filepath)} is there already: pass overwrite=True to replace it")
    paths = [getattr(weight, "path", weight.name) for weight in model.weights]
    arrays = {f"{i:04} {path}": weight.array for i, (path, weight) in enumerate(zip(paths, model.weights))}
    with open(filepath, "wb") as file:
        np.savez(file, **arrays)


def load_weights(model: Layer, filepath: str | os.PathLike[str]) -> None:
    """Give a model the weights in a file, in the order in which they were saved.

    Args:
        model: whose weights are made, as many and in the same shapes.
        filepath: ends in ".weights.npz".

    Raises:
        ValueError: the name ends otherwise, the file holds no such weights, or the model has others.
    """
    check_weights_name(filepath)
    try:
        with np.load(filepath, allow_pickle=False) as file:
            arrays = [file[name] for name in sorted(file.files)]
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{os.fspath(filepath)} holds no weights that save_weights wrote: {error}") from None
    model.set_weights(arrays)


def load_model(filepath: str | os.PathLike[str], custom_objects: object = None, compile: bool = True) -> NoReturn:
    """Keras' way to build a model from a file: there is none here.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        f"load_model({os.fspath(filepath)!r}): whole models are not saved here, weights are: build the model in "
        f"Python, then model.load_weights('…{ENDING}')"
    )
