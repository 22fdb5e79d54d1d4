"""Notebook: how tensors and modules are displayed in a notebook."""

from __future__ import annotations

import html
import sys
from typing import Any

from ..base.text import MONOSPACE, pre, printable
from ..core.graph import Leaf, Node
from ..core.tensor import Tensor
from ..tape.tape_tensor import place_of
from .draw import draw
from .parts import title_of

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
    return pre(repr(tensor)) + picture


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
    # A module may be nested deeper than Python's functions can be, so the tree is walked with a list: modules, and
    # texts to be written as they are, the next one last.
    sizes, written = _parameters_within(module), []
    waiting: list[Any] = ["</div>", ("", module), f'<div style="{MONOSPACE}">']
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            written.append(part)
            continue
        name, inner = part
        title = f"<b>{html.escape(printable(name))}</b> " if name else ""
        count = sum(sizes[inner].values())
        title += html.escape(title_of(inner)) + (f": {count:,} parameters" if count else "")
        own = [f"{key} {tuple(value.shape)}" for key, value in _own(inner)]
        children = [(key, child) for key, child in inner._modules.items() if child is not None]
        if not own and not children:
            written.append(title)
            continue
        written.append(f"<details{'' if name else ' open'}><summary>{title}</summary><ul>")
        written += [f"<li>{html.escape(printable(text))}</li>" for text in own]
        waiting.append("</ul></details>")
        for child in reversed(children):
            waiting += ["</li>", child, "<li>"]
    return "".join(written)


def _own(module: Any) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in module.named_parameters(recurse=False) if value is not None]


def _parameters_within(module: Any) -> dict[Any, dict[int, int]]:
    """For each module the sizes of the parameters in it, by their ids: one that is shared counts once."""
    order, waiting = [], [module]
    while waiting:
        inner = waiting.pop()
        order.append(inner)
        waiting += [child for child in inner._modules.values() if child is not None]
    found: dict[Any, dict[int, int]] = {}
    for inner in reversed(order):  # what is inside a module comes after it
        sizes = found[inner] = {id(value): value.numel() for _, value in _own(inner)}
        for child in inner._modules.values():
            sizes |= found[child] if child is not None else {}
    return found
