"""TIFF files for tests, written by hand so that every tag and byte is known."""

import lzma
import struct
import zlib
from functools import cache

import numpy as np

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, CIELAB, ICCLAB = 0, 1, 2, 3, 5, 6, 8, 9


def packbits(data):
    """Compress with PackBits: runs of 3 bytes and more, and literals."""
    found, literal, place = bytearray(), bytearray(), 0

    def flush():
        if literal:
            found.append(len(literal) - 1)
            found.extend(literal)
            literal.clear()

    while place < len(data):
        run = 1
        while place + run < len(data) and run < 128 and data[place + run] == data[place]:
            run += 1
        if run > 2:
            flush()
            found.extend([257 - run, data[place]])
            place += run
        else:
            literal.append(data[place])
            place += 1
            if len(literal) == 128:
                flush()
    flush()
    return bytes(found)


PREDICTED = {5, 8, 32946, 34925, 50000}
"""Compressions whose data a predictor changes; beside others its tag has no meaning."""


@cache
def compressors():
    """Return the functions that compress, by TIFF's numbers; some need imagecodecs."""
    found = {
        1: bytes,
        8: zlib.compress,
        32946: zlib.compress,
        32773: packbits,
        34925: lzma.compress,
    }
    try:
        import imagecodecs
    except ImportError:
        return found
    return found | {5: imagecodecs.lzw_encode, 50000: imagecodecs.zstd_encode}


def pack(samples, bits, order):
    """Return the bytes of rows of samples, each row padded to whole bytes."""
    rows = samples.reshape(len(samples), -1)
    if rows.dtype.kind in "if" or bits in {8, 16, 32, 64}:
        return [row.astype(row.dtype.newbyteorder(order)).tobytes() for row in rows]
    if bits == 24:
        return [
            b"".join(int(v).to_bytes(3, {"<": "little", ">": "big"}[order]) for v in row)
            for row in rows
        ]
    single = (rows[..., None] >> np.arange(bits)[::-1]) & 1
    return [np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in single]


def predict(samples, predictor):
    """Apply a predictor to ``(H, W, samples)``; of floats the bytes of each row are returned."""
    if predictor == 2:
        numbers = samples.view(f"u{samples.dtype.itemsize}")
        differences = numbers.copy()
        differences[:, 1:] -= numbers[:, :-1]
        return differences
    rows, size = samples.reshape(len(samples), -1), samples.dtype.itemsize
    parts = rows.astype(rows.dtype.newbyteorder(">")).view(np.uint8).reshape(*rows.shape, size)
    planes = parts.transpose(0, 2, 1).reshape(len(rows), -1, samples.shape[2])
    differences = planes.copy()
    differences[:, 1:] -= planes[:, :-1]
    return differences.reshape(len(rows), -1, 1)


def encode_segment(samples, bits, order, *, compression, predictor, fill_order):
    if predictor > 1 and compression in PREDICTED:
        samples = predict(samples, predictor)
        bits = samples.dtype.itemsize * 8
    data = compressors()[compression](b"".join(pack(samples, bits, order)))
    reverse = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
    return data.translate(reverse) if fill_order == 2 else data


def tiff_of(
    samples,
    photometric,
    *,
    bits=None,
    order="<",
    planar=False,
    tile=None,
    rows=7,
    compression=1,
    predictor=1,
    fill_order=1,
    extra=(),
    big=False,
    tags=(),
    segments=None,
):
    """Return the bytes of a TIFF of ``(H, W, samples)``.

    ``tags`` are further numbers, types and values; ``segments`` replaces the strips' own bytes.
    """
    height, width, count = samples.shape
    bits = bits or samples.dtype.itemsize * 8
    kind = {"u": 1, "i": 2, "f": 3}[samples.dtype.kind]
    step = tile or rows
    parts = [samples[..., i : i + 1] for i in range(count)] if planar else [samples]
    found = []
    for part in parts:
        for top in range(0, height, step):
            strip = part[top : top + step]
            if not tile:
                found.append(strip)
                continue
            for left in range(0, width, tile):
                whole = np.zeros((tile, tile, part.shape[2]), samples.dtype)
                square = strip[:, left : left + tile]
                whole[: square.shape[0], : square.shape[1]] = square
                found.append(whole)
    options = {"compression": compression, "predictor": predictor, "fill_order": fill_order}
    data = segments or [encode_segment(part, bits, order, **options) for part in found]
    entries = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [bits] * count),
        259: (3, [compression]),
        262: (3, [photometric]),
        266: (3, [fill_order]),
        277: (3, [count]),
        284: (3, [2 if planar else 1]),
        339: (3, [kind] * count),
    }
    if predictor > 1:
        entries[317] = (3, [predictor])
    if extra:
        entries[338] = (3, list(extra))
    offsets = list(np.cumsum([16, *map(len, data)])[:-1])
    lengths = list(map(len, data))
    if tile:
        entries |= {322: (4, [tile]), 323: (4, [tile]), 324: (4, offsets), 325: (4, lengths)}
    else:
        entries |= {273: (4, offsets), 278: (4, [rows]), 279: (4, lengths)}
    entries |= {tag: (kind, list(values)) for tag, kind, values in tags}
    body = b"".join(data)
    return (
        _header(16 + len(body), order, big) + body + _directory(entries, 16 + len(body), order, big)
    )


def _header(place, order, big):
    mark = b"II" if order == "<" else b"MM"
    if big:
        return mark + struct.pack(f"{order}HHHQ", 43, 8, 0, place)
    return (mark + struct.pack(f"{order}HI", 42, place)).ljust(16, b"\0")


def _directory(entries, place, order, big):
    formats = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 7: "B", 16: "Q"}
    inline, head, size = (8, "Q", 20) if big else (4, "I", 12)
    beside = place + (8 if big else 2) + len(entries) * size + inline
    found, more = struct.pack(f"{order}{'Q' if big else 'H'}", len(entries)), b""
    for tag, (kind, values) in sorted(entries.items()):
        data = struct.pack(f"{order}{len(values)}{formats[kind]}", *map(int, values))
        count = len(values) // 2 if kind == 5 else len(values)
        found += struct.pack(f"{order}HH{head}", tag, kind, count)
        if len(data) <= inline:
            found += data.ljust(inline, b"\0")
        else:
            found += struct.pack(f"{order}{head}", beside + len(more))
            more += data
    return found + bytes(inline) + more
