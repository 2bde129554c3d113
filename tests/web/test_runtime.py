"""ONNX Runtime for browsers, from a folder, an archive or npm, and only as it was published."""

import shutil
import tarfile
from pathlib import Path

import pytest
from chromium import SCRIPTS
from packages import content_of, expect_small_packages, write_archive, write_package

from ortstyle.errors import SiteError
from ortstyle.web import runtime
from ortstyle.web.runtime import FILES, PACKAGE, VERSION, read_runtime

CHANGED = "ort.wasm.min.mjs"


@pytest.fixture(autouse=True)
def small(request, monkeypatch):
    if "javascript" not in request.keywords:
        expect_small_packages(monkeypatch)


@pytest.fixture
def package(tmp_path):
    return write_package(tmp_path / PACKAGE)


def expected():
    return {name: content_of(name) for name in FILES}


def test_a_package_is_found_where_a_person_would_name_it(package, tmp_path):
    assert read_runtime(package) == expected()
    assert read_runtime(tmp_path) == expected()
    modules = tmp_path / "project" / "node_modules" / PACKAGE
    shutil.copytree(package, modules)
    for named in (modules, modules.parent, modules.parents[1]):
        assert read_runtime(named) == expected()
    shutil.copytree(package, tmp_path / "unpacked" / "package")
    assert read_runtime(tmp_path / "unpacked") == expected()


def test_an_archive_is_read(package, tmp_path):
    assert read_runtime(write_archive(tmp_path / "it.tgz", package)) == expected()


def test_without_a_source_npm_is_asked_for_the_version(package, tmp_path, monkeypatch):
    asked = []

    def download(name, folder):
        asked.append((name, folder))
        return write_archive(folder / "it.tgz", package)

    monkeypatch.setattr(runtime, "download_package", download)
    assert read_runtime() == expected()
    ((name, folder),) = asked
    assert name == f"{PACKAGE}@{VERSION}"
    assert not folder.exists()


def refusal(source):
    with pytest.raises(SiteError) as caught:
        read_runtime(source)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def test_what_is_no_package_is_refused(tmp_path):
    assert "is no folder" in refusal(tmp_path / "none")
    assert f"has no {PACKAGE}" in refusal(tmp_path)


@pytest.mark.parametrize("pack", [False, True])
def test_another_version_is_refused(tmp_path, pack):
    source = write_package(tmp_path / "it", version="1.29.0")
    source = write_archive(tmp_path / "it.tgz", source) if pack else source
    assert f"1.29.0; it must be {PACKAGE} {VERSION}" in refusal(source)


@pytest.mark.parametrize("pack", [False, True])
def test_another_package_is_refused(tmp_path, pack):
    source = write_package(tmp_path / "it", name="onnxruntime-node")
    source = write_archive(tmp_path / "it.tgz", source) if pack else source
    assert "onnxruntime-node" in refusal(source)


@pytest.mark.parametrize("pack", [False, True])
def test_a_file_that_was_changed_is_refused(tmp_path, pack):
    source = write_package(tmp_path / "it", **{CHANGED: b"alert(1)"})
    source = write_archive(tmp_path / "it.tgz", source) if pack else source
    assert f"{CHANGED} is not that of {PACKAGE} {VERSION}" in refusal(source)


def test_a_missing_file_is_told(package, tmp_path):
    (package / "dist" / CHANGED).unlink()
    assert CHANGED in refusal(package)
    assert f"lacks {CHANGED}" in refusal(write_archive(tmp_path / "it.tgz", package))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "' + PACKAGE, "[" * 100_000])
def test_a_damaged_description_is_told(package, text):
    (package / "package.json").write_text(text, "utf-8")
    assert "package.json is damaged" in refusal(package)


@pytest.mark.parametrize("keep", [0, 100])
def test_a_damaged_archive_is_told(package, tmp_path, keep):
    archive = write_archive(tmp_path / "it.tgz", package)
    archive.write_bytes(archive.read_bytes()[:keep] if keep else b"no archive")
    assert "can't be read as a .tgz" in refusal(archive)


def test_links_in_an_archive_are_not_followed(package, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(content_of(CHANGED))
    path = tmp_path / "it.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in FILES:
            if name != CHANGED:
                archive.add(package / "dist" / name, f"package/dist/{name}")
        link = tarfile.TarInfo(f"package/dist/{CHANGED}")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(link)
    assert f"lacks {CHANGED}" in refusal(path)


@pytest.mark.javascript
def test_the_package_that_is_published_is_the_one_that_is_expected():
    installed = Path(SCRIPTS, "node_modules", PACKAGE)
    if not installed.is_dir():
        pytest.skip("needs onnxruntime-web: npm install --ignore-scripts in tests/javascript")
    found = read_runtime(installed)
    assert found.keys() == FILES.keys()
    for name, data in found.items():
        if name.endswith(".min.mjs"):
            assert f"v{VERSION}".encode() in data[:200]
