"""EXIF for tests: every tag with a valid value; and what other programs say of files."""

import json
import shutil
import struct
import subprocess

import pytest

from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.exif import exif_bytes
from ortstyle.pictures.tiff_directory import Entry, Layout

_CODES = {tags.BYTE: "B", tags.SHORT: "H", tags.LONG: "I", tags.RATIONAL: "I", tags.SRATIONAL: "i"}
_TEXTS = {0x1D: b"2024:01:02\0", **dict.fromkeys(range(0x9010, 0x9013), b"+02:00\0")}


def valid_entry(tag, order):
    """Make an entry for a tag of the table of EXIF."""
    (known,) = [group[tag] for group in tags.TAGS.values() if tag in group]
    count = known.count or 1
    if known.type == tags.ASCII:
        text = min(known.values).encode() if known.values else b"x" * (count - 1) or b"abc"
        text = b"2024:01:02 03:04:05" if known.date else text
        return Entry(known.type, _TEXTS.get(tag, text + b"\0"))
    if known.type == tags.UNDEFINED:
        number = bytes([min(known.values)]) if known.values and tag != tags.GPS_METHOD else b""
        return Entry(known.type, number or b"ASCII\0\0\0" + (b"GPS" if known.values else b"words"))
    numbers = count * (2 if known.type in (tags.RATIONAL, tags.SRATIONAL) else 1)
    values = [min(known.values, default=1)] * numbers
    return Entry(known.type, struct.pack(f"{order}{numbers}{_CODES[known.type]}", *values))


def every_tag(order="<", *, without=()):
    """Lay out EXIF with every tag that a result may have."""
    image, exif, gps = (
        {tag: valid_entry(tag, order) for tag in group if tag not in without}
        for group in tags.TAGS.values()
    )
    children = {tags.EXIF_POINTER: exif, tags.GPS_POINTER: gps}
    return Layout(order, image, children=children)


def exif_with(order="<", **groups):
    """Return EXIF bytes with some entries, by the names image, exif and gps."""
    children = {
        tags.EXIF_POINTER: groups.get("exif", {}),
        tags.GPS_POINTER: groups.get("gps", {}),
    }
    return exif_bytes(Layout(order, groups.get("image", {}), children=children))


def exiftool(path, *options):
    """Return what ExifTool reads in a file, and skip the test where there is no ExifTool."""
    if shutil.which("exiftool") is None:
        pytest.skip("needs ExifTool")
    command = ["exiftool", "-j", "-G1", "-a", *options, str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=False).stdout)[0]


def complaints_of(path):
    """Return what ExifTool's validation and, of a TIFF, libtiff say against a file."""
    found = exiftool(path, "-validate", "-warning", "-error")
    said = [str(value) for key, value in found.items() if key.endswith(("Warning", "Error"))]
    assert found["ExifTool:Validate"] == "OK" or said
    if path.suffix == ".tif" and shutil.which("tiffinfo"):
        command = ["tiffinfo", str(path)]
        said += subprocess.run(command, capture_output=True, check=True).stderr.splitlines()
    return said
