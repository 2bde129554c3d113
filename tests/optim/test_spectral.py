"""Optimisation in frequencies, compared with the same optimiser on pixels."""

import numpy as np
import pytest

from ortstyle.optim import cosine_transform
from ortstyle.optim.adam import Adam
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.optimizer import Stop
from ortstyle.optim.spectral import SpectralOptimizer, frequency_scales, reduced_samples

SHAPE = (2, 6, 9)


def planes(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def lbfgs(x):
    return LBFGS(x, history=5)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_scales_fall_with_the_frequency_and_stop_growing_at_the_lowest(exponent):
    found = frequency_scales((300, 400), exponent)
    assert np.mean(found**2) == pytest.approx(1, rel=1e-4)
    assert found[0, 0] == found[0, 12] == found[9, 0]  # below 1/64 of a cycle a sample
    assert found[0, 100] / found[0, 200] == pytest.approx(2**exponent, rel=1e-5)
    assert (np.diff(found, axis=0) <= 0).all()


def test_the_start_is_the_start():
    x = planes(SHAPE).ravel()
    found = SpectralOptimizer(x, SHAPE, exponent=0.7, inner=lbfgs)
    np.testing.assert_allclose(found.ask(), x, atol=1e-5)
    np.testing.assert_allclose(found.best, x, atol=1e-5)
    assert found.ask().dtype == np.float32
    assert (found.iterations, found.evaluations, found.stop) == (0, 0, None)


def bowl(x, target):
    return float(((x - target) ** 2).sum()), (2 * (x - target)).astype(np.float32)


def test_the_gradient_is_carried_to_the_coefficients():
    """⟨g, x(z + d) − x(z)⟩ in pixels is ⟨g_z, d⟩ in coefficients."""
    told = []

    class Ear(LBFGS):
        def tell(self, loss, gradient):
            told.append(gradient.copy())
            super().tell(loss, gradient)

    made = SpectralOptimizer(planes(SHAPE).ravel(), SHAPE, exponent=0.6, inner=Ear)
    gradient = planes(SHAPE, 1).ravel()
    before, z = made.ask(), made._inner.ask()
    made.tell(1.0, gradient)
    after, step = made.ask(), made._inner.ask() - z
    assert gradient @ (after - before) == pytest.approx(told[0] @ step, rel=1e-4)


def test_without_an_exponent_it_is_the_optimiser_itself():
    target, start = planes(SHAPE, 2).ravel(), planes(SHAPE, 3).ravel()
    plain, other = lbfgs(start), SpectralOptimizer(start, SHAPE, exponent=0.0, inner=lbfgs)
    for _ in range(4):
        for optimizer in (plain, other):
            optimizer.tell(*bowl(optimizer.ask(), target))
        np.testing.assert_allclose(other.ask(), plain.ask(), atol=1e-4)


@pytest.mark.parametrize("make", [lbfgs, lambda x: Adam(x, learning_rate=0.3)])
def test_it_finds_the_minimum(make):
    target = planes(SHAPE, 2).ravel()
    made = SpectralOptimizer(np.zeros_like(target), SHAPE, exponent=0.5, inner=make)
    for _ in range(120):
        if made.stop is None:
            made.tell(*bowl(made.ask(), target))
    np.testing.assert_allclose(made.best, target, atol=0.05)
    assert made.evaluations > 3
    assert made.iterations > 1


def test_what_is_smooth_changes_sooner():
    """One step of steepest descent towards a ramp and noise of one size."""
    shape = (1, 32, 32)
    ramp = np.broadcast_to(np.linspace(-1, 1, 32), shape)
    noise = planes(shape)
    noise *= np.linalg.norm(ramp) / np.linalg.norm(noise)
    moved = {}
    for exponent in (0.0, 0.7):
        made = SpectralOptimizer(
            np.zeros(ramp.size, np.float32), shape, exponent=exponent, inner=lbfgs
        )
        made.tell(*bowl(made.ask(), (ramp + noise).ravel()))
        step = made.ask()
        moved[exponent] = (step @ ramp.ravel()) / (step @ noise.ravel())
    assert moved[0.7] > 2 * moved[0.0] > 0


def test_a_loss_that_is_not_finite_stops_it():
    made = SpectralOptimizer(planes(SHAPE).ravel(), SHAPE, exponent=0.5, inner=lbfgs)
    made.tell(np.nan, np.ones(made.ask().size, np.float32))
    assert made.stop is Stop.NOT_FINITE


def test_a_loaded_state_goes_on_bit_for_bit():
    target = planes(SHAPE, 2).ravel()

    def make():
        return SpectralOptimizer(np.zeros_like(target), SHAPE, exponent=0.5, inner=lbfgs)

    first, second = make(), make()
    for _ in range(3):
        first.tell(*bowl(first.ask(), target))
    second.load(first.state())
    for _ in range(3):
        np.testing.assert_array_equal(first.ask(), second.ask())
        for optimizer in (first, second):
            optimizer.tell(*bowl(optimizer.ask(), target))


@pytest.mark.parametrize("make", [lbfgs, lambda x: Adam(x, learning_rate=0.3)])
@pytest.mark.parametrize("told", [0, 1, 2])
def test_a_state_holds_the_start_to_the_bit(make, told):
    """The state is read before the first `tell`, and while the start is still the best point."""
    start = np.zeros(SHAPE, np.float32)
    start[:, 2:4, 3:5] = 100.3
    first, second = (
        SpectralOptimizer(x, SHAPE, exponent=0.5, inner=make)
        for x in (start.ravel(), planes(SHAPE).ravel())
    )
    for i in range(told):
        first.tell(1.0 + i, planes(SHAPE, 5).ravel())
    assert (first.best == start.ravel()).all()
    second.load(first.state())
    np.testing.assert_array_equal(second.ask(), first.ask())
    np.testing.assert_array_equal(second.best, first.best)


def test_the_start_is_let_go_of():
    target = planes(SHAPE, 2).ravel()
    made = SpectralOptimizer(np.zeros_like(target), SHAPE, exponent=0.5, inner=lbfgs)
    later = made.deferred_best()
    for _ in range(4):
        made.tell(*bowl(made.ask(), target))
    assert made._samples.start is None
    assert "start" not in made.state()
    np.testing.assert_allclose(later(), 0, atol=1e-5)
    np.testing.assert_array_equal(made.deferred_best()(), made.best)


def test_scales_are_computed_in_blocks(monkeypatch):
    expected = frequency_scales((50, 70), 0.5)
    monkeypatch.setattr(cosine_transform, "_BLOCK", 1)  # which is 16 rows
    np.testing.assert_allclose(frequency_scales((50, 70), 0.5), expected, rtol=1e-6)


def test_low_frequencies_are_the_picture_at_a_lower_resolution():
    y, x = np.mgrid[:48, :64] / 64
    planes = np.stack([x, y, x * y]).astype(np.float32) * 255
    low = cosine_transform.cosine_transform(planes)[:, :12, :16].copy()
    found = reduced_samples(low, (48, 64))
    means = planes.reshape(3, 12, 4, 16, 4).mean((2, 4))
    assert found.shape == (3, 12, 16)
    assert abs(found - means).mean() < 2
