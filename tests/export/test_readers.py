"""Files of no known format, and files that end too early."""

import pickle

import pytest
from export.weight_files import Touch, refusal
from vgg19.readers import READERS


def test_a_plain_pickle_is_not_even_read(tmp_path):
    trace, path = tmp_path / "trace", tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(Touch(trace)))
    assert "not in a format known here" in refusal(path)
    assert not trace.exists()


@pytest.mark.parametrize("kept", [20, 5000, 1_000_000, -1])
@pytest.mark.parametrize("kind", ["keras_file", "safetensors_file", "converted_file"])
def test_truncated_files(request, tmp_path, kind, kept):
    path = tmp_path / "short.dat"
    path.write_bytes(request.getfixturevalue(kind).read_bytes()[:kept])
    assert "damaged" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"<html>404</html>", b"version 1\noid 12", bytes(99)]
)
def test_files_of_no_known_format(tmp_path, content):
    path = tmp_path / "vgg19.h5"
    path.write_bytes(content)
    message = refusal(path)
    assert "not in a format known here" in message
    assert all(reader.format in message for reader in READERS)


def test_folder_and_missing_file(tmp_path):
    assert "is a folder" in refusal(tmp_path)
    assert "can't be read" in refusal(tmp_path / "missing.onnx")
