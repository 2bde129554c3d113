"""Frames of any pixel format as RGB: scaled by swscale, converted exactly by H.273's matrices.

swscale's own conversion to RGB takes BT.601 and narrow range for granted, its rounding differs by
version and processor, and it knows fewer matrices. So it only scales luma and chroma to 16 bits.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.apply_profile import convert_levels
from ortstyle.pictures.code_points import PRIMARIES, profile_of
from ortstyle.pictures.picture import to_levels
from ortstyle.video.media.clip_record import Pixels
from ortstyle.video.media.colors import ColorTags, yuv_to_rgb
from ortstyle.video.media.pyav import load_pyav, pyav_version

if TYPE_CHECKING:
    from av.video.format import VideoFormat
    from av.video.frame import VideoFrame

Floats = NDArray[np.float32]

_BILINEAR, _FULL_CHROMA, _ACCURATE, _BIT_EXACT = 2, 0x6000, 0x40000, 0x80000
_SCALING = _BILINEAR | _FULL_CHROMA | _ACCURATE | _BIT_EXACT
"""Flags of swscale. Pictures are resized bilinearly too; both average when they shrink."""

_NARROW, _FULL = 1, 2  # FFmpeg's numbers of ranges
_BT601 = 5  # swscale's number; the same on both sides, so that nothing is converted
_SRGB_TRANSFER = 13
_WITH_THREADS = 17  # PyAV from which scaling has threads, of which one alone is to be used


class FrameConverter:
    """Converts decoded frames of one film to RGB of one size.

    Parameters
    ----------
    colors
        The film's tags, with nothing left open; see `ColorTags.resolve`.
    size
        Width and height to scale to, before frames are turned upright.
    depth
        Bits of the result: 8 or 16.
    """

    def __init__(self, colors: ColorTags, size: tuple[int, int], *, depth: int) -> None:
        self._colors, self._size, self._depth = colors, size, depth
        self._profile = _profile_to_srgb(colors)
        self._scaler = load_pyav().video.reformatter.VideoReformatter()
        self._is_new = pyav_version() >= _WITH_THREADS
        self._threads = {"threads": 1} if self._is_new else {}

    def convert(self, frame: "VideoFrame") -> Pixels:
        """Return a frame as ``(H, W, 3)`` RGB, uint8 or uint16, with transparency on white."""
        if is_yuv(frame.format):
            rgb = self._from_yuv(frame)
        else:
            levels = self._from_rgb(frame)
            if levels.shape[2] == 3 and self._depth == 8 and not self._profile:
                return np.ascontiguousarray(levels)
            rgb = _on_white(levels)
        if self._profile:
            converted, _ = convert_levels(rgb, self._profile)
            rgb = rgb if converted is None else converted
        result = to_levels(rgb, depth=self._depth)
        return result.astype(np.uint8) if self._depth == 8 else result

    def _from_rgb(self, frame: "VideoFrame") -> NDArray[Any]:
        """Return ``(H, W, 3)``, or 4 with transparency, of 8 or 16 bits."""
        alpha = has_alpha(frame.format) or frame.format.has_palette
        deep = self._depth == 16
        kind = {(0, 0): "rgb24", (1, 0): "rgba", (0, 1): "rgb48le", (1, 1): "rgba64le"}
        scaled = self._scale(frame, kind[alpha, deep])
        return self._plane(scaled, 0, "<u2" if deep else "u1", 4 if alpha else 3)

    def _from_yuv(self, frame: "VideoFrame") -> Floats:
        """Return ``(3, H, W)``, 0–255."""
        layout, bits = frame.format, frame.format.components[0].bits
        alpha, grey = has_alpha(layout), is_grey(layout)
        kinds = {
            (0, 0): "yuv444p16le",
            (1, 0): "yuva444p16le",
            (0, 1): "gray16le",
            (1, 1): "ya16le",
        }
        is_yuvj = layout.name.startswith("yuvj")  # whose range swscale knows
        is_narrowed = is_yuvj and not self._is_new
        scaled = self._scale(frame, kinds[alpha, grey], _FULL if is_yuvj else _NARROW)
        if grey:
            planes = list(self._plane(scaled, 0, "<u2", 1 + alpha).transpose(2, 0, 1))
        else:
            planes = [self._plane(scaled, k, "<u2", 1)[..., 0] for k in range(3 + alpha)]
        unit = 1 << (16 - bits)
        if self._size == (frame.width, frame.height) and not is_narrowed:
            planes[0] = planes[0] & (65536 - unit)  # swscale repeats the upper bits in the lower
        full = float((1 << bits) - 1) * unit
        rgb = self._rgb_of(planes[: 1 if grey else 3], full, narrow=is_narrowed)
        return _blend(rgb, np.minimum(planes[-1] / np.float32(full), 1)) if alpha else rgb

    def _rgb_of(self, planes: list[NDArray[np.uint16]], full: float, *, narrow: bool) -> Floats:
        """Return ``(3, H, W)``, 0–255, of luma alone or luma and chroma; H.273, equations 17–33."""
        narrow = narrow or not self._colors.full_range
        black, luma_range, chroma_range = (4096, 56064, 57344) if narrow else (0, full, full)
        luma = (planes[0].astype(np.float32) - black) * np.float32(255 / luma_range)
        if len(planes) == 1:
            return np.repeat(luma[None], 3, axis=0)
        chroma = [
            (p.astype(np.float32) - 32768) * np.float32(255 / chroma_range) for p in planes[1:]
        ]
        rgb = np.empty((3, *luma.shape), np.float32)
        for index, (_, *weights) in enumerate(yuv_to_rgb(self._colors.matrix)):
            rgb[index] = luma
            for weight, plane in zip(weights, chroma, strict=True):
                if weight:
                    rgb[index] += np.float32(weight) * plane
        return rgb

    def _scale(self, frame: "VideoFrame", kind: str, color_range: int = _NARROW) -> "VideoFrame":
        """Return a frame scaled and in another pixel format, with its matrix kept.

        So is its range, whatever it is, if it is called the same before and after; PyAV before 17
        can't call both full.
        """
        scaled: VideoFrame = self._scaler.reformat(
            frame,
            *self._size,
            format=kind,
            src_colorspace=_BT601,
            dst_colorspace=_BT601,
            src_color_range=color_range,
            dst_color_range=color_range if self._is_new else _NARROW,
            interpolation=_SCALING,
            **self._threads,
        )
        return scaled

    def _plane(self, frame: "VideoFrame", index: int, kind: str, channels: int) -> NDArray[Any]:
        """Return the ``(H, W, channels)`` samples of a plane, without what pads its rows."""
        width, height = self._size
        plane = frame.planes[index]
        samples: NDArray[Any] = np.frombuffer(memoryview(plane), kind)
        rows = samples.reshape(-1, plane.line_size // samples.itemsize)[:height]
        return np.reshape(rows[:, : width * channels], (height, width, channels))


def is_yuv(layout: "VideoFormat") -> bool:
    """Return whether a pixel format is luma, alone or with chroma, of 8 to 16 bits."""
    if layout.is_rgb or layout.has_palette or layout.name.startswith(("xyz", "bayer")):
        return False
    return 8 <= layout.components[0].bits <= 16


def is_grey(layout: "VideoFormat") -> bool:
    """Return whether a pixel format has no colours."""
    return len(layout.components) - has_alpha(layout) == 1


def has_alpha(layout: "VideoFormat") -> bool:
    """Return whether a pixel format has a plane of transparency."""
    return any(component.is_alpha for component in layout.components)


def _on_white(levels: NDArray[Any]) -> Floats:
    """Return ``(H, W, 3)`` or ``(H, W, 4)`` integers as ``(3, H, W)``, 0–255, on white."""
    top = np.float32(np.iinfo(levels.dtype).max / 255)
    planes = np.ascontiguousarray(levels.transpose(2, 0, 1)).astype(np.float32) / top
    return planes if len(planes) == 3 else _blend(planes[:3], planes[3] / 255)


def _blend(rgb: Floats, alpha: Floats) -> Floats:
    return np.asarray(255 + (rgb - 255) * alpha, np.float32)


def _profile_to_srgb(colors: ColorTags) -> bytes:
    """Return the profile by which frames are converted; empty for those that are left alone.

    The tones of a film that is not of high dynamic range are kept: only wide primaries change.
    """
    if not (colors.is_hdr or colors.is_wide):
        return b""
    primaries = colors.primaries if colors.primaries in PRIMARIES else 9
    return profile_of(primaries, colors.transfer if colors.is_hdr else _SRGB_TRANSFER)
