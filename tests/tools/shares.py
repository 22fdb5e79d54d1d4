"""The examples of a property: their number as a share of its profile's, and lists of them to record."""

from typing import Any

from hypothesis import Phase, given, settings, strategies as st


def share(part: float) -> settings:
    """A decorator: the property draws `part` of the profile's examples. For one that runs for many parameters."""
    return settings(max_examples=round(part * settings.default.max_examples))


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """The first `count` examples that Hypothesis draws from a strategy."""
    found = []

    @settings(settings.get_profile("ci"), max_examples=count, phases=[Phase.generate])
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found
