"""L-BFGS: a quasi-Newton method, which estimates the inverse Hessian from the last steps and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import enable_grad
from autograd.core.tensor import wrap
from autograd.core.writes import write

from .line_search import Point, strong_wolfe
from .optimizer import Closure, Optimizer, Parameters
from .settings import as_number


class LBFGS(Optimizer):
    """Steps along -H g, where H estimates the inverse Hessian from the last steps (Liu and Nocedal, 1989).

    For training on the whole data set at once, not on batches. One call of `step` takes up to `max_iter` steps, and
    evaluates the closure for each.

    Args:
        params: parameters, in one group.
        lr: the length of a step, in units of H g.
        max_iter: the largest number of steps in a call.
        max_eval: the largest number of calls of the closure in a call; 1.25 max_iter by default.
        tolerance_grad: a call ends when no element of the gradient is larger in magnitude.
        tolerance_change: a call ends when all elements of a step, or the change of the loss, are smaller.
        history_size: the number of last steps that the estimate of H uses.
        line_search_fn: "strong_wolfe" searches for a length that satisfies the strong Wolfe conditions, starting at
            `lr`; None takes steps of length `lr`.

    Raises:
        ValueError: the learning rate is negative, there are several groups, or the line search is unknown.

    >>> from autograd import tensor
    >>> w = tensor([0.0, 0.0], requires_grad=True)
    >>> optimizer = LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (w[0] - 1) ** 2 + 10 * (w[1] - w[0]) ** 2
    ...     loss.backward()
    ...     return loss
    >>> start = optimizer.step(closure)
    >>> print(f"{w[0].item():.4f} {w[1].item():.4f}")
    1.0000 1.0000
    """

    checked_settings = ("lr", "line_search_fn")

    def __init__(
        self, params: Parameters, lr: float = 1, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, history_size=history_size,
            line_search_fn=line_search_fn,
        )  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure: Closure | None = None) -> Any:
        """Take up to `max_iter` steps.

        Args:
            closure: clears the gradients, computes the loss and its gradients, and returns the loss.

        Returns:
            The loss before the first step.

        Raises:
            TypeError: `closure` is not a function.
        """
        if not callable(closure):
            given = "" if closure is None else f", but got {type(closure).__name__}"
            raise TypeError(f"LBFGS.step() needs a closure that computes the gradients and returns the loss{given}")
        group = self.param_groups[0]
        lr = as_number(group["lr"])
        state = self.state[group["params"][0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        def evaluate() -> tuple[Any, np.ndarray]:
            with enable_grad():
                loss = closure()
            state["func_evals"] += 1
            return loss, self._gradient()

        first, g = evaluate()
        loss, used_before = float(as_number(first)), state["func_evals"] - 1
        for iteration in range(1, group["max_iter"] + 1):
            if np.abs(g).max(initial=0) <= group["tolerance_grad"]:
                break
            if iteration > 1 and state["func_evals"] - used_before >= group["max_eval"]:
                break
            state["n_iter"] += 1
            direction = _direction(state, g, group["history_size"])
            slope = float(g @ direction)
            rate = lr * (min(1.0, float(1 / np.abs(g).sum())) if state["n_iter"] == 1 else 1.0)
            last_loss = loss
            state.update(d=wrap(direction), t=rate, prev_flat_grad=wrap(g), prev_loss=loss)
            if slope > -group["tolerance_change"]:
                break
            if group["line_search_fn"] is None:
                self._move(rate * direction)
                if iteration == group["max_iter"]:
                    break
                value, g = evaluate()
                loss = float(as_number(value))
            else:
                left = group["max_eval"] - (state["func_evals"] - used_before)
                smallest = 1e-9 / np.abs(direction).max()
                start = Point(0.0, loss, slope, g)
                found = strong_wolfe(self._along(direction, evaluate), start, rate, left, smallest)
                self._move(found.distance * direction)
                state["t"] = found.distance
                loss, g = found.loss, found.gradient
            moved = np.abs(state["t"] * direction).max()
            if moved <= group["tolerance_change"] or abs(loss - last_loss) < group["tolerance_change"]:
                break
        return first

    def _gradient(self) -> np.ndarray:
        """All gradients as one vector; zeros for a parameter without a gradient."""
        parameters = self.param_groups[0]["params"]
        return np.concatenate(
            [np.zeros(p.numel(), p.array.dtype) if p.grad is None else np.ravel(p.grad.array) for p in parameters]
        )

    def _move(self, step: np.ndarray) -> None:
        """Add a step, a vector, to the parameters."""
        start = 0
        for parameter in self.param_groups[0]["params"]:
            weights, end = write(parameter), start + parameter.numel()
            weights += step[start:end].reshape(weights.shape)
            start = end

    def _along(self, direction: np.ndarray, evaluate: Callable[[], tuple[Any, np.ndarray]]) -> Callable[[float], Point]:
        """The function that evaluates the loss at a distance along the direction, and moves back."""

        def point_at(distance: float) -> Point:
            weights = [np.array(parameter.array) for parameter in self.param_groups[0]["params"]]
            self._move(distance * direction)
            loss, g = evaluate()
            for parameter, array in zip(self.param_groups[0]["params"], weights, strict=True):
                write(parameter)[...] = array
            return Point(distance, float(as_number(loss)), float(g @ direction), g)

        return point_at


def _direction(state: dict[str, Any], g: np.ndarray, history_size: int) -> np.ndarray:
    """-H g by the two-loop recursion, after the last step has been added to the history.

    The state has PyTorch's keys. The last step was `t` times `d`. The history is `old_stps`, the steps; `old_dirs`,
    the change of the gradient over each; and `ro`, 1 / (step · change). `H_diag` is the scale of the initial H.
    """
    if "d" not in state:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
        return -g
    step, change = state["t"] * state["d"].array, g - state["prev_flat_grad"].array
    curvature = change @ step
    if curvature > 1e-10:
        new = {"old_dirs": change, "old_stps": step, "ro": 1 / curvature}
        longer = {key: [*state[key], wrap(value)][-history_size:] for key, value in new.items()}
        state.update(longer, H_diag=wrap(curvature / (change @ change)))
    steps, changes, ro = ([value.array for value in state[key]] for key in ("old_stps", "old_dirs", "ro"))
    q, alpha = -g, np.empty(len(steps))
    for i in reversed(range(len(steps))):
        alpha[i] = steps[i] @ q * ro[i]
        q -= alpha[i] * changes[i]
    q *= as_number(state["H_diag"])
    for i in range(len(steps)):
        q += (alpha[i] - changes[i] @ q * ro[i]) * steps[i]
    return q
