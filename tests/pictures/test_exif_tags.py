"""The table of EXIF's tags, held against ExifTool and libtiff."""

import pytest
from exif_files import complaints_of, every_tag, exiftool
from images import random_image

from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.exif import exif_bytes
from ortstyle.pictures.exif_tags import MAKER_NOTE, SIZES, TAGS
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.write import save_picture


def test_every_type_has_a_size():
    assert {tag.type for group in TAGS.values() for tag in group.values()} <= set(SIZES)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("suffix", "depth"), [("jpg", 8), ("tif", 8), ("tif", 16), ("png", 8), ("png", 16), ("webp", 8)]
)
def test_no_program_complains_of_any_tag(tmp_path, order, suffix, depth):
    exif = exif_bytes(every_tag(order, without={MAKER_NOTE}))  # which only its maker can make
    random_image().save(tmp_path / "a.jpg", exif=exif)
    result = tmp_path / f"b.{suffix}"
    carried = read_picture(tmp_path / "a.jpg").carried
    save_picture(random_image(), result, encoding=Encoding(depth=depth), carried=carried, text="{}")
    assert complaints_of(result) == []
    before, after = exiftool(tmp_path / "a.jpg", "-n"), exiftool(result, "-n")
    own = {"ExifIFD:UserComment"} if suffix != "png" else set()
    windows = {f"IFD0:XP{n}" for n in ("Title", "Comment", "Author", "Keywords", "Subject")}
    own |= windows | {"ExifIFD:GainControl"} if suffix == "tif" else set()
    own |= {"GPS:GPSVersionID"}
    for key, value in before.items():
        if key.startswith(("IFD0:", "ExifIFD:", "GPS:")) and key not in own:
            assert after[key] == value, key
