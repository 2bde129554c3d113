"""A run that is resumed from a checkpoint is the run that was never stopped."""

import json
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from fakes import Fake, bowl, stylize_on

from ortstyle.errors import CheckpointError
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.run.checkpoint import read_checkpoint, read_header
from ortstyle.run.stylize import stylize
from ortstyle.runtime.device_lookup import find_device


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


SCALES = {"size": 48, "scales": 3, "iterations": (4, 3, 3), "colors": "content"}


def shown(iterate):
    """Return all that an iterate says but its times and notices."""
    same = replace(iterate, seconds=0.0, seconds_left=0.0, notice="")
    return same, iterate.pixels.tobytes()


def save_each(run, folder):
    """Read a run to its end; return what each iterate shows, and its checkpoint."""
    found, paths = [], []
    for iterate in run:
        found.append(shown(iterate))
        paths.append(folder / f"{iterate.evaluations}.checkpoint")
        run.save(paths[-1])
    return found, paths


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"spectral": 0.0, "history": 2},
        {"step": "published", "spectral": 0.0, "normalize_gradients": True},
        {"optimizer": "adam"},
        {"optimizer": "adam", "spectral": 0.0, "init": "noise"},
    ],
)
def test_a_run_is_resumed_bit_for_bit_from_every_evaluation(
    tmp_path, photo, painting, tiny_settings, changes
):
    settings = tiny_settings(**(SCALES | changes))
    found, paths = save_each(stylize(photo, painting, settings, device="cpu"), tmp_path)
    assert len(found) == 10
    for n, path in enumerate(paths):
        again = stylize(photo, painting, settings, device="cpu", resume=path)
        assert [shown(iterate) for iterate in again] == found[n:], n


def test_a_scale_that_ends_early_ends_as_early_when_it_is_resumed(
    tmp_path, photo, painting, tiny_settings
):
    settings = tiny_settings(**SCALES | {"iterations": (15, 14, 3)}, patience=0.7)
    found, paths = save_each(stylize(photo, painting, settings, device="cpu"), tmp_path)
    assert 11 + 11 <= len(found) < 15 + 14 + 3
    for n in (4, 10, len(found) - 9):
        again = stylize(photo, painting, settings, device="cpu", resume=paths[n])
        assert [shown(iterate) for iterate in again] == found[n:], n


def test_vectors_in_a_devices_memory_are_resumed_too(tmp_path, photo, painting, tiny_settings):
    settings = tiny_settings(**SCALES)
    device = replace(find_device("cpu"), memory="cpu")
    found, paths = save_each(stylize(photo, painting, settings, device=device), tmp_path)
    for n, path in enumerate(paths):
        again = stylize(photo, painting, settings, device=device, resume=path)
        assert [shown(iterate) for iterate in again] == found[n:], n


def run_on(function, content, settings, checkpoint=None):
    """Return a run, new or resumed, on a function of the evaluation's number and the picture."""
    number = count(checkpoint.header["position"]["evaluations"] + 1 if checkpoint else 1)
    fake = Fake(lambda _, image: function(next(number), image))
    return stylize_on(lambda _: fake, content, settings, resume=checkpoint)


@pytest.mark.parametrize("bad", [{2}, {3, 4, 5}, {4, 9, 11}, {2, 4, 6, 8}, {15}, {2, 3}])
@pytest.mark.parametrize("spectral", [0.0, 0.5])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_run_with_restarts_is_resumed(tmp_path, tiny_settings, bad, spectral, optimizer):
    """A start that is still the best picture is resumed exactly, without a cosine transform."""
    noise = np.random.default_rng(1).integers(0, 255, (36, 48, 3), np.uint8)
    changes = {"step": "published", "spectral": spectral, "optimizer": optimizer}
    settings = tiny_settings(size=48, scales=2, iterations=(9, 6), **changes)

    def function(n, image):
        return (np.nan, image) if n in bad else bowl(image)

    found, paths = save_each(run_on(function, noise, settings), tmp_path)
    for n, path in enumerate(paths):
        again = run_on(function, noise, settings, read_checkpoint(path))
        for ours, theirs in zip((shown(iterate) for iterate in again), found[n:], strict=True):
            assert ours[1] == theirs[1], n
            # NaN is no NaN's equal, but its text is.
            assert repr(ours[0]) == repr(theirs[0]), n


def test_a_checkpoint_holds_no_more_than_it_needs(tmp_path, photo, painting, tiny_settings):
    settings = tiny_settings(**SCALES)
    _, paths = save_each(stylize(photo, painting, settings, device="cpu"), tmp_path)
    between = read_checkpoint(paths[3])
    assert set(between.arrays) == {"start"}
    assert between.arrays["start"].shape == (1, 3, 18, 24)
    inside = read_checkpoint(paths[4])
    assert all(name.startswith("optimizer.") for name in inside.arrays)
    assert {"optimizer.trial", "optimizer.pairs.s.rows"} <= set(inside.arrays)
    position = inside.header["position"]
    assert (position["scale"], position["done"], position["evaluations"]) == (1, 1, 5)
    assert inside.header["plan"].keys() == {"24", "34", "48"}
    assert inside.header["run"]["settings"]["size"] == 48
    with np.load(paths[4]) as opened:  # no pickle in it
        assert json.loads(opened["header.json"]) == read_header(paths[4])
        assert opened["optimizer.trial"].dtype == np.float32


def test_tiles_stay_as_they_were_planned(tmp_path, photo, painting, tiny_settings):
    """The memory that is free when the run is resumed changes neither the tiles nor one bit."""
    settings = tiny_settings(size=200, scales=2, iterations=8)
    run = stylize(photo, painting, settings, device="cpu", memory=BASE_BYTES + 9_000_000)
    assert run.plan(200).tile is not None
    found, paths = save_each(run, tmp_path)
    for n in (1, 4, 6):
        again = stylize(photo, painting, settings, resume=paths[n])
        assert [shown(iterate) for iterate in again] == found[n:], n
        assert again.plan(200) == run.plan(200)


def test_seconds_count_on_after_a_resume(tmp_path, photo, painting, tiny_settings):
    run = stylize(photo, painting, tiny_settings(), device="cpu")
    next(run)
    last = next(run)
    run.save(tmp_path / "a.checkpoint")
    checkpoint = read_checkpoint(tmp_path / "a.checkpoint")
    position = checkpoint.header["position"]
    assert position["last"]["seconds"] == last.seconds
    assert last.seconds <= position["seconds"] < last.seconds + 900
    position["seconds"] += 1000
    _, second, *_ = stylize(photo, painting, tiny_settings(), resume=checkpoint)
    assert position["seconds"] < second.seconds < position["seconds"] + 900


def test_a_run_that_can_not_be_saved(tmp_path, photo, painting, tiny_settings):
    run = stylize(photo, painting, tiny_settings(), device="cpu")
    with pytest.raises(CheckpointError, match="between two evaluations"):
        run.save(tmp_path / "a.checkpoint")
    list(run)
    with pytest.raises(CheckpointError, match="between two evaluations"):
        run.save(tmp_path / "a.checkpoint")
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_of_another_run_is_refused(tmp_path, photo, painting, tiny_settings):
    run = stylize(photo, painting, tiny_settings(), device="cpu")
    next(run)
    run.save(tmp_path / "a.checkpoint")
    with pytest.raises(CheckpointError, match=r"a\.checkpoint is of a run with another setting"):
        stylize(photo, painting, tiny_settings(size=25), resume=tmp_path / "a.checkpoint")


def test_a_checkpoint_of_an_older_version_lacks_what_came_later(
    tmp_path, photo, painting, tiny_settings
):
    run = stylize(photo, painting, tiny_settings(), device="cpu")
    next(run)
    run.save(tmp_path / "a.checkpoint")
    expected = [shown(iterate) for iterate in run]
    checkpoint = read_checkpoint(tmp_path / "a.checkpoint")
    del checkpoint.header["run"]["threads"], checkpoint.header["run"]["settings"]["max_pixels"]
    first, *found = stylize(photo, painting, tiny_settings(), resume=checkpoint)
    assert first.notice == ""
    checkpoint.header["threads"] = 77  # where older versions kept it
    first = next(stylize(photo, painting, tiny_settings(), resume=checkpoint))
    assert ", no longer 77; the result may differ" in first.notice
    assert [shown(iterate) for iterate in found] == expected


def test_other_versions_and_threads_are_told(tmp_path, photo, painting, tiny_settings, monkeypatch):
    run = stylize(photo, painting, tiny_settings(), device="cpu")
    next(run)
    run.save(tmp_path / "a.checkpoint")
    checkpoint = read_checkpoint(tmp_path / "a.checkpoint")
    assert next(stylize(photo, painting, tiny_settings(), resume=checkpoint)).notice == ""
    checkpoint.header["run"]["versions"]["numpy"] = "1.0"
    checkpoint.header["run"]["device"] = "cuda"
    checkpoint.header["run"]["threads"] = 77
    first, second, *_ = stylize(photo, painting, tiny_settings(), resume=checkpoint)
    assert first.notice.startswith("the device is cpu, no longer cuda; threads is ")
    assert f"numpy is {np.__version__}, no longer 1.0; the result may differ" in first.notice
    assert second.notice == ""
