"""The table of errors in `tests/README.md` has every primitive, and none exceeds the tolerance."""

import re
from pathlib import Path

import pytest

import nn  # noqa: F401 - its primitives have domains too
from autograd.testing import domains

README = Path(__file__).parents[2] / "README.md"
ROW = re.compile(r"^\| `(\w+)` \| (complex step|differences, ± (\S+)) \| (\S+) \| (\S+) \| (\S+) \|$", re.MULTILINE)
ROWS = {row[1]: row for row in ROW.finditer(README.read_text(encoding="utf-8"))}


def test_the_table_names_every_primitive():
    assert set(ROWS) == set(domains), "run python tests/tools/errors.py --write"


@pytest.mark.parametrize("name", sorted(ROWS))
def test_the_errors_of_a_primitive_are_within_the_tolerances(name):
    own, first, second, single = (float(part or 0) for part in ROWS[name].groups()[2:])
    exact = ROWS[name][2] == "complex step"
    assert first <= 1e-12 + 4 * own
    assert second <= (1e-10 if exact else 1e-12 + 4 * own)
    assert single <= 1e-5
    assert own <= 1e-7
