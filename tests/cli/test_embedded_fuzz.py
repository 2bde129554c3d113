"""A picture from a stranger gives its settings to `--like`, or one line."""

import json

import numpy as np
import pytest
from fuzzed import changed_json, check_ended, commands, fuzz
from hostile import damaged
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from ortstyle.settings.settings import Settings

ARGUMENTS = ["render", "photo.png", "painting.png", "--like", "like.png", "--explain"]
RUN = {
    "settings": Settings().to_dict(),
    "device": "cpu",
    "versions": {"ortstyle": "0.1"},
    "model": {"file": "vgg19.onnx", "sha256": "0" * 64},
}


@pytest.mark.slow
@pytest.mark.parametrize("paths", [[], ["--like-paths"]])
@pytest.mark.parametrize("kind", ["bytes", "values"])
def test_hostile_pictures_for_like(folder, kind, paths):
    path = folder / "like.png"

    def write(data):
        text = PngImagePlugin.PngInfo()
        text.add_itxt("ortstyle", json.dumps(data))
        Image.new("RGB", (8, 8)).save(path, pnginfo=text)
        return path.read_bytes()

    whole = write(json.loads(json.dumps(RUN)))
    with commands() as run:

        def check(data):
            path.write_bytes(data)
            check_ended(run(folder, *ARGUMENTS, *paths))
            assert {p.name for p in folder.iterdir()} == {"photo.png", "painting.png", "like.png"}

        check(whole)
        if kind == "bytes":
            numbers = st.integers(0, 2**32).map(np.random.default_rng)
            fuzz(numbers.map(lambda rng: damaged(whole, whole, rng)), check)
        else:
            fuzz(changed_json(json.loads(json.dumps(RUN))).map(write), check)
