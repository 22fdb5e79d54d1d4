"""Saving and loading: weights, and whole models. Files hold arrays and JSON, no pickle and no code."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from autograd.base.text import printable
from autograd.saving.files import Archive, LoadError, opened_to_read, opened_to_write, write_archive
from autograd.saving.serialization import load, save

from .config import (
    custom_object_scope,
    deserialize,
    deserialize_nested,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from .layers.base import Layer

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "load_model", "load_weights", "model_from_json",
    "register_keras_serializable", "save_model", "save_weights", "serialize_keras_object",
]  # fmt: skip

CustomObjectScope = custom_object_scope

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
    names = (f"{i:04} {printable(path)}" for i, path in enumerate(paths))
    with opened_to_write(filepath) as file:
        write_archive(file, {}, zip(names, (weight.array for weight in model.weights)))


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
        with opened_to_read(filepath, "load_weights") as (file, size):
            archive = Archive(file, size)
            # The names begin with the number of the weight. As text, 10000 would come before 9999.
            numbered = {int(name.split(" ")[0]): name for name in archive.entries}
            names = [numbered[number] for number in range(len(archive.entries))]
            arrays = [archive.array(name) for name in names]
    except LoadError as error:
        raise ValueError(f"{os.fspath(filepath)} holds no weights written by save_weights: {error.reason}") from None
    try:
        model.set_weights(arrays)
    except ValueError as error:
        raise ValueError(f"{os.fspath(filepath)} does not fit the model: {error}") from None


# -- whole models -----------------------------------------------------------------------------------

MODEL_ENDING = ".keras"
_FORMAT = "glassgrad keras model 1"


def check_model_name(filepath: str | os.PathLike[str]) -> None:
    """Raise ValueError for a file name that does not end in ".keras"."""
    name = os.fspath(filepath)
    if not name.endswith(MODEL_ENDING):
        why = ": Keras' .h5 files need the HDF5 library, which is not supported" if name.endswith(".h5") else ""
        raise ValueError(
            f"Invalid filepath extension for saving: it must be {MODEL_ENDING!r}{why}. Received: filepath={name}"
        )


def save_model(model: Any, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
    """Write a model to a file: its config, its weights, the arguments of `compile` and the state of the optimizer.

    The file is a zip of JSON and NumPy arrays, as `autograd.save` writes it, and not Keras' own format.

    Args:
        model: a Sequential, a functional model, or one of a class with a `get_config`.
        filepath: must end in ".keras".
        overwrite: whether to replace an existing file.

    Raises:
        ValueError: the file name has another ending, or the model has a function that no name stands for.
        TypeError: a config has a value that cannot be saved. In both cases no file is written.
        FileExistsError: the file exists, and `overwrite` is False.
    """
    check_model_name(filepath)
    if not overwrite and os.path.exists(filepath):
        raise FileExistsError(f"{os.fspath(filepath)} already exists: pass overwrite=True to replace it")
    weights = model.weights
    document = {
        "format": _FORMAT,
        "model": serialize_keras_object(model),
        "input_shape": model.build_shape,
        "weights": [weight.array for weight in weights],
        "compile": serialize_keras_object(model.get_compile_config()),
        "optimizer": None,
    }
    if model.compiled and model.optimizer.built:
        places = {id(weight): place for place, weight in enumerate(weights)}
        trained = [places[id(variable)] for variable in model.optimizer.trained]
        document["optimizer"] = {**model.optimizer.get_state(), "trained": trained}
    save(document, filepath)


def load_model(
    filepath: str | os.PathLike[str], custom_objects: Mapping[str, Any] | None = None, compile: bool = True,
    safe_mode: bool = True,
) -> Any:  # fmt: skip
    """Read a model that `save_model` wrote. Training continues with the numbers that it would have had.

    Args:
        filepath: of the file.
        custom_objects: classes and functions by name, for those that are not registered.
        compile: whether to compile the model, if it was compiled, and to restore the state of the optimizer.
        safe_mode: accepted for compatibility: no code is ever read.

    Raises:
        ValueError: there is no such file, it was not written by `save_model`, or its weights do not fit the model.
        TypeError: a class or function is not known.
    """
    path = os.fspath(filepath)
    try:
        document = load(filepath)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ValueError(f"File not found: filepath={path}. Expected a {MODEL_ENDING} file that was saved") from error
    except LoadError as error:
        raise ValueError(f"{path} holds no model written by save_model: {error.reason}") from None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ValueError(f"{path} holds no model written by save_model, but a value that torch.save wrote")
    try:
        model = deserialize(document["model"], custom_objects)
        if document["input_shape"] is not None and not model.built:
            model.build(document["input_shape"])
        model.set_weights(document["weights"])
        if compile and document["compile"] is not None:
            with custom_object_scope(custom_objects or {}):
                model.compile_from_config(document["compile"])
            _restore_optimizer(model, document["optimizer"])
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"{path} is damaged: {error!r:.200}") from error
    except (ValueError, TypeError) as error:
        raise (ValueError if isinstance(error, ValueError) else TypeError)(f"{path}: {error}") from error
    return model


def _restore_optimizer(model: Any, state: Any) -> None:
    if state is not None:
        weights = model.weights
        model.optimizer.set_state(state, [weights[place] for place in state["trained"]])


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A model, with new weights, from what `model.to_json()` returned, here or in Keras.

    Raises:
        ValueError: the text is not JSON, or has arguments that are not supported.
        TypeError: a class or function is not known.
    """
    return deserialize(json.loads(json_string), custom_objects)


def deserialize_keras_object(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The object or nest that `serialize_keras_object` made plain."""
    with custom_object_scope(custom_objects or {}):
        return deserialize_nested(config)
