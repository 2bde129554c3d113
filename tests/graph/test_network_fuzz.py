"""A model from a stranger gives a picture or one line, in bounded time and memory."""

import numpy as np
import onnx
import pytest
from fuzzed import changed_proto, check_ended, commands, fuzz
from hostile import damaged
from hypothesis import strategies as st

ARGUMENTS = ["render", "photo.png", "painting.png", "-o", "a.png", "--model", "net.onnx"]
ARGUMENTS += ["--size", "24", "--iterations", "2", "--memory", "700MB", "--quiet", "--overwrite"]
ARGUMENTS += ["--content-layers", "relu3", "--style-layers", "relu1", "--device", "cpu"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bytes", "fields"])
def test_hostile_models(folder, tiny, kind):
    pytest.importorskip("onnxruntime")
    whole, path = tiny.read_bytes(), folder / "net.onnx"
    before = {"photo.png", "painting.png", "net.onnx"}
    with commands() as run:

        def check(data):
            path.write_bytes(data)
            check_ended(run(folder, *ARGUMENTS))
            assert {p.name for p in folder.iterdir()} <= before | {"a.png"}

        check(whole)
        assert (folder / "a.png").is_file()
        if kind == "bytes":
            numbers = st.integers(0, 2**32).map(np.random.default_rng)
            fuzz(numbers.map(lambda rng: damaged(whole, whole, rng)), check)
        else:
            model = onnx.load_from_string(whole)
            fuzz(changed_proto(model).map(lambda found: found.SerializeToString()), check)
