"""Saving and loading weights: arrays in an .npz file, read without pickle."""

from __future__ import annotations

import os
import zipfile
from typing import NoReturn

import numpy as np

from .config import register_keras_serializable
from .layers.base import Layer

__all__ = ["load_model", "load_weights", "register_keras_serializable", "save_weights"]

ENDING = ".weights.npz"


def check_weights_name(filepath: str | os.PathLike[str]) -> None:
    """Raise ValueError for a file name that does not end in ".weights.npz"."""
    name = os.fspath(filepath)
    if not name.endswith(ENDING):
        why = ": Keras' .h5 files need the HDF5 library, which is not supported" if name.endswith(".h5") else ""
        raise ValueError(f"The filename must end in {ENDING!r}{why}. Received: filepath={name}")


def save_weights(model: Layer, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
    """Write all weights of a model to a file.

    Args:
        model: a model that is built.
        filepath: must end in ".weights.npz".
        overwrite: whether to replace an existing file.

    Raises:
        ValueError: the file name has another ending, or the model is not built.
        FileExistsError: the file exists, and `overwrite` is False.
    """
    check_weights_name(filepath)
    if not model.built:
        raise ValueError(f"Model {model.name!r} has no weights to save yet: call it on an input, or build it, first")
    if not overwrite and os.path.exists(filepath):
        raise FileExistsError(f"{os.fspath(filepath)} already exists: pass overwrite=True to replace it")
    paths = [getattr(weight, "path", weight.name) for weight in model.weights]
    arrays = {f"{i:04} {path}": weight.array for i, (path, weight) in enumerate(zip(paths, model.weights))}
    with open(filepath, "wb") as file:
        np.savez(file, **arrays)


def load_weights(model: Layer, filepath: str | os.PathLike[str]) -> None:
    """Load the weights of a model from a file, in the order in which they were saved.

    Args:
        model: a built model with the same number and shapes of weights.
        filepath: must end in ".weights.npz".

    Raises:
        ValueError: the file name has another ending, the file was not written by `save_weights`, or its weights do not
            match the model's in number and shape.
    """
    check_weights_name(filepath)
    try:
        with np.load(filepath, allow_pickle=False) as file:
            arrays = [file[name] for name in sorted(file.files)]
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{os.fspath(filepath)} holds no weights written by save_weights: {error}") from None
    model.set_weights(arrays)


def load_model(filepath: str | os.PathLike[str], custom_objects: object = None, compile: bool = True) -> NoReturn:
    """Raise NotImplementedError: loading whole models is not supported."""
    raise NotImplementedError(
        f"load_model({os.fspath(filepath)!r}): loading whole models is not supported. Build the model in Python, then "
        f"load its weights with model.load_weights('…{ENDING}')"
    )
