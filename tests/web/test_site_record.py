"""The version of a site: of all that is in it, and of nothing else."""

import json
from hashlib import sha256
from importlib.resources import files

import pytest

import ortstyle
from ortstyle.web import site_record
from ortstyle.web.site_record import UNWRITTEN, WORKER, assemble_site, describe_files

FILES = {"index.html": b"<h1>", WORKER: b"begin " + UNWRITTEN + b" end", "vgg19.gz": b"123"}
ABOUT = {"sizes": [128, 256]}


def test_every_file_is_listed_as_it_is_written():
    written, record = assemble_site(FILES, ABOUT)
    assert record["files"] == describe_files(written)
    assert record["files"]["vgg19.gz"] == {"bytes": 3, "sha256": sha256(b"123").hexdigest()}
    assert record["sizes"] == [128, 256]
    assert record["ortstyle"] == ortstyle.__version__
    assert json.loads(json.dumps(record)) == record


def test_the_worker_knows_its_version():
    written, record = assemble_site(FILES, ABOUT)
    assert written[WORKER] == b'begin const VERSION = "%s"; end' % record["version"].encode()
    assert written.keys() == FILES.keys()
    assert written["index.html"] == FILES["index.html"]


def test_the_worker_of_the_package_has_a_place_for_the_version():
    text = (files("ortstyle.web") / "page" / WORKER).read_bytes()
    assert text.count(UNWRITTEN) == 1


def test_the_same_content_has_the_same_version():
    backwards = dict(reversed(FILES.items()))
    assert assemble_site(FILES, ABOUT) == assemble_site(backwards, ABOUT)


@pytest.mark.parametrize(
    ("content", "about"),
    [
        (FILES | {"vgg19.gz": b"124"}, ABOUT),
        (FILES | {WORKER: FILES[WORKER] + b"\n"}, ABOUT),
        (FILES | {"more": b""}, ABOUT),
        (FILES, ABOUT | {"sizes": [128]}),
    ],
)
def test_other_content_has_another_version(content, about):
    assert assemble_site(content, about)[1]["version"] != assemble_site(FILES, ABOUT)[1]["version"]


def test_another_release_has_another_version(monkeypatch):
    before = assemble_site(FILES, ABOUT)[1]["version"]
    monkeypatch.setattr(site_record, "__version__", "9.9.9")
    assert assemble_site(FILES, ABOUT)[1]["version"] != before
