"""Run statements as kernels and as NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograd.compiler.kernels import build
from autograd.compiler.kernels.cache import Unusable
from autograd.compiler.kernels.choice import callables
from autograd.compiler.kernels.grouping import Kernel, with_kernels
from autograd.compiler.kernels.source import source
from autograd.compiler.program import Program
from autograd.compiler.trace import Trace
from autograd.compiler.written import WrittenProgram

Call = Callable[[], list[Any]]


def compiler_or_skip() -> None:
    """Skip a test where kernels cannot be made."""
    try:
        build.compiler()
    except Unusable as reason:
        pytest.skip(str(reason))


def programs(
    function: Callable[..., Sequence[Any]], arrays: Sequence[Any]
) -> tuple[Call, Call, list[Kernel], list[Any]]:
    """A function of arrays as a program in NumPy, the same with kernels, the kernels, and all statements."""
    compiler_or_skip()

    def traced() -> Program:
        with Trace() as trace, np.errstate(all="ignore"):
            outs = list(function(*map(trace.record.symbol, arrays)))
            statements = list(trace.record.statements)
        return Program(trace, statements, [], outs, set())

    plain = WrittenProgram(traced(), function, [])
    program = traced()
    written = WrittenProgram(program, function, [])
    statements = with_kernels(program)
    kernels = [s.call for s in statements if s.kind == "block"]
    libraries = build.load(*build.built(source(kernels)))
    functions = {f"kernel{i + 1}": callables(k, i, libraries)[-1] for i, k in enumerate(kernels)}
    written.use(written.text_with(statements), functions)
    return plain.run, written.run, kernels, program.straight


def units_apart(x: Any, y: Any) -> Any:
    """How many numbers of their type lie between two arrays, element by element; 0 for two NaNs."""
    size = np.int32 if x.dtype == np.float32 else np.int64

    def ordered(a: Any) -> Any:
        bits = a.view(size).astype(object if size is np.int64 else np.int64)
        return np.where(a.view(size) < 0, -(bits + 2 ** (31 if size is np.int32 else 63)), bits)

    nan = np.isnan(x) & np.isnan(y)
    one = np.isnan(x) ^ np.isnan(y)
    return np.where(nan, 0, np.where(one, 2**31, abs(ordered(x) - ordered(y))))
