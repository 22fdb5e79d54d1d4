"""Where statements and values come from: the user's line, the module, the primitive, the pass that they belong to.

Names and headings in the text of a program are made of this. It is read from the call stack while a step is traced, so
that nothing outside the compiler pays for it.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

import nn
from nn.module import Module
from nn.optim.optimizer import Optimizer

from ..core import operation, public
from ..core.backward import pull_back
from ..core.graph import Node
from ..core.tensor import Tensor
from ..ops.protocols import python_protocols
from ..transforms.gradients import _accumulate
from .source import only_returns
from .state.tensors import array_in
from .symbols import bare

#: Folders whose code is not the user's, and what is in no file; of Python's own library, what is installed into it is.
_NOT_THE_USERS = (
    *(str(Path(file).resolve().parent) + os.sep for file in (Path(__file__).parent, nn.__file__, np.__file__)),
    "<frozen ", "<compiled ", "<__array_function__ ", "<unknown>",
)  # fmt: skip
#: The folders of this package and NumPy.
OURS = _NOT_THE_USERS[:3]
_STDLIB = str(Path(sysconfig.get_path("stdlib")).resolve())
_SITE = str(Path(sysconfig.get_path("purelib")).resolve())
_OPERATION = operation.__file__
_COMPILED = str(Path(__file__).with_name("compiled.py"))  # its `_watch` calls the step
#: What lies between a symbol's item and the user's code that calls that of a tensor.
_ITEM_CALLS = ("item", "tolist", "called")
_ITEM = (str(Path(__file__).with_name("symbols.py")), python_protocols.__file__, public.__file__)
_KERAS = str(Path(nn.__file__).parent / "keras")
_CHECKPOINT = "checkpoint.py"  # of utils
#: The functions of `operation` that turn an Untraceable forward into one statement.
_PRIMITIVES = ("function", "computed", "_binary_of_unlike", "_unary_of_other_kinds")


class Origin(NamedTuple):
    """Where a statement comes from.

    Attributes:
        phase: "forward", "backward", "gradients" (they are added to `.grad`) or "update".
        owner: the innermost module, or layer, loss or metric of Keras, that was called; or the optimizer.
        primitive: the name of the operation; of the forward one, in the backward pass.
        line: file and number of the user's line.
        column: where in that line the call starts that was running.
        node: in the backward pass, the node whose rule runs, by identity; else 0.
        cotangent: in the backward pass, the array of the cotangent of that node's output, by identity.
        recomputed: whether `checkpoint` computes it again, which sharing must not undo.
        frames: the calls of primitives that it is part of.
    """

    phase: str
    owner: Any
    primitive: str
    line: tuple[str, int]
    column: int
    node: int
    cotangent: int
    recomputed: bool
    frames: tuple[FrameType, ...]


@functools.cache
def is_the_users(filename: str) -> bool:
    """Whether a file belongs to the program that uses this package."""
    if filename == "<" or filename.startswith(_NOT_THE_USERS):  # "<stdin>" and "<string>" are the user's
        return False
    return not filename.startswith(_STDLIB) or filename.startswith(_SITE)


def origin(frame: FrameType | None) -> Origin:
    """What the stack above `frame` tells; the names of the user's variables are noted by `users_frames`."""
    phase, primitive, line = "forward", "", ("", 0)
    owner: Any = None
    column = node = cotangent = 0
    again = False
    frames = []
    while frame is not None:
        code = frame.f_code
        name, file = code.co_name, code.co_filename
        if file == _COMPILED and name == "_watch":
            break
        if file == _OPERATION and name in _PRIMITIVES:
            frames.append(frame)
            if not primitive and "made" in frame.f_locals:
                primitive = frame.f_locals["made"].name
        elif code is pull_back.__code__:
            if not node and phase == "forward":
                phase, node = "backward", id(frame.f_locals.get("node"))
                g = frame.f_locals.get("g")
                cotangent = id(bare(g.array if isinstance(g, Tensor) else g))
        elif code is _accumulate.__code__:
            phase = "gradients"
        elif file.endswith(_CHECKPOINT) and not node:
            again = True
        elif name == "step" and isinstance(stepped := frame.f_locals.get("self"), Optimizer):
            phase, owner = "update", stepped
        elif owner is None and name == "__call__" and isinstance(called := frame.f_locals.get("self"), Module):
            owner = called
        elif file.startswith(_KERAS) and name in ("apply", "apply_gradients"):
            phase, owner = "update", frame.f_locals.get("self")
        elif owner is None and file.startswith(_KERAS) and name in ("__call__", "update_state"):
            owner = frame.f_locals.get("self")
        elif not line[1] and is_the_users(file):
            line, column = place_of(frame)
        frame = frame.f_back
    return Origin(phase, owner, primitive, line, column, node, cotangent, again and node != 0, tuple(frames))


def place_of(frame: FrameType) -> tuple[tuple[str, int], int]:
    """The file and line, and the column, of the call that a frame is at."""
    number, _, column, _ = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    return (frame.f_code.co_filename, number or frame.f_lineno), column or 0


def in_primitive(frame: FrameType | None) -> bool:
    """Whether a primitive is being computed, whose forward can become one statement."""
    while frame is not None:
        if frame.f_code.co_filename == _OPERATION and frame.f_code.co_name in _PRIMITIVES:
            return True
        frame = frame.f_back
    return False


def users_frames() -> list[FrameType]:
    """The frames of the step and of the user's functions that it calls, the innermost first."""
    found, frame = [], sys._getframe(1)
    while frame is not None and not (frame.f_code.co_filename == _COMPILED and frame.f_code.co_name == "_watch"):
        if is_the_users(frame.f_code.co_filename):
            found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    return found


def variables_in(frames: list[FrameType]) -> Iterator[tuple[str, Any]]:
    """The variables of functions that are running, without their parameters: x = relu(linear(x)) is many values."""
    for frame in frames:
        code = frame.f_code
        parameters = code.co_varnames[: code.co_argcount]
        yield from ((name, value) for name, value in frame.f_locals.items() if name not in parameters)


def is_only_returned() -> bool:
    """Whether the step itself asks for the number that is being read, and does nothing with it but return it."""
    frames = users_frames()
    if not frames or frames[0].f_back is None or frames[0].f_back.f_code.co_filename != _COMPILED:
        return False
    place = next(islice(frames[0].f_code.co_positions(), frames[0].f_lasti // 2, None))
    return None not in place and only_returns(frames[0].f_code.co_filename, place)


def reads_item(frame: FrameType | None) -> bool:
    """Whether the user's own code calls the `item` or `tolist` of a tensor that `frame` is part of."""
    while frame is not None and frame.f_code.co_filename in _ITEM and frame.f_code.co_name in _ITEM_CALLS:
        frame = frame.f_back
    return frame is not None and is_the_users(frame.f_code.co_filename)


def users_line() -> str:
    """The user's line that is being run, as "file:number: "; "" if there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_the_users(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}: " if frame is not None else ""


class Origins:
    """Where the values of a step come from.

    Values are known by the identity of their arrays, nodes by their own, so that the origins keep neither alive.

    Attributes:
        names: what the user's program calls an array; once the step has ended, what is proposed to call it.
        returned: the module that returned an array.
        outputs: for each node the array that its operation computed.
        paths: for each module of the step what it is called, once the step has ended.
        tensors: the arrays that tensors had which existed before; `plain` are those of tensors without a node.
        learnt: the arrays of the leaves to whose gradients the step adds.
        written: the storages that existed before and were written.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.returned: dict[int, Any] = {}
        self.outputs: dict[int, int] = {}
        self.paths: dict[Any, str] = {}
        self.tensors: set[int] = set()
        self.plain: set[int] = set()
        self.learnt: set[int] = set()
        self.written: set[int] = set()
        self._of_nodes: dict[int, Origin] = {}
        self._seen: tuple[int, int] = (0, 0)

    def note_node(self, node: Node, out: Any) -> None:
        """Note the operation that leaves a node."""
        self._of_nodes[id(node)] = origin(sys._getframe(2))
        if isinstance(out, (np.ndarray, np.generic)):
            self.outputs[id(node)] = id(bare(out))

    def note_names(self) -> None:
        """Note what the user's functions call their arrays, whenever they have reached another place."""
        frames = users_frames()
        if not frames or self._seen == (id(frames[0]), frames[0].f_lasti):
            return
        self._seen = (id(frames[0]), frames[0].f_lasti)
        for name, value in variables_in(frames):
            if isinstance(value, Tensor):
                self.names.setdefault(id(array_in(value)), name)

    def note_returned(self, module: Any, out: Any) -> None:
        """A module has returned something."""
        if isinstance(out, Tensor):
            self.returned.setdefault(id(array_in(out)), module)

    def of_node(self, node: int) -> Origin | None:
        """Where the operation was called that left a node, given by its identity."""
        return self._of_nodes.get(node)

    def end(self) -> None:
        """Let go of the frames of the step, which keep what they worked with alive."""
        self._of_nodes = {key: where._replace(frames=()) for key, where in self._of_nodes.items()}
