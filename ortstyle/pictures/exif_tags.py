"""The tags of EXIF that are copied into a result, with the type and the values that they may have.

A tag that is not in this table is left out: those that describe the file, the sensor's grid or the
coding of the photograph would be wrong in a result, and private ones have a meaning that only their
maker knows.

References
----------
CIPA DC-008-2019, "Exchangeable image file format for digital still cameras: Exif Version 2.32",
sections 4.6.4 to 4.6.6.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SLONG, SRATIONAL = 1, 2, 3, 4, 5, 7, 9, 10
UTF8 = 129  # since Exif 3.0
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
SIZES |= {16: 8, 17: 8, 18: 8}  # of BigTIFF
"""Bytes of a value of each type."""

EXIF_POINTER, GPS_POINTER = 0x8769, 0x8825
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
ORIENTATION, YCBCR_POSITIONING, COPYRIGHT = 0x0112, 0x0213, 0x8298
EXIF_VERSION, COMPONENTS, FLASHPIX_VERSION = 0x9000, 0x9101, 0xA000
COLOR_SPACE, PIXEL_X_DIMENSION, PIXEL_Y_DIMENSION = 0xA001, 0xA002, 0xA003
MAKER_NOTE, USER_COMMENT = 0x927C, 0x9286
GAIN_CONTROL = 0xA407
GPS_VERSION, GPS_METHOD = 0x0000, 0x001B

Group = Literal["image", "exif", "gps"]


@dataclass(frozen=True)
class Tag:
    """A tag that is copied.

    Attributes
    ----------
    type
        The type of its values.
    count
        The number of its values; 0 for any.
    values
        The values that the standard knows, integers or text; empty for any.
    date
        Whether it is text of the form ``2024:12:31 23:59:59``.
    parts
        Whether it is text of several parts, each ended by a NUL.
    coded
        Whether it is text that begins with the code of its character set.
    personal
        Whether it tells a place, a path, a person other than the author, or one device; such tags
        are left out of minimal metadata.
    """

    type: int
    count: int = 0
    values: Collection[int | str] = ()
    date: bool = False
    parts: bool = False
    coded: bool = False
    personal: bool = False


_TEXT, _PRIVATE_TEXT = Tag(ASCII), Tag(ASCII, personal=True)
_DATE = Tag(ASCII, date=True)
_NUMBER, _WIDE_NUMBER = Tag(SHORT), Tag(LONG, 1)
_RATIO, _SIGNED_RATIO = Tag(RATIONAL, 1), Tag(SRATIONAL, 1)
_RATIO_OF_PLACE = Tag(RATIONAL, 1, personal=True)
_DATA = Tag(UNDEFINED)
_METHODS = ("GPS", "CELLID", "WLAN", "MANUAL")
_FLASH = {
    *(0x00, 0x01, 0x05, 0x07, 0x08, 0x09, 0x0D, 0x0F, 0x10, 0x14, 0x18, 0x19, 0x1D, 0x1F, 0x20),
    *(0x30, 0x41, 0x45, 0x47, 0x49, 0x4D, 0x4F, 0x50, 0x58, 0x59, 0x5D, 0x5F),
}


def _one_of(*values: int) -> Tag:
    return Tag(SHORT, 1, values)


def _letter(letters: str) -> Tag:
    """Return a tag of one letter, such as N for north, about the place."""
    return Tag(ASCII, 2, tuple(letters), personal=True)


IMAGE: dict[int, Tag] = {
    0x010D: _PRIVATE_TEXT,  # DocumentName
    0x010E: _TEXT,  # ImageDescription
    0x010F: _TEXT,  # Make
    0x0110: _TEXT,  # Model
    0x0131: _TEXT,  # Software
    0x0132: _DATE,  # DateTime
    0x013B: _TEXT,  # Artist
    0x013C: _PRIVATE_TEXT,  # HostComputer
    COPYRIGHT: Tag(ASCII, parts=True),  # of the photographer, and of the editor
    0x9C9B: Tag(BYTE),  # title, comment, author, keywords, subject of Windows' Explorer
    0x9C9C: Tag(BYTE, personal=True),
    0x9C9D: Tag(BYTE),
    0x9C9E: Tag(BYTE),
    0x9C9F: Tag(BYTE),
}
"""The tags of the first directory."""

WINDOWS = range(0x9C9B, 0x9CA0)
"""Tags of the first directory that Windows has added."""

EXIF: dict[int, Tag] = {
    0x829A: _RATIO,  # ExposureTime
    0x829D: _RATIO,  # FNumber
    0x8822: _one_of(*range(10)),  # ExposureProgram
    0x8824: _TEXT,  # SpectralSensitivity
    0x8827: _NUMBER,  # PhotographicSensitivity
    0x8828: _DATA,  # OECF
    0x8830: _one_of(*range(8)),  # SensitivityType
    **dict.fromkeys(range(0x8831, 0x8836), _WIDE_NUMBER),  # sensitivities
    0x9003: _DATE,  # DateTimeOriginal
    0x9004: _DATE,  # DateTimeDigitized
    **dict.fromkeys(range(0x9010, 0x9013), Tag(ASCII, 7)),  # offsets of the times, as +02:00
    0x9201: _SIGNED_RATIO,  # ShutterSpeedValue
    0x9202: _RATIO,  # ApertureValue
    0x9203: _SIGNED_RATIO,  # BrightnessValue
    0x9204: _SIGNED_RATIO,  # ExposureBiasValue
    0x9205: _RATIO,  # MaxApertureValue
    0x9206: _RATIO,  # SubjectDistance
    0x9207: _one_of(*range(7), 255),  # MeteringMode
    0x9208: _one_of(*range(5), *range(9, 25), 255),  # LightSource
    0x9209: Tag(SHORT, 1, _FLASH),
    0x920A: _RATIO,  # FocalLength
    MAKER_NOTE: Tag(UNDEFINED, personal=True),
    USER_COMMENT: Tag(UNDEFINED, coded=True, personal=True),
    **dict.fromkeys(range(0x9290, 0x9293), _TEXT),  # fractions of the seconds
    0x9400: _SIGNED_RATIO,  # Temperature
    0x9401: _RATIO,  # Humidity
    0x9402: _RATIO,  # Pressure
    0x9403: _SIGNED_RATIO,  # WaterDepth
    0x9404: _RATIO,  # Acceleration
    0x9405: _SIGNED_RATIO,  # CameraElevationAngle
    0xA20B: _RATIO,  # FlashEnergy
    0xA20C: _DATA,  # SpatialFrequencyResponse
    0xA215: _RATIO,  # ExposureIndex
    0xA217: _one_of(1, 2, 3, 4, 5, 7, 8),  # SensingMethod
    0xA300: Tag(UNDEFINED, 1, (1, 2, 3)),  # FileSource
    0xA301: Tag(UNDEFINED, 1, (1,)),  # SceneType
    0xA401: _one_of(0, 1, 2, 3, 4, 6, 7, 8),  # CustomRendered, from 2 on as telephones use it
    0xA402: _one_of(0, 1, 2),  # ExposureMode
    0xA403: _one_of(0, 1),  # WhiteBalance
    0xA404: _RATIO,  # DigitalZoomRatio
    0xA405: Tag(SHORT, 1),  # FocalLengthIn35mmFilm
    0xA406: _one_of(*range(5)),  # SceneCaptureType
    GAIN_CONTROL: _one_of(*range(5)),
    0xA408: _one_of(0, 1, 2),  # Contrast
    0xA409: _one_of(0, 1, 2),  # Saturation
    0xA40A: _one_of(0, 1, 2),  # Sharpness
    0xA40B: _DATA,  # DeviceSettingDescription
    0xA40C: _one_of(*range(4)),  # SubjectDistanceRange
    0xA420: Tag(ASCII, 33, personal=True),  # ImageUniqueID
    0xA430: _PRIVATE_TEXT,  # CameraOwnerName
    0xA431: _PRIVATE_TEXT,  # BodySerialNumber
    0xA432: Tag(RATIONAL, 4),  # LensSpecification
    0xA433: _TEXT,  # LensMake
    0xA434: _TEXT,  # LensModel
    0xA435: _PRIVATE_TEXT,  # LensSerialNumber
    0xA460: _one_of(*range(4)),  # CompositeImage
    0xA461: Tag(SHORT, 2),  # SourceImageNumberOfCompositeImage
    0xA462: _DATA,  # SourceExposureTimesOfCompositeImage
}
"""The tags of the directory for photographs."""

GPS: dict[int, Tag] = {
    GPS_VERSION: Tag(BYTE, 4, personal=True),
    0x01: _letter("NS"),  # GPSLatitudeRef
    0x02: Tag(RATIONAL, 3, personal=True),
    0x03: _letter("EW"),  # GPSLongitudeRef
    0x04: Tag(RATIONAL, 3, personal=True),
    0x05: Tag(BYTE, 1, (0, 1), personal=True),  # GPSAltitudeRef
    0x06: _RATIO_OF_PLACE,
    0x07: Tag(RATIONAL, 3, personal=True),  # GPSTimeStamp
    0x08: _PRIVATE_TEXT,  # GPSSatellites
    0x09: _letter("AV"),  # GPSStatus
    0x0A: _letter("23"),  # GPSMeasureMode
    0x0B: _RATIO_OF_PLACE,
    0x0C: _letter("KMN"),  # GPSSpeedRef
    0x0D: _RATIO_OF_PLACE,
    0x0E: _letter("MT"),  # GPSTrackRef
    0x0F: _RATIO_OF_PLACE,
    0x10: _letter("MT"),  # GPSImgDirectionRef
    0x11: _RATIO_OF_PLACE,
    0x12: _PRIVATE_TEXT,  # GPSMapDatum
    0x13: _letter("NS"),  # GPSDestLatitudeRef
    0x14: Tag(RATIONAL, 3, personal=True),
    0x15: _letter("EW"),  # GPSDestLongitudeRef
    0x16: Tag(RATIONAL, 3, personal=True),
    0x17: _letter("MT"),  # GPSDestBearingRef
    0x18: _RATIO_OF_PLACE,
    0x19: _letter("KMN"),  # GPSDestDistanceRef
    0x1A: _RATIO_OF_PLACE,
    GPS_METHOD: Tag(UNDEFINED, values=_METHODS, coded=True, personal=True),
    0x1C: Tag(UNDEFINED, coded=True, personal=True),  # GPSAreaInformation
    0x1D: Tag(ASCII, 11, personal=True),  # GPSDateStamp
    0x1E: Tag(SHORT, 1, (0, 1), personal=True),  # GPSDifferential
    0x1F: _RATIO_OF_PLACE,  # GPSHPositioningError
}
"""The tags of the directory about the place."""

TAGS: dict[Group, dict[int, Tag]] = {"image": IMAGE, "exif": EXIF, "gps": GPS}
"""The tags that are copied, by directory."""
