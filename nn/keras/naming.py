"""Names: automatic ones (`dense`, `dense_1`, …), and objects looked up by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from .config import deserialize

#: How often each prefix was used by `automatic_name`.
_uses: Counter[str] = Counter()

#: Where a word begins inside a class name: at a capital after a small letter, or before one.
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """A class name in lower case, with underscores between its words.

    >>> snake_case("Conv2DTranspose"), snake_case("ReLU")
    ('conv2d_transpose', 're_lu')
    """
    return _WORD.sub("_", name).lower()


def automatic_name(prefix: str) -> str:
    """`prefix` on the first call, then `prefix_1`, `prefix_2`, …"""
    count = _uses[prefix]
    _uses[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def clear_session() -> None:
    """Reset automatic names: the next Dense is called `dense` again."""
    _uses.clear()


def lookup(kind: str, name: Any, known: Mapping[str, Any]) -> Any:
    """The value of `known` under `name`; the ValueError for an unknown name lists the known ones."""
    if isinstance(name, str) and name in known:
        return known[name]
    raise ValueError(
        f"Could not interpret {kind} identifier: {name!r}; the known ones are {', '.join(sorted(known))}, "
        "or pass an object or a function"
    )


def resolve(kind: str, identifier: Any, known: Mapping[str, Any]) -> Any:
    """An object for a name, a class or a config; a function is returned unchanged. ValueError for an unknown name."""
    if isinstance(identifier, dict) and "class_name" in identifier:
        return deserialize(identifier)
    found = identifier if callable(identifier) else lookup(kind, identifier, known)
    return found() if isinstance(found, type) else found
