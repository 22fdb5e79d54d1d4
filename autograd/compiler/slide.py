"""Slide: the text of a program for reading: the user's own line as a rule above what became of it, d_x for a gradient.

Without memory and out=: every value is a new array, and the name says what it is. The text can be run too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.primitive import registry
from ..core.rule_text import text_of
from .blocks import without_blocks
from .expressions import (
    OPERATORS,
    UNARY,
    WHOLE,
    Writer,
    is_numpys,
    is_transpose,
    literal,
    options_of,
    reduction,
    unlocked,
)
from .layout import layout_of, storage_of
from .names import Names, counted, counts_up
from .program import Program, is_copy
from .sections import Section, Sections
from .source import shortened
from .symbols import Number, Statement, Symbol, parts
from .varying import Draw

_METHODS = {
    np.add: "sum", np.multiply: "prod", np.maximum: "max", np.minimum: "min", np.logical_or: "any",
    np.logical_and: "all",
}  # fmt: skip
_SYMBOLS = OPERATORS | {np.matmul: "@", np.bitwise_and: "&", np.bitwise_or: "|", np.bitwise_xor: "^"}
_IN_PLACE = (np.add, np.subtract, np.multiply, np.true_divide)
#: The columns at which the comments and the user's lines start.
_COMMENT, _RULE = 58, 58
#: The longest line of the header.
_WIDTH = 100


class Slide(Writer):
    """The text of a program in the reading style.

    Attributes:
        space: with the arguments beside it, what the text needs to run.
    """

    longest = 46

    def __init__(self, program: Program, names: Names, title: str, parameters: list[str]) -> None:
        self.program, self.names = program, names
        statements = without_blocks(program.statements)
        self._kept = {id(v) for s in statements for v in s.made() if v.storage in program.kept}
        self._inputs = {id(v) for v in program.inputs}
        self._makers = {id(v): s for s in statements for v in s.made()}
        self._masked, folded = _masked(statements)
        self._same: dict[int, Symbol] = {}  # what is copied to .grad and not used otherwise is the gradient
        for s in statements:
            if s.where.phase == "gradients" and is_copy(s) and self._is_moved(s, statements):
                self._same[id(s.outs[0])] = s.args[0]
                names.propose(s.args[0], names.proposed(s.outs[0]) or "gradient")
                folded.add(id(s))
        for i, s in enumerate(statements):
            if _is_element(s) and self._stays(s, statements[i + 1 :]):
                self._same[id(s.outs[0])] = s.args[0]
                folded.add(id(s))
        self._turned = self._transposes([s for s in statements if id(s) not in folded])
        folded |= {id(s) for s in self._turned.values()}
        super().__init__(program, names, [s for s in statements if id(s) not in folded])
        self._title, self.parameters = title, parameters
        self._sections = Sections(program, names)
        self._starts: dict[bytes, str] = {}  # the constants 0, k, 2k, …
        self._before: list[str] = []  # lines that the next line needs
        self._later = self._read_by_backward()
        self._not_learnt = {
            id(v) for v in program.inputs if v.dtype.kind in "fc" and v.identity in program.origins.plain
        }
        body = list(self._body())
        self.text = "\n".join([*self._header(), "", *body, ""])

    def _stays(self, s: Statement, later: list[Statement]) -> bool:
        """Whether the array of which a statement reads the only element is not written as long as that is used."""
        used = [i for i, q in enumerate(later) if any(v is s.outs[0] for v in q.reads())]
        last = later[: used[-1]] if used else []
        memory = s.args[0].storage
        written = {v.storage for q in last for v in q.written()}
        returned = any(v is s.outs[0] for v in self.program.outputs)
        return not returned and memory not in written and id(s.args[0]) not in self._makers

    def _is_moved(self, s: Statement, statements: list[Statement]) -> bool:
        """Whether what a statement copies is used by no other, and of the same type."""
        x = s.args[0]
        return (
            id(x) in self._makers and x.dtype == s.outs[0].dtype
            and sum(v is x for q in statements for v in (*q.reads(), *q.written())) == 1
        )  # fmt: skip

    def source(self) -> str:
        """The text, which runs where its `space` and the arguments are."""
        return self.text

    # -- the whole --------------------------------------------------------------------------------------

    def _header(self) -> list[str]:
        program, origins = self.program, self.program.origins
        yours = {t for s in self.statements if (t := self._sections.text(s.where))}
        lines = sum(1 for s in self.statements if id(s) not in self._within)
        count = f"{len(yours)} line{'s' * (len(yours) != 1)} of yours became {lines}. " if yours else ""
        head = [f"# {self._title}({', '.join(self.parameters)}), in NumPy. {count}Every line can be run."]
        if any(s.where.phase == "backward" for s in self.statements):
            head.append("# d_x is the gradient of the loss with respect to x.")
        groups: dict[str, list[str]] = {"given": [], "learnt": [], "kept": []}
        for name, v in zip(self.parameters, program.inputs):
            groups["given"].append(f"{name} {v.shape}")
        for name, x in self.given.items():
            if isinstance(x, (np.ndarray, np.generic)):
                lasting = storage_of(x) in origins.written
                group = "learnt" if id(x) in origins.learnt else "kept" if lasting else "given"
                groups[group].append(f"{name} {x.shape}")
            else:
                groups["given"].append(name)
        head.append("#")
        for group, words in groups.items():
            line = f"#   {group:<8}"
            for word in words:
                if len(line) + len(word) > _WIDTH:
                    head.append(line.rstrip())
                    line = f"#   {'':<8}"
                line += f" {word}  "
            head += [line.rstrip()] if words else []
        return head

    def _body(self) -> Iterator[str]:
        part = rule = owner = ""
        for s, line in self.lines():
            section = self._sections.of(s)
            statement = shortened(self._sections.text(s.where) or section.title)
            if (section.part, statement) != (part, rule) and section.part != "gradients":
                if part:
                    yield ""
                yield _rule(section.part if section.part != part else "", statement)
                part, rule, owner = section.part, statement, ""
            yield from self._before
            self._before.clear()
            words = self._words(s, section)
            about = self._about(s, section)
            if about and about != owner:
                owner = about
                words = [about, *words]
            shape = self._shape(s) if section.part != "update" else ""
            comment = f"{shape:<10} {'; '.join(words)}".rstrip()
            yield f"{line:<{_COMMENT - 1}} # {comment}".rstrip() if comment else line
        outputs = ", ".join(self.name(v) if type(v) is Symbol else self.value(v) for v in self.program.outputs)
        yield ""
        yield f"# returned: {outputs}" if outputs else "# nothing is returned"

    # -- what stands at the right ---------------------------------------------------------------------------

    def _shape(self, s: Statement) -> str:
        v = s.result
        return str(v.shape) if type(v) is Symbol else ""

    def _about(self, s: Statement, section: Section) -> str:
        """The layer, or in the backward pass the operation, that a line belongs to."""
        if section.part in ("update", "gradients"):
            return ""
        where = s.where
        forward = self.program.origins.of_node(where.node) if where.phase == "backward" else where
        if forward is None:
            return ""
        path = self.names.path_of(forward.owner)
        if path or where.phase != "backward":
            return path or ""
        rules = registry[forward.primitive].rules if forward.primitive in registry else {}
        rule = text_of(next(iter(rules.values()))) if len(rules) == 1 else None
        return f"{forward.primitive}: {rule}" if rule and re.fullmatch(r"[\w +*/()-]+", rule) and not re.search(
            r"\w\(", rule
        ) else forward.primitive  # fmt: skip

    def _words(self, s: Statement, section: Section) -> list[str]:
        """What is summed, copied or kept."""
        words = []
        out = s.result
        if type(out) is Symbol:
            if section.part == "backward" and self._is_sum(s) and self.name(out).startswith("d_"):
                words.append("summed: in the forward pass it was copied")
            for v in self.operands(s) if section.part == "backward" and _is_product(s) else ():
                if id(v) in self._not_learnt:
                    self._not_learnt.discard(id(v))
                    words.append(f"none for {self.name(v)}: it isn't learnt")
            if s.kind == "ufunc" and s.method is None and section.part in ("forward", "loss"):
                for v in s.args:
                    smaller = type(v) is Symbol and v.shape and v.shape != out.shape and id(v) not in self._makers
                    if smaller and s.call is not np.matmul:
                        words.append(f"one {self.names.of(v)} for each of {out.shape[0]} rows")
        if id(s) in self._later:
            words.append("kept: the backward pass needs it")
        return words

    def _is_sum(self, s: Statement) -> bool:
        """Whether a statement is a sum over an axis, or shows one in another shape."""
        if s.kind == "view" and s.call == "reshape":
            maker = self._makers.get(id(s.args[0]))
            return maker is not None and self._is_sum(maker)
        return s.call is np.add and s.method == "reduce"

    def _read_by_backward(self) -> set[int]:
        """The statements of the forward pass that leave what the backward pass reads."""
        phases = {"forward": [s for s in self.statements if s.where.phase == "forward"],
                  "backward": [s for s in self.statements if s.where.phase == "backward"]}  # fmt: skip
        read = {v.storage for s in phases["backward"] for v in s.reads()}
        last = {
            v.storage: id(s) for s in phases["forward"] for v in (*s.made(), *s.written())
            if s.kind != "view"
        }  # fmt: skip
        return {statement for storage, statement in last.items() if storage in read}

    # -- lines ------------------------------------------------------------------------------------------

    def needs_no_memory(self, v: Symbol) -> bool:
        return id(v) not in self._kept

    def may_stand_within(self, s: Statement, other: Statement) -> bool:
        return s.where.node == other.where.node  # each rule of the backward pass has a line of its own

    def check(self, condition: str) -> str:
        return f"assert {condition.removeprefix('not ') if condition.startswith('not ') else f'not {condition}'}"

    def write(self, s: Statement) -> str:
        if s.call != "__setitem__":
            return self.call(s)
        x, key, value = s.args
        at = self.key(key) if key != () else "..."
        return f"{self.value(x)}[{at}] = {self.value(value)}"

    def assignment(self, s: Statement) -> str:
        if s.into is not None:
            return self._assigned(s, s.into, f"{self.name(s.into)}[...]")
        return self._assigned(s, self.program.in_place_of.get(id(s.outs[0])), None)

    def _assigned(self, s: Statement, over: Symbol | None, target: str | None) -> str:
        """`x = …`, or `x += …` of a statement whose result takes the place of its first argument."""
        plain = s.kind == "ufunc" and s.method is None and not s.kwargs and s.call in _IN_PLACE
        if over is not None and plain and s.args[0] is over and id(over) not in self._pending:
            name = self.name(over)
            if s.into is over or self.names.of(s.outs[0]) == name:
                return f"{name} {OPERATORS[s.call]}= {self.operand(s.args[1], s)}"
        text = self.expression(s)[0]
        name = target or self.name(s.outs[0])
        return "; ".join(filter(None, [f"{name} = {text}", unlocked(s, name)]))

    def _transposes(self, statements: list[Statement]) -> dict[int, Statement]:
        """The values that are written as x.T wherever they are used, since x has a name."""
        uses = Counter(id(v) for s in statements for v in (*s.reads(), *s.written()))
        named = {id(v) for v in self.program.outputs} | {id(v) for v in self.program.in_place_of.values()}
        named |= {id(v) for s in statements for v in s.written()}
        return {
            id(s.outs[0]): s for s in statements
            if is_transpose(s) and id(s.outs[0]) not in named
            and (uses[id(x := s.args[0])] > 1 or id(x) not in self._makers or self.names.proposed(x) is not None)
        }  # fmt: skip

    def _turned_from(self, v: Any) -> Any:
        """What a value is written with: of x.T it is x."""
        while id(v) in self._turned or id(v) in self._same:
            v = self._same[id(v)] if id(v) in self._same else self._turned[id(v)].args[0]
        return v

    def operands(self, s: Statement) -> Any:
        return [self._turned_from(v) for v in parts(self._masked.get(id(s)) or (s.args, s.kwargs))]

    def value(self, x: Any, within: int = 0) -> str:
        x = self._same.get(id(x), x)
        if id(x) in self._turned:
            text = self.value(self._turned[id(x)].args[0], WHOLE)
            if text.isidentifier():
                self.names.note(x, f"{text}_T")
            return text.removesuffix(".T") if text.endswith(".T") else f"{text}.T"
        return super().value(x, within)

    def operand(self, v: Any, s: Statement, within: int = 0) -> str:
        """An argument; an array beside another one whose elements are all the same as a number."""
        return str(v.real_array.flat[0]) if self._is_number(v, s) else super().operand(v, s, within)

    def _is_number(self, v: Any, s: Statement) -> bool:
        """Whether an argument of an elementwise statement is a constant array whose elements are all the same."""
        if type(v) is not Symbol or s.kind != "ufunc" or s.method is not None or not v.shape or not v.size:
            return False
        if id(v) in self._makers or id(v) in self._inputs or v.identity in self.program.origins.tensors:
            return False
        beside = any(w is not v and type(w) is Symbol and w.shape == s.outs[0].shape for w in s.args)
        return beside and v.dtype == s.outs[0].dtype and bool((v.real_array == v.real_array.flat[0]).all())

    def expression(self, s: Statement) -> tuple[str, int]:
        if id(s) in self._masked:
            x, mask = self._masked[id(s)]
            return f"np.where({self.value(mask)}, {self.value(x)}, 0)", WHOLE
        if s.call == "astype" and s.args[1] == np.dtype(bool):
            return f"{self.value(s.args[0])} != 0", 0
        if s.kind == "ufunc" and s.method is None and not options_of(s):
            if s.call in _SYMBOLS:
                return self.joined(s, _SYMBOLS[s.call])
            if s.call is np.negative:
                return self.negated(s)
            if s.call is np.invert:
                return f"~{self.value(s.args[0], UNARY)}", UNARY
        if (s.call is np.dot or s.call == "dot") and len(s.args) == 2 and not s.kwargs and _same_as_matmul(*s.args):
            return self.joined(s, "@")
        return self.call(s), WHOLE

    def reduced(self, s: Statement) -> tuple[str, Any, dict[str, Any]] | None:
        if s.call not in _METHODS:
            return None
        axis, options = reduction(s)
        return f"{self.value(s.args[0], WHOLE)}.{_METHODS[s.call]}", () if axis is None else (axis,), options

    # -- names ------------------------------------------------------------------------------------------

    def name(self, v: Symbol) -> str:
        v = self._same.get(id(v), v)
        array = v.real_array
        if self.names.known(v) is None and id(v) not in self._makers and counts_up(array):
            key = array.tobytes() + array.dtype.str.encode()
            if key not in self._starts:
                self._starts[key] = name = self.names.of(v)
                self._before.append(f"{name} = {counted(array)}")
            return self._starts[key]
        name = self.names.of(v)
        if id(v) not in self._makers and id(v) not in self._inputs and isinstance(array, np.ndarray):
            self.space[name] = self.given[name] = array
        return name

    def number(self, x: Number) -> str:
        known = set(self.settings)
        text = super().number(x)
        for name in self.settings.keys() - known if x.call is None else ():
            self._before.append(f"{name} = {literal(self.settings[name].read())}")
        return text

    def function(self, call: Any, method: str | None = None) -> str:
        if is_numpys(call):
            return f"np.{call.__name__}" + (f".{method}" if method else "")
        if isinstance(call, Draw):
            return f"{self.constant(call.generator.numpy, 'rng')}.{call.__name__}"
        return self.named_function(call)


def _is_element(s: Statement) -> bool:
    """Whether a statement is x[()] of an array without dims."""
    return s.call == "__getitem__" and type(s.args[1]) is tuple and not s.args[1] and s.args[0].shape == ()


def _is_product(s: Statement) -> bool:
    """Whether a statement is a product of matrices."""
    return s.call is np.dot or s.call == "dot" or s.call is np.matmul


def _masked(statements: list[Statement]) -> tuple[dict[int, tuple[Symbol, Symbol]], set[int]]:
    """The products of numbers and masks that are computed on the bits of the numbers.

    Returns:
        For each statement that shows the result as numbers, the numbers and the mask; and the statements in between.
    """
    makers = {id(v): s for s in statements for v in s.made()}
    found: dict[int, tuple[Symbol, Symbol]] = {}
    folded: set[int] = set()
    for s in statements:
        product = makers.get(id(s.args[0])) if s.kind == "view" and s.call == "view" and s.args else None
        if product is None or product.call is not np.multiply or product.into is not None:
            continue
        bits, mask = product.args
        view = makers.get(id(bits))
        if view is None or view.call != "view" or type(mask) is not Symbol or mask.dtype.kind != "b":
            continue
        x = view.args[0]
        uses = sum(v is bits or v is product.outs[0] for q in statements for v in q.reads())
        if uses == 2 and x.dtype == s.outs[0].dtype and x.dtype.kind == "f":
            found[id(s)] = (x, mask)
            folded |= {id(view), id(product)}
    return found, folded


def _same_as_matmul(a: Any, b: Any) -> bool:
    """Whether np.dot and @ give the same bits for matrices of these layouts."""
    if getattr(a, "ndim", 0) != 2 or getattr(b, "ndim", 0) != 2 or type(a) is not Symbol or type(b) is not Symbol:
        return False
    x, y = [layout_of(v.real_array).filled(np.linspace(1, 2, v.size).reshape(v.shape)) for v in (a, b)]
    return np.dot(x, y).tobytes() == (x @ y).tobytes()


def _rule(part: str, statement: str) -> str:
    """A line across the slide, with the user's own line at its right."""
    start = f"# -- {part} " if part else "# "
    return f"{start}{'-' * (_RULE - len(start))} {statement}".rstrip()
