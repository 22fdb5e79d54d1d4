"""Text: names from users and files, made fit to be shown and written."""

from __future__ import annotations

import html


def printable(text: str) -> str:
    r"""The text in one line, with escapes in place of what cannot be seen, or not be written in UTF-8.

    >>> printable("a\nb\x1b[31m \ud800 é")
    'a\\nb\\x1b[31m \\ud800 é'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


#: The style of text in columns: a page that it is put into may show `<pre>` in another font.
MONOSPACE = "font-family: ui-monospace, Menlo, Consolas, monospace"


def pre(text: str) -> str:
    """Text in columns as HTML."""
    return f'<pre style="{MONOSPACE}; line-height: 1.4; overflow-x: auto; white-space: pre">{html.escape(text)}</pre>'
