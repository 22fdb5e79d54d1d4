"""Grid sampling and affine grids."""

import numpy as np
import pytest

import autograd
from autograd import ones, randn, tensor
from nn import functional as F
from tests.tools.answers import assert_alike, condensed

GRIDS = [(shape, mode, padding, corners)
         for shape in ((2, 3, 4, 5), (2, 3, 2, 3, 4)) for mode in ("bilinear", "nearest", "bicubic")
         for padding in ("zeros", "border", "reflection") for corners in (False, True)
         if mode != "bicubic" or len(shape) == 4]  # fmt: skip


@pytest.mark.parametrize(("shape", "mode", "padding", "corners"), GRIDS)
def test_grid_sampling_agrees_with_pytorch(shape, mode, padding, corners, answers):
    def results(library):
        rng = np.random.default_rng(0)
        dims = len(shape) - 2
        x = library.tensor(rng.normal(size=shape), requires_grad=True)
        maps = library.tensor(rng.normal(size=(2, dims, dims + 1)), requires_grad=True)
        functional = library.nn.functional
        grid = functional.affine_grid(maps, (2, 1, 3, 4, 2)[: dims + 2], align_corners=corners)
        out = functional.grid_sample(x, grid * 1.3, mode, padding, corners)
        (out**2).sum().backward()
        return condensed([grid, out, x.grad] if mode == "nearest" else [grid, out, x.grad, maps.grad])

    assert_alike(results(autograd), answers("torch", results), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_the_identity_gives_the_image_and_a_negated_axis_its_mirror_image(mode):
    image = randn(2, 3, 4, 5, dtype=autograd.float64)
    for corners in (False, True):
        for side, expected in ((1.0, image), (-1.0, image.flip(3))):
            maps = tensor([[[side, 0, 0], [0, 1, 0]]] * 2, dtype=autograd.float64)
            grid = F.affine_grid(maps, image.shape, align_corners=corners)
            out = F.grid_sample(image, grid, mode, "border", corners)
            np.testing.assert_allclose(out.numpy(), expected.numpy(), atol=1e-12)


def test_a_grid_without_align_corners_warns():
    with pytest.warns(UserWarning, match="Please specify align_corners=True"):
        F.affine_grid(ones(1, 2, 3), (1, 1, 2, 2))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.grid_sample(ones(1, 1, 2, 2), ones(1, 2, 2, 2), "area"), ValueError, "but got: 'area'"),
        (lambda: F.grid_sample(ones(1, 1, 2, 2), ones(1, 2, 2, 3)), RuntimeError, "grid with sizes .1, 2, 2, 3."),
        (lambda: F.affine_grid(ones(1, 2, 2), (1, 1, 2, 2)), ValueError, "Expected a batch of 2D affine matrices"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
