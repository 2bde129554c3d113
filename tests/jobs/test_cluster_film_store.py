"""A worker keeps what it has got within a limit, and says what it lacks."""

from hashlib import sha256
from io import BytesIO

import numpy as np
import pytest

from ortstyle.jobs import cluster_film_store
from ortstyle.jobs.cluster_film_files import painted_name, source_name
from ortstyle.jobs.cluster_film_store import FilmStore, MissingFile, StoredFrames
from ortstyle.video.frames.frame_file import to_levels, to_pixels, write_frame

SIZE = (5, 4)
LEVELS = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)


def file_of(levels=LEVELS):
    file = BytesIO()
    write_frame(file, levels)
    return file.getvalue()


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store").mkdir()
    return FilmStore(tmp_path / "store")


def name_of(data):
    return f"file-{sha256(data).hexdigest()}.png"


def test_what_is_missing_is_listed(store):
    names = [source_name(0), source_name(1)]
    with store.using(names, {names[0]: file_of()}) as missing:
        assert missing == names[1:]
    with store.using(names, {names[1]: file_of()}) as missing:
        assert missing == []
    with pytest.raises(MissingFile, match=r"source-2\.png"):
        store.path_of(source_name(2))


def test_a_file_with_another_content_than_its_name_tells_is_missing(store):
    name = name_of(b"style")
    with store.using([name], {name: b"other"}) as missing:
        assert missing == [name]
    with store.using([name], {name: b"style"}) as missing:
        assert missing == []
    assert store.path_of(name).read_bytes() == b"style"


def test_only_files_that_were_asked_for_are_put(store):
    with store.using([], {source_name(0): file_of()}):
        assert store.find(source_name(0)) is None


def test_the_oldest_that_is_not_in_use_is_dropped(store, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster_film_store, "_MOST_BYTES", 3 * len(file_of()))
    names = [source_name(index) for index in range(5)]
    for name in names[:3]:
        store.put(name, file_of())
    store.find(names[1])  # now the last one that was used
    with store.using([names[0]], {}):
        store.put(names[3], file_of())
        store.put(names[4], file_of())
        assert [store.find(name) is not None for name in names] == [True, False, False, True, True]
    assert len(list((tmp_path / "store").iterdir())) == 3


def test_frames_are_read_as_they_were_put(store):
    frames = StoredFrames(store, SIZE)
    assert frames.frame_size == SIZE
    store.put(source_name(3), file_of())
    np.testing.assert_array_equal(frames.source(3), LEVELS)
    pixels = np.random.default_rng(1).uniform(0, 255, (4, 5, 3)).astype(np.float32)
    frames.put_painted(3, pixels, pass_=2)
    np.testing.assert_array_equal(frames.painted(3, pass_=2), to_pixels(to_levels(pixels)))
    assert frames.file_of(3, pass_=2) == file_of(to_levels(pixels))
    with pytest.raises(MissingFile, match=r"painted-1-3\.png"):
        frames.painted(3, pass_=1)


def test_a_damaged_frame_is_missing_from_then_on(store):
    store.put(source_name(0), file_of()[:-20])
    with pytest.raises(MissingFile, match=r"source-0\.png"):
        StoredFrames(store, SIZE).source(0)
    assert store.find(source_name(0)) is None


def test_frames_of_a_shared_folder_are_read_there_and_stay(tmp_path):
    (tmp_path / "store").mkdir()
    store = FilmStore(tmp_path / "store", shared=tmp_path / "film")
    places = ["sources/0000007.png", "painted/2/0000007.png"]
    for place in places:
        path = tmp_path / "film" / place
        path.parent.mkdir(parents=True)
        path.write_bytes(file_of())
        assert path in {store.find(source_name(7)), store.find(painted_name(7, 2))}
    np.testing.assert_array_equal(StoredFrames(store, SIZE).source(7), LEVELS)
    (tmp_path / "film" / places[0]).write_bytes(b"damaged")
    with pytest.raises(MissingFile):
        StoredFrames(store, SIZE).source(7)
    assert (tmp_path / "film" / places[0]).exists()
    store.put(source_name(7), file_of())  # which comes then
    np.testing.assert_array_equal(StoredFrames(store, SIZE).source(7), LEVELS)
