"""L-BFGS: Newton's method with a Hessian that is guessed from the last steps and what they did to the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import enable_grad
from autograd.core.aliasing import write
from autograd.core.tensor import Tensor, wrap

from .line_search import _Place, _strong_wolfe
from .optimizer import Closure, Optimizer, Parameters
from .settings import as_number, check_not_negative


class LBFGS(Optimizer):
    """Steps along -H g, where H, the inverse Hessian, is guessed from the last steps (Liu and Nocedal, 1989).

    For whole batches. One call of `step` takes up to `max_iter` steps, and calls the closure for each.

    Args:
        params: parameters, in one group.
        lr: how far a step goes.
        max_iter: how many steps a call takes at most.
        max_eval: how often it calls the closure at most; 1.25 max_iter if left out.
        tolerance_grad: it ends when no element of the gradient is larger.
        tolerance_change: it ends when a step or its gain is smaller.
        history_size: how many steps are remembered.
        line_search_fn: "strong_wolfe" looks for a step that descends well; None takes `lr` as it is.

    Raises:
        ValueError: a negative learning rate, several groups, or another line search.

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

    def __init__(
        self,
        params: Parameters,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range."""
        check_not_negative(group, lr="learning rate")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(f"only 'strong_wolfe' is supported as line_search_fn, got {group['line_search_fn']!r}")

    def step(self, closure: Closure | None = None) -> Any:
        """Take up to `max_iter` steps.

        Args:
            closure: clears the gradients, computes the loss and its gradients, and returns the loss.

        Returns:
            the loss before.

        Raises:
            TypeError: there is no closure.
        """
        if closure is None:
            raise TypeError("LBFGS.step() needs a closure that computes the gradients and returns the loss")
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
        loss, used_before = _number(first), state["func_evals"] - 1
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
                loss = _number(value)
            else:
                left = group["max_eval"] - (state["func_evals"] - used_before)
                smallest = 1e-9 / np.abs(direction).max()
                found = _strong_wolfe(
                    self._place(evaluate, direction), _Place(0.0, loss, slope, g), rate, left, smallest
                )
                self._move(found.at * direction)
                state["t"] = found.at
                loss, g = found.loss, found.gradient
            moved = np.abs(state["t"] * direction).max()
            if moved <= group["tolerance_change"] or abs(loss - last_loss) < group["tolerance_change"]:
                break
        return first

    def _gradient(self) -> np.ndarray:
        """All gradients in a row; zeros where there is none."""
        parameters = self.param_groups[0]["params"]
        return np.concatenate(
            [np.zeros(p.numel(), p.array.dtype) if p.grad is None else np.ravel(p.grad.array) for p in parameters]
        )

    def _move(self, step: np.ndarray) -> None:
        start = 0
        for parameter in self.param_groups[0]["params"]:
            weights, end = write(parameter), start + parameter.numel()
            weights += step[start:end].reshape(weights.shape)
            start = end

    def _place(
        self, evaluate: Callable[[], tuple[Any, np.ndarray]], direction: np.ndarray
    ) -> Callable[[float], _Place]:
        """What says how things are at a distance along the direction."""

        def place(at: float) -> _Place:
            kept = [np.array(parameter.array) for parameter in self.param_groups[0]["params"]]
            self._move(at * direction)
            loss, g = evaluate()
            for parameter, array in zip(self.param_groups[0]["params"], kept, strict=True):
                write(parameter)[...] = array
            return _Place(at, _number(loss), float(g @ direction), g)

        return place


def _direction(state: dict[str, Any], g: np.ndarray, history_size: int) -> np.ndarray:
    """-H g, after the last step has been remembered: by two loops over the steps, newest first and oldest first.

    The state has PyTorch's keys: the last step was `t` times `d`; `old_stps` are the steps that are remembered,
    `old_dirs` the change of the gradient along each, `ro` 1 / (step · change), and `H_diag` the scale of H.
    """
    if "d" not in state:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
        return -g
    step, change = state["t"] * state["d"].array, g - state["prev_flat_grad"].array
    curvature = change @ step
    if curvature > 1e-10:
        for key, value in (("old_dirs", change), ("old_stps", step), ("ro", 1 / curvature)):
            state[key].append(wrap(value))
            del state[key][:-history_size]
        state["H_diag"] = wrap(curvature / (change @ change))
    steps, changes, ro = ([value.array for value in state[key]] for key in ("old_stps", "old_dirs", "ro"))
    q, shares = -g, np.empty(len(steps))
    for i in reversed(range(len(steps))):
        shares[i] = steps[i] @ q * ro[i]
        q -= shares[i] * changes[i]
    q *= as_number(state["H_diag"])
    for i in range(len(steps)):
        q += (shares[i] - changes[i] @ q * ro[i]) * steps[i]
    return q


# -- the line search ----------------------------------------------------------------------------------------


def _number(loss: Any) -> float:
    return float(loss.item() if isinstance(loss, Tensor) else loss)
