"""Presets: named settings, from the package or from a TOML file of the user's own."""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.settings.checks import check_choice
from ortstyle.settings.conversion import shown
from ortstyle.settings.declaration import options_of
from ortstyle.settings.foreign_paths import check_host
from ortstyle.settings.serialization import check_keys, values_from_toml
from ortstyle.settings.settings import Settings
from ortstyle.special_files import special_kind

_MAX_BYTES = 1_000_000  # of a preset's file, which has some hundred

#: Where values come from, such as "preset default", and the values by the name of the setting.
Origin = tuple[str, Mapping[str, Any]]


def preset_names() -> list[str]:
    """List the presets in the package, the default first."""
    folder = files("ortstyle.settings") / "presets"
    names = [Path(f.name).stem for f in folder.iterdir() if f.name.endswith(".toml")]
    return sorted(names, key=lambda name: (name != "default", name))


def preset_file(name: str) -> Path | None:
    """Return `name` as a path; None if it is the name of a preset, not a path."""
    path = Path(name)
    looks_like_path = path.suffix == ".toml" or path.name != name
    with suppress(OSError, ValueError):  # the file system refuses some names
        looks_like_path = looks_like_path or path.is_file()
    return path if looks_like_path and name not in preset_names() else None


def from_preset(name: str = "default", overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of a preset, with some values overridden.

    Parameters
    ----------
    name
        The name of a preset in the package, or the path of a TOML file.
    overrides
        Values by the name of the setting.

    Raises
    ------
    SettingsError
        There is no such preset, it can't be read, or a value is out of range.
    """
    check_keys(overrides or {})
    return resolve([*read_preset(name), ("option", overrides or {})])


def resolve(origins: Sequence[Origin]) -> Settings:
    """Merge the values of several origins into settings; later origins override earlier ones.

    Raises
    ------
    SettingsError
        A value is out of range.
    """
    return Settings(**{key: value for _, values in origins for key, value in values.items()})


def read_preset(name: str) -> list[Origin]:
    """Return the values of a preset, preceded by those of the preset that it is based on.

    A user's file is based on the preset of the package that its key `base` names, by default the
    preset "default". Paths in the file are relative to its folder.

    Raises
    ------
    SettingsError
        There is no such preset, the file can't be read, or it holds a key that is not a setting.
    """
    path = preset_file(name)
    if path is None:
        check_choice("--preset", name, preset_names())
        return [(f"preset {name}", values_from_toml(tomllib.loads(preset_text(name))))]
    text = preset_text(name)
    try:
        data = tomllib.loads(text)
        base = data.pop("base", "default")
        if not isinstance(base, str):
            raise SettingsError(f"base must be text in quotes, not {shown(base)}")
        check_choice("base", base, preset_names())
        values = joined_to(path.parent, values_from_toml(data))
        origins = [*read_preset(base), (f"preset {path}", values)]
        resolve(origins)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"preset {path} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise SettingsError(f"preset {path} holds values within too many others") from error
    except (ValueError, OverflowError) as error:  # a SettingsError is a ValueError
        raise SettingsError(f"preset {path}: {error}") from error
    return origins


def preset_text(name: str) -> str:
    """Return the text of a preset's file.

    Raises
    ------
    SettingsError
        The file can't be read.
    """
    path = preset_file(name)
    try:
        if path:
            return _read_limited(path)
        source = files("ortstyle.settings") / "presets" / f"{name}.toml"
        return source.read_text("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"preset {path} can't be read: {error.strerror}") from error
    except SettingsError:
        raise
    except UnicodeDecodeError as error:
        raise SettingsError(f"preset {path} is not UTF-8 text; save it as UTF-8") from error
    except ValueError as error:  # a name that no file can have
        raise SettingsError(f"preset {shown(name)} can't be read: {error}") from error


def _read_limited(path: Path) -> str:
    """Return the text of a file that may be anything, even without an end."""
    if kind := special_kind(path):
        raise SettingsError(f"preset {path} is {kind}; save it as a file first")
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise SettingsError(f"preset {path} has more than 1 MB; give a TOML file of settings")
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def preset_purpose(name: str) -> str:
    """Return what a preset is for: the comment at the beginning of its file."""
    lines = []
    for line in preset_text(name).splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)


def joined_to(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Join the paths among the values of settings, which are relative to a folder, to that folder.

    Raises
    ------
    SettingsError
        A path is on another machine; see `foreign_paths`.
    """

    def path(text: str, words: Sequence[str]) -> str:
        if not text or text in words:
            return text
        check_host("the file", text, known=[folder, Path.cwd()])
        return str(folder / text)

    for option in options_of(Settings):
        value, words = values.get(option.name), option.declared.words
        if option.declared.names_files and value is not None:
            several = isinstance(value, tuple)
            values[option.name] = (
                tuple(path(text, words) for text in value) if several else path(value, words)
            )
    return values
