"""Module hooks: what they are given, what they may replace, and when they are called."""

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


def test_forward_hooks_see_arguments_and_output_in_order_and_may_replace_them():
    module, seen = Scale(), []
    module.register_forward_pre_hook(lambda m, args: seen.append(("before", m is module, len(args))))
    module.register_forward_pre_hook(lambda m, args: args[0] * 10)
    module.register_forward_hook(lambda m, args, out: seen.append(("after", args[0].item(), out.item())))
    module.register_forward_hook(lambda m, args, out: out + 1, prepend=True)
    assert module(tensor(1.0)).item() == 31.0
    assert seen == [("before", True, 1), ("after", 10.0, 31.0)]


def test_keyword_arguments_are_given_when_asked_for():
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


def test_backward_hooks_see_both_gradients_once_the_parameters_have_theirs_on_the_way():
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


def test_without_a_gradient_of_the_input_the_hook_gets_none_for_it():
    module, seen = Scale(), []
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go[0].item())))
    module(tensor(2.0)).backward()
    assert seen == [((None,), 1.0)]


def test_backward_hooks_are_differentiated_through():
    module = Scale()
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] * gi[0],))
    x = tensor(2.0, requires_grad=True)
    (g,) = grad(module(x * x), x, create_graph=True)
    assert g.item() == 36.0
    (gg,) = grad(g, x)
    assert gg.item() == 18.0


def test_what_cannot_be_done_honestly_is_refused():
    two = nn.Bilinear(2, 2, 1)
    two.register_full_backward_hook(lambda *_: None)
    x = ones(1, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match="was called with 2 tensors that require a gradient"):
        two(x, x)
    with no_grad():
        two(x, x)
    many = nn.LSTM(2, 2)
    many.register_full_backward_pre_hook(lambda *_: None)
    with pytest.raises(RuntimeError, match="returns several values"):
        many(ones(1, 1, 2))


def test_hooks_make_no_cycle():
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
