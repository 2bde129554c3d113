"""EXIF: read from a photograph's file, freed of what would be wrong in a result, and completed.

Each tag is judged alone, so that one that is damaged or odd costs nothing but itself. Values are
copied as raw bytes in their own byte order.
"""

import struct
from dataclasses import dataclass, replace

from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.exif_tags import TAGS, Group, Tag
from ortstyle.pictures.exif_values import (
    ASCII_CODE,
    UNKNOWN_RESOLUTION,
    Resolution,
    as_fraction,
    checked_entry,
    has_path,
    integer_of,
    valid_resolution,
)
from ortstyle.pictures.tiff_directory import (
    Directory,
    Entry,
    Header,
    Layout,
    Order,
    Read,
    read_directory,
    read_header,
)

_PREFIX = b"Exif\0\0"
_LARGEST_OFFSET = 1 << 16  # of a maker's note that stays at its offset
_CM = 2.54


@dataclass(frozen=True)
class Exif:
    """The tags of a photograph that a result may have.

    Attributes
    ----------
    order
        The byte order, ``<`` or ``>``.
    groups
        The tags of the three directories.
    resolution
        Pixels an inch; None where it is not known.
    """

    order: Order
    groups: dict[Group, Directory]
    resolution: Resolution | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no tag."""
        return not any(self.groups.values())

    def minimal(self) -> "Exif":
        """Return the tags that tell no place, no path, no owner and no single device."""
        kept: dict[Group, Directory] = {
            group: {
                tag: entry
                for tag, entry in found.items()
                if not TAGS[group][tag].personal and not has_path(entry)
            }
            for group, found in self.groups.items()
        }
        return replace(self, groups=kept)


def read_exif(data: bytes) -> Exif | None:
    """Read EXIF as it is stored in JPEG, PNG, WebP and AVIF; see `read_exif_of_tiff`."""
    data = data.removeprefix(_PREFIX)
    return read_exif_of_tiff(lambda offset, size: data[offset : offset + size])


def read_exif_of_tiff(read: Read, directory: int | None = None) -> Exif | None:
    """Read the EXIF of a TIFF, which is a directory of that file.

    The thumbnail, and tags that describe the file or the sensor's grid, are left out, as are values
    that are of another kind than their tag's.

    Parameters
    ----------
    read
        Reads the file; see `tiff_directory.Read`.
    directory
        Offset of the picture's directory; None for the first. What it lacks is taken from the
        first.

    Returns
    -------
    Exif
        None where there is no EXIF, or it is damaged from its beginning.
    """
    header = read_header(read)
    if header is None:
        return None
    wanted = {
        *tags.IMAGE,
        *(tags.EXIF_POINTER, tags.GPS_POINTER),
        *(tags.X_RESOLUTION, tags.Y_RESOLUTION, tags.RESOLUTION_UNIT),
    }
    first = read_directory(read, header, header.first, tags=wanted)
    if directory not in (None, header.first):
        first |= read_directory(read, header, directory, tags=wanted)
    directories: dict[Group, Directory] = {"image": first, "exif": {}, "gps": {}}
    pointers: dict[Group, int] = {"exif": tags.EXIF_POINTER, "gps": tags.GPS_POINTER}
    for group, pointer in pointers.items():
        if offset := integer_of(first.get(pointer), header.order):
            directories[group] = read_directory(read, header, offset, tags=TAGS[group])
    groups: dict[Group, Directory] = {
        group: _valid(found, TAGS[group], header.order) for group, found in directories.items()
    }
    if not set(groups["gps"]) - {tags.GPS_VERSION}:
        groups["gps"] = {}
    return Exif(header.order, groups, _resolution(first, header))


def complete_exif(
    content: Exif | None,
    *,
    comment: str | None,
    is_srgb: bool,
    size: tuple[int, int],
    resolution: Resolution | None = None,
    form: str = "",
) -> Layout:
    """Return the EXIF to write into a result.

    Parameters
    ----------
    content
        The content's EXIF; None if it has none.
    comment
        ASCII text for the user comment; None leaves the comment of the content.
    is_srgb
        Whether the result is in sRGB, for EXIF's tag ColorSpace.
    size
        Width and height of the result.
    resolution
        Pixels an inch; None where it is not known.
    form
        Pillow's name of the file's format, which may require some tags and forbid others.
    """
    order: Order = content.order if content else "<"
    groups = content.groups if content else {}
    image, exif, gps = (dict(groups.get(group, {})) for group in ("image", "exif", "gps"))
    note = exif.get(tags.MAKER_NOTE)

    def pack(kind: int, code: str, *values: int) -> Entry:
        return Entry(kind, struct.pack(f"{order}{len(values)}{code}", *values))

    across, down = resolution or UNKNOWN_RESOLUTION
    image[tags.X_RESOLUTION] = pack(tags.RATIONAL, "I", *as_fraction(across))
    image[tags.Y_RESOLUTION] = pack(tags.RATIONAL, "I", *as_fraction(down))
    image[tags.RESOLUTION_UNIT] = pack(tags.SHORT, "H", 2)
    if form != "AVIF":  # Pillow would write all of EXIF anew, to take the orientation out
        image[tags.ORIENTATION] = pack(tags.SHORT, "H", 1)
    exif[tags.EXIF_VERSION] = Entry(tags.UNDEFINED, b"0232")
    exif[tags.FLASHPIX_VERSION] = Entry(tags.UNDEFINED, b"0100")
    exif[tags.COLOR_SPACE] = pack(tags.SHORT, "H", 1 if is_srgb else 0xFFFF)
    if comment is not None:
        exif[tags.USER_COMMENT] = Entry(tags.UNDEFINED, ASCII_CODE + comment.encode("ascii"))
    if form == "JPEG":
        image[tags.YCBCR_POSITIONING] = pack(tags.SHORT, "H", 1)  # centred, as libjpeg writes
        exif[tags.COMPONENTS] = Entry(tags.UNDEFINED, b"\1\2\3\0")
    if gps:
        gps[tags.GPS_VERSION] = Entry(tags.BYTE, b"\2\3\0\0")
    if form == "TIFF":
        _adapt_to_tiff(image, exif, gps)
    else:
        exif[tags.PIXEL_X_DIMENSION] = pack(tags.LONG, "I", size[0])
        exif[tags.PIXEL_Y_DIMENSION] = pack(tags.LONG, "I", size[1])
    return Layout(
        order,
        image,
        children={tags.EXIF_POINTER: exif, tags.GPS_POINTER: gps},
        fixed_tag=tags.MAKER_NOTE,
        fixed=note.offset if note else 0,
    )


def _adapt_to_tiff(image: Directory, exif: Directory, gps: Directory) -> None:
    """Change the tags of EXIF to what libtiff knows and ExifTool's validation requires in a TIFF.

    libtiff knows no tags of Windows and no text of several parts, and expects a fraction for the
    gain.
    """
    for tag in tags.WINDOWS:
        image.pop(tag, None)
    exif.pop(tags.GAIN_CONTROL, None)
    if found := image.get(tags.COPYRIGHT):
        text = found.data[:-1].replace(b"\0", b"; ") + b"\0"
        image[tags.COPYRIGHT] = replace(found, data=text)
    if gps:
        gps.setdefault(tags.GPS_METHOD, Entry(tags.UNDEFINED, ASCII_CODE + b"GPS"))


def shrink_exif(layout: Layout, max_bytes: int) -> Layout:
    """Return EXIF of at most a number of bytes.

    What is too large loses first the maker's note, then the photograph's tags but for the comment;
    or the comment and not the tags, if the comment alone is too large.
    """
    own = {*layout.children[tags.EXIF_POINTER]} - {*tags.EXIF}
    for kept in (
        {*tags.IMAGE, *tags.EXIF, *own},
        {*tags.IMAGE, *tags.EXIF, *own} - {tags.MAKER_NOTE},
        {tags.USER_COMMENT, *own},
        {*tags.IMAGE, *tags.EXIF, *own} - {tags.MAKER_NOTE, tags.USER_COMMENT},
    ):
        smaller = _with_tags(layout, kept)
        if len(exif_bytes(smaller)) <= max_bytes:
            return smaller
    return _with_tags(layout, own)


def lost_tags(whole: Layout, fitted: Layout) -> set[int]:
    """Return the tags of EXIF that were left out when it was shrunk."""

    def tags_of(layout: Layout) -> set[int]:
        return {*layout.first}.union(*layout.children.values())

    return tags_of(whole) - tags_of(fitted)


def _with_tags(layout: Layout, kept: set[int]) -> Layout:
    """Return EXIF with some of the photograph's tags; GPS goes with those of the picture."""
    first = {tag: e for tag, e in layout.first.items() if tag in kept or tag not in tags.IMAGE}
    children = dict(layout.children)
    exif = children[tags.EXIF_POINTER]
    children[tags.EXIF_POINTER] = {tag: e for tag, e in exif.items() if tag in kept}
    if not kept & {*tags.IMAGE}:
        del children[tags.GPS_POINTER]
    fixed = layout.fixed if tags.MAKER_NOTE in kept else 0
    return replace(layout, first=first, children=children, fixed=fixed)


def exif_bytes(layout: Layout) -> bytes:
    """Return EXIF as JPEG, PNG, WebP and AVIF store it, and as Pillow takes it."""
    return _PREFIX + layout.to_bytes()


def _valid(found: Directory, known: dict[int, Tag], order: str) -> Directory:
    """Return the entries of known tags whose values are valid, in the type of their tags."""
    checked = {tag: checked_entry(e, known[tag], order) for tag, e in found.items() if tag in known}
    valid = {tag: entry for tag, entry in checked.items() if entry}
    if known is not tags.EXIF:
        return valid
    note, comment = valid.get(tags.MAKER_NOTE), valid.get(tags.USER_COMMENT)
    if note and not 8 <= note.offset <= _LARGEST_OFFSET:
        del valid[tags.MAKER_NOTE]  # it refers to places in the file, and would have to move
    if comment and comment.data[8:].startswith(b'{"'):  # of a picture that ortstyle wrote
        del valid[tags.USER_COMMENT]
    return valid


def _resolution(first: Directory, header: Header) -> Resolution | None:
    """Return pixels an inch; None where they are missing, odd, or in no unit."""
    unit = {None: 1.0, 2: 1.0, 3: _CM}.get(
        integer_of(first.get(tags.RESOLUTION_UNIT), header.order)
    )
    sides = []
    for tag in (tags.X_RESOLUTION, tags.Y_RESOLUTION):
        entry = first.get(tag)
        if unit is None or entry is None or entry.type != tags.RATIONAL:
            return None
        numerator, denominator = struct.unpack(f"{header.order}2I", entry.data[:8])
        sides.append(numerator / denominator * unit if denominator else 0.0)
    return valid_resolution(sides[0], sides[1])
