"""The folder for compiled models: what was used longest ago is removed, and nothing in use."""

import os
import sys
import time
from pathlib import Path

import pytest

from ortstyle.runtime import compiled_models
from ortstyle.runtime.compiled_models import folder, mark_used, prune

DAY = 24 * 3600.0


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def add(cached, key, *, size=1000, days=0.0):
    """Add a compiled model that was used some days ago."""
    (cached / key / "model").mkdir(parents=True)
    (cached / key / "model" / "weights").write_bytes(b"0" * size)
    used = time.time() - days * DAY
    os.utime(cached / key, (used, used))


def keys(cached):
    return sorted(path.name for path in cached.iterdir())


def test_the_models_used_longest_ago_are_removed(tmp_path):
    for days in (2, 3, 5, 4):
        add(tmp_path, f"of-{days}", days=days)
    prune(tmp_path, most=4000)
    assert len(keys(tmp_path)) == 4
    prune(tmp_path, most=2500)
    assert keys(tmp_path) == ["of-2", "of-3"]


def test_what_may_be_in_use_stays(tmp_path):
    add(tmp_path, "a", days=0.5)
    add(tmp_path, "b", days=3)
    prune(tmp_path, most=0)
    assert keys(tmp_path) == ["a"]


def test_a_removal_that_was_interrupted_is_finished(tmp_path):
    add(tmp_path, ".removed-12345678")
    prune(tmp_path)
    assert keys(tmp_path) == []


def test_what_is_no_model_stays(tmp_path):
    (tmp_path / "notes.txt").write_text("x" * 100)
    prune(tmp_path, most=0)
    prune(tmp_path / "none", most=0)
    assert keys(tmp_path) == ["notes.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_is_not_followed(tmp_path):
    add(tmp_path / "elsewhere", "mine", days=9)
    cached = tmp_path / "cached"
    cached.mkdir()
    (cached / "link").symlink_to(tmp_path / "elsewhere")
    prune(cached, most=0)
    assert (tmp_path / "elsewhere" / "mine" / "model" / "weights").exists()


def test_a_model_that_another_process_removes_is_no_error(tmp_path, monkeypatch):
    add(tmp_path, "a", days=3)

    def gone(path, _):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "rename", gone)
    prune(tmp_path, most=0)
    assert keys(tmp_path) == ["a"]


def test_the_folder_is_made_and_pruned_once(home, monkeypatch):
    pruned = []
    monkeypatch.setattr(compiled_models, "prune", pruned.append)
    assert folder() == folder() == home / "Library" / "Caches" / "ortstyle"
    assert folder().is_dir()
    assert pruned == [folder()]


def test_a_model_that_is_used_again_counts_as_new(home):
    add(folder(), "a", days=9)
    mark_used("a")
    mark_used("none")
    prune(folder(), most=0)
    assert keys(folder()) == ["a"]
