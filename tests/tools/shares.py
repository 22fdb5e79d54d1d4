"""How many examples a property draws: a share of its profile's, so that the large profile multiplies every property."""

from hypothesis import settings


def share(part: float) -> settings:
    """Decorates a property: `part` of the profile's examples; little where it runs for each of many parameters."""
    return settings(max_examples=round(part * settings.default.max_examples))
