"""What a step reads around it, in whatever place it stands: another value there gets another program."""

from __future__ import annotations

import functools
import weakref
from collections import ChainMap, UserDict, deque
from contextvars import ContextVar
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import nn
from autograd.compiler import origin
from tests.tools.compiled import Made, compare

CALLS = [lambda i=i: (torch.full((3,), float(i)),) for i in range(12)]


class Owner:
    """Has its value in its class, behind a property, behind methods, and under a name that is a string."""

    shared = 1.0

    def __init__(self) -> None:
        self.own = 1.0
        self.part = SimpleNamespace(own=1.0)

    @property
    def twice(self) -> float:
        return 2 * self.own

    @functools.cached_property
    def kept(self) -> Any:
        return self.part

    def of_the_part(self) -> Any:
        return self.part.own

    def call_the_part(self) -> Any:
        return self.of_the_part()

    def named(self) -> Any:
        return getattr(self, "own")  # noqa: B009 - the name is a string here


class Slotted:
    __slots__ = ("__weakref__", "own")

    def __init__(self) -> None:
        self.own = 1.0


class Hidden:
    """Has its value in a dict, behind special methods."""

    def __init__(self) -> None:
        self._values = {"own": 1.0}

    def __getattr__(self, name: str) -> Any:
        return self._values[name]

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __rmul__(self, other: Any) -> Any:
        return other * self._values["own"]

    def __len__(self) -> int:
        return int(self._values["own"])


class Base:
    def __init__(self) -> None:
        self.hidden = [1.0]

    def scaled(self) -> Any:
        return 2 * self.hidden[0]


class Derived(Base):
    def scaled(self) -> Any:
        return super().scaled()


class Shown:
    def __init__(self) -> None:
        self._own = {"own": 1.0}
        self.shown = MappingProxyType(self._own)


class Referring:
    def __init__(self) -> None:
        self.strong = Slotted()
        self.weak = weakref.ref(self.strong)


class Layer(nn.Module):
    """Holds values in what its attributes hold."""

    shared = 1.0

    def __init__(self, holder: Any) -> None:
        super().__init__()
        self.holder = holder

    def value(self) -> Any:
        return self.holder["own"] if isinstance(self.holder, dict) else self.holder.own

    def forward(self, x: Any) -> Any:
        return x * self.value() * self.shared


def put(key: Any) -> Any:
    return lambda holder, value: holder.__setitem__(key, value)


def attribute(name: str) -> Any:
    return lambda holder, value: setattr(holder, name, value)


def grow(holder: Any, value: Any) -> None:
    holder.extend([value] * (int(value) - len(holder)))


def called(layer: Any) -> Any:
    return layer(torch.ones(1))


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else {"own": 1.0}


def innermost(holder: Any) -> Any:
    return innermost(holder["a"]) if "a" in holder else holder


#: For each place: what holds the value, what reads it, and what puts another one there.
PLACES: dict[str, tuple[Any, Any, Any]] = {
    "attribute of a class": (lambda: type("Sub", (Owner,), {"shared": 1.0}), lambda h: h.shared, attribute("shared")),
    "attribute of the class of an object": (Owner, lambda h: h.shared, lambda h, v: setattr(Owner, "shared", v)),
    "attribute that hides that of the class": (Owner, lambda h: h.shared, attribute("shared")),
    "property": (Owner, lambda h: h.twice, attribute("own")),
    "cached property": (Owner, lambda h: h.kept.own, lambda h, v: setattr(h.part, "own", v)),
    "methods of methods": (Owner, lambda h: h.call_the_part(), lambda h, v: setattr(h.part, "own", v)),
    "getattr": (Owner, lambda h: h.named(), attribute("own")),
    "getattr with a name that is computed": (Owner, lambda h: getattr(h, "".join(["o", "wn"])), attribute("own")),
    "getattr with parts of a name": (Owner, lambda h: getattr(h, f"o{type(h).__name__[1]}n"), attribute("own")),
    "the attributes as a dict": (Owner, lambda h: vars(h)["own"], attribute("own")),
    "attribute of a function": (lambda: lambda: None, lambda h: getattr(h, "own", 1.0), attribute("own")),
    "attribute of a parameter": (
        lambda: nn.Linear(1, 1), lambda h: getattr(h.weight, "own", 1.0), lambda h, v: setattr(h.weight, "own", v),
    ),
    "context variable": (lambda: ContextVar("own"), lambda h: h.get(1.0), lambda h, v: h.set(v)),
    "what an object has by __getattr__": (Hidden, lambda h: h.own, put("own")),
    "what an object has by __getitem__": (Hidden, lambda h: h["own"], put("own")),
    "what an object multiplies by": (Hidden, lambda h: 1.0 * h, put("own")),
    "length of an object": (Hidden, len, put("own")),
    "method of a base class": (Derived, lambda h: h.scaled(), lambda h, v: h.hidden.__setitem__(0, v)),
    "mapping of the standard library": (lambda: UserDict(own=1.0), lambda h: h["own"], put("own")),
    "one of several dicts": (
        lambda: ChainMap({}, {"own": 1.0}), lambda h: h["own"], lambda h, v: h.maps[1].update(own=v),
    ),
    "dict that is shown": (Shown, lambda h: h.shown["own"], lambda h, v: put("own")(h._own, v)),
    "list in a deque": (lambda: deque([[1.0]]), lambda h: h[0][0], lambda h, v: put(0)(h[0], v)),
    "bytes": (lambda: bytearray(3), lambda h: h[1], lambda h, v: put(1)(h, int(v))),
    "weak reference": (Referring, lambda h: h.weak().own, lambda h, v: setattr(h.strong, "own", v)),
    "code of a function": (
        lambda: lambda: 1.0, lambda h: h(), lambda h, v: setattr(h, "__code__", eval(f"lambda: {v}").__code__),
    ),
    "dict in dicts": (lambda: nested(9), lambda h: innermost(h)["own"], lambda h, v: put("own")(innermost(h), v)),
    "slot": (Slotted, lambda h: h.own, attribute("own")),
    "attribute of a tensor": (lambda: torch.ones(1), lambda h: getattr(h, "own", 1.0), attribute("own")),
    "item of a long list": (lambda: [1.0] * 50, lambda h: h[40], put(40)),
    "length of a list": (lambda: [1.0], len, grow),
    "length of a deque": (lambda: deque([1.0]), len, grow),
    "member of a set": (set, lambda h: 2.0 if "x" in h else 1.0, lambda h, v: h.add("x") if v % 2 else h.clear()),
    "new key of a dict": (dict, lambda h: h.get("own", 1.0), put("own")),
    "element of an array": (lambda: np.ones(3), lambda h: float(h[1]), put(1)),
    "sum of an array": (lambda: np.ones(3), lambda h: float(h.sum()), put(1)),
    "object in a layer": (lambda: Layer(Slotted()), called, lambda h, v: setattr(h.holder, "own", v)),
    "dict in a layer": (lambda: Layer({"own": 1.0}), called, lambda h, v: put("own")(h.holder, v)),
    "class of a layer": (lambda: nn.Sequential(Layer(Slotted())), called, lambda h, v: setattr(Layer, "shared", v)),
    "forward of a class": (
        lambda: type("Sub", (Layer,), {"forward": Layer.forward})(Slotted()), called,
        lambda h, v: setattr(type(h), "forward", (lambda self, x: x * 5) if v > 4 else Layer.forward),
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_another_value_around_the_step_gets_another_program(place: Any, monkeypatch: Any) -> None:
    for owner in (Owner, Layer):
        monkeypatch.setattr(owner, "shared", 1.0)
    make, read, change = PLACES[place]

    def made() -> Made:
        Owner.shared = Layer.shared = 1.0
        holder = make()
        return Made(lambda x: x * read(holder), [], lambda i: change(holder, float(i // 4 + 3)) if i else None)

    ran = compare(made, CALLS)
    assert not ran.reasons and ran.compiled.program is not None


@pytest.mark.parametrize("place", ["attribute of a class", "slot", "element of an array"])
def test_a_step_that_changes_its_surroundings_is_refused(place: Any) -> None:
    make, read, change = PLACES[place]

    def made() -> Made:
        holder = make()

        def step(x: Any) -> Any:
            change(holder, read(holder) + 1.0)
            return x * read(holder)

        return Made(step)

    assert "the step changes" in compare(made, CALLS).reasons[0]


def test_a_step_may_return_its_argument() -> None:
    ran = compare(lambda: Made(lambda x: x), CALLS)
    assert not ran.reasons and ran.compiled.program is not None


def test_an_attribute_of_a_compiled_module_is_that_of_the_module() -> None:
    module: Any = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    compiled = torch.compile(module)
    compiled.scale = 3
    compiled.head = nn.Linear(2, 3)
    assert module.scale == 3 and isinstance(module[2], nn.Linear) and list(compiled._modules) == ["_orig_mod"]
    for _ in range(4):
        assert compiled(torch.ones(1, 2)).shape == (1, 3)
    module.eval()
    assert not compiled.training
    compiled.training = True
    assert module.training and compiled.train(False) is compiled and not module[1].training
    del compiled.scale
    assert not hasattr(module, "scale")


def test_installed_packages_are_the_users_code_and_those_below_the_compiler_are_not(monkeypatch: Any) -> None:
    monkeypatch.setattr(origin, "_STDLIB", "/python/lib")
    monkeypatch.setattr(origin, "_SITE", "/python/lib/site-packages")
    monkeypatch.setattr(origin, "_NOT_THE_USERS", ("/python/lib/site-packages/nn/",))
    ours = ["/python/lib/site-packages/nn/module.py", "/python/lib/json/decoder.py", "<"]
    others = ["/python/lib/site-packages/nn_models/net.py", "/home/me/train.py", "<string>"]
    assert [origin.is_the_users(file) for file in ours + others] == [False] * 3 + [True] * 3


def test_a_step_that_returns_an_iterator_is_refused() -> None:
    step = torch.compile(lambda x: (x * i for i in range(2)))
    with pytest.warns(UserWarning, match="returns an iterator"):
        for _ in range(4):
            assert [t.tolist() for t in step(torch.ones(1))] == [[0.0], [1.0]]


@pytest.mark.parametrize("written", ["argument", "parameter", "result"])
def test_what_a_backward_program_reads_may_not_be_written_before_it_runs(written: Any) -> None:
    w = torch.ones(3, requires_grad=True)
    step = torch.compile(lambda x: (w * x).exp())
    for _ in range(2):  # the program runs from the third call on
        step(torch.ones(3, requires_grad=True))
    for _ in range(2):
        x = torch.ones(3, requires_grad=True)
        y = step(x)
        with torch.no_grad():
            {"argument": x, "parameter": w, "result": y.detach()}[written].mul_(2.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()
    assert step.program is not None


def test_a_number_that_is_another_one_in_every_call_is_told_of_once() -> None:
    step = torch.compile(lambda x, number: x * number)
    with pytest.warns(UserWarning, match="pass a number that changes as a tensor") as told:
        for i in range(200):
            assert step(torch.ones(1), i / 7).item() == pytest.approx(i / 7)
    assert len(told) == 1 and len(step._seen) <= 64


#: A program without a file: from a terminal, from `python -c`, or executed as text.
TYPED = """
import autograd as torch
scale, calls = 1.0, 0
@torch.compile
def step(x):
    global calls
    calls += 1
    return x * scale * calls
found = []
for i in range(8):
    scale = float(i // 2)
    found.append(step(torch.ones(1)).item())
"""


@pytest.mark.parametrize("file", ["<stdin>", "<string>", "<ipython-input-1-0a1b>", "<python-input-0>"])
def test_a_step_that_stands_in_no_file_sees_what_is_around_it_too(file: str) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(TYPED, file, "exec"), space)
    assert space["found"] == [(i // 2) * (i + 1) for i in range(8)]
    assert space["step"].program is not None
