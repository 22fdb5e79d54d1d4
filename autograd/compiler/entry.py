"""`compile`, as users call it: of a step, a function, a module, or as a decorator."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from nn.module import Module

from ..core.errors import users_level
from .compiled import CompiledStep
from .control import BACKENDS


def compile(
    model: Callable[..., Any] | None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
    check: bool = False,
) -> Any:
    """A function that does the same as `model`, from its third call on as a straight-line NumPy program.

    The first call with a kind of arguments runs as it is, the second is watched, and later ones run the program;
    every call does the whole step. `print(step.program)` shows the program, `step.program.text("slide")` shows it for
    reading, `step.program.save("step.py")` writes it as a file for NumPy alone; `step.explain()` says what was not
    compiled and why.
    Compile the whole training step where you can: then the optimizer and the backward pass are in the program too.
    After 20 calls a program uses C kernels where there is a compiler (see `kernels`), whose exp, log and similar
    functions differ from NumPy's in the last places; GLASSGRAD_KERNELS=0 in the environment turns this off.

    A program is made for one state: of layers and optimizers, of variables around the function, and of what lists,
    dicts, objects and classes among them hold. Guards check it at each call, and another state gets another program.
    They cannot see other sources, such as the environment, a file's presence, or the `_version` of a tensor.
    Numbers read off tensors (`loss.item()`), arithmetic with them, variables that the step counts up, lists to which it
    appends, and prints do the same in each call as in the step itself. A step with other effects, such as writing a
    log, runs as it is (see the table in `autograd/README.md`).
    The next call overwrites the gradient in `.grad`: `clone()` one that you keep.

    Args:
        model: a training step, a function of tensors, or a Module; without it, a decorator is returned.
        fullgraph: raise where something cannot be compiled, instead of a warning and running as it is.
        backend: "eager" runs `model` as it is.
        check: run `model` beside the program in the first calls, and raise where they differ.
        dynamic, mode, options: accepted; they change nothing.
        disable: return `model` unchanged.

    Raises:
        TypeError: `model` cannot be called.
        RuntimeError: an unknown backend; or, when called under `fullgraph`, what cannot be compiled.

    >>> from autograd import tensor
    >>> @compile
    ... def double(x):
    ...     return x * 2
    >>> [double(tensor(float(i))).item() for i in range(4)]
    [0.0, 2.0, 4.0, 6.0]
    >>> print(double.program.text().splitlines()[-2].split("#")[0].strip())
    product = x * 2.0
    """
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options,
            disable=disable, check=check,
        )  # fmt: skip
    if not callable(model):
        raise TypeError(f"compile expects a function or a Module, but got {type(model).__name__}")
    if not callable(backend) and backend not in BACKENDS:
        raise RuntimeError(
            f"Invalid backend: {backend!r}, see `torch.compiler.list_backends()`: expected one of {BACKENDS}"
        )
    if disable or backend == "eager":
        return model
    for name, value in (("dynamic", dynamic), ("mode", mode), ("options", options)):
        if value is not None:
            _say_once(f"torch.compile: {name}={value!r} changes nothing: there is one way to compile")
    if isinstance(model, CompiledStep):
        model = model.step
    if isinstance(model, Module):
        return OptimizedModule(model, CompiledStep(model.forward, fullgraph, check))
    return CompiledStep(model, fullgraph, check)


class OptimizedModule(Module):
    """A module whose forward is compiled; attributes are read from the module, and set on it."""

    forward: CompiledStep

    def __init__(self, module: Module, forward: CompiledStep) -> None:
        super().__init__()
        del self.__dict__["training"]
        super().__setattr__("_orig_mod", module)
        super().__setattr__("forward", forward)

    @property
    def program(self) -> Any:
        """The program that ran last."""
        return self.forward.program

    def explain(self) -> str:
        """What was compiled and what was refused, where and why."""
        return str(self.forward.explain())

    def train(self, mode: bool = True) -> OptimizedModule:
        """Set the mode of the module."""
        self._orig_mod.train(mode)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._orig_mod, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._orig_mod, name)

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            raise AttributeError(name)
        return getattr(self._orig_mod, name)


_said: set[str] = set()


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        warnings.warn(text, stacklevel=users_level())
