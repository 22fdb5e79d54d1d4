"""Nests: leaves in order, new leaves in the same structure, and types of containers."""

from collections import OrderedDict, defaultdict, namedtuple
from types import MappingProxyType

import pytest
from hypothesis import given, strategies as st

from autograd.base.nests import flatten, leaves, mapped, rebuilt, spread

Pair = namedtuple("Pair", "x y")
NESTS = st.recursive(
    st.integers(),
    lambda nests: (
        st.lists(nests, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), nests)
        | st.tuples(nests, nests)
        | st.builds(Pair, nests, nests)
    ),
    max_leaves=8,
)


@given(NESTS)
def test_rebuilding_a_nest_from_its_leaves_restores_it(nest):
    values, rebuild = flatten(nest)
    assert values == leaves(nest)
    assert rebuild(values) == nest
    assert mapped(lambda x: x, nest) == nest


@given(NESTS)
def test_a_mapped_nest_has_the_mapped_leaves(nest):
    doubled = mapped(lambda x: 2 * x, nest)
    assert leaves(doubled) == [2 * x for x in leaves(nest)]
    assert leaves(mapped(lambda x, y: x + y, nest, doubled)) == [3 * x for x in leaves(nest)]
    assert spread(nest, nest) == leaves(nest)


@pytest.mark.parametrize(
    "nest", [Pair(1, [2]), OrderedDict(a=1, b=[2]), defaultdict(list, a=1, b=[2]), {"a": 1, "b": [2]}, [1, [2]]]
)
def test_containers_keep_their_type(nest):
    values, rebuild = flatten(nest)
    for found in (mapped(lambda x: 10 * x, nest), rebuild([10 * x for x in values])):
        assert type(found) is type(nest) and leaves(found) == [10, 20]


def test_a_read_only_mapping_is_rebuilt_as_a_dict():
    assert rebuilt(MappingProxyType({"a": 1}), [2]) == {"a": 2}


def test_a_nest_may_change_before_it_is_rebuilt():
    nest = {"a": 1, "b": 2}
    _, rebuild = flatten(nest)
    nest.clear()
    assert rebuild([3, 4]) == {"a": 3, "b": 4}


def test_dicts_are_matched_by_keys():
    assert mapped(lambda x, y: (x, y), {"a": 1, "b": 2}, {"b": 20, "a": 10}) == {"a": (1, 10), "b": (2, 20)}


@pytest.mark.parametrize("other", [5, [1], [1, 2, 3], {"a": 1, "b": 2}])
def test_nests_of_different_structure_are_refused(other):
    with pytest.raises(ValueError, match="the nests differ in structure"):
        mapped(lambda x, y: x, [1, 2], other)
