"""The set of pairs is even, its packages are read as they are stored, and faults take one line."""

import hashlib
import io
import struct
import zlib
from collections import Counter

import numpy as np
import pytest
from pair_pictures import cloth, graphics
from pair_pictures.packages import Packaged, Packages, PictureMissingError, resources
from pair_pictures.photographs import PHOTOGRAPHS, on_white
from pair_pictures.styles import STYLES
from pairs import PAIRS, main, used
from PIL import Image


@pytest.fixture
def wheel(tmp_path):
    """A package that has been downloaded, with a picture in it."""
    folder = tmp_path / "some-wheel-1.0"
    folder.mkdir()
    (folder / "picture.png").write_bytes(b"not the picture that was chosen")
    return Packages(tmp_path)


def resource_file(files):
    """Return a Qt resource file, version 2, of {name: contents} in /app/resource/image/."""
    names, contents, nodes = b"", b"", []
    parents = ["", "app", "resource", "image"]
    for name in (*parents, *files):
        at = len(names)
        if name:
            names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
        if name in parents:
            children = len(files) if name == "image" else 1
            nodes.append(struct.pack(">IHIIQ", at, 2, children, len(nodes) + 1, 0))
        else:
            packed = zlib.compress(files[name])
            body = struct.pack(">I", len(files[name])) + packed
            flags = 1 if name.endswith(".qml") else 0
            body = body if flags else files[name]
            nodes.append(struct.pack(">IHHHIQ", at, flags, 0, 0, len(contents), 0))
            contents += struct.pack(">I", len(body)) + body
    tree = b"".join(nodes)
    offsets = (2, 20, 20 + len(tree), 20 + len(tree) + len(contents))
    return b"qres" + struct.pack(">4I", *offsets) + tree + contents + names


def test_half_of_the_pairs_is_held_out():
    assert Counter(pair.held_out for pair in PAIRS) == {False: 12, True: 12}


def test_every_photograph_and_style_is_in_one_pair():
    assert used(PAIRS) == [*PHOTOGRAPHS, *STYLES]
    assert len({(source.kind, source.name) for source in used(PAIRS)}) == 48


def test_both_halves_have_the_same_kinds():
    halves = [
        Counter(
            (source.kind, source.shows) for source in used(p for p in PAIRS if p.held_out == half)
        )
        for half in (False, True)
    ]
    assert halves[0] == halves[1]


def test_files_in_a_qt_resource_file_are_read():
    files = {"board.qml": b"import QtQuick" * 20, "a.webp": b"RIFF"}
    found = dict(resources(resource_file(files)))
    assert found == {f"image/{name}": contents for name, contents in files.items()}


def test_a_painting_in_pieces_is_put_together(tmp_path):
    pieces = {}
    for name, colour in (("left", (200, 30, 30)), ("right", (30, 30, 200))):
        stored = io.BytesIO()
        Image.new("RGB", (40, 60), colour).save(stored, "webp", lossless=True)
        pieces[f"{name}.webp"] = stored.getvalue()
    places = (("left", 0.25), ("right", 0.75))
    lines = [f'"image/{name}.webp",\n"x" : "{x}",\n"y" : "0.5"' for name, x in places]
    board = '"width" : 80,\n"height" : 60\n' + "\n".join(lines)
    stored = resource_file({"board.qml": board.encode(), **pieces})
    folder = tmp_path / "some-game"
    folder.mkdir()
    (folder / "a.rcc").write_bytes(stored)
    sha256 = hashlib.sha256(b"".join(pieces.values())).hexdigest()[:16]
    found = Packages(tmp_path).read(Packaged("some-game", "a.rcc:image/board.qml", sha256))
    assert found.size == (72, 52)  # the border is cut off
    assert found.getpixel((5, 5)) == (200, 30, 30)
    assert found.getpixel((66, 46)) == (30, 30, 200)


def test_a_picture_that_has_changed_is_refused(wheel):
    with pytest.raises(PictureMissingError, match=r"picture\.png: the file has changed"):
        wheel.read(Packaged("some-wheel==1.0", "picture.png", "0" * 16))


def test_a_picture_that_a_package_lacks_is_told(wheel):
    with pytest.raises(PictureMissingError, match=r"other\.png is not in the package"):
        wheel.read(Packaged("some-wheel==1.0", "other.png", "0" * 16))


def test_without_apt_a_picture_of_debian_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PictureMissingError, match=r"apt can't download some-package: .*apt-get"):
        Packages(tmp_path / "packages").read(Packaged("some-package", "a.png", "0" * 16))


def test_a_package_that_cannot_be_had_is_tried_once(tmp_path, monkeypatch):
    tried = []

    def refused(package, folder):
        tried.append(package)
        raise PictureMissingError(f"apt can't download {package}")

    monkeypatch.setattr("pair_pictures.packages._download", refused)
    packages = Packages(tmp_path)
    for name in ("a.png", "b.png"):
        with pytest.raises(PictureMissingError, match="apt can't download some-package"):
            packages.read(Packaged("some-package", name, "0" * 16))
    assert tried == ["some-package"]


def test_a_missing_picture_takes_a_line_and_the_others_are_made(tmp_path, monkeypatch, capsys):
    def missing(self, packaged):
        raise PictureMissingError(f"{packaged} is lost")

    monkeypatch.setattr(Packages, "read", missing)
    monkeypatch.setattr("pairs.PAIRS", [p for p in PAIRS if p.content in ("white", "citrus")])
    monkeypatch.setattr("sys.argv", ["pairs.py", "-o", str(tmp_path)])
    with pytest.raises(SystemExit, match="2 pictures are missing"):
        main()
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "pairs.py: photograph citrus: Debian: palapeli-data, citrus-fruits.jpg is lost",
        "pairs.py: style cassatt: Debian: gcompris-qt-data, board21_0.qml is lost",
    ]
    assert "| 2 | white | cassatt | tuning |" in printed.out
    assert {path.name for path in tmp_path.iterdir()} == {"photograph-white.png", "style-text.png"}


def test_a_painted_style_is_the_same_each_time():
    once, again = graphics.pixel_art(), graphics.pixel_art()
    assert once.tobytes() == again.tobytes()
    assert len(once.getcolors()) <= 16


def test_paper_has_its_colour_and_a_grain():
    pixels = np.asarray(cloth.paper((44, 86, 160), 2), dtype=np.float64)
    assert np.abs(pixels.mean(axis=(0, 1)) - (44, 86, 160)).max() < 1
    assert 1 < pixels.std(axis=(0, 1)).max() < 4


def test_a_grey_wall_is_made_white_and_the_thing_before_it_stays():
    wall = np.linspace(120, 200, 300)[:, None, None] * np.ones((1, 200, 3))
    wall[100:200, 80:120] = (90, 40, 20)
    pixels = np.asarray(on_white(Image.fromarray(wall.astype(np.uint8))), dtype=np.float64)
    assert pixels[:, :60].min() > 250
    assert pixels[150, 100, 0] > 2 * pixels[150, 100, 1]
    assert pixels[150, 100].max() < 180
