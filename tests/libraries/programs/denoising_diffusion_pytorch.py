"""A diffusion model: 2 steps (with stand-ins, see below)."""

import sys
import types

import torch

from tests.libraries.drawn import draw, set_weights

# They stand for what the package imports for its own training loop.
for name, members in (("torchvision", ("transforms", "utils")), ("accelerate", ("Accelerator",))):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(dict.fromkeys(members))

from denoising_diffusion_pytorch.denoising_diffusion_pytorch import GaussianDiffusion, Unet  # noqa: E402 - after the stand-ins


def run():
    unet = set_weights(Unet(dim=8, dim_mults=(1, 2), channels=1, flash_attn=False, attn_heads=1, attn_dim_head=4))
    model = GaussianDiffusion(unet, image_size=8, timesteps=20, sampling_timesteps=3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for step in range(2):
        optimizer.zero_grad()
        loss = model.p_losses(draw(2, 1, 8, 8).tanh(), torch.tensor([3, 17]), noise=draw(2, 1, 8, 8, seed=step))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        mean, variance, _, start = model.p_mean_variance(draw(1, 1, 8, 8), torch.tensor([5]))
    return {"losses": losses, "mean": mean[0, 0, 3], "variance": variance, "start": start[0, 0, 3]}
