"""The API reference shows annotations as what they mean in the module of the function."""

import pytest

from autograd.testing.reference import _resolve_annotations


@pytest.mark.parametrize(
    "text, meaning",
    [("int", int), ("'int'", int), ("list[int]", list[int]), ("int | None", int | None), ("'int' | None", None),
     ("Unknown", None), ("list[Unknown]", None)],
)  # fmt: skip
def test_annotations_that_mean_something_are_resolved_and_others_left_out(text, meaning):
    def function(x):
        return x

    function.__annotations__ = {"x": text}
    _resolve_annotations(function)
    assert function.__annotations__ == ({} if meaning is None else {"x": meaning})


def test_annotations_of_methods_properties_and_fields_are_resolved():
    from nn.keras.layers import Layer

    _resolve_annotations(Layer)
    for member in vars(Layer).values():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        assert not any(isinstance(a, str) for a in getattr(function, "__annotations__", {}).values()), member
