"""ONNX Runtime for browsers: the files of the npm package `onnxruntime-web` that a site takes.

They come from a folder or an archive that the user names, or from npm. Each must have the SHA-256
that is written here; nothing of the package is run.
"""

import json
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from ortstyle.errors import SiteError
from ortstyle.files import reason_of
from ortstyle.web.npm import download_package

PACKAGE = "onnxruntime-web"
VERSION = "1.30.0"
#: SHA-256 of the files of the package's folder `dist` that the page loads: for WebGPU `webgpu` and
#: `asyncify`, else `wasm` and the one without a further name.
FILES: Mapping[str, str] = MappingProxyType(
    {
        "ort.webgpu.min.mjs": "3dffff71811bc13a3a3d9591c57ca5ee5735b8f5f3eaf789510b02bb040ae3a0",
        "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
        "ort-wasm-simd-threaded.asyncify.mjs": (
            "3d1c85995364bb643302fc6fd877a0c3ba5ae72401815e0f24828a53d9191e28"
        ),
        "ort-wasm-simd-threaded.asyncify.wasm": (
            "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da"
        ),
        "ort-wasm-simd-threaded.mjs": (
            "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b"
        ),
        "ort-wasm-simd-threaded.wasm": (
            "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
        ),
    }
)
_MOST_BYTES = 1 << 26  # of a file; the largest has 27 MB
_MOST_DESCRIPTION_BYTES = 1 << 20


def site_path(name: str) -> str:
    """Return where a site has a file of the package: modules as they are, all else gzipped.

    Modules end in ".js" there, which every host sends as JavaScript; some do not know ".mjs".
    """
    if name.endswith(".mjs"):
        return f"runtime/{name.removesuffix('.mjs')}.js"
    return f"runtime/{name}.gz"


def read_runtime(source: Path | None = None) -> dict[str, bytes]:
    """Return the files of ONNX Runtime for browsers by their names, such as `ort.wasm.min.mjs`.

    Parameters
    ----------
    source
        The folder of the package, as in `node_modules` or as unpacked from its archive; a folder
        that has this one in it; or the archive, a .tgz. None for npm, which downloads it to a
        temporary folder.

    Raises
    ------
    SiteError
        The package is missing, of another version or changed, or npm is missing or fails.
    """
    if source is None:
        with TemporaryDirectory(prefix="ortstyle-", ignore_cleanup_errors=True) as folder:
            return _read_archive(download_package(f"{PACKAGE}@{VERSION}", Path(folder)))
    return _read_archive(source) if source.is_file() else _read_folder(source)


def _read_folder(source: Path) -> dict[str, bytes]:
    inside = ("", "package", PACKAGE, f"node_modules/{PACKAGE}")
    folder = next((source / each for each in inside if _is_package(source / each)), None)
    if folder is None:
        what = "is no folder" if not source.is_dir() else f"has no {PACKAGE}"
        raise SiteError(f"--runtime {source} {what}; name the folder of {PACKAGE} {VERSION}")
    _check_version(source, _read_file(folder / "package.json", _MOST_DESCRIPTION_BYTES))
    return {name: _checked(source, name, _read_file(folder / "dist" / name)) for name in FILES}


def _is_package(folder: Path) -> bool:
    return (folder / "package.json").is_file() and (folder / "dist").is_dir()


def _read_file(path: Path, most: int = _MOST_BYTES) -> bytes:
    if not path.is_file():
        raise SiteError(f"--runtime: {path} is missing; take the whole of {PACKAGE} {VERSION}")
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise SiteError(f"--runtime: {path} can't be read ({reason_of(error)})") from error


def _read_archive(source: Path) -> dict[str, bytes]:
    """Read the files out of an archive as npm makes them; nothing is unpacked to the disk."""
    wanted = {f"package/dist/{name}": name for name in FILES}
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                if not member.isreg():
                    continue
                if member.name == "package/package.json":
                    _check_version(source, _read_member(archive, member, _MOST_DESCRIPTION_BYTES))
                elif member.name in wanted:
                    name = wanted[member.name]
                    found[name] = _checked(source, name, _read_member(archive, member))
    except (OSError, EOFError, tarfile.TarError) as error:
        raise SiteError(f"{source} can't be read as a .tgz ({reason_of(error)})") from error
    if missing := FILES.keys() - found.keys():
        raise SiteError(f"{source} lacks {min(missing)}; take that of {PACKAGE} {VERSION}")
    return found


def _read_member(
    archive: tarfile.TarFile, member: tarfile.TarInfo, most: int = _MOST_BYTES
) -> bytes:
    file = archive.extractfile(member)
    return file.read(most) if file else b""


def _check_version(source: Path, description: bytes) -> None:
    try:
        found = json.loads(description)
        name, version = str(found["name"]), str(found["version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SiteError(f"{source}: its package.json is damaged") from error
    if (name, version) != (PACKAGE, VERSION):
        raise SiteError(f"{source} is {name[:50]} {version[:20]}; it must be {PACKAGE} {VERSION}")


def _checked(source: Path, name: str, data: bytes) -> bytes:
    if sha256(data).hexdigest() != FILES[name]:
        raise SiteError(
            f"{source}: {name} is not that of {PACKAGE} {VERSION}, its SHA-256 differs; take the "
            "package anew"
        )
    return data
