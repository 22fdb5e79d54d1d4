"""Why a gradient is None: the sentences of `GradientTape.explain_none`."""

from __future__ import annotations

from ..core.graph import Leaf, Node, all_nodes
from ..core.tensor import Tensor
from .record import Record
from .tape_tensor import place_of


def reason(record: Record, target: Tensor, source: Tensor) -> str:
    """Why the gradient of the target with respect to the source is None: the first cause that applies."""
    kind = source.array.dtype
    if kind.kind not in "fc":
        return f"the source has dtype {kind}: only floating-point and complex tensors have gradients; cast it"
    if target.array.dtype.kind not in "fc":
        return (
            f"the target has dtype {target.array.dtype}: only floating-point and complex tensors have gradients "
            "(no gradient passes argmax, comparisons and casts to integers)"
        )
    if record.place(source) is None:
        return _why_not_watched(record, source)
    if record.place(target) is not None:
        return _why_not_connected(record, target, source)
    return _why_not_recorded(record)


def _why_not_watched(record: Record, source: Tensor) -> str:
    if hasattr(source, "trainable"):
        if not source.trainable:
            return "the source is a Variable with trainable=False: call tape.watch(source) inside the `with` block"
        if not record.watches_accessed:
            return "the tape has watch_accessed_variables=False: call tape.watch(source) inside the `with` block"
        return (
            "the source is a Variable that was not used while the tape recorded: compute the target from it inside "
            "the `with` block, outside of stop_recording, and not from a value that was read earlier"
        )
    if isinstance(place_of(source), Node):
        return (
            "the source was computed outside the tape, or not from a watched tensor: move its computation into the "
            "`with` block, or call tape.watch(source) there before it is used"
        )
    return (
        "the source was never watched: call tape.watch(source) inside the `with` block before it is used, or make it a "
        "Variable. If it was a Variable, a statement such as `w = w - step` has replaced it by a plain tensor: use "
        "w.assign_sub(step)"
    )


def _why_not_recorded(record: Record) -> str:
    if record.numpy_conversions:
        return (
            "the target was not computed by recorded operations, and values on the tape were converted to NumPy "
            "(by numpy(), float() or a NumPy function): NumPy's operations are not recorded; use the functions of this "
            "package between source and target"
        )
    return (
        "the target was not computed from a watched tensor while the tape recorded: compute it from the source inside "
        "the `with` block"
    )


def _why_not_connected(record: Record, target: Tensor, source: Tensor) -> str:
    start, goal = record.place(target), record.place(source)
    if _is_path_on_tape(record, start, goal):
        return (
            "recorded operations lead from the source to the target, so the gradient is not None, unless the backward "
            "of one of your own Functions returns None"
        )
    if any(node is goal for node in all_nodes([start])):
        return (
            "the path from the source to the target contains an operation that ran while the tape did not record: "
            "move it into the `with` block, outside of stop_recording"
        )
    if record.numpy_conversions:
        return (
            "no recorded operations lead from the source to the target, and values on the tape were converted to NumPy "
            "(by numpy(), float() or a NumPy function): NumPy's operations are not recorded"
        )
    return (
        "the target was computed from other watched tensors, not from this source: no recorded operations lead from "
        "one to the other (the path may be cut by stop_gradient, a cast to integers, or a copy of the source's values)"
    )


def _is_path_on_tape(record: Record, start: Node | Leaf | None, goal: Node | Leaf | None) -> bool:
    """Whether a path of nodes on the tape leads back from `start` to `goal`."""
    stack, seen = [start], {start}
    while stack:
        place = stack.pop()
        if place is goal:
            return True
        if isinstance(place, Node) and record.contains(place):
            stack += [parent for parent in place.parents if parent is not None and parent not in seen]
            seen.update(place.parents)
    return False
