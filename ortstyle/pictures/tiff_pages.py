"""The pages of a TIFF: which picture is read, and what it has beside pixels.

All pages are looked at with little memory; only the tags of the picture that is taken are read in
full, and none that the pixels do not need.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from logging import NullHandler
from typing import TYPE_CHECKING, BinaryIO

from ortstyle.errors import PictureError
from ortstyle.pictures.exif_values import holds_integers, integer_of, integers_of
from ortstyle.pictures.tiff_directory import (
    Directory,
    Header,
    Layout,
    Order,
    Read,
    directory_sizes,
    next_directory,
    read_directory,
    read_header,
    reader_of,
)
from ortstyle.pictures.tiff_layout import TiffLayout
from ortstyle.pictures.tiff_tags import layout_of
from ortstyle.pictures.tiff_values import TiffTag, tag_bytes, tag_number

if TYPE_CHECKING:
    from tifffile import TiffPage

_RAW_COMPRESSIONS = {32767, 32769, 32770, 34713, 65000, 65535}  # of Sony, Nikon, Pentax and others
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_MOST_PAGES = 64  # pages whose tags are read
_MOST_COUNTED = 1 << 16
_MOST_PARENTS, _MOST_INNER = 4, 8
_CHOOSING = {
    TiffTag.NEW_SUBFILE_TYPE,
    TiffTag.SUBFILE_TYPE,
    TiffTag.COMPRESSION,
    TiffTag.PHOTOMETRIC,
    TiffTag.SUB_IFDS,
    TiffTag.DNG_VERSION,
}
_LARGEST_CHOOSING = 1 << 10  # bytes
_SINGLE = {
    TiffTag.IMAGE_WIDTH,
    TiffTag.IMAGE_LENGTH,
    TiffTag.COMPRESSION,
    TiffTag.PHOTOMETRIC,
    TiffTag.FILL_ORDER,
    TiffTag.ORIENTATION,
    TiffTag.SAMPLES_PER_PIXEL,
    TiffTag.ROWS_PER_STRIP,
    TiffTag.PLANAR_CONFIGURATION,
    TiffTag.T4_OPTIONS,
    TiffTag.T6_OPTIONS,
    TiffTag.PREDICTOR,
    TiffTag.TILE_WIDTH,
    TiffTag.TILE_LENGTH,
    TiffTag.INK_SET,
}
_SEGMENTS = {
    TiffTag.STRIP_OFFSETS,
    TiffTag.STRIP_BYTE_COUNTS,
    TiffTag.TILE_OFFSETS,
    TiffTag.TILE_BYTE_COUNTS,
}
_SEVERAL = {
    TiffTag.BITS_PER_SAMPLE,
    TiffTag.COLOR_MAP,
    TiffTag.DOT_RANGE,
    TiffTag.EXTRA_SAMPLES,
    TiffTag.SAMPLE_FORMAT,
    TiffTag.YCBCR_SUBSAMPLING,
}
_NO_INTEGERS = {
    TiffTag.ICC_PROFILE,
    TiffTag.JPEG_TABLES,
    TiffTag.YCBCR_COEFFICIENTS,
    TiffTag.REFERENCE_BLACK_WHITE,
}
_LARGEST: dict[int, int] = {**dict.fromkeys(_SEGMENTS, 8 << 20), TiffTag.ICC_PROFILE: 16 << 20}
_LARGEST_OTHER = 1 << 20


@dataclass(frozen=True)
class TiffPictures:
    """The first full picture of a TIFF, how many there are, and its metadata.

    Attributes
    ----------
    layout
        How the first full picture is stored; None for a compression that is left to Pillow.
    count
        Number of full pictures; reduced ones and masks are not counted.
    offset
        Offset of the picture's directory in the file.
    index
        Index of the picture's directory in the file's chain; None if it is not in the chain.
    profile
        The colour profile; empty for none.
    orientation
        EXIF's orientation.
    byte_order, big
        "<" or ">", and whether offsets have 8 bytes (BigTIFF).
    """

    layout: TiffLayout | None
    count: int
    offset: int
    index: int | None
    profile: bytes
    orientation: int
    byte_order: str
    big: bool


@dataclass(frozen=True)
class _Candidate:
    """A directory: where it is, its index in the chain, and those entries that choose one."""

    offset: int
    index: int | None
    entries: Directory
    order: Order

    def number(self, tag: int, default: int) -> int:
        found = integer_of(self.entries.get(tag), self.order)
        return default if found is None else found

    @property
    def is_part(self) -> bool:
        """Whether it is a reduced picture or a mask."""
        old = {2: _REDUCED}.get(self.number(TiffTag.SUBFILE_TYPE, 0), 0)
        return bool(self.number(TiffTag.NEW_SUBFILE_TYPE, old) & (_REDUCED | _MASK))

    @property
    def is_raw(self) -> bool:
        """Whether it is of a camera's raw file."""
        return (
            TiffTag.DNG_VERSION in self.entries
            or self.number(TiffTag.PHOTOMETRIC, 1) in {32803, 34892}
            or self.number(TiffTag.COMPRESSION, 1) in _RAW_COMPRESSIONS
        )


def read_layout(file: BinaryIO, label: str) -> TiffPictures:
    """Read the directories of a TIFF; error messages begin with ``label``.

    Raises
    ------
    PictureError
        It is a camera's raw file, or stores its pixels in a way that is not supported.
    OSError
        It is damaged.
    Exception
        Anything that tifffile raises on damage.
    """
    read = reader_of(file)
    header = read_header(read)
    offsets = _chain(read, header) if header else []
    if not header or not offsets:
        raise OSError("it has no directory")
    family = [
        _candidate(read, header, offset, index)
        for index, offset in enumerate(offsets[:_MOST_PAGES])
    ]
    inner = [
        _candidate(read, header, offset, None)
        for found in family[:_MOST_PARENTS]
        for offset in integers_of(found.entries.get(TiffTag.SUB_IFDS), header.order)[:_MOST_INNER]
    ]
    if read(8, 2) == b"CR" or any(found.is_raw for found in (*family, *inner)):
        raise PictureError(
            f"{label} is a camera's raw file, which is not supported; develop it into a TIFF, PNG "
            "or JPEG"
        )
    full = [found for found in family if not found.is_part]
    others = len(family) - len(full)
    full = full or [found for found in inner if not found.is_part]
    chosen = (full or family)[0]
    file_size = file.seek(0, 2)
    tags = _tags(read, header, chosen.offset, label, file_size=file_size)
    with _page(tags, header.order) as page:
        return TiffPictures(
            layout=layout_of(page, label, big_endian=header.order == ">", file_size=file_size),
            count=max(1, len(offsets) - others),
            offset=chosen.offset,
            index=chosen.index,
            profile=tag_bytes(page, TiffTag.ICC_PROFILE),
            orientation=tag_number(page, TiffTag.ORIENTATION, 1),
            byte_order=header.order,
            big=header.is_big,
        )


def _chain(read: Read, header: Header) -> list[int]:
    """Return the offsets of the directories in a file's chain, up to one that was there before."""
    found: dict[int, None] = {}
    offset = header.first
    while offset and offset not in found and len(found) < _MOST_COUNTED:
        following = next_directory(read, header, offset)
        if following is None:
            break
        found[offset] = None
        offset = following
    return list(found)


def _candidate(read: Read, header: Header, offset: int, index: int | None) -> _Candidate:
    entries = read_directory(read, header, offset, tags=_CHOOSING, largest=_LARGEST_CHOOSING)
    return _Candidate(offset, index, entries, header.order)


def _tags(read: Read, header: Header, offset: int, label: str, *, file_size: int) -> Directory:
    """Return the entries of a picture that say how it is stored, but for those of a wrong type.

    One that the file is too short for is left out too.

    Raises
    ------
    PictureError
        A value is larger than those of pictures are.
    """
    wanted = {*_SINGLE, *_SEGMENTS, *_SEVERAL, *_NO_INTEGERS}
    for tag, size in directory_sizes(read, header, offset).items():
        limit = _LARGEST.get(tag, _LARGEST_OTHER)
        if tag in wanted and limit < size <= file_size:
            raise PictureError(
                f"{label} is a TIFF whose tag {tag} has {size} bytes, more than {limit}; "
                "convert it to PNG"
            )
    found = read_directory(read, header, offset, tags=wanted, largest=max(_LARGEST.values()))
    return {
        tag: entry
        for tag, entry in found.items()
        if tag in _NO_INTEGERS
        or (holds_integers(entry) and (tag not in _SINGLE or entry.count == 1))
    }


@contextmanager
def _page(tags: Directory, order: Order) -> Iterator["TiffPage"]:
    """Open the tags of a picture with tifffile, whose log is not printed."""
    import tifffile  # noqa: PLC0415  few pictures are TIFF

    log, silence = tifffile.logger(), NullHandler()
    log.addHandler(silence)
    try:
        with tifffile.TiffFile(BytesIO(Layout(order, tags).to_bytes())) as tiff:
            yield tiff.pages.first
    finally:
        log.removeHandler(silence)
