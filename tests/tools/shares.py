"""The number of examples of a property, as a share of its profile's, so that the large profile multiplies them all."""

from hypothesis import settings


def share(part: float) -> settings:
    """A decorator: the property draws `part` of the profile's examples. For one that runs for many parameters."""
    return settings(max_examples=round(part * settings.default.max_examples))
