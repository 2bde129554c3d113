"""Rows of a TIFF from top to bottom, whether it holds strips or tiles, planes or pixels."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from ortstyle.pictures.tiff_codecs import SPARSE, Segments, decode_fax, decode_jpeg, read_segment
from ortstyle.pictures.tiff_layout import Compression, TiffLayout
from ortstyle.pictures.tiff_samples import Samples, bytes_per_row, unpack

_CHUNK = 1 << 23  # bytes of a large strip that are unpacked at once


def read_rows(file: BinaryIO, layout: TiffLayout) -> Iterator[Samples]:
    """Yield the samples of a picture, some rows at a time.

    Yields
    ------
    numpy.ndarray
        ``(rows, W, samples)``; see `tiff_samples.unpack`. Of JPEG, YCbCr has become RGB.

    Raises
    ------
    OSError
        The file is damaged or cut short.
    """
    across, down = layout.grid
    planes = layout.samples if layout.planar else 1
    if len(layout.segments) < planes * across * down:
        raise OSError("the picture's data end too early")
    if not layout.planar:
        yield from _plane(_Decoder(file, layout), 0)
        return
    for parts in zip(*(_plane(_Decoder(file, layout), i) for i in range(planes)), strict=True):
        yield np.concatenate(parts, axis=2)


def _plane(decoder: "_Decoder", plane: int) -> Iterator[Samples]:
    """Yield the rows of one sample of all pixels, or of all samples if they are together."""
    layout = decoder.layout
    across, down = layout.grid
    first = plane * across * down
    for row in range(down):
        if not layout.tiled:
            yield from decoder.read(first + row)
            continue
        left = layout.height - row * layout.segment_size[1]
        tiles = [decoder.read(first + row * across + column) for column in range(across)]
        for parts in zip(*tiles, strict=True):
            yield np.concatenate(parts, axis=1)[: max(0, left), : layout.width]
            left -= len(parts[0])


class _Decoder:
    """Decodes the strips or tiles of a picture, or of one of its planes."""

    def __init__(self, file: BinaryIO, layout: TiffLayout) -> None:
        self._file, self.layout = file, layout
        self._samples = 1 if layout.planar else layout.samples
        width = layout.segment_size[0]
        across, down = layout.subsampling
        self._is_subsampled = layout.subsampling != (1, 1)
        self._units = -(-width // across)  # groups of pixels that share chroma samples
        self._row_bytes = bytes_per_row(layout, width, self._samples)
        if self._is_subsampled:
            self._row_bytes = self._units * (across * down + 2)
        self._segments = Segments(file, layout, row_bytes=self._row_bytes)

    def read(self, index: int) -> Iterator[Samples]:
        """Yield the rows of a strip or tile."""
        layout, rows = self.layout, self.layout.rows_of(index)
        width = layout.segment_size[0]
        is_jpeg, is_fax = layout.compression == Compression.JPEG, layout.compression.is_fax
        if (is_jpeg or is_fax) and layout.segments[index] == SPARSE:
            yield np.zeros((rows, width, self._samples), np.uint8)
        elif is_jpeg:
            data = read_segment(self._file, layout, index)
            found = decode_jpeg(data, layout, self._samples)[:rows, :width]
            if found.shape[:2] != (rows, width):
                raise OSError("a strip of JPEG is smaller than the tags say")
            yield found
        elif is_fax:
            yield decode_fax(read_segment(self._file, layout, index), layout, rows)
        else:
            yield from self._unpacked(index, rows)

    def _unpacked(self, index: int, rows: int) -> Iterator[Samples]:
        layout, width = self.layout, self.layout.segment_size[0]
        down = layout.subsampling[1]  # rows that share chroma samples are stored together
        read = self._segments.open(index, -(-rows // down))
        most = _CHUNK if layout.bits % 8 == 0 else _CHUNK // 32  # single bits take more memory
        step = max(1, most // self._row_bytes)
        for start in range(0, rows, step * down):
            count = min(step * down, rows - start)
            data = read(-(-count // down) * self._row_bytes)
            if self._is_subsampled:
                yield _join_chroma(data, layout.subsampling, self._units)[:count, :width]
            else:
                yield unpack(data, layout, width=width, samples=self._samples)


def _join_chroma(data: bytes, subsampling: tuple[int, int], units: int) -> Samples:
    """Return ``(rows, W, 3)`` YCbCr of 8 bits whose pixels share chroma samples in units."""
    across, down = subsampling
    found = np.frombuffer(data, np.uint8).reshape(-1, units, across * down + 2)
    squares = found[..., :-2].reshape(-1, units, down, across)
    luma = squares.transpose(0, 2, 1, 3).reshape(len(found) * down, units * across)
    chroma = found[..., -2:].repeat(down, axis=0).repeat(across, axis=1)
    return np.dstack([luma, chroma])
