"""The files of a site as the engine reads them: whole and of the version that its list says."""

import base64
import gzip

import pytest
from page_engine import run_engine

from ortstyle.web.site_record import describe_files

pytestmark = pytest.mark.javascript
NEW, OLD = gzip.compress(b"new"), gzip.compress(b"older")
DAMAGED = NEW[:10] + bytes([NEW[10] ^ 0xFF]) + NEW[11:]
#: What the host answers by the mode of the browser's cache, and what is found.
CASES = {
    "as it is": ({"default": NEW}, {"text": "new", "asked": ["default"]}),
    "ungzipped by the browser": ({"default": b"new"}, {"text": "new", "asked": ["default"]}),
    "of a version before, kept by the browser": (
        {"default": OLD, "reload": NEW},
        {"text": "new", "asked": ["default", "reload"]},
    ),
    "of another version": ({"default": OLD, "reload": OLD}, {"kind": "site"}),
    "damaged": ({"default": DAMAGED, "reload": DAMAGED}, {"kind": "site"}),
    "cut off": ({"default": NEW[:-5], "reload": NEW[:-5]}, {"kind": "site"}),
    "missing": ({"default": None}, {"kind": "site"}),
    "without a connection": ({}, {"kind": "network"}),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    known = describe_files({"it.gz": NEW})["it.gz"]
    cases = [
        {"path": "it.gz", "known": known, "answers": {mode: text(of) for mode, of in given.items()}}
        for given, _ in CASES.values()
    ]
    answers = run_engine("site-data.mjs", cases, tmp_path_factory.mktemp("site"))
    return dict(zip(CASES, answers, strict=True))


def text(data):
    return None if data is None else base64.b64encode(data).decode()


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_whole_or_told_not_to_be(found, name):
    expected = CASES[name][1]
    assert expected.items() <= found[name].items()
    assert "text" in found[name] or found[name]["name"] == "SiteError"
