"""The codecs of films that are written: one row each."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The numbers of a codec's quality: FFmpeg's option, its range and the default."""

    option: str
    most: int
    default: int
    least: int = 0


@dataclass(frozen=True, kw_only=True)
class Codec:
    """A codec of moving pictures.

    Attributes
    ----------
    name
        The value of `FilmEncoding.codec`, or the name of a codec that only one format has.
    title
        Its name in sentences.
    encoders
        FFmpeg's encoders of it, the best first.
    pixel_formats
        FFmpeg's pixel format by bits a sample.
    quality
        Its quality; None where there is nothing to choose.
    options
        Further options of its encoder.
    narrow_only
        Whether decoders take its range for narrow whatever its tags say.
    most_side
        Largest side in pixels, where the encoder does not check it; None where it does.
    """

    name: str
    title: str
    encoders: tuple[str, ...]
    pixel_formats: Mapping[int, str]
    quality: Quality | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    narrow_only: bool = False
    most_side: int | None = None

    def bits_for(self, bits: int) -> int:
        """Return the fewest bits that hold samples of ``bits`` bits, or the most there are."""
        enough = [held for held in self.pixel_formats if held >= bits]
        return min(enough) if enough else max(self.pixel_formats)


def _crf(default: int, most: int = 51) -> Quality:
    return Quality(option="crf", most=most, default=default)


_CODEC_ROWS = (
    Codec(
        name="h264",
        title="H.264",
        encoders=("libx264", "libopenh264"),
        pixel_formats={8: "yuv420p", 10: "yuv420p10le"},
        quality=_crf(18),
        options={"preset": "medium"},
    ),
    Codec(
        name="hevc",
        title="HEVC",
        encoders=("libx265",),
        pixel_formats={8: "yuv420p", 10: "yuv420p10le", 12: "yuv420p12le"},
        quality=_crf(18),
        options={"preset": "medium", "x265-params": "log-level=none"},
    ),
    Codec(
        name="av1",
        title="AV1",
        encoders=("libsvtav1", "libaom-av1"),
        pixel_formats={8: "yuv420p", 10: "yuv420p10le"},
        quality=_crf(20, most=63),
    ),
    Codec(
        name="vp9",
        title="VP9",
        encoders=("libvpx-vp9",),
        pixel_formats={8: "yuv420p", 10: "yuv420p10le", 12: "yuv420p12le"},
        quality=_crf(22, most=63),
        options={"deadline": "good", "cpu-used": "2", "row-mt": "1", "b": "0"},
    ),
    Codec(
        name="prores",
        title="ProRes",
        encoders=("prores_ks", "prores"),
        pixel_formats={10: "yuv422p10le"},
        quality=Quality(option="profile", most=3, default=3),
        narrow_only=True,
    ),
    Codec(  # lossless, as RGB
        name="ffv1",
        title="FFV1",
        encoders=("ffv1",),
        pixel_formats={8: "bgr0", 10: "gbrp10le", 12: "gbrp12le", 16: "gbrp16le"},
        options={"level": "3", "slicecrc": "1"},
    ),
    Codec(name="gif", title="GIF", encoders=("gif",), pixel_formats={8: "pal8"}, most_side=65_535),
    Codec(
        name="apng",
        title="APNG",
        encoders=("apng",),
        pixel_formats={8: "rgb24", 16: "rgb48be"},
        options={"pred": "mixed"},
    ),
    Codec(
        name="webp",
        title="WebP",
        encoders=(),
        pixel_formats={8: "rgb24"},
        quality=Quality(option="quality", least=1, most=100, default=90),
        most_side=16_383,
    ),
    Codec(name="png", title="PNG", encoders=(), pixel_formats={8: "rgb24", 16: "rgb48be"}),
)
CODECS = {row.name: row for row in _CODEC_ROWS}
"""The codecs by name."""
