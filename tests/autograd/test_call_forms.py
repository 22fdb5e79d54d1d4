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
