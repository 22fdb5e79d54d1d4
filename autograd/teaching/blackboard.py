"""Blackboard notation: a Python expression as one writes it by hand, `g * out * out / 2` as `g·out²/2`."""

from __future__ import annotations

import ast
import math
import re
import types
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

#: How a function is written: a formula, and the letters in it that stand for the arguments, in order.
Notation = tuple[str, tuple[str, ...]]

#: How tightly a formula holds together, from words to a single letter: a part that is looser needs brackets.
WORDS, SUM, PRODUCT, MATMUL, POWER, ATOM = range(6)

_SUPERSCRIPTS = {"2": "²", "3": "³", "-1": "⁻¹"}
_RAISED = "²³⁻¹ᵀᴴ"
#: The level of each operator.
_LEVELS = {"+": SUM, "-": SUM, "·": PRODUCT, "/": PRODUCT, "@": MATMUL} | dict.fromkeys("^Σ" + _RAISED, POWER)
_COMPARISONS = {ast.LtE: "≤", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "<", ast.Gt: ">"}


def formula(text: str, scope: Mapping[str, Any], notation: Callable[[Any, str], Notation | None]) -> str:
    """A Python expression in blackboard notation; a part without a notation of its own stays Python.

    Args:
        text: the expression.
        scope: what the names in it stand for. Other names are letters.
        notation: how a function is written, given the function (None for a method) and its name; None for `name(x)`.

    >>> formula("-0.5 * g * (x * x) / (1 + y) ** n", {}, lambda function, name: None)
    '-g·x²/(2·(1 + y)^n)'
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return text
    return _Writer(scope, notation).write(tree)


class _Writer:
    """Writes the nodes of a syntax tree."""

    def __init__(self, scope: Mapping[str, Any], notation: Callable[[Any, str], Notation | None]) -> None:
        self.scope = scope
        self.notation = notation

    def write(self, node: ast.expr) -> str:
        """The formula of an expression."""
        match node:
            case ast.BinOp(_, ast.Mult() | ast.Div(), _) | ast.UnaryOp(ast.USub(), _):
                return self._product(node)
            case ast.BinOp(left, ast.Add(), right):
                term = self._at_least(SUM, right)
                return f"{self._at_least(SUM, left)} " + (f"- {term[1:]}" if term.startswith("-") else f"+ {term}")
            case ast.BinOp(left, ast.Sub(), right):
                return f"{self._at_least(SUM, left)} - {self._at_least(PRODUCT, right)}"
            case ast.BinOp(left, ast.MatMult(), right):
                return f"{self._at_least(MATMUL, left)} @ {self._at_least(MATMUL, right)}"
            case ast.BinOp(left, ast.Pow(), right):
                return power(self.write(left), self.write(right))
            case ast.BinOp(left, ast.FloorDiv(), right):
                return f"⌊{self._product(ast.BinOp(left, ast.Div(), right))}⌋"
            case ast.UnaryOp(ast.Invert() | ast.Not(), operand):
                return f"not {self._at_least(PRODUCT, operand)}"
            case ast.Compare(left, [sign], [right]) if type(sign) in _COMPARISONS:
                return f"{self._at_least(SUM, left)} {_COMPARISONS[type(sign)]} {self._at_least(SUM, right)}"
            case ast.IfExp(test, chosen, otherwise):
                return f"{self.write(chosen)} where {self.write(test)}, else {self.write(otherwise)}"
            case ast.Call():
                return self._call(node)
            case ast.Subscript(value, key):
                return f"{self._at_least(ATOM, value)}[{self.write(key)}]"
            case ast.Attribute(value, "T" | "mT"):
                return f"{self._at_least(ATOM, value)}ᵀ"
            case ast.Attribute(value, "real" | "imag" as part) if self._meaning(node) is None:
                return f"{part.title()[:2]}({self.write(value)})"
            case ast.Attribute() if self._meaning(node) == math.pi:
                return "π"
            case ast.Name(name):
                return _letter(name)
        return ast.unparse(node)

    def _at_least(self, level: int, node: ast.expr) -> str:
        return bracketed(self.write(node), level)

    def _product(self, node: ast.expr) -> str:
        """A product or quotient as one fraction: `g·x/(2·y)`."""
        above: list[str] = []
        below: list[str] = []
        sign = "-" if self._factors(node, above, below) else ""
        above = [factor for factor in _with_powers(above) if factor != "1"] or ["1"]
        below = _with_powers(below)
        if len(above) == 1 and not below:
            return sign + bracketed(above[0], MATMUL if sign else WORDS)
        top, bottom = ("·".join(bracketed(factor, POWER) for factor in factors) for factors in (above, below))
        if not below:
            return sign + top
        return f"{sign}{top}/({bottom})" if len(below) > 1 else f"{sign}{top}/{bottom}"

    def _factors(self, node: ast.expr, above: list[str], below: list[str]) -> bool:
        """Sort the factors of a product into both sides of a fraction; returns whether it is negated."""
        match node:
            case ast.BinOp(left, ast.Mult(), right):
                return self._factors(left, above, below) ^ self._factors(right, above, below)
            case ast.BinOp(left, ast.Div(), right):
                return self._factors(left, above, below) ^ self._factors(right, below, above)
            case ast.UnaryOp(ast.USub(), operand):
                return not self._factors(operand, above, below)
            case ast.Constant(0.5):
                below.append("2")
                return False
        text = self.write(node)
        if text.startswith("1/") and level_of(text) == PRODUCT:
            below.append(text[2:])
        else:
            above.append(text)
        return False

    def _call(self, node: ast.Call) -> str:
        function = self._meaning(node.func)
        arguments = [self.write(argument) for argument in node.args]
        named = {word.arg: self.write(word.value) for word in node.keywords if word.arg is not None}
        name = ast.unparse(node.func).rpartition(".")[2]
        if isinstance(node.func, ast.Attribute) and function is None:  # a method: the tensor is its first argument
            arguments.insert(0, self.write(node.func.value))
        notation = self.notation(function, name)
        if notation is not None:
            template, letters = notation
            return filled(template, {**dict(zip(letters, arguments)), **named})
        return f"{name.lstrip('_')}({', '.join([*arguments, *(f'{key}={value}' for key, value in named.items())])})"

    def _meaning(self, node: ast.expr) -> Any:
        """What a name or a module's attribute stands for; None for a letter and for an attribute of a value."""
        match node:
            case ast.Name(name):
                return self.scope.get(name)
            case ast.Attribute(value, name):
                holder = self._meaning(value)
                return getattr(holder, name, None) if isinstance(holder, types.ModuleType) else None
        return None


def _letter(name: str) -> str:
    for suffix, words in ("_shape", "the shape of "), ("_dtype", "the type of "):
        if name.endswith(suffix) and len(name) > len(suffix):
            return words + name.removesuffix(suffix)
    return name.lstrip("_")


def _with_powers(factors: list[str]) -> list[str]:
    """Equal factors as a power of one."""
    return [power(factor, str(count)) if count > 1 else factor for factor, count in Counter(factors).items()]


def power(base: str, exponent: str) -> str:
    """`x²`, `x^n`, `x^(n - 1)`."""
    base = bracketed(base, ATOM)
    return base + _SUPERSCRIPTS[exponent] if exponent in _SUPERSCRIPTS else f"{base}^{bracketed(exponent, ATOM)}"


# -- formulas as text -------------------------------------------------------------------------------


def bracketed(text: str, level: int) -> str:
    """The formula, in brackets where it is looser than the level."""
    return text if level_of(text) >= level else f"({text})"


def level_of(text: str) -> int:
    """How tightly a formula holds together: by the loosest operator outside of all brackets.

    >>> level_of("log(x + y)") == ATOM, level_of("g·(x + y)") == PRODUCT, level_of("g where x > 0") == WORDS
    (True, True, True)
    """
    if re.fullmatch(r"(the (shape|type) of|not) \w+", text):
        return ATOM
    level, depth, inside_bars = ATOM, 0, False
    plain = re.sub(r" ([-+@]) ", r"\1", text).replace("Σ ", "Σ")  # a space that remains is between words
    for character in plain:
        if character == "|":
            inside_bars = not inside_bars
        elif character in "([⌊⌈":
            depth += 1
        elif character in ")]⌋⌉":
            depth -= 1
        elif depth == 0 and not inside_bars:
            if character == " ":
                return WORDS
            level = min(level, _LEVELS.get(character, ATOM))
    return level


def replaced(symbols: str, names: Mapping[str, str]) -> str:
    """A formula with other names for its letters.

    >>> replaced("xᵀ @ g where x̂ = max(x, 0)", {"x": "w"})
    'wᵀ @ g where x̂ = max(w, 0)'
    """
    return _letters(names).sub(lambda found: names[found[1]], symbols) if names else symbols


def filled(template: str, arguments: Mapping[str, str]) -> str:
    """A formula with formulas for its letters, in brackets where they need them.

    >>> filled("log(1 + x)·y²", {"x": "a·b", "y": "-c"})
    'log(1 + a·b)·(-c)²'
    """

    def put(found: re.Match[str]) -> str:
        left, right = template[: found.start()], template[found.end() :]
        if not left + right or (left.rstrip()[-1:] or " ") in "([|⌊⌈," and (right[:1] or " ") in ")]|⌋⌉,":
            level = WORDS
        elif right and right[0] in "^" + _RAISED:
            level = ATOM
        elif right.startswith(("·", "/", " @")) or left.endswith(("·", "/", "@ ")):
            level = POWER
        else:
            level = PRODUCT if right.startswith((" + ", " - ")) or left.endswith(("+ ", "-", "- ", "Σ ")) else POWER
        return bracketed(arguments[found[1]], level)

    text = _letters(arguments).sub(put, template) if arguments else template
    text = re.sub(r"(^|\()-\(-(\w+)\)", r"\1\2", text)  # of two minus signs none is left
    return re.sub(r"\ba (?=the shape of )", "", text)  # "a shape" becomes "the shape of x"


def _letters(names: Mapping[str, str]) -> re.Pattern[str]:
    # A letter by itself: not within a word, and not one with a hat, which is another letter.
    letters = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w.])({letters})(?![A-Za-z0-9_\u0302])")
