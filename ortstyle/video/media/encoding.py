"""The options for the file of a painted film.

`output_formats` says which format holds which codec, bits and quality. This module loads nothing
heavy, so that ``ortstyle --help`` is fast.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from ortstyle.settings.checks import Range
from ortstyle.settings.declaration import check_options, declared, documented

CodecName = Literal["auto", "h264", "hevc", "av1", "vp9", "prores", "ffv1"]

_encoding = partial(declared, panel="Film file")


@documented
@dataclass(frozen=True, kw_only=True)
class FilmEncoding:
    """How the file of a film is encoded.

    Raises
    ------
    SettingsError
        A value is unknown or out of range.
    """

    codec: CodecName = _encoding(
        "auto",
        "Codec of the film; auto is H.264, above 8 bits HEVC, in .webm VP9 or AV1.",
    )
    quality: int | None = _encoding(
        None,
        "Quality: the CRF of H.264, HEVC, AV1 and VP9, of which lower is better; 1 to 100 of WebP; "
        "the profile of ProRes, 0 to 3.",
        metavar="N",
        allowed=Range(0, most=100),
        default_text="18; AV1 20, VP9 22, WebP 90, ProRes 3",
    )
    audio: bool = _encoding(True, "Keep the sound of the clip.", flags=("--audio", "--no-audio"))
    tags: bool = _encoding(
        True,
        "Keep the clip's tags, such as title, date and place.",
        flags=("--tags", "--no-tags"),
    )

    def __post_init__(self) -> None:
        check_options(self)
