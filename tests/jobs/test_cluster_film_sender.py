"""Each file travels to a worker once, and again when the worker says that it is missing."""

import json

import film_folders
import numpy as np
import pytest
from film_requests import STYLE, request_of, sender_of, work_of

from ortstyle.errors import DamagedFrameError
from ortstyle.jobs.cluster_film_request import FilmRequest
from ortstyle.settings.settings import Settings
from ortstyle.video.painting.scene_painter import Palette


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("cv2")
    with film_folders.film_in(tmp_path) as found:
        film_folders.put_sources(found, 4)
        found.finish_sources()
        yield found


def frames_in(files):
    return sorted(name for name in files if name.endswith(".png"))


def paint(folder, index):
    folder.put_painted(index, film_folders.pixels_of(index))


def test_a_frame_travels_once_and_as_the_folder_holds_it(folder):
    work = work_of(folder)
    sender, steps = sender_of(work), work.parts[0]
    text, files = request_of(sender, steps[0])
    assert frames_in(files) == ["source-0.png"]
    assert files["source-0.png"] == (folder.path / "sources" / "0000000.png").read_bytes()
    assert len(files) == 2  # with the style
    paint(folder, 0)
    text, files = request_of(sender, steps[1])
    assert frames_in(files) == ["source-1.png"]
    request = FilmRequest.from_json(text)
    assert request.step == steps[1]
    assert {"source-0.png", "painted-1-0.png"} < set(request.needs)
    assert len(files) == 1


def test_another_worker_gets_all_that_it_needs(folder):
    work = work_of(folder)
    sender, steps = sender_of(work), work.parts[0]
    for index in range(2):
        request_of(sender, steps[index])
        paint(folder, index)
    everything = ["painted-1-0.png", "painted-1-1.png", *(f"source-{k}.png" for k in range(3))]
    assert frames_in(request_of(sender, steps[2], worker="b")[1]) == everything
    sender.forget_worker("a")
    assert frames_in(request_of(sender, steps[2])[1]) == everything


def test_what_is_missing_travels_again(folder):
    work = work_of(folder)
    sender, step = sender_of(work), work.parts[0][0]
    _, first = request_of(sender, step)
    assert request_of(sender, step)[1] == {}
    sender.note_missing("a", frozenset(first))
    assert request_of(sender, step)[1] == first


def test_a_damaged_frame_of_the_folder_is_told(folder):
    work = work_of(folder)
    sender = sender_of(work)
    request_of(sender, work.parts[0][0])
    path = folder.path / "sources" / "0000000.png"
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFrameError, match="source frame 0"):
        sender.note_missing("a", frozenset(["source-0.png"]))
    assert folder.missing_sources() == [0]


def test_frames_of_a_shared_folder_travel_only_where_they_are_not_seen(folder):
    work = work_of(folder)
    sender, step = sender_of(work, is_shared=True), work.parts[0][0]
    text, files = request_of(sender, step)
    assert frames_in(files) == []
    assert json.loads(text)["folder"] == str(folder.path.absolute())
    sender.note_missing("a", frozenset(["source-0.png"]))
    assert frames_in(request_of(sender, step)[1]) == ["source-0.png"]


def test_settings_name_files_by_their_content(folder, tmp_path):
    (tmp_path / "mask.png").write_bytes(b"mask")
    settings = Settings(style_mask=(str(tmp_path / "mask.png"),), init="noise")
    work = work_of(folder, settings=settings)
    text, files = request_of(sender_of(work), work.parts[0][0])
    assert str(tmp_path) not in text
    (name,) = json.loads(text)["settings"]["style_mask"]
    assert files[name] == b"mask"
    found = FilmRequest.from_json(text).read_settings(lambda name: f"/here/{name}")
    assert found.style_mask == (f"/here/{name}",)
    assert found.init == "noise"


def test_masks_that_move_travel_frame_by_frame(folder):
    def palette_at(index):
        mask = np.full((8, 13, 3), 100 + index, np.uint8)
        return Palette((STYLE, STYLE), (0.25, 0.75), (mask, None))

    work = work_of(folder, palette_at=palette_at)
    sender, steps = sender_of(work), work.parts[0]
    text, files = request_of(sender, steps[0])
    request = FilmRequest.from_json(text)
    assert request.weights == (0.25, 0.75)
    assert request.masks[0] in files
    assert request.masks[1] is None
    paint(folder, 0)
    text, files = request_of(sender, steps[1])
    assert FilmRequest.from_json(text).masks[0] in files
    assert len(files) == 2  # a frame and its mask; the style is there
