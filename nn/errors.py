"""Errors in a model: which module raised them."""

from __future__ import annotations

from typing import Any, NoReturn

from autograd.base.text import printable
from autograd.core.reraise import hide_frames, raised_by_the_caller, raised_on_purpose, reraise


class ModuleNote(str):
    """The note of an error: `in encoder.2: Linear(in_features=9, out_features=2, bias=True) of Net`.

    Attributes:
        module: the innermost module, in which the error was raised.
    """

    __slots__ = ("module",)

    module: Any


def noted_on_purpose(error: Exception, module: Any) -> bool:
    """Whether a `raise` of the project or of the caller raised the error, which then has the note of `note_module`."""
    if not raised_on_purpose(error):
        return False
    note_module(error, module)
    return True


def note_module(error: Exception, module: Any) -> None:
    """Note in an error, unless the caller's own code raised it, that a call of this module raised it.

    Every module that the error passes replaces the note, so that in the end it has the path from the outermost.
    """
    hide_frames(error)
    if raised_by_the_caller(error):
        return
    notes: list[str] = getattr(error, "__notes__", [])
    place = next((i for i, note in enumerate(notes) if isinstance(note, ModuleNote)), None)
    if place is None:
        error.add_note(_named("", module, module))
        return
    inner = notes[place].module  # type: ignore[attr-defined]  # a ModuleNote
    path = next((name for name, part in module.named_modules() if part is inner), None)
    if path is not None:
        notes[place] = _named(path, inner, module)


def reraise_in_model(error: Exception, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> NoReturn:
    """`reraise` for a call of a module, with the note of `note_module`."""
    try:
        reraise(error, module.forward, *args, **kwargs)
    except Exception as raised:
        note_module(raised, module)
        raise


def _named(path: str, inner: Any, outer: Any) -> ModuleNote:
    title = type(inner).__name__
    if not inner._modules:
        title += f"({printable(' '.join(inner.extra_repr().split()))})"
    note = ModuleNote(f"in {printable(path)}: {title} of {type(outer).__name__}" if path else f"in {title}")
    note.module = inner
    return note
