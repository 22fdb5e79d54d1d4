"""Vision transformers: a step of training of each of {n} models, with nothing in the place of torchvision, which they import."""

import importlib
import sys
import types

import torch

from tests.tools.drawn import draw, set_weights, train

sys.modules["torchvision"] = types.ModuleType("torchvision")
sys.modules["torchvision"].transforms = types.ModuleType("transforms")

SMALL = {"image_size": 16, "patch_size": 8, "num_classes": 3, "dim": 8, "depth": 2, "heads": 2, "mlp_dim": 8}
VIDEO = SMALL | {"frames": 2, "frame_patch_size": 1}
SEQUENCE = {"seq_len": 16, "patch_size": 4, "num_classes": 3, "dim": 8, "depth": 2, "heads": 2, "mlp_dim": 8}
IMAGE, CLIP, ROW = (1, 3, 16, 16), (1, 3, 2, 16, 16), (1, 3, 16)
STAGES = {"num_classes": 3}
MODELS = [
    ("vit", "ViT", SMALL, IMAGE),
    ("simple_vit", "SimpleViT", SMALL, IMAGE),
    ("simple_vit_1d", "SimpleViT", SEQUENCE, ROW),
    ("vit_1d", "ViT", SEQUENCE, ROW),
    ("vit_3d", "ViT", VIDEO | {"image_patch_size": 8}, CLIP),
    ("simple_vit_3d", "SimpleViT", VIDEO | {"image_patch_size": 8}, CLIP),
    ("deepvit", "DeepViT", SMALL, IMAGE),
    ("cait", "CaiT", SMALL | {"cls_depth": 1}, IMAGE),
    ("parallel_vit", "ViT", SMALL, IMAGE),
    ("simple_uvit", "SimpleUViT", SMALL, IMAGE),
    ("simple_vit_with_register_tokens", "SimpleViT", SMALL, IMAGE),
    ("simple_vit_with_qk_norm", "SimpleViT", SMALL, IMAGE),
    ("simple_vit_with_value_residual", "SimpleViT", SMALL, IMAGE),
    ("simple_vit_with_fft", "SimpleViT", SMALL | {"freq_patch_size": 8}, IMAGE),
    ("simple_vit_with_hyper_connections", "SimpleViT", SMALL | {"num_residual_streams": 2}, IMAGE),
    ("simple_flash_attn_vit", "SimpleViT", SMALL, IMAGE),
    ("normalized_vit", "nViT", {k: v for k, v in SMALL.items() if k != "mlp_dim"} | {"dim_head": 4}, IMAGE),
    ("vit_for_small_dataset", "ViT", SMALL, IMAGE),
    ("vit_with_patch_merger", "ViT", SMALL, IMAGE),
    ("vit_nd", "ViTND", SMALL | {"ndim": 2, "input_shape": 16}, IMAGE),
    ("learnable_memory_vit", "ViT", SMALL, IMAGE),
    ("efficient", "ViT", {k: SMALL[k] for k in ("image_size", "patch_size", "num_classes", "dim")}, IMAGE),
    ("cct", "CCT", {"img_size": 16, "embedding_dim": 8, "n_conv_layers": 1, "num_layers": 2, "num_heads": 2, "mlp_ratio": 1., "num_classes": 3, "positional_embedding": "learnable", "stochastic_depth_rate": 0.0, "dropout_rate": 0.0, "attention_dropout": 0.0}, IMAGE),
    ("t2t", "T2TViT", {"image_size": 16, "num_classes": 3, "dim": 8, "depth": 1, "heads": 2, "mlp_dim": 8, "t2t_layers": ((3, 2), (3, 2))}, IMAGE),
    ("pit", "PiT", {"image_size": 16, "patch_size": 4, "dim": 8, "num_classes": 3, "depth": (1, 1), "heads": 2, "mlp_dim": 8}, IMAGE),
    ("levit", "LeViT", {"image_size": 32, "num_classes": 3, "dim": 8, "depth": 1, "heads": 2, "mlp_mult": 1, "stages": 1, "dim_key": 4, "dim_value": 4}, (2, 3, 32, 32)),
    ("cross_vit", "CrossViT", {"image_size": 16, "num_classes": 3, "depth": 1, "sm_dim": 8, "sm_patch_size": 4, "sm_enc_depth": 1, "sm_enc_heads": 2, "sm_enc_mlp_dim": 8, "lg_dim": 8, "lg_patch_size": 8, "lg_enc_depth": 1, "lg_enc_heads": 2, "lg_enc_mlp_dim": 8, "cross_attn_depth": 1, "cross_attn_heads": 2}, IMAGE),
    ("cvt", "CvT", {"num_classes": 3, **{f"s{i}_{k}": v for i in (1, 2, 3) for k, v in {"emb_dim": 4, "emb_kernel": 3, "emb_stride": 2, "heads": 1, "depth": 1, "mlp_mult": 1}.items()}}, (2, 3, 16, 16)),
    ("rvt", "RvT", SMALL, IMAGE),
    ("nest", "NesT", {"image_size": 16, "patch_size": 4, "dim": 4, "heads": 2, "num_hierarchies": 2, "block_repeats": (1, 1), "num_classes": 3}, IMAGE),
    ("twins_svt", "TwinsSVT", {"num_classes": 3, **{f"s{i}_{k}": v for i in (1, 2, 3, 4) for k, v in {"emb_dim": 4, "patch_size": 2, "local_patch_size": 2, "global_k": 1, "depth": 1}.items()}}, (1, 3, 32, 32)),
    ("scalable_vit", "ScalableViT", {"num_classes": 3, "dim": 4, "heads": (1, 1), "depth": (1, 1), "ssa_dim_key": (4, 4), "reduction_factor": (2, 1), "window_size": (2, None)}, (1, 3, 32, 32)),
    ("sep_vit", "SepViT", {"num_classes": 3, "dim": 4, "dim_head": 4, "heads": (1, 1), "depth": (1, 1), "window_size": 4}, (1, 3, 32, 32)),
    ("regionvit", "RegionViT", {"dim": (4, 4, 4, 4), "depth": (1, 1, 1, 1), "window_size": 2, "num_classes": 3, "tokenize_local_3_conv": False}, (1, 3, 64, 64)),
    ("crossformer", "CrossFormer", {"num_classes": 3, "dim": (16, 16, 16, 16), "depth": (1, 1, 1, 1), "global_window_size": (4, 2, 1, 1), "local_window_size": 1}, (1, 3, 32, 32)),
    ("max_vit", "MaxViT", {"num_classes": 3, "dim_conv_stem": 4, "dim": 4, "dim_head": 4, "depth": (1, 1), "window_size": 2}, (2, 3, 16, 16)),
    ("mobile_vit", "MobileViT", {"image_size": (32, 32), "dims": [4, 4, 4], "channels": [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4], "num_classes": 3, "depths": (1, 1, 1), "patch_size": (1, 1)}, (2, 3, 32, 32)),
    ("xcit", "XCiT", SMALL | {"cls_depth": 1}, IMAGE),
    ("local_vit", "LocalViT", SMALL, IMAGE),
    ("vivit", "ViViT", {"image_size": 16, "frames": 2, "image_patch_size": 8, "frame_patch_size": 1, "num_classes": 3, "dim": 8, "spatial_depth": 1, "temporal_depth": 1, "heads": 2, "mlp_dim": 8}, CLIP),
    ("look_vit", "LookViT", {"image_size": 16, "num_classes": 3, "dim": 8, "patch_size": 4, "heads": 2, "dim_head": 4, "depth": 1}, IMAGE),
    ("jumbo_vit", "JumboViT", SMALL | {"num_jumbo_cls": 1, "jumbo_cls_k": 2, "jumbo_ff_mult": 1}, IMAGE),
    ("looped_vit", "LoopedViT", SMALL, IMAGE),
    ("vit_detpool", "ViT", SMALL, IMAGE),
    ("vit_5", "ViT", SMALL, IMAGE),
    ("ats_vit", "ViT", SMALL | {"max_tokens_per_depth": (4, 3)}, IMAGE),
    ("mae", "MAE", None, IMAGE),
    ("simmim", "SimMIM", None, IMAGE),
]


def run():
    found = {}
    for module, name, options, shape in MODELS:
        try:
            make = getattr(importlib.import_module(f"vit_pytorch.{module}"), name)
            torch.manual_seed(0)
            if options is None: continue
            model = set_weights(make(**options))
            model.eval()
            found[f"{module} {name}"] = train(model, draw(*shape), torch.full(shape[:1], 1), torch.optim.SGD(model.parameters(), lr=0.01), 2, torch.nn.functional.cross_entropy)
        except Exception as error:
            import traceback
            print(module, type(error), str(error)[:300], str(traceback.extract_tb(error.__traceback__)[-1]), file=sys.stderr)
    return found
