"""Module hooks: their arguments, their effects, and the order of calls."""

import gc
import weakref

import pytest

import nn
from autograd import grad, no_grad, ones, tensor


class Scale(nn.Module):
    def __init__(self, by=3.0):
        super().__init__()
        self.by = nn.Parameter(tensor(by))

    def forward(self, x, plus=0.0):
        return x * self.by + plus


def test_forward_hooks_receive_arguments_and_output_in_order_and_may_replace_them():
    module, seen = Scale(), []
    module.register_forward_pre_hook(lambda m, args: seen.append(("before", m is module, len(args))))
    module.register_forward_pre_hook(lambda m, args: args[0] * 10)
    module.register_forward_hook(lambda m, args, out: seen.append(("after", args[0].item(), out.item())))
    module.register_forward_hook(lambda m, args, out: out + 1, prepend=True)
    assert module(tensor(1.0)).item() == 31.0
    assert seen == [("before", True, 1), ("after", 10.0, 31.0)]


def test_hooks_with_kwargs_receive_keyword_arguments():
    module = Scale()
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"plus": 5.0}), with_kwargs=True)
    module.register_forward_hook(lambda m, args, kwargs, out: out + kwargs["plus"], with_kwargs=True)
    assert module(tensor(1.0), plus=0.0).item() == 13.0
    module.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\)"):
        module(tensor(1.0))


def test_a_removed_hook_is_not_called():
    module, seen = Scale(), []
    handle = module.register_forward_hook(lambda *_: seen.append(1))
    module(tensor(1.0))
    handle.remove()
    handle.remove()
    module(tensor(1.0))
    assert seen == [1]


def test_a_backward_hook_receives_the_gradients_of_inputs_and_outputs():
    module, seen = Scale(), []
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi[0].item(), go[0].item())))
    x = tensor(2.0, requires_grad=True)
    (module(x) * 7).backward()
    assert seen == [(21.0, 7.0)]
    assert x.grad.item() == 21.0 and module.by.grad.item() == 14.0


def test_backward_hooks_may_replace_gradients():
    module = Scale()
    module.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] + 1,))
    x = tensor(2.0, requires_grad=True)
    module(x).backward()
    assert x.grad.item() == 7.0 and module.by.grad.item() == 4.0


def test_the_gradient_of_an_input_that_requires_none_is_none():
    module, seen = Scale(), []
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go[0].item())))
    module(tensor(2.0)).backward()
    assert seen == [((None,), 1.0)]


def test_replaced_gradients_are_differentiable():
    module = Scale()
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] * gi[0],))
    x = tensor(2.0, requires_grad=True)
    (g,) = grad(module(x * x), x, create_graph=True)
    assert g.item() == 36.0
    (gg,) = grad(g, x)
    assert gg.item() == 18.0


class Both(nn.Module):
    def forward(self, a, b, power=1):
        return a * b**power, a + b


def test_a_backward_hook_receives_an_entry_for_each_input_and_output():
    module, seen = Both(), []
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10, gi[1], None))
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go)))
    module.register_full_backward_pre_hook(lambda m, go: (go[0] * 2, go[1]))
    a, b = tensor(2.0, requires_grad=True), tensor(3.0, requires_grad=True)
    product, total = module(a, b, 1)
    (5 * product + 7 * total).backward()
    (gi, go) = seen.pop()
    assert [g.item() for g in go] == [10.0, 7.0]
    assert [g and g.item() for g in gi] == [370.0, 27.0, None]
    assert a.grad.item() == 370.0 and b.grad.item() == 27.0
    product, _ = module(a, tensor(3.0), 1)
    with no_grad():
        module(a, b, 1)
    product.backward()
    ((gi, go),) = seen
    assert go[1] is None and gi[1] is None and gi[0].item() == 60.0


@pytest.mark.parametrize(
    ("before", "hook", "message"),
    [
        (
            False,
            lambda m, gi, go: gi[:1],
            "Backward hook returned an invalid number of grad_input, got 1, but expected 2",
        ),
        (
            True,
            lambda m, go: go[0],
            "Backward pre hook returned an invalid number of grad_output, got 1, but expected 2",
        ),
    ],
)
def test_a_hook_that_returns_too_few_gradients_raises(before, hook, message):
    module = Both()
    (module.register_full_backward_pre_hook if before else module.register_full_backward_hook)(hook)
    a = tensor(2.0, requires_grad=True)
    with pytest.raises(RuntimeError, match=message):
        sum(module(a, a)).backward()


def test_an_in_place_activation_with_a_backward_hook_has_the_right_gradient():
    module, seen = nn.ReLU(inplace=True), []
    module.register_full_backward_hook(lambda m, gi, go: seen.append(gi[0].tolist()))
    x = tensor([-1.0, 2.0], requires_grad=True)
    y = x * 1
    (module(y) * y).sum().backward()
    assert seen == [[0.0, 2.0]] and x.grad.tolist() == [0.0, 4.0]


def test_a_hook_with_always_call_is_called_when_forward_raises():
    module, seen = nn.Linear(2, 2), []
    module.register_forward_hook(lambda m, args, out: seen.append("never"))
    module.register_forward_hook(lambda m, args, out: seen.append(out), always_call=True)
    module.register_forward_hook(lambda m, args, kwargs, out: 1 / 0, always_call=True, with_kwargs=True)
    with (
        pytest.raises(RuntimeError, match="shape"),
        pytest.warns(UserWarning, match="silenced as another error was raised in forward: division by zero"),
    ):
        module(ones(1, 3))
    assert seen == [None]


def test_hooks_create_no_reference_cycle():
    module = nn.Linear(2, 2)
    module.register_full_backward_hook(lambda m, gi, go: None)
    gc.disable()
    try:
        out = module(ones(1, 2, requires_grad=True))
        alive = weakref.ref(out.grad_fn)
        out.sum().backward()
        del out
        assert alive() is None
    finally:
        gc.enable()
