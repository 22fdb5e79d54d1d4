"""The table of operations is the one that the registry gives."""

from __future__ import annotations

from autograd.testing.listing import TARGET, listing


def test_the_table_in_the_docs_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == listing(), "run python -m autograd.testing.listing --write"
