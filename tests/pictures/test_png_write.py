"""PNG of 16 bits a channel: levels and metadata come back."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures.exif import complete_exif
from ortstyle.pictures.metadata import KEYWORD, PNG_XMP, Metadata
from ortstyle.pictures.png_write import international_text, write_png
from ortstyle.pictures.read import read_picture


@pytest.mark.parametrize("height", [1, 64, 65, 200])
def test_levels_come_back_exactly(tmp_path, height):
    levels = np.random.default_rng(0).integers(0, 65536, (height, 5, 3)).astype(np.uint16)
    with (tmp_path / "a.png").open("wb") as file:
        write_png(file, levels)
    found = read_picture(tmp_path / "a.png").pixels[0].transpose(1, 2, 0)
    np.testing.assert_allclose(found * 257, levels, atol=0.01)


def test_metadata_is_written_beside(tmp_path):
    exif = complete_exif(None, comment="mine", is_srgb=True, size=(2, 2))
    metadata = Metadata(
        icc=b"a profile", exif=exif, text="the text", xmp="<寺/>".encode(), resolution=(300, 72)
    )
    with (tmp_path / "a.png").open("wb") as file:
        write_png(file, np.zeros((2, 2, 4), np.uint16), metadata=metadata)
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.info["icc_profile"] == b"a profile"
        assert image.info[KEYWORD] == "the text"
        assert image.info[PNG_XMP] == "<寺/>"
        assert [round(side) for side in image.info["dpi"]] == [300, 72]
        assert image.getexif()[0x0112] == 1
    assert international_text(Metadata()) == {}
