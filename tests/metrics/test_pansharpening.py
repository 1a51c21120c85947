"""Q2n, D_lambda, D_s and QNR against quaternions written out and the formulas in loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from satstudio.core.errors import InputError
from satstudio.metrics.hypercomplex import conjugate, product
from satstudio.metrics.measures.pansharpening import d_lambda, d_s, q2n, qnr


def quaternion_product(a, b):
    """Hamilton's rules: ii = jj = kk = ijk = -1."""
    a0, a1, a2, a3 = a
    b0, b1, b2, b3 = b
    return np.array([
        a0 * b0 - a1 * b1 - a2 * b2 - a3 * b3,
        a0 * b1 + a1 * b0 + a2 * b3 - a3 * b2,
        a0 * b2 - a1 * b3 + a2 * b0 + a3 * b1,
        a0 * b3 + a1 * b2 - a2 * b1 + a3 * b0,
    ])  # fmt: skip


@given(integers(0, 999))
def test_numbers_of_two_and_four_parts_are_complex_numbers_and_quaternions(seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 4))
    z = complex(*a[:2]) * complex(*b[:2])
    assert product(a[:2], b[:2]) == pytest.approx([z.real, z.imag])
    assert np.linalg.norm(product(a, b)) == pytest.approx(np.linalg.norm(a) * np.linalg.norm(b))
    # the same algebra up to the order of its imaginary units
    assert product(a, conjugate(a)) == pytest.approx(quaternion_product(a, a * [1, -1, -1, -1]))


@given(integers(0, 999))
def test_numbers_of_eight_parts_keep_their_norm(seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 8))
    assert np.linalg.norm(product(a, b)) == pytest.approx(np.linalg.norm(a) * np.linalg.norm(b))


def images(bands=4, side=96, seed=0):
    rng = np.random.default_rng(seed)
    high = rng.random((bands, side, side)) + 0.2
    return high, high + rng.normal(0, 0.2, high.shape)


def test_q2n_of_quaternions_is_written_out():
    first, second = images(side=32)
    a, b = first.reshape(4, -1), second.reshape(4, -1)
    mean, sd = a.mean(axis=1, keepdims=True), a.std(axis=1, ddof=1, keepdims=True)
    a, b = (a - mean) / sd + 1, (b - mean) / sd + 1
    n = a.shape[1]
    pairs = [quaternion_product(x, y * [1, -1, -1, -1]) for x, y in zip(a.T, b.T, strict=True)]
    ma, mb = a.mean(axis=1), b.mean(axis=1)
    cov = np.mean(pairs, axis=0) - quaternion_product(ma, mb * [1, -1, -1, -1])
    va, vb = (np.mean((z**2).sum(axis=0)) - (z.mean(axis=1) ** 2).sum() for z in (a, b))
    unbiased = n / (n - 1)
    norms = np.linalg.norm(ma) * np.linalg.norm(mb) / (ma @ ma + mb @ mb)
    known = 4 * unbiased * np.linalg.norm(cov) * norms / (unbiased * (va + vb))
    assert q2n(first, second) == pytest.approx(known, abs=1e-12)


@pytest.mark.parametrize("bands", [1, 3, 4, 5, 8])
def test_q2n_is_one_for_the_image_itself_of_any_bands_and_size(bands):
    first, second = images(bands, 70)
    assert q2n(first, first) == pytest.approx(1)
    assert q2n(first, second) < 0.95
    first[:, :32, :32] = 0.1  # a constant block
    assert q2n(first, first) == pytest.approx(1)
    mask = np.ones((70, 70), bool)
    mask[40:, 40:] = False
    second[:, :40, :] = first[:, :40, :]
    second[:, :, :40] = first[:, :, :40]
    assert q2n(first, second, mask=mask) == pytest.approx(1)


def q(x, y):
    (vx, c), (_, vy) = np.cov(x.ravel(), y.ravel(), ddof=0)
    mx, my = x.mean(), y.mean()
    return 4 * c * mx * my / ((vx + vy) * (mx**2 + my**2))


def blocks(image, side):
    rows, cols = image.shape
    return [
        image[r : r + side, c : c + side]
        for r in range(0, rows - side + 1, side)
        for c in range(0, cols - side + 1, side)
    ]


def mean_q(x, y, side):
    return np.mean([q(a, b) for a, b in zip(blocks(x, side), blocks(y, side), strict=True)])


def fused(seed=0):
    high, made = images(3, 64, seed)
    low = high.reshape(3, 16, 4, 16, 4).mean(axis=(2, 4))
    pan = high.mean(axis=0)
    return pan, pan.reshape(16, 4, 16, 4).mean(axis=(1, 3)), low, made


def test_distortions_are_their_formulas():
    pan, pan_low, low, made = fused()
    gaps = [
        abs(mean_q(made[i], made[j], 32) - mean_q(low[i], low[j], 8))
        for i in range(3)
        for j in range(3)
        if i != j
    ]
    spectral = np.mean(gaps)
    spatial = np.mean(
        [abs(mean_q(made[i], pan, 32) - mean_q(low[i], pan_low, 8)) for i in range(3)]
    )
    assert d_lambda(low, made) == pytest.approx(spectral, abs=1e-12)
    squared = math.sqrt(np.mean(np.square(gaps)))
    assert d_lambda(low, made, p=2) == pytest.approx(squared, abs=1e-12)
    assert d_s(pan, pan_low, low, made) == pytest.approx(spatial, abs=1e-12)
    known = (1 - spectral) ** 2 * (1 - spatial)
    assert qnr(pan, pan_low, low, made, alpha=2) == pytest.approx(known, abs=1e-12)


def test_blocks_with_invalid_pixels_do_not_count_on_either_grid():
    pan, pan_low, low, made = fused()
    mask = np.ones((64, 64), bool)
    mask[3, 5] = False
    broken = made.copy()
    broken[:, :32, :32] = 9  # the block of the invalid pixel
    changed = low.copy()
    changed[:, :8, :8] = 7
    known = qnr(pan, pan_low, low, made, mask=mask)
    assert qnr(pan, pan_low, changed, broken, mask=mask) == pytest.approx(known, abs=1e-12)
    assert math.isnan(d_lambda(low, made, mask=np.zeros((64, 64), bool)))


def test_what_does_not_fit_together_is_refused():
    pan, pan_low, low, made = fused()
    with pytest.raises(InputError, match="block_ms"):
        d_lambda(low, made, block_fused=30)
    with pytest.raises(InputError, match="same bands"):
        d_lambda(low[:2], made)
    with pytest.raises(InputError, match="pan and fused"):
        d_s(pan[1:], pan_low, low, made)
