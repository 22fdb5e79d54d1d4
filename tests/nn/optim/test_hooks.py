"""Hooks of optimizers: called before and after steps, saving and loading, in order."""

import pytest

from autograd import tensor
from nn import optim
from nn.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from tests.nn.optim.helpers import closure_of, parameter


class Plain(optim.Optimizer):
    """A user's own, with a step of its own."""

    def __init__(self, params):
        super().__init__(params, {"lr": 1.0})

    def step(self, closure=None):
        for group in self.param_groups:
            for w in group["params"]:
                w.data -= group["lr"] * w.grad


@pytest.mark.parametrize("kind", [optim.SGD, optim.LBFGS, Plain])
def test_hooks_are_called_before_and_after_steps_saving_and_loading(kind):
    w, seen = tensor([2.0], requires_grad=True), []
    optimizer = kind([w])
    closure = closure_of(optimizer, lambda: (w * w).sum())
    closure()
    handle = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", args[0] is o, w.item())))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", w.item() != 2)))
    optimizer.step(closure)
    assert seen == [("before", True, 2.0), ("after", True)]
    handle.remove()
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\), but got 3"):
        optimizer.step(closure)
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("saving"))
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append(state.pop("more")))
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    assert seen[2:] == ["saving", 1, "loaded"] and "more" in state


def test_hooks_are_called_in_the_order_of_registration():
    optimizer, order = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1), []
    for name in "ab":
        optimizer.register_step_pre_hook(lambda *_, name=name: order.append(name))
        optimizer.register_step_post_hook(lambda *_, name=name: order.append(name.upper()))
    optimizer.register_load_state_dict_post_hook(lambda *_: order.append("later"))
    optimizer.register_load_state_dict_post_hook(lambda *_: order.append("first"), prepend=True)
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
    assert order == ["a", "b", "A", "B", "first", "later"]


def test_a_pre_hook_may_replace_the_arguments_of_a_step():
    optimizer, seen = optim.SGD([parameter()]), []
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7), {}))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append((args[0] is o, len(args), kwargs)))
    assert optimizer.step() == 7 and seen == [(True, 2, {})]
    for bad in ((1,), [optimizer, {}], (1, 2, 3)):
        optimizer = optim.SGD([parameter()])
        optimizer.register_step_pre_hook(lambda o, args, kwargs, bad=bad: bad)
        with pytest.raises(RuntimeError, match="must return None or a tuple"):
            optimizer.step()


def test_hooks_belong_to_one_optimizer():
    first, second, seen = optim.SGD([parameter()]), optim.SGD([parameter()]), []
    first.register_step_pre_hook(lambda *_: seen.append(1))
    second.step()
    assert not seen
    for register in (first.register_state_dict_pre_hook, first.register_state_dict_post_hook):
        for name in "ab":
            register(lambda *_, name=name: seen.append(name))
        register(lambda *_: seen.append("first"), prepend=True)
    first.register_load_state_dict_pre_hook(lambda *_: seen.append("x"))
    first.register_load_state_dict_pre_hook(lambda *_: seen.append("y"), prepend=True)
    first.load_state_dict(first.state_dict())
    assert seen == ["first", "a", "b", "first", "a", "b", "y", "x"]


def test_a_wrapped_step_keeps_its_name_and_docstring():
    assert optim.SGD.step.__name__ == "step" and "closure" in optim.LBFGS.step.__doc__


def test_hooks_of_all_optimizers_surround_those_of_one():
    log = []
    before = register_optimizer_step_pre_hook(lambda o, args, kwargs: log.append(("before", type(o).__name__)))
    after = register_optimizer_step_post_hook(lambda o, args, kwargs: log.append(("after", len(args))))
    optimizer = optim.SGD([parameter()])
    optimizer.register_step_pre_hook(lambda *_: log.append("own before"))
    optimizer.register_step_post_hook(lambda *_: log.append("own after"))
    try:
        optimizer.step()
        optim.LBFGS([parameter()]).step(lambda: 1.0)
    finally:
        before.remove()
        after.remove()
    optimizer.step()
    assert log == [
        ("before", "SGD"), "own before", "own after", ("after", 1), ("before", "LBFGS"), ("after", 2),
        "own before", "own after",
    ]  # fmt: skip
