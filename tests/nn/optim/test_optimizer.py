"""What all optimizers share: parameter groups, steps with a closure, gradients, state dicts, and refused parameters."""

import numpy as np
import pytest

import autograd
import nn
from autograd import float32, float64, tensor
from autograd.core.tensor import wrap
from nn import optim
from tests.nn.optim.helpers import parameter, path_along


def test_a_parameter_in_read_only_memory_is_refused_before_any_update():
    locked = np.ones(3)
    locked.flags.writeable = False
    a, b = autograd.ones(2, requires_grad=True), wrap(locked).requires_grad_()
    (a.sum() + b.sum()).backward()
    for kind in (optim.SGD, optim.Adam):
        with pytest.raises(
            RuntimeError, match=f"{kind.__name__}.step: a parameter of shape .3,. is backed by read-only"
        ):
            kind([a, b]).step()
        assert a.tolist() == [1, 1]
    b.grad = None
    optim.SGD([a, b], lr=1).step()
    assert a.tolist() == [0, 0], "a parameter without a gradient is not written to"


def test_the_learning_rate_of_a_group_can_be_changed():
    a, b = (tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.param_groups[0]["lr"] = 0.25
    (a + b).sum().backward()
    optimizer.step()
    assert (a.item(), b.item()) == (0.75, 0.5)


def test_a_parameter_without_gradient_is_not_updated():
    a, b = (tensor([1.0], requires_grad=True) for _ in range(2))
    for kind in (optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad):
        optimizer = kind([a, b])
        a.sum().backward()
        optimizer.step()
        assert b.item() == 1
        assert b not in optimizer.state


def test_a_closure_is_called_with_grad_mode_enabled():
    w = tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with autograd.no_grad():
        assert optimizer.step(closure).item() == 1
    assert w.item() == pytest.approx(0.8)


def test_zero_grad_sets_gradients_to_none_or_zero():
    w = tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w])
    w.sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0]
    optimizer.zero_grad()
    assert w.grad is None


def test_a_0d_parameter_is_updated():
    for kind in (optim.SGD, optim.Adam, optim.RMSprop, optim.Adagrad):
        w = tensor(1.0, requires_grad=True)
        optimizer = kind([w], lr=0.1)
        (w * w).backward()
        optimizer.step()
        assert w.item() < 1


def test_backward_after_a_step_is_an_error():
    w = tensor([1.0], requires_grad=True)
    loss = (w * w).sum()
    w.grad = tensor([1.0])
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError):
        loss.backward()


def test_the_repr_lists_the_groups():
    group = (
        "    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n"
        "    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n"
    )
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1)
    assert repr(optimizer) == f"SGD (\nParameter Group 0\n{group})"
    optimizer.add_param_group({"params": tensor([1.0], requires_grad=True)})
    assert repr(optimizer) == f"SGD (\nParameter Group 0\n{group}\nParameter Group 1\n{group})"


p = tensor([1.0], requires_grad=True)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.SGD([p], -1), ValueError, "Invalid learning rate: -1"),
        (lambda: optim.SGD([p], float("nan")), ValueError, "Invalid learning rate: nan"),
        (lambda: optim.SGD([p], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda: optim.SGD([p], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda: optim.SGD([{"params": [p], "lr": -1}]), ValueError, "Invalid learning rate: -1"),
        (
            lambda: optim.SGD([p], nesterov=True),
            ValueError,
            "Nesterov momentum requires a momentum and zero dampening, but got momentum=0 and dampening=0",
        ),
        (lambda: optim.Adam([p], -1), ValueError, "Invalid learning rate: -1"),
        (lambda: optim.Adam([p], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: optim.Adam([p], betas=(1, 0.9)), ValueError, "Invalid beta parameter at index 0: 1"),
        (lambda: optim.AdamW([p], betas=(0.9, 2)), ValueError, "Invalid beta parameter at index 1: 2"),
        (lambda: optim.RMSprop([p], alpha=-1), ValueError, "Invalid alpha value: -1"),
        (lambda: optim.Adagrad([p], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
        (lambda: optim.NAdam([p], momentum_decay=-1), ValueError, "Invalid momentum_decay value: -1"),
        (lambda: optim.RAdam([p], betas=(0.9, 1)), ValueError, "Invalid beta parameter at index 1: 1"),
        (lambda: optim.Adamax([p], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: optim.Adadelta([p], rho=2), ValueError, "Invalid rho value: 2"),
        (lambda: optim.Rprop([p], etas=(1.2, 0.5)), ValueError, "Invalid eta values: 1.2, 0.5"),
        (lambda: optim.ASGD([p], lr=-1), ValueError, "Invalid learning rate: -1"),
        (
            lambda: optim.LBFGS([{"params": [p]}, {"params": [tensor(1.0, requires_grad=True)]}]),
            ValueError,
            "LBFGS doesn't support per-parameter options (parameter groups)",
        ),
        (
            lambda: optim.LBFGS([p], line_search_fn="weak"),
            ValueError,
            "only 'strong_wolfe' is supported as line_search_fn, got 'weak'",
        ),
        (
            lambda: optim.LBFGS([p]).step(),
            TypeError,
            "LBFGS.step() needs a closure that computes the gradients and returns the loss",
        ),
        (
            lambda: optim.SGD([]),
            ValueError,
            "optimizer got an empty parameter list: the layers of a module must be its attributes (or in a "
            "ModuleList, not in a plain list), and an iterator such as model.parameters() can be used only once",
        ),
        (
            lambda: optim.SGD([p * 2]),
            ValueError,
            "can't optimize a non-leaf Tensor: the one of shape (1,) was computed from other tensors. "
            "Optimize those, or make it a leaf with detach().requires_grad_()",
        ),
        (
            lambda: optim.SGD(nn.Linear(1, 1)),
            TypeError,
            "'Linear' object is not iterable: expected an iterable of Tensors or dicts, such as model.parameters()",
        ),
        (lambda: optim.SGD([3]), TypeError, "optimizer can only optimize Tensors, but one of the params is int"),
        (
            lambda: optim.SGD(p),
            TypeError,
            "params argument given to the optimizer should be an iterable of Tensors or dicts, but got Tensor: "
            "put it in a list",
        ),
        (
            lambda: optim.SGD([{"params": [p]}, {"params": p}]),
            ValueError,
            "some parameters appear in more than one parameter group: 1 of this one, the first of shape (1,)",
        ),
        (
            lambda: optim.SGD({p}),
            TypeError,
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead.",
        ),
        (
            lambda: optim.SGD([p]).add_param_group(3),
            TypeError,
            "param_group must be a dict, but got <class 'int'>",
        ),
        (
            lambda: optim.SGD([p]).load_state_dict({"state": {}, "param_groups": []}),
            ValueError,
            "loaded state dict has a different number of parameter groups: 0, but the optimizer has 1",
        ),
        (
            lambda: optim.SGD([p]).load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}),
            ValueError,
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
            "group 0 has 2 parameters, but the optimizer's has 1",
        ),
    ],
)
def test_a_refused_argument_is_named_in_the_message(make, error, message):
    with pytest.raises(error) as raised:
        make()
    assert str(raised.value) == message


def test_a_set_of_parameters_is_refused():
    for kind in (set, frozenset):
        with pytest.raises(TypeError, match="ordered collections"):
            optim.SGD(kind([parameter()]))


def test_duplicate_parameters_in_a_group_warn():
    with pytest.warns(UserWarning, match="optimizer contains a parameter group with duplicate parameters"):
        optim.SGD([p, p])


def test_the_warning_about_duplicates_points_to_the_caller():
    w = parameter()
    with pytest.warns(UserWarning, match="duplicate parameters") as seen:
        optim.Optimizer([w, w], {"lr": 1.0})
    assert seen[0].filename == __file__


def test_parameter_names_are_kept_if_all_have_one():
    w, b = tensor([1.0], requires_grad=True), tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([("w", w)], lr=0.1)
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["w"]
    with pytest.raises(ValueError, match="with/without names"):
        optimizer.add_param_group({"params": [b]})
    with pytest.raises(ValueError, match="Some param names are missing"):
        optim.SGD([("w", w), b], lr=0.1)
    assert len(optimizer.param_groups) == 1


def test_groups_with_and_without_names_do_not_mix():
    named, plain = {"params": [("w", parameter())]}, {"params": [parameter()]}
    for first, second in ((named, plain), (plain, named)):
        with pytest.raises(ValueError, match="with/without names: the new group differs"):
            optim.SGD([first, second])
    assert optim.SGD([named, {"params": [("b", parameter())]}]).param_groups[1]["param_names"] == ["b"]
    with pytest.raises(ValueError, match="Some param names are missing"):
        optim.SGD([parameter(), ("w", parameter())])


# -- state dicts


def test_the_state_dict_has_the_keys_of_pytorch():
    model = nn.Linear(2, 1)
    optimizer = optim.Adam(model.parameters())
    model(autograd.ones(1, 2)).sum().backward()
    optimizer.step()
    state = optimizer.state_dict()
    assert set(state) == {"state", "param_groups"}
    assert list(state["state"]) == [0, 1]
    assert list(state["state"][0]) == ["step", "exp_avg", "exp_avg_sq"]
    assert state["state"][0]["step"].item() == 1
    assert state["param_groups"][0]["params"] == [0, 1]


def test_a_loaded_state_takes_the_dtype_of_the_parameter_but_for_counts():
    for shape in ((), (2,)):
        narrow = autograd.ones(shape, dtype=float32).requires_grad_()
        wide = autograd.ones(shape, dtype=float64).requires_grad_()
        first, second = optim.NAdam([narrow]), optim.NAdam([wide])
        narrow.grad = autograd.ones(shape)
        first.step()
        second.load_state_dict(first.state_dict())
        assert second.state[wide]["exp_avg"].dtype == second.state[wide]["exp_avg_sq"].dtype == float64
        assert second.state[wide]["step"].dtype == float32
        if shape:
            assert second.state[wide]["mu_product"].dtype == float32
        assert second.state[wide]["exp_avg"].tolist() == first.state[narrow]["exp_avg"].tolist()
        narrow.grad = autograd.ones(shape)
        first.step()
        assert second.state[wide]["step"].item() == 1


@pytest.mark.parametrize("counts", [(1,), (1, 1, 1)])
def test_a_state_with_another_number_of_groups_is_refused(counts):
    make = lambda count: optim.SGD([{"params": [parameter()]} for _ in range(count)])
    with pytest.raises(ValueError, match="a different number of parameter groups"):
        make(2).load_state_dict(make(len(counts)).state_dict())


@pytest.mark.parametrize("count", [1, 3])
def test_a_state_with_another_number_of_parameters_is_refused(count):
    params = lambda n: [tensor([1.0], requires_grad=True) for _ in range(n)]
    with pytest.raises(ValueError, match="doesn't match the size"):
        optim.SGD(params(2), lr=0.1).load_state_dict(optim.SGD(params(count), lr=0.1).state_dict())


def test_a_state_dict_numbers_parameters_across_groups():
    a, b, c = parameter(), parameter(), parameter()
    optimizer = optim.Adam([{"params": [a, b]}, {"params": c, "lr": 0.5}], lr=0.25)
    for w in (a, c):
        path_along(optimizer, w, [1.0])
        w.grad = None
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0, 1], [2]] and list(state["state"]) == [0, 2]
    assert [group["lr"] for group in state["param_groups"]] == [0.25, 0.5]
    with pytest.warns(UserWarning, match="duplicate parameters"):
        twice = optim.Adam([{"params": [a, a]}, {"params": [b]}])
    assert [group["params"] for group in twice.state_dict()["param_groups"]] == [[0, 0], [1]]
    path_along(twice, b, [1.0])
    assert list(twice.state_dict()["state"]) == [1]


def test_loading_a_state_with_bad_settings_changes_nothing():
    optimizer = optim.SGD([parameter()], lr=0.5)
    state = optimizer.state_dict()
    state["param_groups"][0]["lr"] = -1
    with pytest.raises(ValueError, match="Invalid learning rate"):
        optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.5
