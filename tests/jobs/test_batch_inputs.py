"""The files that a batch reads are hashed and looked at once."""

from hashlib import sha256
from pathlib import Path

import pytest

from ortstyle.errors import PictureError
from ortstyle.jobs import batch_inputs
from ortstyle.jobs.batch_inputs import BatchInputs


def test_hashes_and_sizes(folder):
    inputs = BatchInputs()
    path = Path("photo.png")
    assert inputs.hash_of("content", path) == sha256(path.read_bytes()).hexdigest()
    assert inputs.size_of("content", path, max_pixels=10_000) == (48, 36)
    assert dict(inputs.hashes) == {path: inputs.hash_of("content", path)}


def test_a_file_is_read_once_also_if_it_is_damaged(folder, monkeypatch):
    inputs, calls = BatchInputs(), []
    real = batch_inputs.read_header
    monkeypatch.setattr(
        batch_inputs, "read_header", lambda *a, **k: calls.append(a) or real(*a, **k)
    )
    Path("text.png").write_text("no picture", "utf-8")
    for _ in range(3):
        inputs.size_of("style", Path("painting.png"), max_pixels=10_000)
        with pytest.raises(PictureError, match=r"style text.png"):
            inputs.size_of("style", Path("text.png"), max_pixels=10_000)
        with pytest.raises(PictureError, match=r"content none.png is no file"):
            inputs.hash_of("content", Path("none.png"))
    assert len(calls) == 2


def test_an_error_names_the_role_that_a_file_has_in_this_job(folder):
    inputs = BatchInputs()
    Path("text.png").write_text("words", "utf-8")
    for role in ("style", "content", "style"):
        with pytest.raises(PictureError, match=f"^{role} text.png"):
            inputs.size_of(role, Path("text.png"), max_pixels=10_000)
        with pytest.raises(PictureError, match=f"^{role} none.png"):
            inputs.hash_of(role, Path("none.png"))


def test_the_limit_of_pixels_is_that_of_each_job(folder):
    inputs = BatchInputs()
    with pytest.raises(PictureError, match="pixels"):
        inputs.size_of("content", Path("photo.png"), max_pixels=100)
    assert inputs.size_of("content", Path("photo.png"), max_pixels=10_000) == (48, 36)
