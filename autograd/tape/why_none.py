"""Why a gradient is None: the question that users of tapes ask most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.graph import Leaf, Node, all_nodes
from ..core.tensor import Tensor
from .tape_tensor import place_of

if TYPE_CHECKING:
    from .gradient_tape import GradientTape


def reason(tape: GradientTape, target: Tensor, source: Tensor) -> str:
    """The first cause that applies why the target's gradient at the source is None."""
    kind = source.array.dtype
    if kind.kind not in "fc":
        return f"the source holds {kind} numbers: only floating-point and complex tensors have gradients; cast it"
    if target.array.dtype.kind not in "fc":
        return (
            f"the target holds {target.array.dtype} numbers: only floating-point and complex tensors have gradients "
            "(argmax, comparisons and casts to integers end a path)"
        )
    if tape._place(source) is None:
        return _why_unwatched(tape, source)
    if tape._place(target) is not None:
        return _why_apart(tape, target, source)
    return _why_unrecorded(tape, target)


def _why_unwatched(tape: GradientTape, source: Tensor) -> str:
    if hasattr(source, "trainable"):
        if not source.trainable:
            return "the source is a Variable with trainable=False: tape.watch(source) inside the `with` block"
        if not tape._watches_accessed:
            return "the tape has watch_accessed_variables=False: tape.watch(source) inside the `with` block"
        return (
            "the source is a Variable that was not used while the tape recorded: compute the target from it inside "
            "the `with` block (not from a value that was read before, and not under stop_recording)"
        )
    if isinstance(place_of(source), Node):
        return (
            "the source was computed outside the tape, or from nothing that it watches: move its computation into the "
            "`with` block, or call tape.watch(source) there before it is used"
        )
    return (
        "the source was never watched: call tape.watch(source) inside the `with` block before it is used, or make it a "
        "Variable. If it was one, a statement such as `w = w - step` has put a plain tensor in its place: use "
        "w.assign_sub(step)"
    )


def _why_unrecorded(tape: GradientTape, target: Tensor) -> str:
    if tape._went_to_numpy:
        return (
            "the target was not computed by recorded operations, and values that were on the tape were handed to NumPy "
            "(numpy(), float(), a NumPy function): what NumPy computes is not recorded; use the functions of this "
            "package between source and target"
        )
    return (
        "the target was not computed while the tape recorded from anything that it watches: compute it inside the "
        "`with` block, from the source itself"
    )


def _why_apart(tape: GradientTape, target: Tensor, source: Tensor) -> str:
    start, goal = tape._place(target), tape._place(source)
    if _recorded_way(tape, start, goal):
        return (
            "recorded operations lead from the source to the target, so the gradient is not None, unless the backward "
            "of a Function of your own returns None there"
        )
    if any(node is goal for node in all_nodes([start])):
        return (
            "the path from the source to the target runs through a step that was computed while the tape did not "
            "record: move it into the `with` block, out of stop_recording"
        )
    if tape._went_to_numpy:
        return (
            "the target does not depend on the source by recorded operations, and values that were on the tape were "
            "handed to NumPy (numpy(), float(), a NumPy function): what NumPy computes is not recorded"
        )
    return (
        "the target was computed from other watched tensors, not from this source: no recorded operation leads from "
        "one to the other (stop_gradient, a cast to integers, or another tensor of the same values cuts the path)"
    )


def _recorded_way(tape: GradientTape, start: Node | Leaf | None, goal: Node | Leaf | None) -> bool:
    """Whether steps that are all on the tape lead back from `start` to `goal`."""
    stack, seen = [start], {start}
    while stack:
        place = stack.pop()
        if place is goal:
            return True
        if isinstance(place, Node) and tape.on_tape(place):
            stack += [parent for parent in place.parents if parent is not None and parent not in seen]
            seen.update(place.parents)
    return False
