"""Damaged pictures of every format give a picture or one line, soon and in bounded memory."""

import numpy as np
import pytest
from guarded import Guarded, fuzzing
from hostile import damaged, read_everything, whole_pictures

FILES = 500


@pytest.mark.slow
def test_hostile_pictures(tmp_path, monkeypatch):
    """Each file depends on its number alone, which a failure names."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    wholes = whole_pictures()
    names = sorted(wholes)
    assert len(names) > 40
    path, faults = tmp_path / "a.bin", []
    with Guarded(read_everything) as read:
        for name in names:
            path.write_bytes(wholes[name])
            outcome = read(path)
            assert not outcome.fault(), (name, outcome)
        for number in fuzzing(at_least=FILES):
            rng = np.random.default_rng(number)
            name, other = (names[rng.integers(len(names))] for _ in range(2))
            path.write_bytes(damaged(wholes[name], wholes[other], rng))
            if fault := read(path).fault():
                faults.append(f"{number} {name}: {fault}")
            assert [p.name for p in tmp_path.iterdir()] == ["a.bin"], (number, name)
    assert not faults, "\n".join(faults)
