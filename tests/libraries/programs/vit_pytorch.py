"""48 vision transformers: 2 steps each (with a stand-in)."""

import importlib
import sys
import types

import torch

from tests.libraries.drawn import draw, set_weights, train

# Stands for torchvision, which the package imports for augmentations only.
sys.modules["torchvision"] = types.ModuleType("torchvision")
sys.modules["torchvision"].transforms = types.ModuleType("torchvision.transforms")

PLAIN = {"num_classes": 3, "dim": 8, "depth": 2, "heads": 2, "mlp_dim": 8}
IMAGE = PLAIN | {"image_size": 16, "patch_size": 8}
SEQUENCE = PLAIN | {"seq_len": 16, "patch_size": 4}
VIDEO = PLAIN | {"image_size": 16, "image_patch_size": 8, "frames": 2, "frame_patch_size": 1}
STAGE = {"emb_dim": 4, "depth": 1}
CONVOLVED = STAGE | {"emb_kernel": 3, "emb_stride": 2, "heads": 1, "mlp_mult": 1}
LOCAL = STAGE | {"patch_size": 2, "local_patch_size": 2, "global_k": 1}
SMALL = {"enc_depth": 1, "enc_heads": 2, "enc_mlp_dim": 8, "dim": 8}


def stages(count, settings, prefix="s{}_"):
    return {prefix.format(i + 1) + key: value for i in range(count) for key, value in settings.items()}


#: The shape of the input, and the models: module, class, settings beside those of the group.
GROUPS = [
    ((1, 3, 16, 16), IMAGE, {
        "vit ViT": {}, "simple_vit SimpleViT": {}, "deepvit DeepViT": {}, "cait CaiT": {"cls_depth": 1},
        "parallel_vit ViT": {}, "simple_uvit SimpleUViT": {}, "rvt RvT": {}, "xcit XCiT": {"cls_depth": 1},
        "learnable_memory_vit ViT": {}, "vit_for_small_dataset ViT": {}, "vit_with_patch_merger ViT": {},
        "ats_vit ViT": {"max_tokens_per_depth": (4, 3)}, "vit_5 ViT": {}, "normalized_vit nViT": {},
        "jumbo_vit JumboViT": {"num_jumbo_cls": 1, "jumbo_cls_k": 2, "jumbo_ff_mult": 1},
        "jet_vit JetViT": {"dim_head": 4},
        "vit_detpool ViTDetPool": {}, "vit_with_keel_post_ln ViT": {}, "simple_flash_attn_vit SimpleViT": {},
        "simple_vit_attn_residual SimpleViTAttnResidual": {}, "simple_vit_with_specialized_cls SimpleViT": {},
        "simple_vit_orthog_residual_update SimpleViT": {}, "simple_vit_with_register_tokens SimpleViT": {},
        "simple_vit_with_relative_proj_pos_bias SimpleViT": {}, "simple_vit_with_qk_norm SimpleViT": {},
        "simple_vit_with_value_residual SimpleViT": {}, "simple_vit_with_fft SimpleViT": {"freq_patch_size": 8},
        "simple_vit_with_hyper_connections SimpleViT": {"num_residual_streams": 2},
        "simple_vit_with_sparse_gating SimpleViTWithSparseGating": {},
    }),
    ((1, 3, 16), SEQUENCE, {"vit_1d ViT": {}, "simple_vit_1d SimpleViT": {}}),
    ((1, 3, 2, 16, 16), VIDEO, {
        "vit_3d ViT": {}, "simple_vit_3d SimpleViT": {"dim": 12},
        "vivit ViViT": {"spatial_depth": 1, "temporal_depth": 1, "depth": None},
    }),
    ((1, 3, 16, 16), {"num_classes": 3, "image_size": 16}, {
        "pit PiT": PLAIN | {"patch_size": 4, "depth": (1, 1)},
        "t2t T2TViT": PLAIN | {"depth": 1, "t2t_layers": ((3, 2), (3, 2))},
        "nest NesT": {"patch_size": 4, "dim": 4, "heads": 2, "num_hierarchies": 2, "block_repeats": (1, 1)},
        "look_vit LookViT": {"dim": 8, "patch_size": 8, "highres_patch_size": 4, "heads": 2, "dim_head": 4, "depth": 1,
                             "cross_attn_heads": 2, "cross_attn_dim_head": 4, "patch_conv_kernel_size": 3},
        "cross_vit CrossViT": {"depth": 1, "cross_attn_depth": 1, "cross_attn_heads": 2, "sm_patch_size": 4,
                               "lg_patch_size": 8, **stages(1, SMALL, "sm_"), **stages(1, SMALL, "lg_")},
        "cct CCT": {"img_size": 16, "image_size": None, "embedding_dim": 8, "n_conv_layers": 1, "num_layers": 1,
                    "num_heads": 2, "mlp_ratio": 1.0, "positional_embedding": "learnable"},
        "looped_vit LoopedViT": {"dim": 8, "patch_size": 8, "pre_loop_depth": 1, "num_looped_blocks": 1,
                                 "post_loop_depth": 1, "loop_depth": 2, "heads": 2, "mlp_dim": 8},
    }),
    ((2, 3, 32, 32), {"num_classes": 3}, {
        "levit LeViT": {"image_size": 32, "dim": 8, "depth": 1, "heads": 2, "mlp_mult": 1, "stages": 1, "dim_key": 4,
                        "dim_value": 4},
        "cvt CvT": stages(3, CONVOLVED),
        "twins_svt TwinsSVT": stages(4, LOCAL),
        "scalable_vit ScalableViT": {"dim": 4, "heads": (1, 1), "depth": (1, 1), "ssa_dim_key": (4, 4),
                                     "reduction_factor": (2, 1), "window_size": (2, None)},
        "max_vit MaxViT": {"dim_conv_stem": 4, "dim": 4, "dim_head": 4, "depth": (1, 1), "window_size": 2},
        "mobile_vit MobileViT": {"image_size": (32, 32), "dims": [4, 4, 4], "channels": [4] * 11, "depths": (1, 1, 1),
                                 "patch_size": (1, 1)},
    }),
    ((1, 3, 64, 64), {"num_classes": 3, "dim": (16, 16, 16, 16), "depth": (1, 1, 1, 1)}, {
        "regionvit RegionViT": {"window_size": 2, "dim": (4, 4, 4, 4)},
    }),
]  # fmt: skip


def run():
    found = {}
    for shape, common, models in GROUPS:
        for names, settings in models.items():
            module, name = names.split()
            make = getattr(importlib.import_module(f"vit_pytorch.{module}"), name)
            model = set_weights(make(**{k: v for k, v in (common | settings).items() if v is not None})).eval()
            optimizer, targets = torch.optim.SGD(model.parameters(), lr=0.01), torch.ones(shape[0]).long()
            found[names] = train(model, draw(*shape), targets, optimizer, 2, torch.nn.functional.cross_entropy)
    return found
