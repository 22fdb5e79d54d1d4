"""What changes between the calls of a step and is not among its arguments: the compiled step sees it as eager does.

Each case reads something that is changed after four calls. Either its program is made anew, or the step runs eagerly
with a warning; never does it compute with what it saw before.
"""

from __future__ import annotations

import builtins
import collections
import functools
import gc
import os
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import nn, optim
from autograd.nn import functional as F
from tests.tools.compiled import Made, compare

#: A step of one tensor, and what changes something: it is called with 0 before the first four calls, then with 1.
Case = tuple[Callable[[Any], Any], Callable[[int], Any]]


def setting(owner: Any, name: str, *values: Any) -> Callable[[int], None]:
    """Gives an attribute one of two values."""
    return lambda i: setattr(owner, name, values[i])


def putting(owner: Any, key: Any, *values: Any) -> Callable[[int], None]:
    """Puts one of two values at a place in a list or dict."""
    return lambda i: owner.__setitem__(key, values[i])


def coming(owner: Any, name: str, value: Any) -> Callable[[int], None]:
    """An attribute that comes to be."""
    return lambda i: setattr(owner, name, value) if i else None


def times(x: Any, k: Any = 1.0, *, by: Any = 1.0) -> Any:
    return x * k * by


def new_function() -> Any:
    copied = types.FunctionType(times.__code__, globals(), "times", (1.0,))
    copied.__kwdefaults__ = {"by": 1.0}
    return copied


def of_function(name: str, *values: Any) -> Case:
    function = new_function()
    return (lambda x: function(x)), setting(function, name, *values)


def written_keyword_default() -> Case:
    function = new_function()
    return (lambda x: function(x)), lambda i: putting(function.__kwdefaults__, "by", 1.0, 2.0)(i)


def default_of_forward() -> Case:
    class Layer(nn.Module):
        def forward(self, x: Any, k: Any = 1.0) -> Any:
            return x * k

    return Layer(), setting(Layer.forward, "__defaults__", (1.0,), (2.0,))


def wrapped() -> Case:
    @functools.wraps(times)
    def function(x: Any) -> Any:
        return function.__wrapped__(x)

    return (lambda x: function(x)), setting(function, "__wrapped__", times, lambda x: x * 2)


def two_closures() -> Case:
    boxes = [1.0], [1.0]

    def maker(box: Any) -> Any:
        return lambda x: x * box[0]

    one, two = map(maker, boxes)
    return (lambda x: one(x) + two(x)), putting(boxes[1], 0, 1.0, 2.0)


def boxed(make: Callable[[Any], Callable[[Any], Any]]) -> Callable[[], Case]:
    """A case whose step reads the number in a list, as `make(the list)` does."""

    def case() -> Case:
        box = [1.0]
        return make(box), putting(box, 0, 1.0, 2.0)

    return case


def in_a_constructor(box: Any) -> Any:
    class Scale:
        def __init__(self) -> None:
            self.value = box[0]

    return lambda x: x * Scale().value


def in_new(box: Any) -> Any:
    class Scale:
        def __new__(cls) -> Any:
            return box[0]

    return lambda x: x * Scale()


def in_a_repr(box: Any) -> Any:
    class Scale:
        def __repr__(self) -> str:
            return "x" * int(box[0])

    scale = Scale()
    return lambda x: x * len(repr(scale))


def in_a_metaclass(box: Any) -> Any:
    class Meta(type):
        @property
        def value(cls) -> Any:
            return box[0]

        def __instancecheck__(cls, other: Any) -> bool:
            return bool(box[0] > 1)

    class Scale(metaclass=Meta):
        pass

    return lambda x: x * Scale.value + isinstance(x, Scale)


def in_a_descriptor(box: Any) -> Any:
    class Descriptor:
        def __get__(self, owner: Any, kind: Any) -> Any:
            return [box[0]]

    class Scale:
        value = Descriptor()

    scale = Scale()
    return lambda x: x * scale.value[0]


def in_a_missing_key(box: Any) -> Any:
    class Scale(dict):  # type: ignore[type-arg]  # of any keys
        def __missing__(self, key: str) -> Any:
            return box[0]

    scale = Scale()
    return lambda x: x * scale["value"]


def in_a_partial_method(box: Any) -> Any:
    class Scale:
        def by(self, x: Any, k: Any) -> Any:
            return x * k * box[0]

        twice = functools.partialmethod(by, k=2)

    scale = Scale()
    return lambda x: scale.twice(x)


def in_a_generic_function(box: Any) -> Any:
    @functools.singledispatch
    def scale(number: Any) -> Any:
        return 1.0

    scale.register(int)(lambda number: box[0])
    return lambda x: x * scale(1)


def new_class() -> Any:
    class Plain:
        value = 1.0

        def __len__(self) -> int:
            return 1

        def __call__(self, x: Any) -> Any:
            return x

    return Plain


def of_class(read: Callable[[Any, Any], Any], change: Callable[[Any], Callable[[int], Any]]) -> Callable[[], Case]:
    """A case whose step reads an object of a class, of which something is changed."""

    def case() -> Case:
        kind = new_class()
        owner = kind()
        return (lambda x: read(x, owner)), change(kind)

    return case


class Unset:
    __slots__ = ("value",)


def slot() -> Case:
    owner = Unset()
    return (lambda x: x * getattr(owner, "value", 3.0)), coming(owner, "value", 2.0)


def attribute() -> Case:
    owner = types.SimpleNamespace()
    return (lambda x: x * (owner.value if hasattr(owner, "value") else 3.0)), coming(owner, "value", 2.0)


def variable() -> Case:
    space: dict[str, Any] = {"__builtins__": builtins}
    exec("def step(x):\n    return x * len('abc')", space)
    return space["step"], lambda i: space.update(len=lambda text: 9) if i else None


def module(text: str, read: str, change: Callable[[Any], Callable[[int], Any]]) -> Callable[[], Case]:
    """A case whose step imports a module of this text."""

    def case() -> Case:
        own = types.ModuleType("of_between_calls")
        exec(compile(text, "/of_between_calls.py", "exec"), own.__dict__)
        sys.modules["of_between_calls"] = own
        space: dict[str, Any] = {}
        exec(f"def step(x):\n    import of_between_calls as own\n    return x * {read}", space)
        return space["step"], change(own)

    return case


def held(make: Callable[[], Any], read: Callable[[Any], Any], change: Callable[[Any, int], Any]) -> Callable[[], Case]:
    """A case whose step reads an object."""

    def case() -> Case:
        owner = make()
        return (lambda x: x * read(owner)), lambda i: change(owner, i)

    return case


def view_of(values: Any) -> Any:
    return types.SimpleNamespace(values=values, view=values.values())


class Key:
    value = 1.0


def of_layer(write: Callable[[Any, float], Any]) -> Callable[[], Case]:
    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = 1.0

        def forward(self, x: Any) -> Any:
            return x * self.scale

    def case() -> Case:
        layer = Layer()
        return (lambda x: layer(x)), lambda i: write(layer, 1.0 + i)

    return case


def order_of_parameters() -> Case:
    layer = nn.ParameterDict({"a": torch.ones(1), "b": torch.full((1,), 2.0)})
    step = lambda x: x * next(iter(layer.parameters()))
    return step, lambda i: layer._parameters.update(a=layer._parameters.pop("a")) if i else None


class Descent(optim.Optimizer):
    """Plain descent, with settings in places of its own."""

    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, {"lr": 0.1})
        self.own = {"scale": 1.0}

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # takes no closure
        for p in self.param_groups[0]["params"]:
            p.sub_(p.grad * self.own["scale"] * self.state[p].get("scale", 1.0))


def of_optimizer(change: Callable[[Any, Any], Callable[[int], Any]]) -> Case:
    w = torch.ones(3, requires_grad=True)
    optimizer = Descent([w])

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        (w * x).sum().backward()
        optimizer.step()
        return w * 1

    return step, change(optimizer, w)


def distribution() -> Case:
    normal = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    return (lambda x: normal.log_prob(x)), setting(normal, "loc", torch.zeros(3), torch.ones(3))


def required() -> Case:
    w = torch.ones(3)
    return (lambda x: x * (2 if w.requires_grad else 1)), lambda i: w.requires_grad_(i == 1)


def gradient_required() -> Case:
    w = torch.ones(3, requires_grad=True)
    w.grad = torch.ones(3)
    return (lambda x: x * (2 if w.grad.requires_grad else 1)), lambda i: w.grad.requires_grad_(i == 1)


def environment() -> Case:
    change = lambda i: os.environ.__setitem__("GLASSGRAD_OF_A_TEST", str(i + 1))
    return (lambda x: x * float(os.environ["GLASSGRAD_OF_A_TEST"])), change


def counted() -> Case:
    written = torch.ones(3)
    return (lambda x: x * written._version), lambda i: written.add_(1)


#: What makes another program.
SEEN: dict[str, Callable[[], Case]] = {
    "defaults": lambda: of_function("__defaults__", (1.0,), (2.0,)),
    "defaults that are equal to others": lambda: of_function("__defaults__", (0.0,), (-0.0,)),
    "defaults of keywords": lambda: of_function("__kwdefaults__", {"by": 1.0}, {"by": 2.0}),
    "a default of a keyword": written_keyword_default, "a default of forward": default_of_forward,
    "the wrapped function": wrapped, "the second closure of one function": two_closures,
    "a constructor": boxed(in_a_constructor), "a __new__": boxed(in_new), "a repr": boxed(in_a_repr),
    "a metaclass": boxed(in_a_metaclass), "a descriptor": boxed(in_a_descriptor),
    "a missing key": boxed(in_a_missing_key), "a partial method": boxed(in_a_partial_method),
    "a generic function": boxed(in_a_generic_function),
    "a default factory": boxed(lambda box: lambda x: x * collections.defaultdict(lambda: box[0])["a"]),
    "a special method of a class": of_class(
        lambda x, own: x * len(own), lambda kind: setting(kind, "__len__", lambda self: 1, lambda self: 2)
    ),
    "the call of a class": of_class(
        lambda x, own: own(x), lambda kind: setting(kind, "__call__", lambda self, x: x, lambda self, x: x * 2)
    ),
    "a special method that comes to be": of_class(
        lambda x, own: x * (3 if own else 4), lambda kind: coming(kind, "__bool__", lambda self: False)
    ),
    "an attribute of a class that comes to be": of_class(
        lambda x, own: x * getattr(own, "other", 3.0), lambda kind: coming(kind, "other", 2.0)
    ),
    "a slot that comes to be": slot, "an attribute that comes to be": attribute,
    "a global variable in place of a builtin one": variable,
    "a module that is imported in the step": module("k = 1.0", "own.k", lambda own: setting(own, "k", 1.0, 2.0)),
    "a function of such a module": module(
        "k = 1.0\ndef f():\n    return k", "own.f()", lambda own: setting(own, "k", 1.0, 2.0)
    ),
    "the __getattr__ of a module": module(
        "store = {'k': 1.0}\ndef __getattr__(name):\n    return store[name]", "own.k",
        lambda own: putting(own.store, "k", 1.0, 2.0),
    ),
    "an attribute of an imported module": lambda: (
        lambda x: x * len(sys.argv), lambda i: sys.argv.__setitem__(slice(None), ["a"] * (i + 1))
    ),
    "an attribute of a list": held(
        lambda: type("Own", (list,), {})(), lambda own: getattr(own, "k", 1.0),
        lambda own, i: setattr(own, "k", i + 1.0),
    ),
    "the values of a dict": held(
        lambda: view_of({"a": 1.0}), lambda own: sum(own.view), lambda own, i: own.values.update(a=i + 1.0)
    ),
    "the keys of a dict": held(
        lambda: {Key(): 1}, lambda own: next(iter(own)).value, lambda own, i: setattr(next(iter(own)), "value", i + 1.0)
    ),
    "the members of a frozen set": held(
        lambda: frozenset([Key()]), lambda own: sum(key.value for key in own),
        lambda own, i: setattr(next(iter(own)), "value", i + 1.0),
    ),
    "a view of bytes": held(
        lambda: memoryview(bytearray(2)), lambda own: own[1], lambda own, i: putting(own, 1, 1, 2)(i)
    ),
    "an element of a large array": held(
        lambda: np.ones(5000), lambda own: float(own[4000]), lambda own, i: putting(own, 4000, 1, 2)(i)
    ),
    "an event": held(threading.Event, lambda own: 2 if own.is_set() else 1, lambda own, i: own.set() if i else None),
    "a distribution": distribution,
    "the attributes of a layer by its __dict__": of_layer(lambda layer, v: vars(layer).update(scale=v)),
    "the attributes of a layer past its __setattr__": of_layer(lambda layer, v: object.__setattr__(layer, "scale", v)),
    "the order of parameters": order_of_parameters,
    "a setting of an optimizer": lambda: of_optimizer(lambda own, w: putting(own.own, "scale", 1.0, 2.0)),
    "a number in the state of an optimizer": lambda: of_optimizer(
        lambda own, w: lambda i: own.state[w].update(scale=1.0 + i)
    ),
    "a number that comes to the state of an optimizer": lambda: of_optimizer(
        lambda own, w: lambda i: own.state[w].update(scale=2.0) if i else own.state[w]
    ),
    "whether a constant requires a gradient": required,
    "whether a gradient requires a gradient": gradient_required,
    "a function of the library": lambda: (
        lambda x: F.relu(x), lambda i: setattr(F, "relu", abs if i else F.leaky_relu)
    ),
}  # fmt: skip

#: What no program can follow.
REFUSED: dict[str, Callable[[], Case]] = {
    "how often a tensor was written": counted, "the environment": environment,
    "threads": lambda: (
        lambda x: x * torch.get_num_threads(), lambda i: torch.set_num_threads(2 - i)
    ),
    "the switch of the collector": lambda: (
        lambda x: x * (2 if gc.isenabled() else 1), lambda i: gc.disable() if i else gc.enable()
    ),
    "a seed": lambda: (lambda x: x * torch.initial_seed(), lambda i: torch.manual_seed(i + 1)),
    "a lock": held(threading.Lock, lambda own: 2 if own.locked() else 1, lambda own, i: i and own.acquire(False)),
    "NumPy's treatment of errors": lambda: (
        lambda x: x * len(np.geterr()["over"]), lambda i: np.seterr(over="ignore" if i else "warn")
    ),
    "a very large array": held(
        lambda: np.ones(200_000), lambda own: float(own[4]), lambda own, i: putting(own, 4, 1, 2)(i)
    ),
    "an array of objects": held(
        lambda: np.array([1.0, None]), lambda own: own[0], lambda own, i: putting(own, 0, 1.0, 2.0)(i)
    ),
    "code that is a text": held(
        lambda: {"text": "1.0"}, lambda own: eval(own["text"]), lambda own, i: own.update(text=str(i + 1.0))
    ),
}  # fmt: skip


def made(case: Callable[[], Case]) -> Made:
    step, change = case()
    return Made(step, [], lambda i: change(i // 4))


CALLS = [lambda i=i: (torch.full((3,), float(i) - 3),) for i in range(6)]


@pytest.fixture(autouse=True)
def _what_the_cases_change(monkeypatch: Any) -> Any:
    monkeypatch.setattr(F, "relu", F.relu)
    monkeypatch.setattr(sys, "argv", ["a"])
    monkeypatch.setenv("GLASSGRAD_OF_A_TEST", "1")
    threads, errors = torch.get_num_threads(), np.geterr()
    yield
    torch.set_num_threads(threads)
    np.seterr(**errors)
    gc.enable()
    sys.modules.pop("of_between_calls", None)


@pytest.mark.parametrize("name", SEEN)
def test_what_changes_between_the_calls_is_seen(name: str) -> None:
    ran = compare(lambda: made(SEEN[name]), CALLS)
    assert not ran.reasons and ran.compiled.program is not None


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_program_can_follow_runs_eagerly_with_a_reason(name: str) -> None:
    ran = compare(lambda: made(REFUSED[name]), CALLS)
    assert ran.reasons and ran.compiled.program is None


@pytest.mark.parametrize("read", [os.path.exists, os.listdir, lambda path: os.stat(path).st_size, os.scandir])
def test_files_are_looked_for_in_every_call(read: Any, tmp_path: Any) -> None:
    folders = iter([tmp_path / "a", tmp_path / "b"])

    def case() -> Case:
        folder = next(folders)
        folder.mkdir()
        count = lambda found: len(list(found)) if hasattr(found, "__iter__") else int(found)
        step = lambda x: x * count(read(str(folder / "new") if read is os.path.exists else str(folder)))
        return step, lambda i: (folder / "new").write_text("ab") if i else None

    ran = compare(lambda: made(case), CALLS)
    assert "calls " in ran.reasons[0] and ran.compiled.program is None
