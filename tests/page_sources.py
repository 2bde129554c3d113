"""What the files of a page name: elements, words, icons, other files. For tests of the pages."""

import json
import re
from html.parser import HTMLParser

_FORBIDDEN = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    r"|setAttribute\(\"style\"|cssText"
)


class Elements(HTMLParser):
    """The start tags of a document, as name and attributes, and the text within scripts."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.inline = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.found and self.found[-1][0] in {"script", "style"}:
            self.inline += data.strip()


class PageSources:
    """A document and the paths of its scripts."""

    def __init__(self, document, scripts):
        self.document = document
        self.scripts = scripts
        self.text = "\n".join(path.read_text("utf-8") for path in scripts)

    def attributes(self, name):
        return [found[name] for _, found in Elements(self.document).found if name in found]

    def assert_nothing_inline(self):
        elements = Elements(self.document)
        assert elements.inline == ""
        for tag, found in elements.found:
            assert tag != "style"
            assert not [name for name in found if name == "style" or name.startswith("on")]
        assert "javascript:" not in self.document
        assert not re.search(_FORBIDDEN, self.text)

    def assert_ids_exist(self):
        """Return the ids of the document; those that scripts and links use are among them."""
        ids = self.attributes("id")
        assert len(ids) == len(set(ids))
        targets = {link[1:] for link in self.attributes("href") if link.startswith("#")}
        assert {link for link in targets if not link.startswith("icon-")} <= set(ids)
        for used in re.findall(r'(?:getElementById|byId)\("([\w-]+)"\)', self.text):
            assert used in ids
        return ids

    def icons(self):
        links = {link for link in self.attributes("href") if "#icon-" in link}
        named = {link.removeprefix("#icon-") for link in links}
        return named | set(re.findall(r'(?:icon|iconButton)\(\s*"([\w-]+)"', self.text))

    def files(self):
        """Yield the links of the document, and None, or those of a script, and its path."""
        for name in ("src", "href"):
            yield from ((link, None) for link in self.attributes(name) if link[0] != "#")
        for path in self.scripts:
            for link in re.findall(r'(?:from|import)\s*\(?"(\.[^"]+)"', path.read_text("utf-8")):
                yield link, path

    def used_keys(self):
        """Return the keys that the page uses, and the beginnings of those that it puts together."""
        names = r"\b(?:t|hasText)\(\s*"
        whole = set(re.findall(names + r'"([\w.-]+)"', self.text))
        whole |= set(re.findall(r'\b\w*?[tT](?:Label|Title)?: "(\w+\.[\w.]+)"', self.text))
        # both outcomes of a condition: t(now ? "one" : "other")
        for pair in re.findall(names + r'[^()"`]*\? "([\w.]+)"\s*: "([\w.]+)"', self.text):
            whole |= set(pair)
        for name in ("data-t", "data-t-label", "data-t-title"):
            whole |= set(self.attributes(name))
        return whole, set(re.findall(names + r"`([\w.-]+\.)\$\{", self.text))


def keys_of(table, before=""):
    """Yield each key of a table of words; forms of a plural are one text."""
    for name, text in table.items():
        if isinstance(text, dict) and "other" not in text:
            yield from keys_of(text, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def words(path):
    return json.loads(path.read_text("utf-8"))


def text_at(table, key):
    for part in key.split("."):
        table = table[part]
    return table


def assert_same_words(tables):
    """Fail unless the languages have the same keys, and the same numbers and names in texts."""
    first = list(keys_of(tables[0]))
    for table in tables[1:]:
        assert list(keys_of(table)) == first
        for key in first:
            texts = [json.dumps(text_at(each, key)) for each in (tables[0], table)]
            one, other = (set(re.findall(r"\{(\w+)\}", text)) for text in texts)
            assert one == other, key
