"""Adam against its paper."""

import numpy as np
import pytest

from ortstyle.optim.adam import Adam
from ortstyle.optim.optimizer import Stop


def bowl(x):
    scale = np.array([1.0, 30.0, 400.0])
    return 0.5 * float(scale @ x**2), scale * x


def drive(optimizer, count):
    for _ in range(count):
        loss, gradient = bowl(optimizer.ask().astype(float))
        optimizer.tell(loss, gradient.astype(np.float32))


def test_it_is_algorithm_1_of_the_paper():
    optimizer = Adam(np.array([3, -2, 1], np.float32), learning_rate=0.1)
    x, m, v = np.array([3.0, -2.0, 1.0]), np.zeros(3), np.zeros(3)
    for t in range(1, 41):
        g = bowl(x)[1]
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        x = x - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-8)
        drive(optimizer, 1)
        np.testing.assert_allclose(optimizer.ask(), x, rtol=1e-4, atol=1e-4)


def test_the_first_step_is_the_learning_rate_in_each_variable():
    optimizer = Adam(np.array([3, -2, 1], np.float32), learning_rate=0.5)
    drive(optimizer, 1)
    np.testing.assert_allclose(optimizer.ask(), [2.5, -1.5, 0.5], atol=1e-6)


def test_it_finds_the_minimum_and_keeps_the_best_point():
    optimizer = Adam(np.array([3, -2, 1], np.float32), learning_rate=0.1)
    drive(optimizer, 600)
    assert bowl(optimizer.best.astype(float))[0] < 1e-3
    assert optimizer.iterations == optimizer.evaluations == 600


@pytest.mark.parametrize(("bad", "reason"), [(np.nan, Stop.NOT_FINITE), (1e9, Stop.DIVERGED)])
def test_a_runaway_stops_it_at_the_best_point(bad, reason):
    optimizer = Adam(np.array([3, -2, 1], np.float32))
    drive(optimizer, 3)
    best = optimizer.best.copy()
    optimizer.tell(bad, np.ones(3, np.float32))
    assert optimizer.stop is reason
    np.testing.assert_array_equal(optimizer.best, best)
    with pytest.raises(RuntimeError, match="stopped"):
        optimizer.tell(1.0, np.ones(3, np.float32))


def test_a_loaded_state_goes_on_bit_for_bit():
    first = Adam(np.array([3, -2, 1], np.float32))
    drive(first, 7)
    second = Adam(np.zeros(3, np.float32))
    second.load({name: np.array(array) for name, array in first.state().items()})
    drive(first, 5)
    drive(second, 5)
    np.testing.assert_array_equal(first.ask(), second.ask())
    np.testing.assert_array_equal(first.best, second.best)


def test_points_handed_out_are_never_written_to():
    optimizer = Adam(np.array([3, -2, 1], np.float32))
    asked = optimizer.ask()
    drive(optimizer, 5)
    np.testing.assert_array_equal(asked, [3, -2, 1])


def test_the_mean_of_the_points_is_that_of_the_paper():
    """The average of Kingma & Ba 2015, section 7.2, over evaluated points without the start."""
    optimizer = Adam(np.array([3, -2, 1], np.float32), learning_rate=0.1, average=0.8)
    drive(optimizer, 1)
    np.testing.assert_array_equal(optimizer.best, [3, -2, 1])
    mean = np.zeros(3)
    for t in range(1, 30):
        mean = 0.8 * mean + 0.2 * optimizer.ask()
        drive(optimizer, 1)
        np.testing.assert_allclose(optimizer.best, mean / (1 - 0.8**t), rtol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_a_mean_is_loaded_bit_for_bit(count):
    first, second = (Adam(np.full(3, i + 1, np.float32), average=0.9) for i in range(2))
    drive(first, count)
    second.load(first.state())
    for _ in range(3):
        np.testing.assert_array_equal(first.best, second.best)
        drive(first, 1)
        drive(second, 1)


def test_no_runaway_gets_into_the_mean():
    optimizer = Adam(np.array([3, -2, 1], np.float32), average=0.9)
    drive(optimizer, 3)
    best = optimizer.best
    optimizer.tell(np.nan, np.ones(3, np.float32))
    np.testing.assert_array_equal(optimizer.best, best)
