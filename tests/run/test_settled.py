"""Settings that depend on the run."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError, SettingsError
from ortstyle.run.settled import settle
from ortstyle.run.stylize import stylize
from ortstyle.settings.settings import Settings


def test_settings_in_numbers_stay_as_they_are():
    settings = Settings(size=64, seed=3)
    assert settle(settings, "none.png") == settings


@pytest.mark.parametrize("size", [(48, 36), (36, 48), (1, 200)])
def test_the_size_of_the_content_is_its_longest_side(tmp_path, size):
    Image.new("RGB", size).save(tmp_path / "a.png")
    for content in (tmp_path / "a.png", Image.new("RGB", size), np.zeros((*size[::-1], 3), "u1")):
        assert settle(Settings(size="content"), content) == Settings(size=max(size))


def test_a_content_that_is_missing():
    with pytest.raises(PictureError, match=r"content none\.png does not exist"):
        settle(Settings(size="content"), "none.png")


def test_a_seed_is_drawn():
    drawn = [settle(Settings(seed=-1), "a").seed for _ in range(20)]
    assert len(set(drawn)) > 10
    assert min(drawn) >= 0
    assert settle(Settings(), "a").seed == 0


def test_the_run_records_what_was_settled(photo, painting, tiny_settings):
    pytest.importorskip("onnxruntime")
    settings = tiny_settings(size="content", seed=-1, init="noise", iterations=2)
    run = stylize(photo, painting, settings)
    found = run.provenance["settings"]
    assert (found["size"], found["seed"] >= 0) == (48, True)
    *_, last = run
    again = replace(settings, size=48, seed=found["seed"])
    *_, same = stylize(photo, painting, again)
    assert last.image.tobytes() == same.image.tobytes()


def test_the_size_of_what_comes_through_a_pipe_is_not_known_before():
    with pytest.raises(SettingsError, match="--size content needs a file, not a pipe"):
        settle(Settings(size="content"), "-")
