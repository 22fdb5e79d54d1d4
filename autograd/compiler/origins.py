"""Origins: of each value of a step where it comes from. Names and headings in the text of its program are made of this.

Values are known by the identity of their arrays, nodes by their own, so that the origins keep neither alive.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..core.graph import Node
from ..core.tensor import Tensor
from .origin import Origin, origin, users_frames, variables_in
from .symbols import array_in, bare


class Origins:
    """Where the values of a step come from.

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
