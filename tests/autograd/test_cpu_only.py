"""Devices, layouts, mixed precision: scripts for a GPU run unchanged on the CPU."""

from __future__ import annotations

import pytest

import autograd as torch
from autograd import Tensor, nn, ones


def test_a_training_step_with_autocast_and_grad_scaler_equals_one_without() -> None:
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


def test_a_function_decorated_with_autocast_keeps_its_result_and_docstring() -> None:
    @torch.autocast("cpu")
    def doubled(x: Tensor) -> Tensor:
        """Twice."""
        return 2 * x

    assert doubled(ones(1)).tolist() == [2] and doubled.__doc__ == "Twice."


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
    with pytest.raises(AttributeError, match=r"module 'autograd\.cuda' has no attribute 'no_such_name'"):
        torch.cuda.no_such_name


def test_top_level_layer_functions_are_those_of_nn_functional() -> None:
    assert torch.dropout is nn.functional.dropout and torch.layer_norm is nn.functional.layer_norm


def test_data_parallel_computes_the_same_as_the_module() -> None:
    import autograd.nn.parallel

    model = nn.Bilinear(2, 3, 1)
    parallel = nn.DataParallel(model, device_ids=[0, 1])
    x, y = ones(4, 2), ones(4, 3)
    assert torch.equal(parallel(x, input2=y), model(x, y)) and parallel.device_ids == []
    assert list(parallel.state_dict()) == ["module.weight", "module.bias"]
    assert torch.equal(autograd.nn.parallel.data_parallel(model, (x, y), [0, 1]), model(x, y))
    assert torch.equal(nn.parallel.data_parallel(model, x, module_kwargs={"input2": y}), model(x, y))


def test_cuda_is_not_supported() -> None:
    with pytest.raises(RuntimeError, match=r"cuda\(\) is not supported: Glassgrad is CPU-only. Remove the call"):
        ones(1).cuda()
    for device in ("cuda", "cuda:0", "mps"):
        with pytest.raises(RuntimeError, match=f"device '{device}' is not supported: Glassgrad is CPU-only"):
            ones(1, device=device)
