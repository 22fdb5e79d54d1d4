"""Text: names from users and files, made fit to be shown and written."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""The text in one line, with escapes in place of what cannot be seen, or not be written in UTF-8.

    >>> printable("a\nb\x1b[31m \ud800 é")
    'a\\nb\\x1b[31m \\ud800 é'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
