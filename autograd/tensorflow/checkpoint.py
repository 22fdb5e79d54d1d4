"""Checkpoint: the values of variables, saved under the attribute names that lead to them, and restored by these names.

A file is a zip of NumPy arrays and JSON (see `autograd.saving`), and not TensorFlow's own format. It holds a graph of
objects: for each object the numbers of its parts by name, and for a variable its value.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..saving.files import LoadError, opened_to_read, opened_to_write, parsed
from ..saving.serialization import load, save
from .dtypes import as_dtype
from .errors import DataLossError, InvalidArgumentError, NotFoundError
from .module import Module
from .variable import Variable

_FORMAT = "glassgrad checkpoint 1"
ENDING = ".npz"
#: What follows the path of a variable in TensorFlow's names.
_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"


def parts_of(obj: Any) -> dict[str, Any] | None:
    """The parts of an object that can be saved, by name: attributes, items; None if the object cannot be saved.

    The parts of a variable or an array, which are values themselves, are {}.
    """
    if isinstance(obj, (Variable, np.ndarray)):
        return {}
    if isinstance(obj, (list, tuple)):
        parts: Mapping[str, Any] = {str(i): part for i, part in enumerate(obj)}
    elif isinstance(obj, dict):
        parts = {str(key): part for key, part in obj.items()}
    elif hasattr(type(obj), "checkpoint_parts"):
        parts = obj.checkpoint_parts()
    elif isinstance(obj, Module):
        parts = vars(obj)
    else:
        return None
    return {name: part for name, part in parts.items() if _is_saved(part)}


def _is_saved(part: Any) -> bool:
    if isinstance(part, (list, tuple, dict)):
        return any(_is_saved(each) for each in (part.values() if isinstance(part, dict) else part))
    return isinstance(part, (Variable, np.ndarray, Module)) or hasattr(type(part), "checkpoint_parts")


class Checkpoint:
    """Variables, and objects that contain variables, to be saved and restored together.

    Args:
        root: an object whose parts are saved.
        kwargs: further objects by name: variables, modules, Keras models, optimizers, and lists and dicts of them.

    Raises:
        ValueError: an object cannot be saved.

    >>> import tempfile
    >>> step = Variable(3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Checkpoint(step=step).write(folder + "/start")
    ...     _ = step.assign(7)
    ...     _ = Checkpoint(step=step).read(path).assert_consumed()
    >>> int(step)
    3
    """

    save_counter: Variable

    def __init__(self, root: Any = None, **kwargs: Any) -> None:
        for name, obj in {"root": root, **kwargs}.items():
            if parts_of(obj) is None and not (name == "root" and obj is None):
                raise ValueError(
                    f"`Checkpoint` was expecting {name} to be a trackable object, such as a tf.Variable, a tf.Module, "
                    f"a Keras model or optimizer, or a list or dict of them, but got {obj!r:.100}"
                )
        self._root = root
        vars(self).update(kwargs)

    def checkpoint_parts(self) -> dict[str, Any]:
        """The objects by name, and the parts of the root."""
        root = {"": self._root} if isinstance(self._root, (Variable, np.ndarray)) else parts_of(self._root) or {}
        return root | {name: part for name, part in vars(self).items() if name != "_root"}

    def write(self, file_prefix: str | os.PathLike[str], options: Any = None) -> str:
        """Write all values to the file `file_prefix` + ".npz"; return `file_prefix`."""
        prefix = os.fspath(file_prefix)
        os.makedirs(os.path.dirname(prefix) or ".", exist_ok=True)
        objects, children = _graph(self)
        values = [_value(obj) for obj in objects]
        save({"format": _FORMAT, "children": children, "values": values}, prefix + ENDING)
        return prefix

    def save(self, file_prefix: str | os.PathLike[str], options: Any = None) -> str:
        """Write all values, with the number of the checkpoint added to the name; return the path without ".npz".

        `latest_checkpoint` of the folder returns this path from then on.
        """
        path = self.write_numbered(os.fspath(file_prefix))
        write_state(os.path.dirname(path), [path])
        return path

    def write_numbered(self, prefix: str, number: int | None = None) -> str:
        """Write `prefix-number`, and count it in `save_counter`; by default the number is the next one."""
        self._count()
        before = self.save_counter.array
        self.save_counter.assign(before + 1)
        try:
            return self.write(f"{prefix}-{int(self.save_counter.array) if number is None else number}")
        except BaseException:
            self.save_counter.assign(before)
            raise

    def _count(self) -> None:
        if "save_counter" not in vars(self):
            self.save_counter = Variable(np.int64(0), trainable=False, name="save_counter")

    def read(self, save_path: str | os.PathLike[str], options: Any = None) -> Status:
        """Restore the values that `write` wrote. Variables that are created later are restored when they are created.

        Returns:
            a Status, whose methods check what was restored.

        Raises:
            tf.errors.NotFoundError: there is no such file.
            tf.errors.DataLossError: the file is damaged or of another format.
            ValueError, tf.errors.InvalidArgumentError: a value has another shape or dtype than the variable; nothing is
                changed.
        """
        saved = Saved(save_path)
        saved.bind([(self, 0)])
        return Status(self, saved)

    def restore(self, save_path: str | os.PathLike[str] | None, options: Any = None) -> Status:
        """Like `read`, for a path that `save` returned; None, when there is no checkpoint yet, changes nothing."""
        if save_path is None:
            return Status(self, None)
        self._count()
        return self.read(save_path)


class Saved:
    """The content of a checkpoint file.

    Attributes:
        children: for each saved object, the numbers of its parts by name.
        values: for each saved object its value, or None.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        file = os.fspath(path)
        file = file if file.endswith(ENDING) else file + ENDING
        if not os.path.isfile(file):
            raise NotFoundError(message=f"Failed to find any matching files for {os.fspath(path)}: no file {file}")
        try:
            document = load(file)
        except LoadError as error:
            raise DataLossError(message=f"Unable to open the checkpoint {file}: {error.reason}") from None
        is_checkpoint = isinstance(document, dict) and document.get("format") == _FORMAT
        self.children: list[dict[str, int]] = document.get("children") if is_checkpoint else []
        self.values: list[Array | None] = document.get("values") if is_checkpoint else []
        if not is_checkpoint or not _is_consistent(self.children, self.values):
            raise DataLossError(message=f"{file} holds no checkpoint that tf.train.Checkpoint wrote")

    def pairs(self, first: list[tuple[Any, int]]) -> Iterator[tuple[Any, int, dict[str, Any]]]:
        """All objects that have the names of saved ones, with the numbers of these, and their parts."""
        queue, seen = list(first), set[int]()
        for obj, number in queue:
            parts = parts_of(obj) or {}
            if id(obj) not in seen:
                seen.add(id(obj))
                queue += [(part, self.children[number][n]) for n, part in parts.items() if n in self.children[number]]
                yield obj, number, parts

    def bind(self, first: list[tuple[Any, int]]) -> None:
        """Restore the values of objects and of all their parts; nothing is changed if a value does not fit."""
        pairs = list(self.pairs(first))
        values = [(obj, self.values[number]) for obj, number, _ in pairs if isinstance(obj, (Variable, np.ndarray))]
        for obj, value in values:
            _check(obj, value)
        for obj, value in values:
            if isinstance(obj, Variable):
                obj.assign(value)
            else:
                obj[...] = value
        for obj, number, parts in pairs:
            later = self.children[number].keys() - parts.keys()
            if later and hasattr(type(obj), "restore_later"):
                object.__setattr__(obj, "restore_later", Later(self, obj, number, later))

    def paths(self) -> dict[str, int]:
        """The numbers of the variables, by TensorFlow's names: the shortest path to each of them."""
        found, queue = {0: ""}, [0]
        for number in queue:
            for name, child in self.children[number].items():
                if child not in found:
                    found[child] = f"{found[number]}/{name}" if number else name
                    queue.append(child)
        return {path + _SUFFIX: number for number, path in found.items() if self.values[number] is not None}


class Later:
    """Restores parts of an object that do not exist yet, when they do: called after every change of the object."""

    def __init__(self, saved: Saved, obj: Any, number: int, names: set[str]) -> None:
        self.saved, self.obj, self.number, self.names = saved, obj, number, names

    def __call__(self) -> None:
        """Restore the parts that now exist."""
        parts = parts_of(self.obj) or {}
        new = self.names & parts.keys()
        self.names -= new
        if not self.names:
            object.__setattr__(self.obj, "restore_later", None)
        self.saved.bind([(parts[name], self.saved.children[self.number][name]) for name in sorted(new)])


class Status:
    """What was restored: the methods raise AssertionError if it is not what the program expects."""

    def __init__(self, root: Checkpoint, saved: Saved | None) -> None:
        self._root, self._saved = root, saved

    def _matched(self) -> tuple[Saved, set[int], set[int]]:
        """The file, the ids of the restored objects, and the numbers of their values in it."""
        if self._saved is None:
            raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")
        pairs = [(id(obj), number) for obj, number, _ in self._saved.pairs([(self._root, 0)])]
        return self._saved, {obj for obj, _ in pairs}, {number for _, number in pairs}

    def assert_consumed(self) -> Status:
        """Check that every variable was restored, and every value of the file used."""
        saved, _, numbers = self._matched()
        self.assert_existing_objects_matched()
        unused = [path for path, number in saved.paths().items() if number not in numbers]
        if unused:
            raise AssertionError(f"{len(unused)} values of the checkpoint were not used: {unused[:10]}")
        return self

    def assert_existing_objects_matched(self) -> Status:
        """Check that every variable that exists was restored."""
        _, restored, _ = self._matched()
        missing = [obj for obj in _graph(self._root)[0] if _value(obj) is not None and id(obj) not in restored]
        if missing:
            raise AssertionError(
                f"Found {len(missing)} Python objects that were not bound to checkpointed values, likely due to "
                f"changes in the Python program. Showing {min(len(missing), 10)} of {len(missing)} unmatched objects: "
                f"{missing[:10]}"
            )
        return self

    def assert_nontrivial_match(self) -> Status:
        """Check that something was restored."""
        if len(self._matched()[1]) <= 1:
            raise AssertionError("Nothing except the root object matched a checkpointed value.")
        return self

    def expect_partial(self) -> Status:
        """Accept that values of the file are not used; there is no warning about them in any case."""
        return self

    def run_restore_ops(self, session: Any = None) -> None:
        """No-op: the values are restored already."""

    initialize_or_restore = run_restore_ops


def _graph(root: Any) -> tuple[list[Any], list[dict[str, int]]]:
    """All objects that can be reached from the root, and for each the numbers of its parts by name."""
    numbers, objects, children = {id(root): 0}, [root], list[dict[str, int]]()
    for obj in objects:  # grows
        parts = parts_of(obj) or {}
        for part in parts.values():
            if id(part) not in numbers:
                numbers[id(part)] = len(objects)
                objects.append(part)
        children.append({name: numbers[id(part)] for name, part in parts.items()})
    return objects, children


def _value(obj: Any) -> Array | None:
    return np.asarray(getattr(obj, "array", obj)) if isinstance(obj, (Variable, np.ndarray)) else None


def _check(obj: Any, value: Array | None) -> None:
    array, name = (obj.array, obj.name) if isinstance(obj, Variable) else (obj, "an optimizer's slot")
    if value is None or value.shape != array.shape:
        raise ValueError(
            f"Received incompatible tensor with shape {None if value is None else value.shape} when attempting to "
            f"restore variable with shape {array.shape} and name {name}."
        )
    if value.dtype != array.dtype:
        raise InvalidArgumentError(
            message=f"{name}: expected dtype {array.dtype} does not equal original dtype {value.dtype}"
        )


def _is_consistent(children: Any, values: Any) -> bool:
    return (
        isinstance(children, list)
        and isinstance(values, list)
        and 0 < len(children) == len(values)
        and all(isinstance(parts, dict) and all(isinstance(name, str) for name in parts) for parts in children)
        and all(type(n) is int and 0 <= n < len(values) for parts in children for n in parts.values())
        and all(value is None or isinstance(value, np.ndarray) for value in values)
    )


# -- the folder -----------------------------------------------------------------------------------


def write_state(folder: str, paths: list[str]) -> None:
    """Write the file `checkpoint` of a folder, which lists its checkpoints, the latest last."""
    names = [os.path.relpath(path, folder or ".") for path in paths]
    with opened_to_write(os.path.join(folder, "checkpoint")) as file:
        file.write(json.dumps({"checkpoints": names}).encode())


def read_state(folder: str | os.PathLike[str], latest_filename: str | None = None) -> list[str]:
    """The paths of the checkpoints of a folder that still exist, the latest last.

    Raises:
        ValueError: the file `checkpoint` in the folder is damaged or was written by TensorFlow.
    """
    file = os.path.join(os.fspath(folder), latest_filename or "checkpoint")
    if not os.path.isfile(file):
        return []
    try:
        with opened_to_read(file, "tf.train") as (opened, _):
            names = parsed(opened.read())["checkpoints"]
            paths = [os.path.join(os.fspath(folder), name) for name in names]
    except LoadError as error:
        raise ValueError(f"{error}: expected the file that tf.train.Checkpoint writes") from None
    return [path for path in paths if os.path.isfile(path + ENDING)]


def latest_checkpoint(checkpoint_dir: str | os.PathLike[str], latest_filename: str | None = None) -> str | None:
    """The path of the latest checkpoint in a folder, to pass to `restore`; None if there is none."""
    return next(reversed(read_state(checkpoint_dir, latest_filename)), None)


class CheckpointReader:
    """The values in a checkpoint file, by TensorFlow's names.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     reader = load_checkpoint(Checkpoint(step=Variable(3)).save(folder + "/ckpt"))
    >>> reader.get_variable_to_shape_map()
    {'step/.ATTRIBUTES/VARIABLE_VALUE': [], 'save_counter/.ATTRIBUTES/VARIABLE_VALUE': []}
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        saved = Saved(path)
        self._arrays = {path: np.asarray(saved.values[number]) for path, number in saved.paths().items()}

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shapes by name."""
        return {name: list(array.shape) for name, array in self._arrays.items()}

    def get_variable_to_dtype_map(self) -> dict[str, Any]:
        """The dtypes by name."""
        return {name: as_dtype(array.dtype) for name, array in self._arrays.items()}

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a value of a name."""
        return tensor_str in self._arrays

    def get_tensor(self, tensor_str: str) -> Array:
        """The value of a name; NotFoundError if there is none."""
        if tensor_str not in self._arrays:
            raise NotFoundError(message=f"Key {tensor_str} not found in checkpoint: it has {list(self._arrays)}")
        return self._arrays[tensor_str]


def load_checkpoint(ckpt_dir_or_file: str | os.PathLike[str]) -> CheckpointReader:
    """The values in a checkpoint, or in the latest one of a folder; NotFoundError if there is none."""
    path: Any = ckpt_dir_or_file
    if os.path.isdir(path):
        path = latest_checkpoint(path)
        if path is None:
            raise NotFoundError(message=f"There is no checkpoint in the folder {os.fspath(ckpt_dir_or_file)}")
    return CheckpointReader(path)


def list_variables(ckpt_dir_or_file: str | os.PathLike[str]) -> list[tuple[str, list[int]]]:
    """The names and shapes of the values in a checkpoint, or in the latest one of a folder, sorted by name."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
