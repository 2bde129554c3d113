"""Pickles that ask for more than tensors."""

import pickle

import pytest
from export.weight_files import Touch, legacy_torch_header, pickled_text, refusal
from vgg19.legacy_torch_file import TORCH_MAGIC


@pytest.mark.parametrize("place", ["object", "machine", "keys"])
def test_no_pickle_is_executed(tmp_path, place):
    trace = tmp_path / "trace"
    evil = pickle.dumps({"a": Touch(trace)}, 2)
    pickle.loads(evil)  # noqa: S301  proves that the pickle is a live one
    trace.unlink()
    magic, version, machine = (
        pickle.dumps(part, 2) for part in (TORCH_MAGIC, 1001, {"little_endian": True})
    )
    parts = {"machine": machine, "object": pickle.dumps({}, 2), "keys": pickle.dumps([], 2)}
    path = tmp_path / "evil.pth"
    path.write_bytes(b"".join([magic, version, *(parts | {place: evil}).values()]))
    assert "its pickle asks for" in refusal(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    "name",
    ["os system", "builtins eval", "builtins getattr", "torch load", "torch._utils sys"],
)
def test_no_other_name_is_looked_up(tmp_path, name):
    module, attribute = name.split()
    path = tmp_path / "evil.pth"
    call = f"\x80\x02c{module}\n{attribute}\n(".encode("latin-1") + pickled_text("true") + b"tR."
    path.write_bytes(legacy_torch_header() + call)
    assert f"its pickle asks for {module}.{attribute}" in refusal(path)
