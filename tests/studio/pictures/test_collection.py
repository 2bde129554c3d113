"""Pictures that are sent: kept as they came, or refused in a sentence with nothing left behind."""

import asyncio
import errno
import io
import struct
import sys
import zlib

import pytest
from images import random_image
from PIL import Image
from starlette.requests import ClientDisconnect

from ortstyle.errors import StudioError
from ortstyle.pictures.png_chunks import SIGNATURE, chunk
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import NoSpace, NotFound, Refused, TooLarge
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.pictures import collection as module
from ortstyle.studio.pictures.collection import Pictures
from ortstyle.studio.pictures.reader_process import Reader
from ortstyle.studio.pictures.uploads import Upload
from ortstyle.studio.pictures.views import ViewCache
from ortstyle.studio.records import new_id


@pytest.fixture(scope="module")
def reader():
    with Reader(max_pixels=10**6) as found:
        yield found


@pytest.fixture
def folder(tmp_path):
    with StudioFolder(tmp_path / "studio") as opened:
        yield opened


@pytest.fixture
def catalogue(folder):
    with Catalogue(folder.catalogue) as opened:
        yield opened


@pytest.fixture
def pictures(folder, catalogue, reader):
    return Pictures(folder, catalogue, reader, ViewCache(folder.views, reader))


@pytest.fixture
def stored(folder, catalogue):
    """Return a function that lists the pictures' files, after a look that nothing else is there."""

    def look():
        assert not list(folder.uploads.iterdir())
        files = sorted(path.name for path in (folder.path / "pictures").iterdir())
        known = catalogue.pictures()
        assert files == sorted(f"{picture.id}{picture.suffix}" for picture in known)
        return files

    return look


def jpeg(width=40, height=30, **options):
    file = io.BytesIO()
    random_image(width, height).save(file, "JPEG", **options)
    return file.getvalue()


async def pieces(data, size=700):
    for start in range(0, len(data), size):
        await asyncio.sleep(0)
        yield data[start : start + size]


def send(pictures, data, *, name="sea.jpg", role="photograph", **options):
    chunks = pieces(data) if isinstance(data, bytes) else data
    return asyncio.run(pictures.receive(chunks, name=name, role=role, **options))


def refusal(pictures, data, error=Refused, **options):
    with pytest.raises(error) as raised:
        send(pictures, data, **options)
    assert type(raised.value) is error
    said = str(raised.value)
    assert said.endswith(".")
    assert said[0] in "“T"
    assert "\n" not in said
    assert "studio/" not in said.replace("\\", "/")
    return said


def test_a_picture_is_kept_as_it_came(pictures, catalogue, stored):
    data = jpeg(exif=Image.Exif().tobytes())
    picture = send(pictures, data, name="C:\\me\\sea.jpg", length=len(data))
    assert catalogue.picture(picture.id) == picture
    assert (picture.name, picture.role, picture.suffix) == ("sea.jpg", "photograph", ".jpg")
    assert (picture.width, picture.height, picture.bytes) == (40, 30, len(data))
    assert pictures.path_of(picture).read_bytes() == data
    assert stored() == [f"{picture.id}.jpg"]


def test_its_suffix_is_that_of_its_content(pictures):
    file = io.BytesIO()
    random_image().save(file, "PNG")
    picture = send(pictures, file.getvalue(), name="sea.exe")
    assert (picture.suffix, picture.name) == (".png", "sea.exe")


def test_a_picture_that_is_turned_has_its_upright_size(pictures):
    exif = Image.Exif()
    exif[0x0112] = 8
    picture = send(pictures, jpeg(40, 30, exif=exif.tobytes()))
    assert (picture.width, picture.height) == (30, 40)
    with Image.open(pictures.view(picture.id, 512)) as view:
        assert view.size == (30, 40)


def test_the_same_bytes_are_kept_once(pictures, stored):
    data = jpeg()
    first, second = send(pictures, data, name="a.jpg"), send(pictures, data, name="b.jpg")
    assert first == second
    assert len(stored()) == 1
    other = send(pictures, data, role="painting")
    assert other.id != first.id
    assert len(stored()) == 2


def test_the_same_bytes_at_once_are_kept_once(pictures, stored):
    data = jpeg()

    async def both():
        sent = [pictures.receive(pieces(data), name="a", role="mask") for _ in range(4)]
        return await asyncio.gather(*sent)

    assert len(set(asyncio.run(both()))) == 1
    assert len(stored()) == 1


def test_a_file_that_somebody_has_removed_comes_back(pictures, stored):
    data = jpeg()
    picture = send(pictures, data)
    pictures.path_of(picture).unlink()
    assert send(pictures, data) == picture
    assert stored() == [f"{picture.id}.jpg"]


def test_an_upload_that_is_cut_off_is_refused(pictures, stored):
    data = jpeg()
    wanted = "The upload of “sea.jpg” was cut off; send it again."
    assert refusal(pictures, data[:-1], length=len(data)) == wanted

    async def interrupted():
        yield data[:100]
        raise ClientDisconnect

    assert refusal(pictures, interrupted()) == wanted
    assert not stored()


def test_an_upload_that_is_cancelled_leaves_nothing(pictures, folder, stored):
    async def give_up():
        begun = asyncio.Event()

        async def endless():
            while True:
                await asyncio.sleep(0)
                yield bytes(100_000)
                begun.set()

        task = asyncio.create_task(pictures.receive(endless(), name="a", role="mask"))
        await begun.wait()
        assert len(list(folder.uploads.iterdir())) == 1
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(give_up())
    assert not stored()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "“sea.jpg” is empty; get a fresh copy."),
        (b"a letter", "“sea.jpg” is not a picture in a known format; convert it to PNG or JPEG."),
        (b"%PDF-1.4", "“sea.jpg” is a PDF document, which is not supported"),
        (b"<svg xmlns='x'/>", "“sea.jpg” is an SVG drawing, which is not supported"),
        (b"<!doctype html><p>", "“sea.jpg” is a web page, which is not supported"),
        (jpeg(400, 300)[:-9000], "“sea.jpg” is damaged or cut short"),
    ],
    ids=["empty", "text", "document", "drawing", "page", "cut short"],
)
def test_what_is_no_picture_is_refused(pictures, stored, data, words):
    assert refusal(pictures, data).startswith(words)
    assert not stored()


def bomb():
    """Return a small file that claims to be a picture of 3,600,000,000 pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(10**6)))
    return SIGNATURE + header + pixels + chunk(b"IEND", b"")


def test_a_picture_of_too_many_pixels_is_refused(pictures, stored):
    line = "“sea.jpg” has more pixels than a picture may have; make it smaller."
    assert refusal(pictures, bomb()) == line
    file = io.BytesIO()
    Image.new("1", (1001, 1000)).save(file, "PNG")
    assert refusal(pictures, file.getvalue()) == line
    assert not stored()


def test_500_mb_are_refused_before_they_come(pictures, stored):
    async def never():
        pytest.fail("it was read")
        yield b""

    said = refusal(pictures, never(), TooLarge, length=500_000_000)
    assert said.startswith("“sea.jpg” is larger than 300 MB, which is the most")
    assert not stored()


def test_bytes_without_end_are_refused(folder, catalogue, reader, stored):
    pictures = Pictures(
        folder, catalogue, reader, ViewCache(folder.views, reader), most_bytes=3_000_000
    )
    sent = []

    async def endless():
        while True:
            sent.append(100_000)
            yield bytes(100_000)

    assert "larger than 3 MB" in refusal(pictures, endless(), TooLarge)
    assert sum(sent) < 6_000_000
    assert not stored()


def test_a_full_disk_is_told(pictures, stored, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    def full(path, **options):
        upload = Upload(path, **options)
        upload._file.close()
        upload._file = Full()
        return upload

    monkeypatch.setattr(module, "Upload", full)
    said = refusal(pictures, jpeg(), NoSpace)
    assert said == "The disk is full; free some space, and try again."
    assert not stored()


def test_a_disk_that_is_full_only_when_all_is_written_is_told(pictures, stored, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ortstyle.studio.pictures.uploads.os.fsync", full)
    refusal(pictures, jpeg(), NoSpace)
    assert not stored()


def test_a_disk_without_room_for_it_is_told_before_it_comes(pictures, stored, monkeypatch):
    monkeypatch.setattr(StudioFolder, "free_bytes", lambda _: 10**8)
    said = refusal(pictures, jpeg(), NoSpace, length=9 * 10**7)
    assert said == "The disk has no room for “sea.jpg”; free some space, and try again."
    assert send(pictures, jpeg(), length=len(jpeg()))


def test_a_catalogue_that_can_not_be_written_leaves_no_file(pictures, catalogue, monkeypatch):
    def full(picture):
        raise NoSpace("The disk is full.")

    monkeypatch.setattr(catalogue, "add_picture", full)
    refusal(pictures, jpeg(), NoSpace)
    monkeypatch.undo()
    assert not list((pictures._folder.path / "pictures").iterdir())
    assert not catalogue.pictures()


def test_a_picture_that_ends_its_reader_is_refused(folder, catalogue, stored):
    code = (
        'import sys, os; print(\'{"number": 0, "answer": {}}\', flush=True)\n'
        "sys.stdin.readline(); os._exit(9)"
    )
    with Reader(command=[sys.executable, "-S", "-c", code]) as dying:
        pictures = Pictures(folder, catalogue, dying, ViewCache(folder.views, dying))
        said = refusal(pictures, jpeg())
    assert said == "“sea.jpg” can't be read (exit code 9); try another one."
    assert not stored()


@pytest.mark.parametrize(
    "name", ["../../../sea.jpg", "a\0\n\x1b[2J.jpg", "\u202egpj.sea", "x" * 10_000, "", "CON"]
)
def test_a_name_is_never_a_path(pictures, stored, name, tmp_path):
    picture = send(pictures, jpeg(), name=name)
    assert picture.name.isprintable()
    assert 0 < len(picture.name) <= 100
    assert stored() == [f"{picture.id}.jpg"]
    assert [path.name for path in tmp_path.iterdir()] == ["studio"]


def test_a_result_can_be_a_picture(pictures, tmp_path, stored):
    path = tmp_path / "result.png"
    random_image(24, 16).save(path)
    picture = pictures.adopt(path, name="sea, waves", role="painting")
    assert (picture.name, picture.role, picture.width) == ("sea, waves", "painting", 24)
    assert pictures.adopt(path, name="again", role="painting") == picture
    assert stored() == [f"{picture.id}.png"]
    assert path.exists()
    path.unlink()
    with pytest.raises(StudioError):
        pictures.adopt(path, name="sea", role="painting")
    assert len(stored()) == 1


def test_what_is_removed_leaves_nothing(pictures, folder, stored):
    picture, other = send(pictures, jpeg()), send(pictures, jpeg(9, 9))
    for side in (256, 1024):
        assert pictures.view(picture.id, side).exists()
    pictures.remove(picture.id)
    assert stored() == [f"{other.id}.jpg"]
    assert not list(folder.views.iterdir())
    for use in (lambda: pictures.view(picture.id, 256), lambda: pictures.remove(picture.id)):
        with pytest.raises(NotFound):
            use()
    with pytest.raises(NotFound):
        pictures.view(new_id(), 256)
