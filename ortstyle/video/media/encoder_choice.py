"""Which encoder of the installed PyAV writes a film, in which pixel format and colours."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError

from ortstyle.errors import OutputError
from ortstyle.video.media.clip_record import Clip
from ortstyle.video.media.colors import LUMA_WEIGHTS, ColorTags
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.output_formats import codecs_for, format_of
from ortstyle.video.media.pixel_planes import bits_of, has_chroma
from ortstyle.video.media.video_codecs import Codec

_SRGB = ColorTags(primaries=1, transfer=13, matrix=1, full_range=False)


@dataclass(frozen=True, kw_only=True)
class EncoderChoice:
    """How the pictures of a film are encoded.

    Attributes
    ----------
    codec
        The codec.
    encoder
        FFmpeg's name of the encoder; empty if something else writes the format.
    pixel_format
        FFmpeg's name of the pixel format.
    options
        Options of the encoder.
    colors
        The tags that are written, by which pixels are converted.
    tag
        The codec's tag in the file; empty for FFmpeg's own choice.
    """

    codec: Codec
    encoder: str
    pixel_format: str
    options: Mapping[str, str]
    colors: ColorTags
    tag: str = ""

    @property
    def bits(self) -> int:
        """Bits of a sample."""
        return bits_of(self.pixel_format)


def choose_encoder(output: Path, clip: Clip, encoding: FilmEncoding) -> EncoderChoice:
    """Return the encoder for a clip's film: of the codecs that may be, the first that is there.

    Raises
    ------
    OutputError
        The format does not hold the codec, or the installed PyAV has no encoder for it.
    """
    row, codecs = format_of(output), codecs_for(output, encoding, bits=clip.bits)
    for codec in codecs:
        for encoder in codec.encoders or ("",):
            held = _held(codec, encoder)
            if not held:
                continue
            usable = replace(codec, pixel_formats=held)
            pixel_format = held[usable.bits_for(clip.bits)]
            options = dict(codec.options)
            if codec.quality:
                value = codec.quality.default if encoding.quality is None else encoding.quality
                options[codec.quality.option] = str(value)
            return EncoderChoice(
                codec=codec,
                encoder=encoder,
                pixel_format=pixel_format,
                options=options,
                colors=_colors(clip, codec, pixel_format),
                tag=row.codec_tags.get(codec.name, ""),
            )
    names = " or ".join(codec.title for codec in codecs)
    raise OutputError(
        f"output {output}: the installed PyAV {av.__version__} can't encode {names}; choose "
        "another --codec, or install PyAV from PyPI"
    )


def _held(codec: Codec, encoder: str) -> dict[int, str]:
    """Return the pixel formats of a codec that an encoder takes; none if it isn't there."""
    if not encoder:
        return dict(codec.pixel_formats)
    try:
        found = av.Codec(encoder, "w").video_formats or []
    except UnknownCodecError:
        return {}
    names = {pixel_format.name for pixel_format in found}
    return {bits: name for bits, name in codec.pixel_formats.items() if name in names}


def _colors(clip: Clip, codec: Codec, pixel_format: str) -> ColorTags:
    """Return the tags for a clip's film; pictures and animations are sRGB."""
    colors = clip.frame_colors
    if clip.kind != "video" and colors == ColorTags():
        colors = _SRGB
    colors = colors.resolve(clip.height)
    if not has_chroma(pixel_format):
        return replace(colors, matrix=0, full_range=True)
    return replace(
        colors,
        matrix=colors.matrix if colors.matrix in LUMA_WEIGHTS else 1,
        full_range=bool(colors.full_range) and not codec.narrow_only and bool(colors.matrix),
    )
