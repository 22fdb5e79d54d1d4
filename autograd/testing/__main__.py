"""Check a function from the command line.

python -m autograd.testing package.module:function --domain -2,2
python -m autograd.testing module:f --vjp module:f_vjp --domain 0.1,3 --domain -1,1
python -m autograd.testing module:f --library torch --domain -2,2 --map errors.png
"""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .check_op import check_op
from .check_rule import check_rule
from .engine.calls import GradcheckError, Mismatch
from .error_map import error_map


class UsageError(Exception):
    """The command line is wrong."""


def main(argv: Sequence[str]) -> int:
    """Check, and print the report. Returns 0 if the gradient is right, 1 if it is wrong, 2 if the command is wrong."""
    parser = argparse.ArgumentParser("python -m autograd.testing", description="Check a gradient.")
    parser.add_argument("function", help="the function to check, module:name")
    parser.add_argument("--domain", action="append", metavar="LOW,HIGH", help="the range of an input; once for each")
    parser.add_argument("--vjp", metavar="MODULE:NAME", help="its vjp, if it is a function of NumPy arrays")
    parser.add_argument("--jvp", metavar="MODULE:NAME", help="its jvp, if it is a function of NumPy arrays")
    parser.add_argument("--library", choices=("torch", "jax"), help="the library of the function, if it is not ours")
    parser.add_argument("--reference", metavar="MODULE:NAME", help="the same function on NumPy arrays")
    parser.add_argument("--analytic", action="store_true", help="the function also works in complex numbers")
    parser.add_argument("--order", type=int, default=2, help="the highest derivative to check (default: 2)")
    parser.add_argument("--examples", type=int, default=20, help="the number of random examples (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the examples (default: 0)")
    parser.add_argument(
        "--map", nargs="?", const="", metavar="FILE", help="also show where digits are lost: a table, or a picture"
    )
    options = parser.parse_args(_joined(argv))
    try:
        return _check(options, f"python -m autograd.testing {shlex.join(argv)}")
    except UsageError as error:
        print(f"python -m autograd.testing: {error}", file=sys.stderr)
        return 2


def _check(options: argparse.Namespace, command: str) -> int:
    func = _load(options.function)
    domain = _domain(options.domain)
    vjp, jvp, reference = (_load(name) if name else None for name in (options.vjp, options.jvp, options.reference))
    more: dict[str, Any] = {"reference": reference, "analytic": options.analytic, "seed": options.seed}
    try:
        if vjp is not None or jvp is not None:
            print(check_rule(func, vjp, domain, jvp=jvp, examples=options.examples, **more))
        else:
            check = _adapter(options.library).check_op if options.library else check_op
            print(check(func, domain, order=options.order, examples=options.examples, **more))
    except (GradcheckError, Mismatch) as error:
        print(f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n")
        print(f"From the command line: {command}")
        return 1
    except (TypeError, ValueError, ModuleNotFoundError) as error:
        raise UsageError("\n".join([str(error), *getattr(error, "__notes__", ())])) from error
    if options.map is not None:
        try:
            drawn = (
                _adapter(options.library).error_map(func, domain) if options.library else error_map(func, domain, vjp)
            )
            if options.map:
                drawn.figure().savefig(options.map)
        except (ImportError, ValueError) as error:
            raise UsageError(str(error)) from error
        print(drawn)
    return 0


def _joined(argv: Sequence[str]) -> list[str]:
    """The arguments with `--domain -2,2` as `--domain=-2,2`, because a value may begin with a minus sign."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--domain":
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _domain(given: Sequence[str] | None) -> Any:
    """The ranges; a single one alone."""
    pairs = []
    for text in given or ():
        try:
            low, high = map(float, text.split(","))
        except ValueError:
            raise UsageError(f"--domain expects two numbers, low,high, but got {text!r}") from None
        pairs.append((low, high))
    return pairs[0] if len(pairs) == 1 else pairs or None


def _adapter(library: str) -> Any:
    try:
        return importlib.import_module(f"autograd.testing.{library}")
    except ModuleNotFoundError:
        raise UsageError(f"--library {library}: it is not installed") from None


def _load(name: str) -> Callable[..., Any]:
    """The function called `module:name`."""
    module, _, attributes = name.partition(":")
    if not attributes:
        raise UsageError(f"expected module:function, but got {name!r}")
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise UsageError(f"{name}: {error}") from None
    for attribute in attributes.split("."):
        if not hasattr(found, attribute):
            raise UsageError(f"{name}: {module} has no {attribute!r}")
        found = getattr(found, attribute)
    if not callable(found):
        raise UsageError(f"{name} is not a function but of type {type(found).__name__}")
    return found


if __name__ == "__main__":
    sys.path.insert(0, "")  # a module in the present folder
    sys.exit(main(sys.argv[1:]))
