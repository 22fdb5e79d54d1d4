"""`torch.utils._pytree`, which many libraries use: nested containers as a list of leaves and their structure.

A container is a list, tuple, named tuple, dict, OrderedDict, defaultdict, deque, Size or a class that was registered.
Everything else is a leaf, None and instances of subclasses included.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from ..base.size import Size

PyTree: TypeAlias = Any
Context: TypeAlias = Any
#: A type, a tuple of types, or a predicate: a function of a leaf that returns a bool.
TypeOrPredicate: TypeAlias = type | tuple[type, ...] | Callable[[Any], bool]
IsLeaf: TypeAlias = Callable[[Any], bool] | None


class _Node(NamedTuple):
    """How one class of containers is taken apart and put together."""

    flatten: Callable[[Any], tuple[Sequence[Any], Context]]
    unflatten: Callable[[Iterable[Any], Context], Any]


def _sequence(make: Callable[[Iterable[Any]], Any]) -> _Node:
    return _Node(lambda x: (list(x), None), lambda values, context: make(values))


def _mapping(make: Callable[[Any], Any]) -> _Node:
    return _Node(lambda x: (list(x.values()), list(x)), lambda values, keys: make(zip(keys, values, strict=True)))


_nodes: dict[Any, _Node] = {
    list: _sequence(list),
    tuple: _sequence(tuple),
    Size: _sequence(Size),
    dict: _mapping(dict),
    OrderedDict: _mapping(OrderedDict),
    deque: _Node(lambda x: (list(x), x.maxlen), deque),
    defaultdict: _Node(
        lambda x: (list(x.values()), [x.default_factory, list(x)]),
        lambda values, context: defaultdict(context[0], zip(context[1], values, strict=True)),
    ),
}
_NAMED_TUPLE = _Node(lambda x: (list(x), type(x)), lambda values, kind: kind(*values))


def _node_of(tree: Any) -> _Node | None:
    node = _nodes.get(type(tree))
    return _NAMED_TUPLE if node is None and isinstance(tree, tuple) and hasattr(tree, "_fields") else node


@dataclass(frozen=True)
class TreeSpec:
    """The structure of a nest: its class, what the class keeps besides the parts, and the structures of the parts.

    The class of a leaf is None.
    """

    type: Any
    context: Context
    children_specs: list[TreeSpec]

    @property
    def num_leaves(self) -> int:
        """The number of leaves."""
        return 1 if self.is_leaf() else sum(child.num_leaves for child in self.children_specs)

    @property
    def num_nodes(self) -> int:
        """The number of containers and leaves."""
        return 1 + sum(child.num_nodes for child in self.children_specs)

    @property
    def num_children(self) -> int:
        """The number of parts of the outermost container."""
        return len(self.children_specs)

    def is_leaf(self) -> bool:
        """Whether the whole nest is one leaf."""
        return self.type is None

    def unflatten(self, leaves: Iterable[Any]) -> PyTree:
        """The nest with these leaves.

        Raises:
            ValueError: there are more or fewer leaves than places.
        """
        values = list(leaves)
        if len(values) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(values)} but the spec refers to a pytree that "
                f"holds {self.num_leaves} items ({self})."
            )
        return self._filled(iter(values))

    def _filled(self, values: Iterator[Any]) -> PyTree:
        if self.is_leaf():
            return next(values)
        node = _nodes.get(self.type, _NAMED_TUPLE)
        return node.unflatten([child._filled(values) for child in self.children_specs], self.context)

    def flatten_up_to(self, tree: PyTree) -> list[Any]:
        """The parts of another nest that stand where this one has leaves.

        Raises:
            ValueError: the other nest has a different container somewhere above.
        """
        if self.is_leaf():
            return [tree]
        node = _node_of(tree)
        if type(tree) is not self.type or node is None:
            raise ValueError(f"Node type mismatch; expected {self.type}, but got {type(tree)}.")
        parts, context = node.flatten(tree)
        if len(parts) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(parts)}.")
        if context != self.context and set(context) != set(self.context):
            raise ValueError(f"Node keys or context mismatch; expected {self.context}, but got {context}.")
        if isinstance(tree, dict) and self.type is not defaultdict:
            parts = [tree[key] for key in self.context]
        return [leaf for child, part in zip(self.children_specs, parts) for leaf in child.flatten_up_to(part)]

    def __hash__(self) -> int:
        return hash((self.type, str(self)))

    def __repr__(self) -> str:
        if self.is_leaf():
            return "*"
        name = "namedtuple" if self.type not in _nodes else self.type.__name__
        parts = ",\n".join(map(repr, self.children_specs)).replace("\n", "\n  ")
        return f"TreeSpec({name}, {self.context}, [{parts}])"


def LeafSpec() -> TreeSpec:
    """The structure of a leaf."""
    return TreeSpec(None, None, [])


def register_pytree_node(
    cls: type,
    flatten_fn: Callable[[Any], tuple[Sequence[Any], Context]],
    unflatten_fn: Callable[[Iterable[Any], Context], Any],
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Any = None,
    from_dumpable_context: Any = None,
    flatten_with_keys_fn: Any = None,
) -> None:
    """Let instances of a class be containers.

    Args:
        cls: the class.
        flatten_fn: returns the parts of an instance, and whatever else is needed to make one.
        unflatten_fn: makes an instance from the parts and what `flatten_fn` returned besides.
        serialized_type_name, to_dumpable_context, from_dumpable_context, flatten_with_keys_fn: ignored.

    Raises:
        ValueError: the class is a container already.
    """
    if cls in _nodes:
        raise ValueError(f"{cls} is already registered as pytree node.")
    _nodes[cls] = _Node(flatten_fn, unflatten_fn)


_register_pytree_node = register_pytree_node


def tree_flatten(tree: PyTree, is_leaf: IsLeaf = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a nest in order, and its structure.

    Args:
        tree: nested containers.
        is_leaf: says of a container that it is to be a leaf.

    >>> tree_flatten({"b": 1, "a": (2, [None])})
    ([1, 2, None], TreeSpec(dict, ['b', 'a'], [*,
      TreeSpec(tuple, None, [*,
        TreeSpec(list, None, [*])])]))
    """
    found: list[Any] = []
    return found, _flatten(tree, is_leaf, found.append)


def _flatten(tree: PyTree, is_leaf: IsLeaf, add: Callable[[Any], None]) -> TreeSpec:
    node = None if is_leaf is not None and is_leaf(tree) else _node_of(tree)
    if node is None:
        add(tree)
        return LeafSpec()
    parts, context = node.flatten(tree)
    return TreeSpec(type(tree), context, [_flatten(part, is_leaf, add) for part in parts])


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> PyTree:
    """The nest of that structure with these leaves.

    >>> tree_unflatten([1, 2], tree_structure({"a": 0, "b": [0]}))
    {'a': 1, 'b': [2]}
    """
    return treespec.unflatten(leaves)


def tree_leaves(tree: PyTree, is_leaf: IsLeaf = None) -> list[Any]:
    """The leaves of a nest in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_iter(tree: PyTree, is_leaf: IsLeaf = None) -> Iterator[Any]:
    """The leaves of a nest, one after another."""
    return iter(tree_leaves(tree, is_leaf))


def tree_structure(tree: PyTree, is_leaf: IsLeaf = None) -> TreeSpec:
    """The structure of a nest."""
    return tree_flatten(tree, is_leaf)[1]


def tree_is_leaf(tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether a value is a leaf."""
    return (is_leaf is not None and is_leaf(tree)) or _node_of(tree) is None


def tree_map(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: IsLeaf = None) -> PyTree:
    """The nest with `func(leaf)` in place of each leaf, or `func(leaf, …)` with what other nests have there.

    Raises:
        ValueError: another nest has a different structure.

    >>> tree_map(lambda x, y: x + y, [1, {"a": 2}], [10, {"a": 20}])
    [11, {'a': 22}]
    """
    found, spec = tree_flatten(tree, is_leaf)
    return spec.unflatten(map(func, found, *(spec.flatten_up_to(rest) for rest in rests)))


def tree_map_(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: IsLeaf = None) -> PyTree:
    """Call the function on each leaf for its side effect, and return the nest itself."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def _predicate(kind: TypeOrPredicate) -> Callable[[Any], bool]:
    """Whether a leaf is of the types, or satisfies the predicate."""
    if isinstance(kind, (type, tuple)):
        return lambda leaf: isinstance(leaf, kind)
    return kind


def _only(kind: TypeOrPredicate, func: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`func` for the leaves that `kind` selects; the others stay as they are."""
    selects = _predicate(kind)
    return lambda leaf: func(leaf) if selects(leaf) else leaf


def tree_map_only(kind: TypeOrPredicate, /, func: Callable[[Any], Any], tree: PyTree, is_leaf: IsLeaf = None) -> PyTree:
    """`tree_map` over the leaves that `kind` selects, by type or predicate; the others stay."""
    return tree_map(_only(kind, func), tree, is_leaf=is_leaf)


def tree_map_only_(
    kind: TypeOrPredicate, /, func: Callable[[Any], Any], tree: PyTree, is_leaf: IsLeaf = None
) -> PyTree:
    """`tree_map_` over the leaves that `kind` selects, by type or predicate."""
    return tree_map_(_only(kind, func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether the predicate is True of every leaf."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether the predicate is True of any leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(kind: TypeOrPredicate, /, pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether `pred` is True of every leaf that `kind` selects, by type or predicate."""
    return all(map(pred, filter(_predicate(kind), tree_iter(tree, is_leaf))))


def tree_any_only(kind: TypeOrPredicate, /, pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether `pred` is True of any leaf that `kind` selects, by type or predicate."""
    return any(map(pred, filter(_predicate(kind), tree_iter(tree, is_leaf))))
