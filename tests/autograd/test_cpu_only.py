"""What scripts ask and set for devices, layouts and mixed precision has one honest answer here."""

from __future__ import annotations

import pytest

import autograd as torch
from autograd import Tensor, nn, ones, tensor


def test_a_step_of_mixed_precision_is_a_step_of_full_precision() -> None:
    from autograd.cuda.amp import GradScaler, autocast

    assert autocast is torch.autocast is torch.amp.autocast is torch.cuda.amp.autocast

    def trained(mixed: bool) -> list[float]:
        torch.manual_seed(0)
        model = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scaler = GradScaler()
        if mixed:
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = model(ones(3, 2)).square().sum()
            assert loss.dtype is torch.float32 and not torch.is_autocast_enabled()
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            scaler.step(optimizer)
            scaler.update()
        else:
            model(ones(3, 2)).square().sum().backward()
            optimizer.step()
        scaler.load_state_dict(scaler.state_dict())
        assert scaler.get_scale() == 1 and not scaler.is_enabled()
        return [*model.weight[0].tolist(), model.bias.item()]

    assert trained(mixed=True) == trained(mixed=False)


def test_a_function_that_is_decorated_with_autocast_stays_what_it_is() -> None:
    @torch.autocast("cpu")
    def doubled(x: Tensor) -> Tensor:
        """Twice."""
        return 2 * x

    assert doubled(ones(1)).tolist() == [2] and doubled.__doc__ == "Twice."


def test_bfloat16_is_a_name_of_which_no_tensor_can_be_made() -> None:
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    assert torch.bfloat16 not in (torch.float16, torch.float32) and len({*kinds.values()}) == 2
    assert ones(1).dtype != torch.bfloat16 and repr(torch.bfloat16) == "autograd.bfloat16"
    for attempt in (lambda: ones(1, dtype=torch.bfloat16), lambda: ones(1).to(torch.bfloat16), ones(1).bfloat16):
        with pytest.raises(
            TypeError, match="bfloat16 is not supported: NumPy has no such type; use float16 or float32"
        ):
            attempt()


def test_every_tensor_is_dense_and_on_the_cpu() -> None:
    x = ones(2, 2, layout=torch.strided)
    assert x.layout is torch.strided and x.to_dense() is x and x.share_memory_() is x
    assert x.to_dense(torch.float64).dtype is torch.float64
    assert x.to(memory_format=torch.channels_last).is_contiguous(memory_format=torch.contiguous_format)
    assert not any([x.is_conj(), x.is_neg(), x.is_inference(), x.is_shared(), x.is_meta, x.is_nested, x.is_sparse])
    asked = [torch.accelerator, torch.cuda, torch.mps, torch.xpu, torch.backends.mps, torch.backends.cudnn]
    assert not any(device.is_available() for device in asked) and torch.accelerator.current_accelerator() is None
    assert torch.cuda.memory_allocated() == torch.cuda.max_memory_allocated() == torch.cuda.device_count() == 0
    from autograd.backends import cudnn

    cudnn.deterministic, cudnn.benchmark = True, False
    assert cudnn is torch.backends.cudnn and cudnn.version() is None and not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cuda.is_built() and not torch.backends.mps.is_built()
    assert repr(torch.channels_last) == "autograd.channels_last"
    with pytest.raises(AttributeError, match=r"module 'autograd\.cuda' has no attribute 'nvtx'"):
        torch.cuda.nvtx


def test_types_of_results_and_what_may_be_written_into_what() -> None:
    assert torch.result_type(ones(2, dtype=torch.int64), 1.5) is torch.float32
    assert torch.result_type(ones(2, dtype=torch.float16), tensor(1.0, dtype=torch.float64)) is torch.float16
    assert torch.can_cast(torch.int64, torch.float16) and not torch.can_cast(torch.int32, torch.bool)


def test_layers_that_pytorch_has_at_the_top_level_are_those_of_nn_functional() -> None:
    assert torch.dropout is nn.functional.dropout and torch.layer_norm is nn.functional.layer_norm


def test_a_module_in_parallel_on_one_device_is_the_module_itself() -> None:
    import autograd.nn.parallel

    model = nn.Bilinear(2, 3, 1)
    parallel = nn.DataParallel(model, device_ids=[0, 1])
    x, y = ones(4, 2), ones(4, 3)
    assert torch.equal(parallel(x, input2=y), model(x, y)) and parallel.device_ids == []
    assert list(parallel.state_dict()) == ["module.weight", "module.bias"]
    assert torch.equal(autograd.nn.parallel.data_parallel(model, (x, y), [0, 1]), model(x, y))
    assert torch.equal(nn.parallel.data_parallel(model, x, module_kwargs={"input2": y}), model(x, y))
