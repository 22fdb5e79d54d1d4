"""Fixtures for the tests of threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import autograd as torch


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)
