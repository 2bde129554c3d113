"""Views are made once, and the oldest are removed when there are too many bytes."""

import gc
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from images import random_image
from PIL import Image

from ortstyle.studio.faults import NoSpace, NotFound, Refused
from ortstyle.studio.pictures.reader_process import Reader
from ortstyle.studio.pictures.views import STEPS, ViewCache
from ortstyle.studio.records import new_id

KEY = "0123456789abcdef0123"


class FakeReader:
    """Writes so many bytes for a view, and counts how often; may find the disk full at first."""

    def __init__(self, *, size=1000, faults=()):
        self.size, self.faults, self.made = size, list(faults), []

    def view(self, _, out, **_options):
        return self.write(out.with_name(f"{out.name}.jpg"))

    def download(self, _, out, **_options):
        self.write(out)

    def write(self, out):
        if self.faults:
            raise self.faults.pop(0)
        out.write_bytes(bytes(self.size))
        self.made.append(out.name)
        return out


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    random_image(30, 20).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "views"


def view(cache, path, key=KEY, side=512):
    return cache.view(path, key, side=side, shown="a.png")


def test_a_view_is_made_once(folder, picture):
    reader = FakeReader()
    cache = ViewCache(folder, reader)
    first = view(cache, picture)
    assert first.parent == folder
    assert view(cache, picture) == view(ViewCache(folder, reader), picture) == first
    assert len(reader.made) == 1


@pytest.mark.parametrize(
    ("side", "step"),
    [(-1, 256), (0, 256), (256, 256), (257, 512), (1024, 1024), (2000, 2048), (10**9, 2048)],
)
def test_sides_go_by_steps(folder, picture, side, step):
    assert step in STEPS
    assert view(ViewCache(folder, FakeReader()), picture, side=side).stem.endswith(f"-{step}")


def test_a_file_that_has_changed_has_a_new_view(folder, picture):
    cache = ViewCache(folder, FakeReader())
    first = view(cache, picture)
    os.utime(picture, ns=(10**9, 10**9))
    assert view(cache, picture) != first


def test_several_threads_make_a_view_once(folder, picture):
    reader = FakeReader()
    cache = ViewCache(folder, reader)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: view(cache, picture), range(40)))
    assert len(found) == len(reader.made) == 1


def test_the_oldest_are_removed(folder, picture):
    cache = ViewCache(folder, FakeReader(size=1000), most_bytes=10_000)
    made = []
    for age in range(10):
        made.append(view(cache, picture, new_id()))
        os.utime(made[-1], (10**9 + age, 10**9 + age))
    view(cache, picture, made[0].name[:20])  # used again, and so no longer the oldest
    last = view(cache, picture)
    left = set(folder.iterdir())
    assert sum(path.stat().st_size for path in left) <= 8_000
    assert {made[0], made[9], last} <= left
    assert not {made[1], made[2], made[3]} & left


def test_what_is_there_at_the_beginning_counts(folder, picture):
    for _ in range(9):
        view(ViewCache(folder, FakeReader()), picture, new_id())
    ViewCache(folder, FakeReader(), most_bytes=5_000)
    assert len(list(folder.iterdir())) == 5


def test_a_full_disk_costs_the_oldest_views_and_not_the_new_one(folder, picture):
    reader = FakeReader()
    cache = ViewCache(folder, reader)
    for _ in range(10):
        view(cache, picture, new_id())
    reader.faults = [NoSpace("full")]
    assert view(cache, picture).exists()
    assert len(list(folder.iterdir())) == 6
    reader.faults = [NoSpace("full")] * 2
    with pytest.raises(NoSpace):
        view(cache, picture, new_id())


def test_the_folder_may_be_removed(folder, picture):
    cache = ViewCache(folder, FakeReader())
    first = view(cache, picture)
    first.unlink()
    folder.rmdir()
    assert view(cache, picture) == first
    assert first.exists()


def test_what_is_forgotten_is_removed(folder, picture):
    cache, other = ViewCache(folder, FakeReader()), new_id()
    view(cache, picture)
    view(cache, picture, side=2048)
    kept = view(cache, picture, other)
    cache.forget(KEY)
    cache.forget("*")
    assert list(folder.iterdir()) == [kept]


def test_what_is_forgotten_leaves_nothing_in_memory(folder, picture):
    cache = ViewCache(folder, FakeReader())
    view(cache, picture)
    re.purge()  # a full cache of patterns would stay as large
    gc.collect()

    def patterns():
        return sum(isinstance(each, re.Pattern) for each in gc.get_objects())

    before = patterns()
    for _ in range(20):
        cache.forget(new_id())
    assert patterns() < before + 20


def test_a_picture_that_is_gone_is_told(folder, picture):
    cache = ViewCache(folder, FakeReader())
    first = view(cache, picture)
    picture.unlink()
    with pytest.raises(NotFound, match="not there any more"):
        view(cache, picture)
    assert first.exists()


@pytest.mark.parametrize("key", ["", "../x", "*", "a" * 19, None])
def test_an_odd_key_makes_no_path(folder, picture, key):
    with pytest.raises(NotFound):
        view(ViewCache(folder, FakeReader()), picture, key)


def test_downloads_are_kept_by_what_they_hold(folder, picture):
    reader = FakeReader()
    cache = ViewCache(folder, reader)

    def download(metadata, form):
        return cache.download(picture, KEY, metadata=metadata, form=form, shown="a")

    assert download("keep", "png") == picture
    assert not reader.made
    found = [download(m, f) for m, f in (("keep", "jpeg"), ("none", "jpeg"), ("none", "png"))]
    assert [path.suffix for path in found] == [".jpg", ".jpg", ".png"]
    assert len(set(found)) == 3
    assert download("none", "png") == found[-1]
    assert len(reader.made) == 3
    picture.unlink()
    with pytest.raises(NotFound):
        download("keep", "png")


def test_with_a_reader(folder, picture, tmp_path):
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(picture.read_bytes()[:-300])
    with Reader(max_pixels=10**6) as reader:
        cache = ViewCache(folder, reader)
        with Image.open(view(cache, picture)) as image:
            assert (image.format, image.size) == ("JPEG", (30, 20))
        with pytest.raises(Refused, match=r"“a.png” is damaged or cut short"):
            view(cache, damaged, new_id())
    assert len(list(folder.iterdir())) == 1
