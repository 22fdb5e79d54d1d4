"""The public surface: which functions of a module are replaced by their public forms."""

from types import FunctionType

import pytest

from autograd import surface


def function(name, module):
    made = FunctionType((lambda x: x).__code__, {}, name)
    made.__module__ = module
    return made


def names_replaced(**more):
    modules = {"own": "sample", "_hidden": "sample", "earlier": "ops", "later": "tensor"}
    before = {name: function(name, f"autograd.{module}") for name, module in modules.items()}
    after = {"__name__": "autograd.sample", "number": 3, **before, **more}
    surface.make_public(after)
    return [name for name, value in before.items() if after[name] is not value]


def test_the_public_functions_that_a_module_defines_are_replaced_if_it_has_no_list():
    assert names_replaced() == ["own"]


def test_the_functions_of_a_list_are_replaced_wherever_they_are_defined():
    assert names_replaced(__all__=["later", "number", "_hidden"]) == ["_hidden", "later"]


def test_a_function_that_takes_out_must_exist(monkeypatch):
    monkeypatch.setitem(surface.TAKES_OUT, "autograd.sample", "own missing*")
    with pytest.raises(NameError, match=r"autograd\.sample has no function 'missing\*', which TAKES_OUT names"):
        names_replaced()
    monkeypatch.setitem(surface.TAKES_OUT, "autograd.sample", "own later*")
    assert names_replaced() == ["own"]
