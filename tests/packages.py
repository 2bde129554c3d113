"""Packages in the place of onnxruntime-web: of its form, with files of a few bytes."""

import json
import tarfile
from hashlib import sha256
from types import MappingProxyType

from ortstyle.web import runtime


def write_package(folder, *, version=runtime.VERSION, name=runtime.PACKAGE, **files):
    """Write a package to a folder, and return the folder; `files` are bytes by name."""
    (folder / "dist").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": name, "version": version}), "utf-8")
    for each in runtime.FILES:
        (folder / "dist" / each).write_bytes(files.get(each, content_of(each)))
    return folder


def write_archive(path, package):
    """Write the archive of a package's folder as npm packs it, and return its path."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(package, "package")
    return path


def content_of(name):
    """Return the bytes of a file of such a package."""
    return f"{name}\n".encode() * 20


def expect_small_packages(monkeypatch):
    """Have the files of such packages be those that are expected."""
    hashes = {name: sha256(content_of(name)).hexdigest() for name in runtime.FILES}
    monkeypatch.setattr(runtime, "FILES", MappingProxyType(hashes))
