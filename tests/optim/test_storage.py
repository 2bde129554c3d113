"""Rows of curvature pairs in float32, float16 and a file."""

import numpy as np
import pytest

from ortstyle.optim import storage
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.storage import Float16Table, make_pair_tables

KINDS = ["float32", "float16", "disk"]
N = storage._FLOAT16_BLOCK + 77


def noise(seed, n=N):
    return np.random.default_rng(seed).normal(size=n).astype(np.float32)


def read(rows, used, n=N):
    blocks = range(0, n, rows.product_block)
    return np.concatenate(
        [rows.read(used, slice(i, i + rows.product_block)).copy() for i in blocks], 1
    )


@pytest.mark.parametrize("scale", [1e-30, 1e-9, 1.0, 3e4, 1e18])
def test_float16_rows_neither_overflow_nor_vanish(scale):
    rows = Float16Table(np.zeros((2, N), np.float16))
    to, since = scale * noise(0), scale * noise(1)
    rows.write(1, to.astype(np.float32), previous=since.astype(np.float32))
    found, expected = read(rows, 2)[1], to.astype(np.float32) - since.astype(np.float32)
    assert abs(found - expected).max() <= 2.0**-11 * abs(expected).max()
    large = abs(expected) > 1e-3 * abs(expected).max()
    np.testing.assert_allclose(found[large], expected[large], rtol=2.0**-10.9)


def test_float16_is_unpacked_as_numpy_does():
    rows = Float16Table(np.zeros((1, 2**16), np.float16))
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    every = np.where(np.isfinite(every), every, np.float16(0))
    rows.load({"rows": every[None], "exponents": np.zeros(1, np.int64)})
    np.testing.assert_array_equal(read(rows, 1, 2**16)[0], every.astype(np.float32))


def test_a_row_of_zeros_stays_one():
    rows = Float16Table(np.zeros((1, N), np.float16))
    rows.write(0, noise(0), previous=noise(0))
    np.testing.assert_array_equal(read(rows, 1), np.zeros((1, N)))


def test_rows_on_disk_leave_no_file(tmp_path):
    s, y = make_pair_tables("disk", 3, size=N, folder=tmp_path)
    s.write(2, noise(0), previous=noise(1))
    y.write(0, noise(2), previous=noise(3))
    np.testing.assert_allclose(read(s, 3)[2], noise(0) - noise(1), rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(read(y, 3)[0], noise(2) - noise(3), rtol=2e-3, atol=1e-6)
    del s, y
    assert not list(tmp_path.iterdir())


def bowl(x):
    scale = np.geomspace(1, 300, len(x)).astype(np.float32)
    return 0.5 * float(scale @ x**2), scale * x


def drive(optimizer, count):
    losses = []
    for _ in range(count):
        loss, gradient = bowl(optimizer.ask())
        optimizer.tell(loss, gradient)
        losses.append(loss)
    return losses


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("copy", [True, False])
def test_a_loaded_state_goes_on_bit_for_bit(kind, copy):
    first, second = (LBFGS(noise(i), history=4, storage=kind) for i in range(2))
    drive(first, 9)
    state = first.state(copy=copy)
    assert state["pairs.s.rows"].dtype == ("float32" if kind == "float32" else "float16")
    second.load(state)
    assert drive(second, 9) == drive(first, 9)
    np.testing.assert_array_equal(first.ask(), second.ask())


def test_a_state_of_another_storage_is_refused():
    first, second = LBFGS(noise(0), storage="float16"), LBFGS(noise(0))
    drive(first, 3)
    with pytest.raises(ValueError, match="float16"):
        second.load(first.state())


def test_disk_is_float16_to_the_bit_which_converges_as_well():
    found = {kind: drive(LBFGS(noise(5), history=6, storage=kind), 40) for kind in KINDS}
    assert found["disk"] == found["float16"]
    assert found["float16"] != found["float32"]
    assert found["float16"][-1] < 1e-4 * found["float16"][0]
    np.testing.assert_allclose(found["float16"][:12], found["float32"][:12], rtol=0.05)


def test_a_block_changes_nothing_but_rounding(monkeypatch):
    expected = drive(LBFGS(noise(5), history=6), 12)
    monkeypatch.setattr(storage.Float32Table, "combined_block", 1000)
    np.testing.assert_allclose(drive(LBFGS(noise(5), history=6), 12), expected, rtol=1e-3)
