"""TIFF of 8 and 16 bits a channel: levels and metadata come back, in both byte orders."""

import numpy as np
import pytest
from exif_files import complaints_of, every_tag
from PIL import Image

from ortstyle.pictures.exif_tags import MAKER_NOTE
from ortstyle.pictures.metadata import Metadata
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.tiff_directory import Layout
from ortstyle.pictures.tiff_write import write_tiff

tifffile = pytest.importorskip("tifffile")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (300, 301)])
def test_levels_come_back_exactly(tmp_path, order, channels, kind, size):
    levels = np.random.default_rng(0).integers(0, 256, (*size, channels)).astype(kind) * kind(
        257 if kind is np.uint16 else 1
    )
    with (tmp_path / "a.tif").open("wb") as file:
        write_tiff(file, levels, metadata=Metadata(exif=Layout(order, {})))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), levels)
    if kind is np.uint8:
        with Image.open(tmp_path / "a.tif") as image:
            np.testing.assert_array_equal(image, levels)
    assert read_picture(tmp_path / "a.tif").depth == 8 * levels.itemsize


@pytest.mark.parametrize("order", ["<", ">"])
def test_metadata_is_written_beside(tmp_path, order):
    layout = every_tag(order, without={MAKER_NOTE})
    metadata = Metadata(icc=b"a profile", exif=layout, xmp=b"<x/>", iptc=b"abc")
    with (tmp_path / "a.tif").open("wb") as file:
        write_tiff(file, np.zeros((2, 2, 3), np.uint16), metadata=metadata)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        found = tiff.pages[0].tags
        assert tiff.byteorder == order
        assert found["Make"].value == "abc"
        assert found["ExifTag"].value["ExposureTime"] == (1, 1)
        assert found["InterColorProfile"].value == b"a profile"
        assert found["XMP"].value == b"<x/>"
        assert found["XResolution"].value == (72, 1)


def test_no_program_complains_of_a_bare_file(tmp_path):
    for channels in (3, 4):
        path = tmp_path / f"{channels}.tif"
        with path.open("wb") as file:
            write_tiff(file, np.zeros((900, 300, channels), np.uint16))
        assert complaints_of(path) == []
