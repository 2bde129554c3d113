"""The browser page: small, nothing from outside, nothing inline, each name resolved."""

import gzip
import posixpath
import re
import shutil
import subprocess

import pytest
from page_sources import PageSources, assert_same_words, keys_of, words
from web_pages import ORTSTYLE, PAGE, STUDIO

OWN = sorted((PAGE / "app").glob("*.js"))
ALL = sorted(PAGE.rglob("*.js"))
DOCUMENT = (PAGE / "index.html").read_text("utf-8")
GENERATED = "site.json"
LANGUAGES = sorted((PAGE / "text").glob("*.json"))


def found_in(relative):
    """Return the path of a file of the site: the page's own, or else the studio's."""
    places = [PAGE / relative, STUDIO / relative, ORTSTYLE / relative]
    return next((place for place in places if place.is_file()), None)


def modules(*waiting):
    """Return all modules that some import, by their names in the site, with those."""
    known = {}
    waiting = list(waiting)
    while waiting:
        name = waiting.pop()
        path = found_in(name)
        assert path, name
        known[name] = path
        links = re.findall(r'(?:from|import)\s*\(?"(\.[^"]+)"', path.read_text("utf-8"))
        folder = posixpath.dirname(name)
        waiting += {posixpath.normpath(f"{folder}/{link}") for link in links} - known.keys()
    return known


@pytest.fixture(scope="module")
def used():
    """Return the modules of the page, but those of its worker."""
    return modules("app/main.js")


@pytest.fixture(scope="module")
def sources(used):
    return PageSources(DOCUMENT, list(used.values()))


def test_the_page_is_small(used):
    files = [*used.values(), *PAGE.glob("*.*"), LANGUAGES[0]]
    files += [STUDIO / name for name in ("studio.css", "viewer.css", "icons.svg")]
    texts = [path.read_bytes() for path in set(files)]
    assert sum(map(len, texts)) < 200_000
    assert sum(len(gzip.compress(text)) for text in texts) < 70_000


def test_nothing_comes_from_outside():
    for path in [*ALL, *LANGUAGES, PAGE / "index.html", PAGE / "web.css"]:
        text = path.read_text("utf-8")
        assert not re.search(r"https?:|[\"'(]//\w", text), path


def test_the_policy_is_strict():
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', DOCUMENT)
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == directives["base-uri"] == "'none'"
    assert directives["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert directives["connect-src"] == directives["style-src"] == "'self'"


def test_nothing_is_inline(sources):
    sources.assert_nothing_inline()


def test_files_that_are_named_exist(sources):
    for link, path in sources.files():
        assert path or found_in(link), link  # those of scripts were found to be read
    for link in re.findall(r'new URL\("\.\./([^"]*)", import\.meta\.url\)', sources.text):
        assert link.endswith(("/", GENERATED)) or not link or found_in(link), link
    assert found_in("engine/worker.js")


def test_ids_that_are_used_exist(sources):
    assert {"device", "offline", "sources", "canvas", "controls"} <= set(sources.assert_ids_exist())


def test_icons_that_are_used_exist(sources):
    icons = re.findall(r'<symbol id="icon-([\w-]+)"', (STUDIO / "icons.svg").read_text("utf-8"))
    assert sources.icons() <= set(icons)


def test_languages_have_the_same_words():
    assert len(LANGUAGES) >= 2
    assert_same_words([words(path) for path in LANGUAGES])
    for path in LANGUAGES:
        assert f"{path.stem}: " in (STUDIO / "js" / "text.js").read_text("utf-8")


def test_words_that_the_studio_shares_are_the_same():
    for path in LANGUAGES:
        own, studio = words(path), words(STUDIO / "text" / path.name)
        for shared in ("viewer", "plot"):
            assert own[shared] == studio[shared]


def test_words_that_are_used_exist_and_all_are_used(sources):
    known = set(keys_of(words(LANGUAGES[0])))
    whole, beginnings = sources.used_keys()
    assert whole - known - {"page.cancel"} == set()  # of a dialog that the page never opens
    for beginning in beginnings:
        assert any(key.startswith(beginning) for key in known), beginning
    beginnings = (*beginnings, "settings.")
    assert {key for key in known - whole if not key.startswith(beginnings)} == set()


def test_words_for_settings_are_of_settings_that_there_are():
    source = (PAGE / "app" / "settings.js").read_text("utf-8")
    declared = source.partition("const DECLARED")[2].partition("];")[0]
    names = re.findall(r'name: "(\w+)"|number\("(\w+)"', declared)
    named = {f"{one or other}.{what}" for one, other in names for what in ("label", "help")}
    choices = {*re.findall(r"(\w+): [\d.]+", source.partition("STROKES = ")[2].partition("}")[0])}
    choices |= {"style", "luminance", "128", "256", "512", "768", "1024"}
    expected = named | {f"choices.{choice}" for choice in choices}
    assert set(keys_of(words(LANGUAGES[0])["settings"])) == expected


# What the engine tells by a word, by where its words are: what it loads, why it refuses a graphics
# card, why it can't start, why a painting failed, why a picture can't be opened.
TOLD = {
    "device.loads": r'(?:bytes|json|module)\([^()]+, "(\w+)"\)|what = "(\w+)"',
    "device.refused": r'new DeviceError\("(\w+)"|: "(failed)"',
    "device.unable": r'new SiteError\("(\w+)"|kind = "(device)"',
    "run.failed": r'new SiteError\("(\w+)"|kind = "(lost|memory)"|kind: "(picture)"',
    "sources.unreadable": r'new PictureError\("(\w+)"',
}


@pytest.mark.parametrize("beginning", TOLD)
def test_what_the_engine_tells_has_words(beginning):
    known = set(keys_of(words(LANGUAGES[0])))
    source = "\n".join(path.read_text("utf-8") for path in (PAGE / "engine").glob("*.js"))
    told = {match[match.lastindex] for match in re.finditer(TOLD[beginning], source)}
    assert len(told) > 1
    assert {f"{beginning}.{word}" for word in told} <= known


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_scripts_parse(path, tmp_path):
    module = tmp_path / f"{path.stem}.mjs"
    module.write_text(path.read_text("utf-8"), "utf-8")
    found = subprocess.run(["node", "--check", module], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("path", [*ALL, PAGE / "web.css"], ids=lambda path: path.name)
def test_files_of_the_page_are_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300
