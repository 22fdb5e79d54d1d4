"""The names that scripts import from PyTorch's files lead to the layers, wherever those stand here."""

import importlib

import pytest

import nn

NAMES = {
    "nn.common_types": "_size_1_t _size_2_t _size_3_t _size_any_t",
    "nn.modules.activation": "MultiheadAttention ReLU Softmax",
    "nn.modules.batchnorm": "_BatchNorm _NormBase LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d",
    "nn.modules.channelshuffle": "ChannelShuffle",
    "nn.modules.container": "Sequential ModuleList ParameterDict",
    "nn.modules.conv": "_ConvNd LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose3d",
    "nn.modules.instancenorm": "_InstanceNorm LazyInstanceNorm1d LazyInstanceNorm3d",
    "nn.modules.linear": "Linear LazyLinear Identity",
    "nn.modules.loss": "_Loss _WeightedLoss MSELoss CosineEmbeddingLoss TripletMarginLoss MultiMarginLoss",
    "nn.modules.module": "Module register_module_forward_hook register_module_full_backward_hook",
    "nn.modules.utils": "_pair _triple consume_prefix_in_state_dict_if_present",
    "nn.parameter": "Parameter Buffer UninitializedParameter UninitializedBuffer is_lazy",
    "nn.utils.parametrize": "cached type_before_parametrizations transfer_parametrizations_and_params",
    "nn.utils.rnn": "PackedSequence invert_permutation unpack_sequence",
    "optim.adamw": "AdamW",
    "optim.lr_scheduler": "LRScheduler _LRScheduler SequentialLR",
    "optim.optimizer": "Optimizer register_optimizer_step_pre_hook register_optimizer_step_post_hook",
    "distributions": "register_kl constraints kl_divergence",
    "distributions.constraints": "real positive simplex interval greater_than independent",
    "distributions.kl": "register_kl",
    "utils.data.dataloader": "DataLoader default_collate get_worker_info",
    "utils.data._utils.collate": "default_collate default_convert collate default_collate_fn_map",
    "utils.data._utils.worker": "WorkerInfo get_worker_info",
}


@pytest.mark.parametrize("path", NAMES)
def test_names_are_found_under_pytorchs_paths(path):
    module = importlib.import_module(f"autograd.{path}")
    for name in NAMES[path].split():
        found = getattr(module, name)
        assert getattr(nn, name, found) is found
