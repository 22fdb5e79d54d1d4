"""Forms of calls that scripts use: arguments by position, by PyTorch's names, and those without a meaning here."""

import pytest

import autograd as torch

x, m = torch.arange(4.0), torch.arange(6.0).reshape(2, 3)
FORMS = {
    "torch.randint(5, size=(2,)).shape": (2,),
    "torch.randint(high=5, size=(2, 1)).shape": (2, 1),
    "torch.randint(5, (2,)).shape": (2,),
    "torch.randint(low=2, high=3, size=(1,)).tolist()": [2],
    "torch.randint(2, 3, (1,)).tolist()": [2],
    "torch.arange(end=3).tolist()": [0, 1, 2],
    "torch.arange(start=1, end=3).tolist()": [1, 2],
    "torch.arange(1, end=3).tolist()": [1, 2],
    "[len(part) for part in x.split(split_size=2)]": [2, 2],
    "[len(part) for part in torch.split(x, split_size_or_sections=[1, 3])]": [1, 3],
    "[len(part) for part in x.tensor_split(sections=2)]": [2, 2],
    "[len(part) for part in x.tensor_split(indices=[1])]": [1, 3],
    "x.new_zeros(size=(3,)).shape": (3,),
    "x.new_ones(2, 3).shape": (2, 3),
    "x.expand(size=(2, 4)).shape": (2, 4),
    "x.view(size=(2, 2)).shape": (2, 2),
    "x.repeat(repeats=(2,)).shape": (8,),
    "m.swapaxes(axis0=0, axis1=1).shape": (3, 2),
    "torch.ones(2).to(other=torch.ones(1, dtype=torch.int64)).dtype": torch.int64,
    "torch.bitwise_and(input=torch.tensor([6]), other=torch.tensor([3])).tolist()": [2],
    "torch.det(input=torch.eye(2)).item()": 1.0,
    "torch.ones(1).copy_(other=torch.zeros(1)).tolist()": [0.0],
    "torch.empty(2, pin_memory=False, memory_format=torch.contiguous_format).shape": (2,),
    "torch.hann_window(4, device='cpu', layout=torch.strided).shape": (4,),
    "torch.tril_indices(2, 2, layout=torch.strided).shape": (2, 3),
    "torch.tensor([1.0], pin_memory=False).tolist()": [1.0],
    "x.cpu(memory_format=torch.preserve_format) is x": True,
    "x.pin_memory('cuda') is x": True,
    "str(torch.device('cuda')), torch.device('cuda', 0).index, torch.device('cpu') == torch.device('cuda')": (
        "cuda", 0, False,
    ),
    "x.new(size=(2, 3)).shape, x.new(other=x).shape, x.new(2, device='cpu').shape": ((2, 3), (4,), (2,)),
    "torch.result_type(tensor=x, other=1.5)": torch.float32,
    "torch.repeat_interleave(repeats=torch.tensor([1, 2])).tolist()": [0, 1, 1],
    "torch.argsort(x, stable=True, out=torch.empty(4, dtype=torch.int64)).tolist()": [0, 1, 2, 3],
    "torch.nn.functional.softmax(torch.zeros(2), 0, 3, torch.float64).dtype": torch.float64,
    "torch.linalg.lstsq(input=torch.eye(2), b=torch.ones(2, 1)).solution.tolist()": [[1], [1]],
    "torch.special.laguerre_polynomial_l(x=x, n=1).tolist()": [1, 0, -1, -2],
    "torch.from_dlpack(x, copy=True).data_ptr() == x.data_ptr()": False,
    "torch.from_dlpack(x, device='cpu', copy=False).data_ptr() == x.data_ptr()": True,
    "torch.fft.fftfreq(2, layout=torch.strided, pin_memory=False).tolist()": [0, -0.5],
    "torch.stft(x, 4, 1, 2, torch.ones(2), False, 'reflect', return_complex=True, align_to_window=True)[0].tolist()": [
        1, 3, 5,
    ],
    "torch.func.linearize(torch.square, x)[1](torch.ones(4)).tolist()": [0, 2, 4, 6],
    "torch.device('cuda:1').type, torch.device(type='mps').index": ("cuda", None),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_call_that_scripts_use_gives_what_it_gives_in_pytorch(form):
    assert eval(form) == FORMS[form]


def test_a_device_that_is_not_the_cpu_can_be_named_but_not_used():
    for name in ("cuda", "cuda:0", "mps", "meta"):
        device = torch.device(name)
        assert device == name and repr(device).startswith("device(type=")
        for attempt in (lambda device=device: torch.ones(1, device=device), lambda device=device: x.to(device)):
            with pytest.raises(RuntimeError, match="is not supported: Glassgrad is CPU-only"):
                attempt()
    for name in ("gpu", "cuda:x", "", "cpu:"):
        with pytest.raises(RuntimeError, match="expected one of cpu, cuda"):
            torch.device(name)


def test_old_names_of_arguments_are_accepted_with_a_warning():
    with pytest.warns(FutureWarning, match="`min_value` is deprecated and renamed to `min_val`"):
        layer = torch.nn.Hardtanh(min_value=-2.0, max_val=0.5)
    assert layer(x - 3).tolist() == [-2, -2, -1, 0]
    with pytest.raises(AssertionError, match="must be greater than"):
        torch.nn.Hardtanh(1.0, 0.0)
    y = torch.ones(2, requires_grad=True)
    with pytest.warns(FutureWarning, match="grad_variables"):
        torch.autograd.backward(y * 2, grad_variables=torch.ones(2))
    assert y.grad.tolist() == [2, 2]
    with pytest.warns(FutureWarning), pytest.raises(RuntimeError, match="were both given"):
        torch.autograd.backward(y * 2, torch.ones(2), grad_variables=torch.ones(2))


def test_options_that_exclude_each_other_are_refused():
    with pytest.raises(RuntimeError, match="should only be set when center = false"):
        torch.stft(x, 2, align_to_window=True, return_complex=True)
    with pytest.raises(RuntimeError, match="independent of the inputs"):
        torch.func.jvp(lambda x: torch.ones(2), (x,), (x,), strict=True)
    with pytest.raises(RuntimeError, match="is not supported: Glassgrad is CPU-only"):
        torch.from_dlpack(x, device="cuda")


def test_matplotlib_draws_tensors_of_two_dims():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    curves = axes.plot(x, torch.stack([x, x * x], 1))
    assert [line.get_ydata().tolist() for line in curves] == [[0, 1, 2, 3], [0, 1, 4, 9]]
    assert axes.imshow(m).get_array().tolist() == m.tolist()
    axes.hist(m), axes.scatter(m, m, c=m), axes.pcolormesh(m), axes.plot(torch.ones(1, 2), torch.ones(1, 2))


def test_arange_without_an_end_is_refused():
    with pytest.raises(TypeError, match="missing the argument 'end'"):
        torch.arange()


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (torch.sum, {"dim": 0, "axis": 1}),
        (torch.sum, {"axis": 1, "dim": 0}),
        (torch.sum, {"dim": 0, "keepdim": True, "keepdims": False}),
        (torch.split, {"split_size_or_sections": 1, "split_size": 2}),
    ],
)
def test_two_names_of_one_argument_are_refused(function, names):
    with pytest.raises(TypeError, match=r"unexpected keyword argument '(axis|keepdims|split_size)'"):
        function(torch.ones(2, 2), **names)
