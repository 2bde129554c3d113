"""The catalogue: what is put in comes out, also by several threads at once and after a restart."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from studio_records import a_painting, a_picture

from ortstyle.errors import StudioError
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import Conflict, NoSpace, NotFound
from ortstyle.studio.records import new_id


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "studio.sqlite"


@pytest.fixture
def catalogue(path):
    with Catalogue(path) as opened:
        yield opened


@pytest.fixture
def pair(catalogue):
    """Return a photograph and a painting in the catalogue."""
    return tuple(catalogue.add_picture(a_picture(role=r)) for r in ("photograph", "painting"))


def ids(found):
    return [each.id for each in found]


def test_a_picture_is_kept(catalogue, path):
    picture = a_picture(name="Straße 1 🌊.jpg")
    assert catalogue.add_picture(picture) is picture
    assert catalogue.picture(picture.id) == picture
    catalogue.close()
    with Catalogue(path) as again:
        assert again.picture(picture.id) == picture


def test_pictures_are_listed_newest_first(catalogue):
    added = [catalogue.add_picture(a_picture(role=r)) for r in ("painting", "mask", "painting")]
    assert ids(catalogue.pictures()) == ids(reversed(added))
    assert ids(catalogue.pictures("painting")) == ids([added[2], added[0]])
    assert not catalogue.pictures("photograph")


def test_the_same_bytes_are_one_picture_of_a_role(catalogue):
    first = a_picture(sha256="5" * 64)
    assert catalogue.add_picture(first) is first
    assert catalogue.add_picture(a_picture(sha256="5" * 64)) == first
    other = a_picture(sha256="5" * 64, role="painting")
    assert catalogue.add_picture(other) is other
    assert catalogue.find_picture("5" * 64, "photograph") == first
    assert catalogue.find_picture("5" * 64, "mask") is None


def test_the_same_bytes_from_several_threads_are_one_picture(catalogue):
    with ThreadPoolExecutor(8) as pool:
        kept = list(
            pool.map(catalogue.add_picture, [a_picture(sha256="6" * 64) for _ in range(64)])
        )
    assert len(set(ids(kept))) == 1
    assert ids(catalogue.pictures()) == ids(kept[:1])


def test_a_painting_is_kept_and_found_by_its_job(catalogue, pair, path):
    painting = a_painting(*pair, title="Meer, Wellen", group=new_id(), parent=new_id())
    catalogue.add_paintings([painting])
    assert catalogue.painting(painting.id) == painting
    assert catalogue.painting_of(painting.key) == painting
    assert catalogue.painting_of("0" * 16) is None
    catalogue.set_result(painting.id, {"width": 5, "sha256": "7" * 64})
    catalogue.close()
    with Catalogue(path) as again:
        assert again.painting(painting.id).result == {"width": 5, "sha256": "7" * 64}


def test_paintings_come_page_by_page(catalogue, pair):
    paintings = [a_painting(*pair, kind=k) for k in ("painting", "draft", "painting", "painting")]
    catalogue.add_paintings(paintings[:2])
    catalogue.add_paintings(paintings[2:])
    newest = ids(reversed(paintings))
    assert ids(catalogue.paintings()) == newest
    assert ids(catalogue.paintings(limit=3)) == newest[:3]
    assert ids(catalogue.paintings(before=newest[2], limit=3)) == newest[3:]
    assert ids(catalogue.paintings(kind="draft")) == [paintings[1].id]
    assert ids(catalogue.paintings(kind="painting", before=newest[0], limit=1)) == [newest[1]]
    with pytest.raises(NotFound):
        catalogue.paintings(before=new_id())


def test_who_uses_a_picture_is_known(catalogue, pair):
    mask, start, unused = (catalogue.add_picture(a_picture(role="mask")) for _ in range(3))
    plain, other = a_painting(*pair), a_painting(*pair, mask=mask, start=start)
    catalogue.add_paintings([plain, other])
    assert catalogue.users_of(pair[0].id) == ids([plain, other])
    assert catalogue.users_of(mask.id) == catalogue.users_of(start.id) == [other.id]
    assert not catalogue.users_of(unused.id)
    assert catalogue.used_pictures() == set(ids([*pair, mask, start]))
    catalogue.remove_painting(other.id)
    assert catalogue.users_of(pair[0].id) == [plain.id]
    assert catalogue.used_pictures() == set(ids(pair))


def test_paintings_are_ordered_together_or_not_at_all(catalogue, pair):
    gone = a_picture()
    with pytest.raises(NotFound, match="This picture is not there any more"):
        catalogue.add_paintings([a_painting(*pair), a_painting(gone, pair[1])])
    assert not catalogue.paintings()
    assert not catalogue.used_pictures()


def test_a_painting_is_ordered_once(catalogue, pair):
    first = a_painting(*pair)
    catalogue.add_paintings([first])
    for again in (first, a_painting(*pair, key=first.key), a_painting(*pair, id=first.id)):
        with pytest.raises(Conflict, match="has been ordered already"):
            catalogue.add_paintings([a_painting(*pair), again])
    assert catalogue.paintings() == [first]
    assert catalogue.users_of(pair[0].id) == [first.id]


def test_what_was_removed_is_gone(catalogue, pair):
    painting = a_painting(*pair)
    catalogue.add_paintings([painting])
    catalogue.remove_painting(painting.id)
    catalogue.remove_picture(pair[0].id)
    assert ids(catalogue.pictures()) == [pair[1].id]
    for use in (catalogue.painting, catalogue.remove_painting):
        with pytest.raises(NotFound, match="This painting is not there any more"):
            use(painting.id)
    for use in (catalogue.picture, catalogue.remove_picture):
        with pytest.raises(NotFound, match="This picture is not there any more"):
            use(pair[0].id)
    with pytest.raises(NotFound):
        catalogue.set_result(painting.id, {})


@pytest.mark.parametrize("odd", ["", "../x", "a" * 19, "\0", "%", None, 5, b"a" * 20, ["a"]])
def test_what_is_no_id_is_found_nowhere(catalogue, odd):
    for use in (
        catalogue.picture,
        catalogue.remove_picture,
        catalogue.painting,
        catalogue.remove_painting,
        lambda odd: catalogue.set_result(odd, {}),
    ):
        with pytest.raises(NotFound):
            use(odd)
    assert not catalogue.users_of(odd)


def test_several_threads_may_use_it(catalogue, pair):
    def work(number):
        painting = a_painting(*pair)
        catalogue.add_paintings([painting])
        catalogue.set_result(painting.id, {"number": number})
        return catalogue.painting(painting.id).result["number"], len(catalogue.paintings(limit=5))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(80)))
    assert [number for number, _ in found] == list(range(80))
    assert len(catalogue.paintings(limit=100)) == 80


def test_a_full_disk_is_told_as_such(catalogue, pair):
    catalogue._file._connection.execute("PRAGMA max_page_count = 12")
    with pytest.raises(NoSpace, match=r"^The disk is full; free some space, and try again\.$"):
        catalogue.add_paintings([a_painting(*pair, title="x" * 4000) for _ in range(100)])
    assert not catalogue.paintings()


def test_a_file_of_something_else_is_refused_in_one_line(path):
    path.parent.mkdir()
    path.write_bytes(b"a letter, which is long enough for the header of a database" * 20)
    with pytest.raises(StudioError, match=r"the catalogue of the studio .* move it away") as raised:
        Catalogue(path)
    assert "\n" not in str(raised.value)


def test_a_row_that_was_changed_is_told(catalogue, path):
    picture = catalogue.add_picture(a_picture())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE pictures SET suffix = '/../../x'")
    with pytest.raises(StudioError, match=f"row '{picture.id}' of the studio's catalogue"):
        catalogue.picture(picture.id)


def test_once_closed_it_says_so(catalogue, pair):
    catalogue.close()
    catalogue.close()
    with pytest.raises(StudioError, match="closed"):
        catalogue.pictures()
