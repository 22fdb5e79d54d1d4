"""What once went wrong, or was missing in scripts written for PyTorch."""

import numpy as np
import pytest

import autograd as torch
from autograd.base.dtypes import number_as
from autograd.core.errors import describe


def test_a_script_that_asks_for_a_gpu_gets_the_cpu():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert (device.type, device.index, str(device), repr(device)) == ("cpu", None, "cpu", "device(type='cpu')")
    x = torch.zeros(2).to(device)
    assert x.cpu() is x and x.device == device and torch.device("cpu:0").index == 0
    model = torch.nn.Linear(1, 1)
    assert model.to(device) is model and model.cpu() is model
    for attempt in (x.cuda, lambda: torch.ones(1, device="cuda"), lambda: x.to("cuda"), lambda: model.to("cuda")):
        with pytest.raises(RuntimeError, match="is not supported: Glassgrad is CPU-only"):
            attempt()


def test_old_names_of_tensor_types():
    assert torch.LongTensor([1, 2]).dtype is torch.int64
    assert torch.FloatTensor(2, 3).shape == (2, 3)
    assert torch.FloatTensor((1, 2)).tolist() == [1, 2]
    assert torch.zeros(1).type() == "torch.FloatTensor"
    assert torch.zeros(1).type("torch.LongTensor").dtype is torch.int64
    assert torch.zeros(1).type(torch.float64).dtype is torch.float64
    assert isinstance(torch.zeros(1), torch.FloatTensor) and not isinstance(torch.zeros(1), torch.LongTensor)


def test_no_grad_holds_inside_a_generator_and_nowhere_else():
    closed = []

    @torch.no_grad()
    def modes():
        try:
            sent = yield torch.is_grad_enabled()
            try:
                yield sent
            except KeyError:
                yield torch.is_grad_enabled()
        finally:
            closed.append(torch.is_grad_enabled())

    made = modes()
    assert next(made) is False and torch.is_grad_enabled()
    assert made.send(5) == 5
    assert made.throw(KeyError()) is False and torch.is_grad_enabled()
    made.close()
    assert closed == [False] and torch.is_grad_enabled()


def test_a_hook_that_raises_after_accumulation_ends_the_pass_and_keeps_what_is_complete():
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)

    def fail(_):
        raise ValueError

    for leaf in (x, y):
        leaf.register_post_accumulate_grad_hook(fail)
    with pytest.raises(ValueError):
        (x * 2 + y).sum().backward()
    assert x.grad is None and y.grad.tolist() == [1, 1]  # y is complete first


def test_a_scalar_formats_as_its_number():
    assert f"{torch.tensor(1.5, requires_grad=True)} {torch.tensor(2)} {torch.tensor(True):>5}" == "1.5 2     1"
    assert f"{torch.ones(1)}" == "tensor([1.])"


@pytest.mark.parametrize("value", ["b", None, object()])
def test_an_assigned_value_that_is_no_number_is_named(value):
    x = torch.zeros(3)
    with pytest.raises(TypeError, match=f"can't assign a {type(value).__name__}"):
        x[0] = value
    assert x.tolist() == [0, 0, 0] and x._version == 0


def test_a_tensor_holds_a_plain_array():
    class Own(np.ndarray):
        pass

    for array in (np.ones(2).view(Own), np.ma.masked_array([1.0, 2.0], mask=[0, 1])):
        assert type(torch.tensor(array).array) is np.ndarray


def test_where_of_two_numbers_has_the_default_type():
    assert torch.where(torch.tensor([True, False]), 1.0, 0.0).dtype is torch.float32


def test_create_graph_records_under_no_grad_too():
    x = torch.tensor(2.0, requires_grad=True)
    y = x**3
    with torch.no_grad():
        (dx,) = torch.autograd.grad(y, x, create_graph=True)
        assert not torch.is_grad_enabled()
    assert torch.autograd.grad(dx, x)[0].item() == 12


def test_einsum_takes_numbers_for_letters():
    a, b = torch.arange(6.0).view(2, 3), torch.arange(12.0).view(3, 4)
    assert torch.equal(torch.einsum(a, [0, 1], b, [1, 2], [0, 2]), a @ b)
    assert torch.equal(torch.einsum(a, [..., 1], b, [1, 2]), a @ b)
    with pytest.raises(TypeError, match=r"einsum\(\): expected each operand to be followed by a list"):
        torch.einsum(a, b)
    with pytest.raises(ValueError, match=r"einsum\(\): expected numbers of dims from 0 to 51"):
        torch.einsum(a, [0, 77])


def test_narrow_counts_a_negative_start_from_the_end():
    assert torch.arange(4).narrow(0, -1, 1).tolist() == [3] and torch.arange(4).narrow(0, -4, 2).tolist() == [0, 1]


def test_a_number_of_many_digits_is_not_shown():
    assert describe(10**59) == repr(10**59) and describe(10**60) == describe(-(10**60)) == "an int of many digits"


@pytest.mark.parametrize("value, fits", [(2 + 0j, True), (2 + 1j, False), (2 - 1j, False)])
def test_a_complex_number_is_an_integer_if_its_imaginary_part_is_zero(value, fits):
    if fits:
        assert number_as(value, np.dtype(np.int64)) == 2
        return
    with pytest.raises(RuntimeError):
        number_as(value, np.dtype(np.int64))


def test_a_leaf_needs_no_mark_to_retain_its_gradient_and_another_tensor_one():
    x = torch.ones(2, requires_grad=True)
    x.retain_grad()
    y = x * 2
    y.retain_grad()
    y.retain_grad()
    assert not x.node.hooks and len(y.node.hooks) == 1


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_the_transforms_of_two_dims_say_what_they_are(name):
    function = getattr(torch.fft, f"{name}2")
    assert function.__name__ == f"{name}2" and function.__doc__ == f"`{name}n` along the last two dims."
