"""`torch.utils._pytree`: leaves and structure of nested containers, as PyTorch answers."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd.utils import _pytree as pytree

Pair = namedtuple("Pair", "a b")
NESTS = st.recursive(
    st.none() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.lists(inner, max_size=3).map(deque)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(OrderedDict)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(lambda d: defaultdict(int, d))
        | st.tuples(inner, inner).map(lambda pair: Pair(*pair))
    ),
    max_leaves=8,
)


@given(NESTS)
def test_a_nest_is_its_leaves_in_its_structure(nest):
    leaves, spec = pytree.tree_flatten(nest)
    again = pytree.tree_unflatten(leaves, spec)
    assert again == nest and type(again) is type(nest) and spec == pytree.tree_structure(again)
    assert spec.num_leaves == len(leaves) and spec.num_nodes >= len(leaves)
    seen = []
    pytree.tree_map_(lambda x, y: seen.append((x, y)), nest, nest)
    assert seen == [(leaf, leaf) for leaf in leaves]
    with pytest.raises(ValueError, match=f"has length {len(leaves) + 1} but the spec refers to a pytree that holds"):
        pytree.tree_unflatten([*leaves, 0], spec)


def test_the_structure_prints_as_in_pytorch():
    nest = {"b": 1, "a": [2, (3, None)], "n": Pair(1, 2), "d": defaultdict(list, q=5), "s": torch.Size([1])}
    leaves, spec = pytree.tree_flatten(nest)
    assert leaves == [1, 2, 3, None, 1, 2, 5, 1]
    assert repr(spec) == (
        "TreeSpec(dict, ['b', 'a', 'n', 'd', 's'], [*,\n"
        "  TreeSpec(list, None, [*,\n"
        "    TreeSpec(tuple, None, [*,\n"
        "      *])]),\n"
        f"  TreeSpec(namedtuple, {Pair}, [*,\n"
        "    *]),\n"
        "  TreeSpec(defaultdict, [<class 'list'>, ['q']], [*]),\n"
        "  TreeSpec(Size, None, [*])])"
    )


def test_functions_of_nests_take_the_leaves_that_are_asked_for():
    nest = [1, 2.0, {"a": True}]
    assert pytree.tree_map_only(int, lambda x: x + 1, nest) == [2, 2.0, {"a": 2}]
    assert pytree.tree_map_only(lambda x: x == 1, lambda x: x + 1, nest) == [2, 2.0, {"a": 2}]
    assert pytree.tree_all(bool, nest) and not pytree.tree_any(lambda x: x > 2, nest)
    assert pytree.tree_all_only(float, lambda x: x == 2, nest) and pytree.tree_any_only(int, lambda x: x == 1, nest)
    assert pytree.tree_map(lambda x, y: (x, y), [1, 2], [[1, 5], 2]) == [(1, [1, 5]), (2, 2)]
    assert pytree.tree_leaves([[1], 2], is_leaf=lambda x: x == [1]) == [[1], 2]
    with pytest.raises(ValueError, match=r"Node type mismatch; expected <class 'list'>, but got <class 'int'>"):
        pytree.tree_map(lambda a, b: a + b, [1, [2]], [1, 2])


def test_a_class_is_a_container_once_it_is_registered():
    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

    pytree.register_pytree_node(Point, lambda p: ([p.x, p.y], None), lambda values, _: Point(*values))
    moved = pytree.tree_map(lambda x: x + 1, {"p": Point(1, torch.ones(2))})["p"]
    assert moved.x == 2 and moved.y.tolist() == [2, 2]
    with pytest.raises(ValueError, match="is already registered as pytree node"):
        pytree.register_pytree_node(Point, None, None)
