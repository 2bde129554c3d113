"""A site as a whole: what is in it, what its list says, and that it is the same each time."""

import gzip
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from chromium import SCRIPTS
from packages import content_of, expect_small_packages, write_package

from ortstyle.errors import DeviceError, SettingsError, SiteError
from ortstyle.graph.network import Network
from ortstyle.runtime import availability
from ortstyle.settings.settings import Settings
from ortstyle.web import site as module
from ortstyle.web.canvases import SIZES
from ortstyle.web.graphs import Pack
from ortstyle.web.page_files import page_files
from ortstyle.web.runtime import FILES, VERSION
from ortstyle.web.site import write_site
from ortstyle.web.site_folder import RECORD
from ortstyle.web.weights import SharedWeights

WIRE_BYTES = 25_000_000


@pytest.fixture
def settings(tiny):
    layers = {"content_layers": (("relu3", 1.0),), "style_layers": (("relu1", 1.0),)}
    return replace(Settings(), model=str(tiny), **layers)


def few_packs(sizes, *, settings, network):
    """Return packs of the form of the real ones, without graphs."""
    for side in sizes:
        for kind in ("loss", "norms"):
            yield Pack(
                kind=kind,
                side=side,
                path=f"graphs/{kind}-{side}.json.gz",
                data=gzip.compress(kind.encode(), mtime=0),
                canvases=((side, side), (side, 16)),
                evaluation_bytes={(side, side): 7, (side, 16): 5} if kind == "loss" else {},
            )


@pytest.fixture
def package(tmp_path, monkeypatch):
    expect_small_packages(monkeypatch)
    return write_package(tmp_path / "package")


@pytest.fixture
def write(tmp_path, package, settings, monkeypatch):
    """Return a function that writes a site of few graphs to a folder and returns what was told."""
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(module, "packs", few_packs)

    def run(folder="site", **options):
        options = {"sizes": (128,), "runtime": package, "settings": settings} | options
        return write_site(tmp_path / folder, **options)

    return run


def content(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def record(folder):
    return json.loads((folder / RECORD).read_text("utf-8"))


def test_every_file_is_there_and_as_the_list_says(write):
    site = write()
    found = content(site.folder)
    listed = record(site.folder)["files"]
    assert found.keys() - {RECORD} == listed.keys() == site.files.keys()
    for name, entry in listed.items():
        data = found[name]
        assert entry == {"bytes": len(data), "sha256": sha256(data).hexdigest()}, name
    assert site.bytes == sum(map(len, found.values())) - len(found[RECORD])
    assert set(page_files()) < set(found)


def test_the_list_says_what_the_engine_needs(write, settings):
    site = write(sizes=(256, 128, 128))
    found = record(site.folder)
    assert found["version"] == site.version
    assert found["sizes"] == [128, 256]
    without_path = replace(settings, model=None).to_dict()
    assert found["settings"] == json.loads(json.dumps(without_path))
    assert found["runtime"]["version"] == VERSION
    assert found["kinds"]["loss"]["sides"]["256"] == {
        "file": "graphs/loss-256.json.gz",
        "canvases": [[256, 256], [256, 16]],
        "bytes": {"256x256": 7, "256x16": 5},
    }
    assert found["kinds"]["norms"]["sides"].keys() == {"128", "256"}
    assert "bytes" not in found["kinds"]["norms"]["sides"]["128"]


def test_the_network_and_the_numbers_are_there(write, settings):
    site = write()
    found, network = content(site.folder), record(site.folder)["network"]
    weights = SharedWeights.of(Network.open(settings.model), settings)
    assert gzip.decompress(found[network["file"]]) == weights.file
    assert len(network["tensors"]) == len(weights.tensors)
    assert network["external_bytes"] == weights.external_bytes
    assert len(json.loads(gzip.decompress(found["recorded.json.gz"]))["losses"]) == 4


def test_the_runtime_is_there_with_its_licence(write):
    found = content(write().folder)
    for name in FILES:
        data = content_of(name)
        if name.endswith(".wasm"):
            assert gzip.decompress(found[f"runtime/{name}.gz"]) == data
        else:  # hosts that do not know ".mjs" would send it as no module
            assert found[f"runtime/{name.replace('.mjs', '.js')}"] == data
    assert b"MIT License" in found["runtime/LICENSE"]
    assert b"Simonyan" in found["LICENSES.txt"]


def test_the_same_is_written_each_time(write):
    one, other = write("one"), write("other")
    assert content(one.folder) == content(other.folder)
    assert one.version == other.version
    assert write("more", sizes=(128, 256)).version != one.version


def test_an_earlier_site_is_replaced(write):
    assert "graphs/loss-256.json.gz" in write(sizes=(128, 256)).files
    site = write(sizes=(128,))
    assert content(site.folder).keys() == site.files.keys() | {RECORD}


def test_steps_are_told_as_they_begin(write):
    told = []
    write(tell=told.append)
    assert told == ["graphs", "files"]


@pytest.mark.parametrize(("sizes", "words"), [((), "name one"), ((128, 200), "can't offer 200")])
def test_sizes_that_the_page_can_not_offer_are_refused(write, tmp_path, sizes, words):
    with pytest.raises(SettingsError, match=words):
        write(sizes=sizes)
    assert not (tmp_path / "site").exists()


def test_a_folder_of_others_is_refused_before_anything_is_read(write, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "read_runtime", lambda _: pytest.fail("it was read"))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "letter.txt").write_bytes(b"mine")
    with pytest.raises(SiteError, match=r"letter\.txt"):
        write()


def test_without_onnx_runtime_it_is_told_before_anything_is_read(write, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "read_runtime", lambda _: pytest.fail("it was read"))
    monkeypatch.setattr(availability, "why_unavailable", lambda _: "it is not installed")
    with pytest.raises(DeviceError, match="it is not installed"):
        write()


@pytest.mark.javascript
@pytest.mark.slow
def test_all_of_it_is_small_enough_for_the_wire(tmp_path):
    installed = Path(SCRIPTS, "node_modules", "onnxruntime-web")
    if not installed.is_dir():
        pytest.skip("needs onnxruntime-web: npm install --ignore-scripts in tests/javascript")
    site = write_site(tmp_path / "site", runtime=installed)
    assert record(site.folder)["sizes"] == list(SIZES)
    assert site.bytes + (site.folder / RECORD).stat().st_size < WIRE_BYTES
