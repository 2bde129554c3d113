"""Damaged pictures of every kind are refused in a sentence, and leave nothing behind."""

import numpy as np
import pytest
from hostile import damaged, whole_pictures

from ortstyle.studio.faults import Refused
from ortstyle.studio.pictures.reader_process import Reader


@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_hostile_pictures(tmp_path, count):
    """Each file depends on its number alone, which a failure names."""
    wholes = whole_pictures()
    names = sorted(wholes)
    path, view, seen, refused = tmp_path / "a.part", tmp_path / "view", 0, 0
    with Reader(max_pixels=10**6) as reader:
        for number in range(count):
            rng = np.random.default_rng(number)
            name, other = (names[rng.integers(len(names))] for _ in range(2))
            path.write_bytes(damaged(wholes[name], wholes[other], rng))
            try:
                found = reader.inspect(path, shown="a.png")
                made = reader.view(path, view, side=256, shown="a.png")
            except Refused as error:
                said = str(error)
                assert said.startswith("“a.png” "), (number, said)
                assert said.endswith("."), (number, said)
                assert said.isprintable(), (number, said)
                assert "a.part" not in said, (number, said)
                refused += 1
            else:
                assert found.width * found.height <= 10**6
                made.unlink()
                seen += 1
            assert [p.name for p in tmp_path.iterdir()] == ["a.part"], number
    assert seen
    assert refused
