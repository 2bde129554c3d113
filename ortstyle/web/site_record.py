"""`site.json`: what a site is made of, and the version that all of it has."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ortstyle import __version__

WORKER = "sw.js"
#: What the service worker's own file has where the version is to be written.
UNWRITTEN = b'const VERSION = "unwritten";'
_VERSION_LENGTH = 16


def assemble_site(
    files: Mapping[str, bytes], described: Mapping[str, Any]
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the files of a site, with its version in the service worker, and its `site.json`.

    Parameters
    ----------
    files
        The files by their names in the site, without `site.json`.
    described
        What `site.json` says besides the files and the version.
    """
    about = {**described, "ortstyle": __version__}
    text = json.dumps([about, describe_files(files)], sort_keys=True, allow_nan=False)
    version = sha256(text.encode()).hexdigest()[:_VERSION_LENGTH]
    written = dict(sorted(files.items()))
    wanted = f'const VERSION = "{version}";'.encode()
    written[WORKER] = written[WORKER].replace(UNWRITTEN, wanted)
    return written, {**about, "version": version, "files": describe_files(written)}


def describe_files(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return bytes and SHA-256 of each file, as `site.json` holds them."""
    return {
        name: {"bytes": len(data), "sha256": sha256(data).hexdigest()}
        for name, data in files.items()
    }
