"""Walk: the graph of a tensor as plain data, in forward order, for the pictures and explanations to show."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from nn.module import Module
from nn.parameter import Parameter

from ..base.call_site import CallSite
from ..base.dtypes import NumpyDType, from_numpy_dtype
from ..base.text import printable
from ..core.errors import users_level
from ..core.graph import Leaf, Node, all_nodes
from ..core.operation import computed
from ..core.tensor import Tensor
from ..core.writes import last_write, written_since
from ..tape.tape_tensor import place_of
from ..transforms.anomaly import site_of
from .parts import all_parameters, is_keras
from .progress import if_long
from .remember import ModuleCall, record_of


@dataclass
class Entry:
    """One value of the graph: a leaf, a parameter, a constant, or the result of an operation.

    Attributes:
        number: its position in forward order, from 0: parents come before their children.
        kind: "leaf", "parameter", "constant" or "operation".
        name: the user's name for it, or None.
        primitive: the operation's name; None for the other kinds.
        parameters: the operation's parameters, one for each parent.
        parents: the numbers of its inputs; None for an argument that is missing or is not a tensor.
        saved: the values that its rules need, by the names that the rules use.
        value: the array or NumPy scalar; None if it is unknown.
        origin: where the value comes from: "tensor", "saved", "remembered" or "replayed"; or why it is
            unknown: "not kept" or "overwritten".
        shape, dtype: if the value is unknown, those of its cotangent; None if there is no cotangent either.
        site: where the user's program computed it, if that was recorded by `remember` or in anomaly mode.
        modules: the module calls that it was part of, outermost first, if recorded by `remember`.
    """

    number: int
    kind: str
    name: str | None = None
    primitive: str | None = None
    parameters: tuple[str, ...] = ()
    parents: tuple[int | None, ...] = ()
    saved: dict[str, Any] = field(default_factory=dict)
    value: Any = None
    origin: str = "not kept"
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    site: CallSite | None = None
    modules: tuple[ModuleCall, ...] = ()

    @property
    def line(self) -> str | None:
        """The line of the user's program, if it is known."""
        return None if self.site is None else str(self.site)

    @property
    def label(self) -> str:
        """The name, printable, or `v` and the number."""
        return printable(self.name) if self.name is not None else f"v{self.number}"


class Graph:
    """The graph of one tensor.

    Attributes:
        entries: its values in forward order; `entries[i].number == i`.
        nodes: for each entry, the engine's node; None for a constant.
        numbers: for each of the engine's nodes, the number of its entry.
        tensor: the tensor.
    """

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.entries: list[Entry] = []
        self.nodes: list[Node | Leaf | None] = []
        self.numbers: dict[Node | Leaf, int] = {}

    @property
    def output(self) -> int:
        """The number of the tensor itself: the last one."""
        return len(self.entries) - 1

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def arguments(self, entry: Entry) -> list[tuple[str, Entry]]:
        """The parameters of an operation and the entries that were passed as them, without those left out."""
        entries, pairs = self.entries, zip(entry.parameters, entry.parents)
        return [(parameter, entries[parent]) for parameter, parent in pairs if parent is not None]

    def add(self, entry: Entry, node: Node | Leaf | None) -> None:
        """Append an entry."""
        self.entries.append(entry)
        self.nodes.append(node)
        if node is not None:
            self.numbers[node] = entry.number


def walk(tensor: Tensor, names: Any = None) -> Graph:
    """The graph of `tensor` as plain data.

    Args:
        tensor: any tensor that requires grad.
        names: the names to show: a mapping from names to tensors, or a module, whose parameters are named.
            In a mapping, modules, lists and tuples are searched for tensors, and other values are ignored.

    Raises:
        TypeError: `tensor` is not a Tensor.
        RuntimeError: it has no graph, or a backward pass has freed the graph.

    >>> from autograd import tensor
    >>> x = tensor(2.0, requires_grad=True)
    >>> for entry in walk(x * x + 1, names={"x": x}):
    ...     print(entry.number, entry.kind, entry.primitive, entry.parents, entry.value)
    0 leaf None () 2.0
    1 operation mul (0, 0) 4.0
    2 constant None () 1
    3 operation add (1, 2) 5.0
    """
    nodes = all_nodes([root_of(tensor)])
    named: dict[Node | Leaf, tuple[str, Tensor]] = {}
    for name, variable in _tensors_by_name(names):
        if (place := place_of(variable)) is not None:
            named.setdefault(place, (name, variable))  # of several names the first counts
    graph = Graph(tensor)
    for node in if_long(nodes, "graph", len(nodes)):
        if isinstance(node, Leaf):
            kind = "parameter" if node in named and is_parameter(named[node][1]) else "leaf"
            graph.add(Entry(len(graph), kind), node)
        else:
            _add_operation(graph, node)
    for node, (name, variable) in named.items():
        if node in graph.numbers:
            entry = graph.entries[graph.numbers[node]]
            entry.name, entry.value, entry.origin = name, variable.array, "tensor"
    output = graph.entries[graph.output]
    output.value, output.origin = tensor.array, "tensor"
    _forget_overwritten(graph)
    replay_missing(graph)
    for entry in graph:
        if entry.value is not None:
            entry.shape, entry.dtype = tuple(np.shape(entry.value)), dtype_name(entry.value)
    _name_constants(graph, names)
    _name_results(graph)
    return graph


def root_of(tensor: Tensor) -> Node | Leaf:
    """The node of a tensor; raises an error if the argument is not a Tensor or has no node."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"expected a Tensor, but got {type(tensor).__name__}")
    place = place_of(tensor)
    if place is None:
        raise RuntimeError(
            f"this tensor (shape {tuple(tensor.shape)}) has no graph: it does not require grad. Either none of its "
            "inputs requires grad or is watched by a tape, or it was computed under no_grad() or detached"
        )
    return place


# -- names ------------------------------------------------------------------------------------------


def _name_constants(graph: Graph, names: Any) -> None:
    """Name each constant whose array belongs to a named tensor."""
    constants = [entry for entry in graph if entry.kind == "constant" and isinstance(entry.value, np.ndarray)]
    if constants:
        name_by_array = {id(tensor.array): name for name, tensor in reversed(list(_tensors_by_name(names)))}
        for entry in constants:
            entry.name = name_by_array.get(id(entry.value))


def _name_results(graph: Graph) -> None:
    """Name the results without a name by the variables that the recorded lines assigned them to.

    The values of one variable are numbered in their order: `h (2)` is the second, and the first is `h`, unless the user
    gave that name to another. Where a line calls a module, only the last operation of that call gets the name. A result
    that was assigned together with others, as in `a, b = f(x)`, has the name of a variable that held it.
    """
    taken = {entry.name for entry in graph if entry.name is not None}
    last, held = {}, {}
    for entry, node in zip(graph, graph.nodes):
        record = None if node is None else record_of(node)
        if record is not None:
            last[record.execution] = entry.number, record.assigned
            held[entry.number] = record.variable
    assigned = dict(last.values())
    counts: dict[str, int] = {}
    for entry in graph:
        name = entry.name or assigned.get(entry.number) or held.get(entry.number)
        if name is None:
            continue
        counts[name] = counts.get(name, 0) + 1
        if entry.name is None:
            entry.name = name if counts[name] == 1 and name not in taken else f"{name} ({counts[name]})"
            while entry.name in taken:
                counts[name] += 1
                entry.name = f"{name} ({counts[name]})"


def _tensors_by_name(names: Any) -> Iterator[tuple[str, Tensor]]:
    """All named tensors: variables first, then the parameters of modules under their dotted names."""
    if names is None:
        return
    if isinstance(names, Module) or is_keras(names):
        names = {"": names}
    if not isinstance(names, Mapping):
        raise TypeError(f"names must be a mapping from names to tensors, or a module, but got {type(names).__name__}")
    modules = []
    for name, value in names.items():
        if isinstance(value, Tensor):
            yield _given_name(value) or str(name), value
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                if isinstance(item, Tensor):
                    yield _given_name(item) or f"{name}[{i}]", item
        elif isinstance(value, Module):
            modules.append((str(name), value))
        elif is_keras(value):
            yield from all_parameters(value).items()
    for name, module in modules:
        for path, parameter in module.named_parameters():
            yield _given_name(parameter) or (f"{name}.{path}" if name else path), parameter


def _given_name(tensor: Tensor) -> str | None:
    """The name that a TensorFlow variable was given with `name=`; None if it was given none."""
    own = getattr(tensor, "name", None)
    given = own.removesuffix(":0") if isinstance(own, str) else "Variable"
    return None if given == "Variable" else given


def callers_names() -> dict[str, Any]:
    """The variables visible where the user called the project, without those whose names start with `_`."""
    frame: FrameType = sys._getframe(users_level() - 1)
    variables = {**frame.f_locals, **frame.f_globals, **frame.f_locals}  # the local ones first, and not hidden
    return {name: value for name, value in variables.items() if not name.startswith("_")}


def is_parameter(value: Any) -> bool:
    """Whether a tensor is an `nn.Parameter`, or a TensorFlow variable, whose class has the attribute `trainable`."""
    return isinstance(value, Parameter) or hasattr(type(value), "trainable")


# -- operations -------------------------------------------------------------------------------------


#: The rules of operations that always have all their operands, so that a parent without a node is a constant.
_ALL_OPERANDS = ({"x", "y"}, {"xs"}, {"x", "value"}, {"base", "view"})


def _add_operation(graph: Graph, node: Node) -> None:
    """Add the entries of a node, first its constant arguments, then the node itself; with the values that it holds."""
    if node.saved is None:
        raise RuntimeError(
            f"the graph of this tensor was freed by a backward pass (at {node.name()}): inspect it before backward(), "
            "or call backward(retain_graph=True)"
        )
    primitive = node.primitive
    rules = tuple(primitive.rules)
    if rules == ("xs",):
        rules = tuple(f"xs[{i}]" for i in range(len(node.parents)))
    saved = {name: value for name, value in zip(primitive.saves, node.saved) if value is not None}
    record = record_of(node)
    parents: list[int | None] = []
    for parameter, parent in zip(rules, node.parents):
        if parent is not None:
            parents.append(graph.numbers[parent])
            continue
        constant = Entry(len(graph.entries), "constant")
        _give(constant, saved.get(parameter), "saved")
        for number in node.saved[len(primitive.saves) :]:  # of an operation whose rules need none
            _give(constant, number if isinstance(number, (int, float, complex, np.generic)) else None, "saved")
        if record is not None:
            _give(constant, record.arguments.get(parameter), "remembered")
        if constant.value is not None or set(primitive.rules) in _ALL_OPERANDS:
            parents.append(constant.number)
            graph.add(constant, None)
        else:
            parents.append(None)  # an argument that was left out or is not a tensor
    entry = Entry(len(graph), "operation", None, primitive.name, rules, tuple(parents), saved)
    entry.site = site_of(node) if record is None else record.site
    graph.add(entry, node)
    inputs = graph.arguments(entry)
    if record is not None:
        entry.modules = record.modules
        _give(entry, record.value, "remembered")
        for name, argument in inputs:
            _give(argument, record.arguments.get(name), "remembered")
    _give(entry, saved.get("out"), "saved")
    for name, argument in inputs:
        _give(argument, saved.get(name), "saved")


def is_value(value: Any) -> bool:
    """Whether a value is an array or a number."""
    return isinstance(value, (np.ndarray, np.generic, bool, int, float, complex))


def dtype_name(value: Any) -> str:
    """The dtype of an array or a number by PyTorch's name, such as `float32`."""
    return _name_of(value.dtype if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value).dtype)


@functools.cache
def _name_of(numpy_dtype: NumpyDType) -> str:
    return str(from_numpy_dtype(numpy_dtype)).rpartition(".")[2]


# -- values -----------------------------------------------------------------------------------------


def replay_missing(graph: Graph) -> None:
    """Compute the unknown values, as far as they follow from the known ones."""
    for entry, node in zip(graph, graph.nodes):
        if isinstance(node, Node) and entry.value is None:
            _replay(graph, entry, node)


def _give(entry: Entry, value: Any, origin: str) -> None:
    if entry.value is None and is_value(value):
        entry.value, entry.origin = value, origin


def _forget_overwritten(graph: Graph) -> None:
    """Forget the values whose memory was overwritten after the operation that used or computed them."""
    for entry, node in zip(graph, graph.nodes):
        if not isinstance(node, Node) or last_write.age >= node.age:
            continue  # a leaf, or no in-place write happened since
        own = None if entry.origin == "tensor" else entry.number  # a tensor's current value is known also after a write
        for number in (own, *entry.parents):
            if number is not None and written_since(graph.entries[number].value, node.age):
                graph.entries[number].value, graph.entries[number].origin = None, "overwritten"


def _replay(graph: Graph, entry: Entry, node: Node) -> None:
    """Compute a value again, if all arguments of the primitive's forward are known."""
    if any(written_since(value, node.age) for value in entry.saved.values()):
        return
    primitive = node.primitive
    parameters, forward = getattr(primitive, "parameters", ()), getattr(primitive, "forward", None)
    inputs = {name: parent.value for name, parent in graph.arguments(entry)}
    known_here = {**entry.saved, "shape": entry.shape, **inputs}
    arguments = [known_here.get(name) for name in parameters]
    for name, argument in zip(parameters, arguments):
        # None may be a real argument (all axes) if a rule saves it; a list may be written to by the forward.
        meant = argument is not None or (name in primitive.saves and name not in primitive.rules)
        if not meant or isinstance(argument, list):
            return
    if not arguments or forward is None:
        return
    try:
        value = computed(forward, *arguments)
    except Exception:  # a saved value need not have the form that the forward takes: the value stays unknown
        return
    _give(entry, value, "replayed")
