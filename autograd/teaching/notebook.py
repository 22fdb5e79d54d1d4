"""Notebook: how tensors and modules are displayed in a notebook."""

from __future__ import annotations

import html
import sys
from typing import Any

from ..core.graph import Leaf, Node
from ..core.tensor import Tensor
from ..tape.tape_tensor import place_of
from .draw import draw
from .remember import title_of

#: Larger graphs are not displayed.
_SMALL = 60


def tensor_html(tensor: Tensor) -> str | None:
    """The numbers and the graph of a tensor as HTML; None, for the numbers alone, if there is no graph to show.

    A notebook calls this for every cell's result, so a large graph is not drawn. A leaf and a freed graph have
    nothing to show.
    """
    node = place_of(tensor)
    if not isinstance(node, Node) or not _is_small(node):
        return None
    cells = {name: value for name, value in vars(sys.modules["__main__"]).items() if not name.startswith("_")}
    try:
        picture = draw(tensor, names=cells).svg()
    except RuntimeError:  # a saved value was overwritten: an error only for a backward pass
        return None
    return f"<pre>{html.escape(repr(tensor))}</pre>{picture}"


def _is_small(root: Node) -> bool:
    """Whether a graph has few nodes, none of them freed; stops counting when there are too many."""
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
    """The tree of a module's submodules and parameters as HTML; a click opens a submodule."""
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
    return f"<details{'' if name else ' open'}><summary>{title}</summary><ul>{inside}</ul></details>"
