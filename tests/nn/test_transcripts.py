"""What layers and functions show: the exact reprs, error messages and warnings of the calls in `transcripts`."""

import pytest

from tests.tools.transcripts import FOLDER, calls_of, shown_by

CALLS = [(file.stem, call, shown) for file in sorted(FOLDER.glob("*.txt")) for call, shown in calls_of(file)]


@pytest.mark.parametrize(("file", "call", "shown"), CALLS, ids=[f"{file}: {call}" for file, call, _ in CALLS])
def test_a_call_shows_what_it_is_known_to_show(file, call, shown):
    assert shown_by(call) == shown
