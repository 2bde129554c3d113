"""IPTC's older form, IIM: captions, keywords and credits, as JPEG and TIFF hold them.

References
----------
IPTC-NAA Information Interchange Model, version 4.1; Adobe Photoshop's image resources.
"""

import struct
from collections.abc import Iterator

_MARK = 0x1C
_RESOURCE = 0x0404  # Photoshop's number for IPTC
_APP13 = b"Photoshop 3.0\0"
_UTF8 = b"\x1b%G"  # the code of UTF-8 in record 1, dataset 90
_LARGEST = 32_767  # bytes of a dataset in the standard form
_OF_SIZE = {
    1: (10,),
    3: (15, 26, 100),
    8: (30, 37, 55, 62),
    11: (35, 38, 60, 63),
    32: (20, 22, 80, 85, 90, 92, 95, 103, 110, 115, 122),
    64: (5, 7, 25, 27, 101),
    128: (116, 118),
    256: (40, 105),
    2000: (120,),
}
"""Record 2's datasets of text about content, author and rights, by their largest size in bytes."""
_DATASETS = {number: size for size, numbers in _OF_SIZE.items() for number in numbers}


def carried_iptc(data: bytes) -> bytes | None:
    """Return the datasets that a result may carry; None where there are none.

    Parameters
    ----------
    data
        IIM, or Photoshop's image resources that hold it.
    """
    if data.startswith((b"8BIM", _APP13)):
        data = _from_resources(data.removeprefix(_APP13))
    kept, is_utf8 = bytearray(), False
    for record, number, value in _datasets(data):
        if (record, number) == (1, 90):
            is_utf8 = value == _UTF8
        if record == 2 and 0 < len(value) <= _DATASETS.get(number, 0):
            kept += struct.pack(">BBBH", _MARK, record, number, len(value)) + value
    if not kept:
        return None
    coding = struct.pack(">BBBH", _MARK, 1, 90, len(_UTF8)) + _UTF8 if is_utf8 else b""
    version = struct.pack(">BBBHH", _MARK, 2, 0, 2, 4)
    return coding + version + bytes(kept)


def iptc_segment(iptc: bytes | None) -> bytes:
    """Return the segment APP13 of a JPEG that holds IIM; empty if there is none or it is large."""
    if not iptc:
        return b""
    resource = b"8BIM" + struct.pack(">HHI", _RESOURCE, 0, len(iptc)) + iptc
    body = _APP13 + resource + b"\0" * (len(iptc) % 2)
    return struct.pack(">HH", 0xFFED, len(body) + 2) + body if len(body) < 65_534 else b""


def _datasets(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield record, number and value of each dataset, up to the first that is damaged."""
    at = 0
    while at + 5 <= len(data) and data[at] == _MARK:
        record, number, length = struct.unpack_from(">BBH", data, at + 1)
        at += 5
        if length > _LARGEST or at + length > len(data):
            return
        yield record, number, data[at : at + length]
        at += length


def _from_resources(data: bytes) -> bytes:
    """Return the IIM among image resources; empty if there is none."""
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 12 <= len(data):
        number, name = struct.unpack_from(">HB", data, at + 4)
        at += 7 + name + (name + 1) % 2
        size = data[at : at + 4]
        if len(size) < 4:
            break
        length = int.from_bytes(size, "big")
        if number == _RESOURCE:
            return data[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
    return b""
