"""What a notebook shows of a tensor and of a module."""

from __future__ import annotations

import html
import sys
from typing import Any

from ..core.graph import Leaf, Node
from ..core.tensor import Tensor
from ..tape.tape_tensor import place_of
from .draw import draw
from .remember import title_of

#: A tensor shows its graph up to this many nodes.
_SMALL = 60


def tensor_html(tensor: Tensor) -> str | None:
    """The numbers and the graph of a tensor; None, for the numbers alone, if no graph can be shown.

    A notebook asks after every cell: a large graph, one that was freed, and a leaf are left alone.
    """
    node = place_of(tensor)
    if not isinstance(node, Node):
        return None
    if not _is_small(node):
        return None
    try:
        picture = draw(tensor, names=_notebooks_names()).svg()
    except RuntimeError:  # a saved value was overwritten: only a backward pass need complain
        return None
    return f"<pre>{html.escape(repr(tensor))}</pre>{picture}"


def _notebooks_names() -> dict[str, Any]:
    """The variables of the notebook's cells."""
    return {name: value for name, value in vars(sys.modules["__main__"]).items() if not name.startswith("_")}


def _is_small(root: Node) -> bool:
    """Whether a graph has few nodes, none of them freed; a large one is not walked to its end."""
    seen: set[Node | Leaf] = {root}
    stack: list[Node | Leaf] = [root]
    while stack and len(seen) <= _SMALL:
        node = stack.pop()
        if isinstance(node, Node):
            if node.saved is None:
                return False
            fresh = {parent for parent in node.parents if parent is not None} - seen
            seen |= fresh
            stack += fresh
    return len(seen) <= _SMALL


def module_html(module: Any) -> str:
    """The tree of a module: what it holds, with parameters and their number; parts unfold with a click."""
    return f'<div style="font-family: monospace">{_part("", module)}</div>'


def _part(name: str, module: Any) -> str:
    own = [f"{key} {tuple(value.shape)}" for key, value in module.named_parameters(recurse=False) if value is not None]
    count = sum(value.numel() for value in module.parameters())
    title = f"<b>{html.escape(name)}</b> " if name else ""
    title += html.escape(title_of(module)) + (f": {count:,} parameters" if count else "")
    inside = "".join(f"<li>{html.escape(text)}</li>" for text in own)
    inside += "".join(f"<li>{_part(key, child)}</li>" for key, child in module._modules.items() if child is not None)
    if not inside:
        return title
    opened = " open" if not name else ""
    return f"<details{opened}><summary>{title}</summary><ul>{inside}</ul></details>"
