"""The page of the studio: small, all of it from the package, nothing inline, each name resolved."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from page_sources import PageSources, assert_same_words, keys_of, words

import ortstyle
from ortstyle.studio.orders.form import describe_form

PAGE = Path(ortstyle.__file__).parent / "studio" / "page"
SCRIPTS = sorted(PAGE.rglob("*.js"))
LANGUAGES = sorted((PAGE / "text").glob("*.json"))
SOURCES = PageSources((PAGE / "index.html").read_text("utf-8"), SCRIPTS)


def test_the_page_is_small():
    """Each file compressed by itself, as a server sends it; there is no build step that shrinks."""
    texts = [path.read_bytes() for path in PAGE.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(text)) for text in texts) < 150_000
    assert sum(map(len, texts)) < 340_000


def test_nothing_comes_from_outside():
    for path in PAGE.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8").replace("http://www.w3.org/", "")
            assert not re.search(r"https?:|[\"'(]//\w", text), path


def test_nothing_is_inline():
    SOURCES.assert_nothing_inline()


def test_files_that_are_named_exist():
    for link, path in SOURCES.files():
        named = path.parent / link if path else PAGE / link.removeprefix("/page/")
        assert named.is_file(), f"{path}: {link}"


def test_ids_that_are_used_exist():
    ids = SOURCES.assert_ids_exist()
    assert {"sources", "canvas", "controls", "queue", "gallery"} <= set(ids)


def test_icons_that_are_used_exist():
    icons = re.findall(r'<symbol id="icon-([\w-]+)"', (PAGE / "icons.svg").read_text("utf-8"))
    assert set(icons) >= SOURCES.icons()
    assert len(icons) == len(set(icons))


def test_languages_have_the_same_words():
    assert len(LANGUAGES) >= 2
    assert_same_words([words(path) | {"settings": {}} for path in LANGUAGES])
    for path in LANGUAGES:
        assert list(words(path)) == sorted(words(path)), "the panels are sorted"
        assert f"{path.stem}: " in (PAGE / "js" / "text.js").read_text("utf-8")


def test_words_for_settings_are_of_settings_that_there_are():
    """A declaration has English words of its own; those of another language may be missing."""
    form = describe_form()
    panels = [*form["panels"], *form["film"]]
    known = (
        {
            f"{option['name']}.{what}"
            for panel in panels
            for option in panel["options"]
            for what in ("label", "help")
        }
        | {
            f"choices.{value}"
            for panel in panels
            for option in panel["options"]
            for value in option["choices"]
        }
        | {f"panels.{panel['name']}" for panel in panels}
    )
    assert "settings" not in words(PAGE / "text" / "en.json")
    assert set(keys_of(words(PAGE / "text" / "de.json")["settings"])) <= known


def test_words_that_are_used_exist_and_all_are_used():
    known = set(keys_of(words(PAGE / "text" / "en.json")))
    whole, beginnings = SOURCES.used_keys()
    assert whole - known == set()
    for beginning in beginnings - {"settings."}:
        assert any(key.startswith(beginning) for key in known), beginning
    assert {key for key in known - whole if not key.startswith(tuple(beginnings))} == set()


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(PAGE).as_posix())
def test_scripts_parse(path, tmp_path):
    module = tmp_path / f"{path.stem}.mjs"
    module.write_text(path.read_text("utf-8"), "utf-8")
    found = subprocess.run(["node", "--check", module], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("path", [*SCRIPTS, *PAGE.glob("*.css")], ids=lambda path: path.name)
def test_files_of_the_page_are_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= 500
