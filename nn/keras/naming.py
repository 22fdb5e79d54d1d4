"""Names: `dense`, `dense_1`, … for what is given none, and things that are asked for by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

_given: Counter[str] = Counter()

#: Where a word begins inside a class name: a capital after a small letter, or before one.
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """A class name in small letters, its words joined by underscores.

    >>> snake_case("Conv2DTranspose"), snake_case("ReLU")
    ('conv2d_transpose', 're_lu')
    """
    return _WORD.sub("_", name).lower()


def automatic_name(prefix: str) -> str:
    """`prefix` when it is asked for first, then `prefix_1`, `prefix_2`, …"""
    count = _given[prefix]
    _given[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def clear_session() -> None:
    """Let automatic names begin again from `dense`."""
    _given.clear()


def by_name(kind: str, name: Any, known: Mapping[str, Any]) -> Any:
    """What is known under `name`.

    Raises:
        ValueError: nothing is; the names that are known are listed.
    """
    if isinstance(name, str) and name in known:
        return known[name]
    raise ValueError(
        f"Could not interpret {kind} identifier: {name!r}; the known ones are {', '.join(sorted(known))}, "
        "or pass an object or a function"
    )


def made(kind: str, identifier: Any, known: Mapping[str, Any]) -> Any:
    """The object of a name or of a class; an object or a function as it is.

    Raises:
        ValueError: an unknown name.
    """
    found = identifier if callable(identifier) else by_name(kind, identifier, known)
    return found() if isinstance(found, type) else found
