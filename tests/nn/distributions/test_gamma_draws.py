"""The derivative of a gamma draw by its shape, against values computed with 40 digits."""

import numpy as np
import pytest

from nn.distributions.gamma_draws import derivative_of_draw

#: The shape a, the draw z, and dz/da = -∂P/∂a / ∂P/∂z, with the regularized incomplete gamma function P(a, z). The
#: draws lie on both sides of a + 1, where one expansion takes over from the other, close to it and far from it.
DERIVATIVES = np.array([
    (0.01, 1e-30, 6.85166673319527e-27),
    (0.01, 0.5, 46.679279405150682),
    (0.01, 1.005, 60.604521378319428),
    (0.01, 1.02, 60.898235409754157),
    (0.01, 6.0, 89.440900432062644),
    (0.3, 0.001, 0.022481140914591294),
    (0.3, 1.25, 2.9950639781505846),
    (0.3, 1.35, 3.0865448991178543),
    (0.3, 9.0, 5.4108463609075541),
    (1.0, 0.5, 0.80697911682531802),
    (1.0, 1.5, 1.4309374423012802),
    (1.0, 2.0, 1.6316914623497008),
    (1.0, 2.5, 1.797032233261672),
    (1.0, 20.0, 3.6206664839514847),
    (4.5, 0.7, 0.35409606386883501),
    (4.5, 5.0, 1.0934116535781699),
    (4.5, 5.5, 1.1453917224010215),
    (4.5, 6.0, 1.1941883367828638),
    (4.5, 20.0, 1.9932677142571124),
    (60.0, 30.0, 0.69504418809041523),
    (60.0, 60.5, 1.006949077717856),
    (60.0, 62.0, 1.0193127123486299),
    (60.0, 100.0, 1.2805880628280535),
    (5000.0, 4800.0, 0.97976052490740474),
    (5000.0, 5000.5, 1.0000833340000071),
    (5000.0, 5002.0, 1.000233314004456),
    (5000.0, 5300.0, 1.0294516875923577),
    (1e6, 997000.0, 0.99849866416232472),
    (1e6, 1000000.5, 1.0000004166666833),
    (1e6, 1000002.0, 1.0000011666661833),
    (1e6, 1003000.0, 1.0014986691623419),
])  # fmt: skip


def test_the_derivative_is_exact_but_for_rounding():
    a, z, expected = DERIVATIVES.T
    # The two terms of the derivative cancel where the shape is large, most of all at a draw just above a + 1.
    tolerance = np.where(a < 1e6, 1e-12, np.where(z == a + 2, 1e-8, 1e-11))
    assert np.all(np.abs(derivative_of_draw(a, z) / expected - 1) <= tolerance)
    for row in np.flatnonzero(a < 5000):
        assert abs(derivative_of_draw(a[row], z[row]) / expected[row] - 1) <= 1e-12


@pytest.mark.parametrize("shape", [(), (0,), (2, 1)])
def test_the_derivative_has_the_shape_of_the_draws(shape):
    assert derivative_of_draw(np.full(shape, 2.0), np.full(shape, 1.0)).shape == shape
