"""What to type to install ONNX Runtime in one of its flavours.

The flavours are packages that share the module name `onnxruntime` and overwrite each other's files.
Which packages an extra stands for is declared in pyproject.toml alone, and read here from the
metadata of the installed package. The commands name these packages, because ortstyle itself is in
no package index.
"""

import re
import tomllib
from functools import cache
from importlib.metadata import (
    Distribution,
    PackageNotFoundError,
    distributions,
    requires,
    version,
)
from pathlib import Path

_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_MODULE = re.compile(r"^(\.\./)*onnxruntime/__init__\.py\b", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def install_commands(extra: str) -> list[str]:
    """Return the commands that install what an extra stands for, to be typed one after another.

    The first removes the flavours of ONNX Runtime that are installed, if the extra needs another
    one or if several have overwritten each other.
    """
    needed = requirements().get(extra, [])
    if not needed:  # neither installed nor in a checkout, so nothing is known of its extras
        return [f"install the packages of ortstyle's extra {extra}"]
    wanted = {_name(requirement) for requirement in needed}
    installed = onnxruntime_packages()
    commands = []
    if len(installed) > 1 or not wanted.issuperset(installed):
        commands.append(f"pip uninstall -y {' '.join(installed)}")
    return [*commands, " ".join(["pip install", *map(_quoted, needed)])]


def reinstall_commands(extra: str) -> list[str]:
    """Return the commands that replace an installation that is broken."""
    installed = onnxruntime_packages()
    removal = [f"pip uninstall -y {' '.join(installed)}"] if installed else []
    return [*removal, install_commands(extra)[-1]]


def clash_notice() -> str:
    """Return a notice if several flavours of ONNX Runtime are installed; usually empty.

    Only the flavours that extras name are looked for, which takes no time.
    """
    names = {_name(needed) for extra in requirements().values() for needed in extra}
    found = sorted(filter(_is_flavour, names))
    if len(found) < 2:
        return ""
    return (
        f"{' and '.join(found)} overwrite each other's files; uninstall them, then install the one "
        'for your device, which "ortstyle devices" names'
    )


def onnxruntime_packages() -> list[str]:
    """List the installed packages that bring a module `onnxruntime`.

    More than one is a broken installation: they overwrite each other's files.
    """
    return sorted({found.name for found in distributions() if _brings_onnxruntime(found)})


@cache
def requirements() -> dict[str, list[str]]:
    """Return the packages that each extra of ortstyle stands for, without environment markers."""
    try:
        declared = requires("ortstyle") or []
    except PackageNotFoundError:
        return _requirements_of_checkout()
    found: dict[str, list[str]] = {}
    for requirement in declared:
        package, _, marker = requirement.partition(";")
        for extra in _EXTRA.findall(marker):
            found.setdefault(extra, []).append(package.strip())
    return found


def _requirements_of_checkout() -> dict[str, list[str]]:
    """Return the same for a package that runs from the folder of its repository."""
    try:
        text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
        extras = tomllib.loads(text)["project"]["optional-dependencies"]
    except (OSError, ValueError, KeyError):
        return {}
    return {
        extra: [needed.partition(";")[0].strip() for needed in packages]
        for extra, packages in extras.items()
    }


def _brings_onnxruntime(found: Distribution) -> bool:
    """Tell whether a package declares the module, or has it in its list of files.

    `importlib.metadata.packages_distributions` reads the same, but makes a path of each file, which
    takes long where much is installed.
    """
    if declared := (found.read_text("top_level.txt") or "").split():
        return "onnxruntime" in declared
    files = found.read_text("RECORD") or found.read_text("installed-files.txt") or ""
    return "onnxruntime/__init__.py" in files and _MODULE.search(files) is not None


def _is_flavour(name: str) -> bool:
    if not name.startswith("onnxruntime") or "-ep-" in name:
        return False
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _name(requirement: str) -> str:
    found = _NAME.match(requirement)
    return found[0].lower() if found else requirement


def _quoted(requirement: str) -> str:
    """Quote what shells would read as a pattern or a redirection; cmd.exe takes only ``"``."""
    return requirement if _NAME.fullmatch(requirement) else f'"{requirement}"'
