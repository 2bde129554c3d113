"""The record of a film: what was asked, so that the same command goes on and no other does."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from ortstyle.errors import FilmError
from ortstyle.settings.conversion import shown
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.serialization import files_named_by, without_folders
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.identity import FileIdentity, identify

FORMAT, VERSION = "ortstyle film", 1
MOST_BYTES = 1 << 22  # of a record that is read
_MOST_PIXELS = 1 << 28  # of a frame
_MOST_TOLD, _LONGEST_TOLD = 100, 200  # texts about the device and versions; characters of each


@dataclass(frozen=True, kw_only=True)
class FilmRecord:
    """What was asked of a film, as JSON has it.

    Attributes
    ----------
    source
        The clip.
    size
        Width and height of the painted frames.
    begin, end
        Seconds of the clip between which it is painted; None for its own.
    inputs
        Every other file that the frames depend on, with its role: styles, masks, the model.
    settings, film
        `Settings.to_dict` with paths reduced to names, and `FilmSettings.to_dict`.
    others
        Whatever else the frames depend on, such as the times of styles.
    device, versions
        Where the film was begun, and versions by package: that they differ is told, not refused.
    """

    source: FileIdentity
    size: tuple[int, int]
    begin: Fraction | None = None
    end: Fraction | None = None
    inputs: tuple[FileIdentity, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    film: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    device: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        source: Path,
        inputs: Sequence[tuple[str, Path]],
        settings: Settings,
        film: FilmSettings,
        *,
        size: tuple[int, int],
        begin: Fraction | None = None,
        end: Fraction | None = None,
        others: Mapping[str, Any] | None = None,
        device: str = "",
        versions: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the record of a film; the files are read for what identifies them.

        Parameters
        ----------
        source, size, begin, end, device
            As in the attributes.
        inputs
            The role and path of each style and mask. Files that the settings name are added.
        settings, film
            The settings.
        others, versions
            As in the attributes; None for nothing.

        Raises
        ------
        FilmError
            A file can't be read.
        """
        files = [*inputs, *files_named_by(settings)]
        return cls(
            source=identify("source", source),
            size=size,
            begin=begin,
            end=end,
            inputs=tuple(identify(role, path) for role, path in files),
            settings=without_folders(settings.to_dict()),
            film=film.to_dict(),
            others=others or {},
            device=device,
            versions=versions or {},
        )

    def to_json(self) -> str:
        """Return the record as JSON, in ASCII."""
        found = {
            "format": FORMAT,
            "version": VERSION,
            "source": self.source.to_list(),
            "size": list(self.size),
            "begin": None if self.begin is None else str(self.begin),
            "end": None if self.end is None else str(self.end),
            "inputs": [each.to_list() for each in self.inputs],
            "settings": dict(self.settings),
            "film": dict(self.film),
            "others": dict(self.others),
            "device": self.device,
            "versions": dict(self.versions),
        }
        return json.dumps(found, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes, path: Path) -> Self:
        """Read a record, which may come from a stranger.

        Raises
        ------
        FilmError
            It is no record, is damaged, or of another version; the message names ``path``.
        """
        try:
            found = json.loads(text)
            version = found["version"] if found["format"] == FORMAT else None
            if version == VERSION:
                return cls._of_json(found)
        except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
            raise FilmError(f"{path} is damaged; remove its folder and start again") from error
        if version is None:
            raise FilmError(f"{path} is no record of a film; choose another folder")
        raise FilmError(
            f"{path} has format {shown(version)}, and this ortstyle knows {VERSION}; remove the "
            "folder, or install the version that wrote it"
        )

    @classmethod
    def _of_json(cls, found: Mapping[str, Any]) -> Self:
        width, height = found["size"]
        if not all(type(side) is int and side > 0 for side in (width, height)):
            raise ValueError("a side is no number of pixels")
        if width * height > _MOST_PIXELS:
            raise ValueError("the size is out of range")
        versions = _dictionary(found["versions"])
        if not all(isinstance(value, str) for value in (found["device"], *versions.values())):
            raise TypeError("the device or a version is no text")
        told = (found["device"], *versions, *versions.values())
        if len(told) > _MOST_TOLD or max(map(len, told)) > _LONGEST_TOLD:
            raise ValueError("the device or versions are too long to be told")
        return cls(
            source=FileIdentity.from_list(found["source"]),
            size=(width, height),
            begin=_seconds(found["begin"]),
            end=_seconds(found["end"]),
            inputs=tuple(FileIdentity.from_list(each) for each in found["inputs"]),
            settings=_dictionary(found["settings"]),
            film=_dictionary(found["film"]),
            others=_dictionary(found["others"]),
            device=found["device"],
            versions=versions,
        )

    def differences(self, asked: Self) -> list[str]:
        """Say what another record asks for differently; empty if the film can go on."""
        return list(_differences(self, asked))

    def changes(self, now: Self) -> tuple[str, ...]:
        """Return notices of a device or versions that are not those the film was begun with."""
        found = []
        if self.device != now.device:
            found.append(f"the film was begun on {self.device} and goes on with {now.device}")
        names = sorted(self.versions.keys() | now.versions.keys())
        changed = [
            f"{name} {self.versions.get(name, 'missing')}, now {now.versions.get(name, 'missing')}"
            for name in names
            if self.versions.get(name) != now.versions.get(name)
        ]
        if changed:
            found.append(f"the film was begun with other versions: {'; '.join(changed)}")
        return tuple(
            f"{change}; new frames may differ a little from those before" for change in found
        )


def _differences(begun: FilmRecord, asked: FilmRecord) -> Iterator[str]:
    """Yield what differs, the most telling first."""
    yield from _changed_file(begun.source, asked.source)
    if begun.size != asked.size:
        before, now = ("x".join(map(str, each.size)) for each in (begun, asked))
        yield f"size {before}, not {now}"
    for name in ("begin", "end"):
        before, now = (getattr(each, name) for each in (begun, asked))
        if before != now:
            yield f"{name} {_shown_seconds(before)}, not {_shown_seconds(now)}"
    if len(begun.inputs) != len(asked.inputs):
        yield f"{len(begun.inputs)} styles and masks, not {len(asked.inputs)}"
    for one, other in zip(begun.inputs, asked.inputs, strict=False):
        yield from _changed_file(one, other)
    for values, others in zip(_values(begun), _values(asked), strict=True):
        for name in sorted(values.keys() | others.keys()):
            if values.get(name) != others.get(name):
                shown_values = f"{shown(values.get(name))}, not {shown(others.get(name))}"
                yield f"{name.replace('_', ' ')} {shown_values}"


def _values(record: FilmRecord) -> list[dict[str, Any]]:
    """Return values as JSON has them, with the defaults of settings that an older version lacks."""
    defaults = (without_folders(Settings().to_dict()), FilmSettings().to_dict(), dict[str, Any]())
    given = record.settings, record.film, record.others
    both = [standard | dict(own) for standard, own in zip(defaults, given, strict=True)]
    found: list[dict[str, Any]] = json.loads(json.dumps(both))
    return found


def _changed_file(before: FileIdentity, now: FileIdentity) -> Iterator[str]:
    if before.name != now.name and not before.is_same(now):
        yield f"{before.role} {before.name}, not {now.name}"
    elif not before.is_same(now):
        yield f"{before.role} {before.name} with other content"


def _shown_seconds(seconds: Fraction | None) -> str:
    return "that of the clip" if seconds is None else f"{float(seconds):g} s"


def _dictionary(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no object of JSON")
    return value


def _seconds(value: object) -> Fraction | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 50 or "e" in value.lower():
        raise ValueError("no seconds")
    return Fraction(value)
