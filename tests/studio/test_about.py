"""What a page learns about the studio."""

import json
from pathlib import Path

import pytest

import ortstyle
from ortstyle.studio.about import LANGUAGES, describe_studio, label_of
from ortstyle.studio.folder import StudioFolder


def test_the_studio_says_what_it_is(tmp_path):
    with StudioFolder(tmp_path / "studio") as folder:
        found = describe_studio(folder, ["auto", "cpu"], is_remote=True)
    assert json.loads(json.dumps(found)) == found
    assert found["version"] == ortstyle.__version__
    assert [each["name"] for each in found["devices"]] == ["auto", "cpu"]
    assert found["folder_free_bytes"] > 0
    assert found["remote"] is True


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_words_in_each_language(language):
    page = Path(ortstyle.__file__).with_name("studio") / "page" / "text"
    assert json.loads((page / f"{language}.json").read_text("utf-8"))


def test_devices_are_called_by_their_hardware():
    assert label_of("cuda:1") == label_of("cuda") == "NVIDIA GPU"
    assert label_of("auto") == "The best device"
    assert label_of("unknown") == "unknown"
