"""Presets: settings by name, from the package or from a file of the user's own."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

from ortstyle.errors import SettingsError
from ortstyle.settings.record import (
    Iterations,
    Settings,
    StyleScale,
    check_choice,
    parse_blend,
    parse_iterations,
    parse_layers,
    parse_masks,
    parse_scales,
)

#: Values by setting, and where they come from.
Origin = tuple[str, Mapping[str, Any]]

#: How a setting that is no plain value is read from text, in a preset and on the command line.
PARSERS: dict[str, Callable[..., Any]] = {
    "iterations": parse_iterations,
    "style_blend": parse_blend,
    "style_scale": parse_scales,
    "content_mask": parse_masks,
    "style_mask": parse_masks,
    "content_layers": parse_layers,
    "style_layers": parse_layers,
}
_KINDS: dict[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    Iterations: ((int, str), "a whole number, or several in quotes"),
    StyleScale: ((int, float, str), "a number, or several in quotes"),
}
_TEXT = (str,), "text in quotes"
_EXAMPLES: dict[str, Any] = {
    "iterations": (200, 100, 50),
    "style_blend": (3.0, 7.0),
    "style_scale": (1.0, (0.5, 2.0)),
    "content_mask": ("sky.png", ""),
    "style_mask": ("brush.png", ""),
    "content_layers": (("relu4_2", 1.0),),
    "style_layers": (("relu1_1", 1.0), ("relu2_1", 0.5)),
}


def preset_names() -> list[str]:
    """List the presets in the package, the default first."""
    names = [
        Path(f.name).stem
        for f in (files("ortstyle.settings") / "presets").iterdir()
        if ".toml" in f.name
    ]
    return sorted(names, key=lambda name: (name != "default", name))


def preset_file(name: str) -> Path | None:
    """Give the path that `name` is; None where it is no path but the name of a preset."""
    path = Path(name)
    looks = path.suffix == ".toml" or path.name != name
    with suppress(OSError):  # a name that the file system refuses
        looks = looks or path.is_file()
    return path if looks and name not in preset_names() else None


def from_preset(name: str = "default", overrides: Mapping[str, Any] | None = None) -> Settings:
    """Give the settings of a preset, with some of them replaced.

    Parameters
    ----------
    name
        A preset's in the package, or the path of a TOML file.
    overrides
        Values by setting.

    Raises
    ------
    SettingsError
        No such preset, it can't be read, or a value is out of range.
    """
    return resolve([*read_preset(name), ("option", overrides or {})])


def resolve(origins: Sequence[Origin]) -> Settings:
    """Give the settings that values from several places make; the later go before the earlier.

    Raises
    ------
    SettingsError
        A value is out of range.
    """
    return Settings(**{key: value for _, values in origins for key, value in values.items()})


def read_preset(name: str) -> list[Origin]:
    """Read a preset: its values, after those of the preset that it builds on.

    A file of the user's own builds on the preset that its key `base` names, or on the default one.
    Its `init` and `model` are found from its folder.

    Raises
    ------
    SettingsError
        No such preset, or the file can't be read, or holds what is no setting.
    """
    path = preset_file(name)
    if path is None:
        check_choice("--preset", name, preset_names())
        return [(f"preset {name}", _values(tomllib.loads(preset_text(name))))]
    text = preset_text(name)
    try:
        data = tomllib.loads(text)
        base = data.pop("base", "default")
        if not isinstance(base, str):
            raise SettingsError(f"base must be {_TEXT[1]}, not {base!r}")
        check_choice("base", base, preset_names())
        origins = [*read_preset(base), (f"preset {path}", _beside(path.parent, _values(data)))]
        resolve(origins)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"preset {path} is no TOML: {error}") from error
    except (ValueError, OverflowError) as error:  # a SettingsError is a ValueError
        raise SettingsError(f"preset {path}: {error}") from error
    return origins


def preset_text(name: str) -> str:
    """Give a preset as it is written.

    Raises
    ------
    SettingsError
        The file can't be read.
    """
    path = preset_file(name)
    try:
        source = path or files("ortstyle.settings") / "presets" / f"{name}.toml"
        return source.read_text("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"preset {path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"preset {path} is no text in UTF-8; save it as such") from error


def purpose(name: str) -> str:
    """Give what a preset is for: the comment that it begins with."""
    lines = []
    for line in preset_text(name).splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)


def as_toml(settings: Settings, *, without: Settings | None = None) -> list[str]:
    """Write settings as the lines of a preset, those that `without` has too left out.

    What is None is left out, as TOML has no word for it.
    """
    return [
        f"{field.name} = {_toml(value)}"
        for field in fields(Settings)
        if (value := getattr(settings, field.name)) is not None
        and (without is None or value != getattr(without, field.name))
    ]


def as_text(value: Any) -> str:
    """Write a setting's value as its option takes it."""
    if isinstance(value, tuple):
        return ",".join(
            (":" if isinstance(v[0], str) else "+").join(map(as_text, v))
            if isinstance(v, tuple)
            else as_text(v) or "-"
            for v in value
        )
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def check_keys(data: Mapping[str, Any]) -> None:
    """Raise a `SettingsError` for a key that is no setting."""
    for key in data:
        check_choice("setting", key, [f.name for f in fields(Settings)])


def _values(data: Mapping[str, Any]) -> dict[str, Any]:
    check_keys(data)
    return {name: _value(name, value) for name, value in data.items()}


def _value(name: str, value: Any) -> Any:
    hint = get_type_hints(Settings)[name]
    kinds, words = _KINDS.get(hint, _TEXT)
    if not (isinstance(value, kinds) and isinstance(value, bool) == (hint is bool)):
        example = f", such as {_toml(_EXAMPLES[name])}" if name in _EXAMPLES else ""
        raise SettingsError(f"{name} must be {words}{example}, not {value!r}")
    if name in PARSERS and isinstance(value, str):
        return PARSERS[name](value, option=name)
    return float(value) if isinstance(value, int) and hint in (float, StyleScale) else value


def _beside(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Find the files that values name from `folder`."""
    for name in ("init", "model"):
        if values.get(name, "noise") not in {"content", "noise", "style"}:
            values[name] = str(folder / values[name])
    for name in ("content_mask", "style_mask"):
        if name in values:
            values[name] = tuple(path and str(folder / path) for path in values[name])
    return values


def _toml(value: Any) -> str:
    if isinstance(value, str | tuple):
        return json.dumps(as_text(value), ensure_ascii=False)
    return str(value).lower()
