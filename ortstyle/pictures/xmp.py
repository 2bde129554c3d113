"""XMP: what a photograph's packet says of author, rights, place and content, as a new packet.

Settings of raw converters, histories with paths, previews, and what describes the old file are left
out. A packet is XML from a stranger: one with a document type, and so with entities, is ignored.

References
----------
ISO 16684-1, "Extensible metadata platform (XMP) specification"; IPTC Photo Metadata Standard.
"""

import struct
from collections.abc import Iterator
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_PREFIXES = {
    _RDF: "rdf",
    _XML: "xml",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://creativecommons.org/ns#": "cc",
}
"""The prefix of each namespace that is carried."""
_WHOLE = {"xmpRights", "Iptc4xmpCore", "Iptc4xmpExt", "plus", "cc", "lr"}
_NAMES = {
    *(f"dc:{name}" for name in ("title", "description", "creator", "rights", "subject")),
    *("dc:contributor", "dc:language", "dc:publisher", "dc:source", "dc:type", "dc:coverage"),
    *("xmp:Rating", "xmp:Label", "xmp:CreateDate", "xmp:CreatorTool", "xmp:Nickname"),
    *(f"photoshop:{name}" for name in ("Headline", "CaptionWriter", "AuthorsPosition", "Credit")),
    *(f"photoshop:{name}" for name in ("Source", "City", "State", "Country", "DateCreated")),
    *(f"photoshop:{name}" for name in ("Instructions", "TransmissionReference", "Category")),
    *(f"photoshop:{name}" for name in ("SupplementalCategories", "Urgency")),
}
_LARGEST, _DEEPEST = 1 << 20, 32
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'


class _Builder(ET.TreeBuilder):
    """Builds the tree of a document without a document type."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse a document type."""
        raise ValueError(name, pubid, system)


def carried_xmp(packet: bytes | str) -> bytes | None:
    """Return a packet in UTF-8 with what a result may carry.

    Returns
    -------
    bytes
        None where nothing is left, or the packet is damaged or larger than 1 MB.
    """
    data = packet.encode() if isinstance(packet, str) else packet
    data = data.rstrip(b"\0")
    if len(data) > _LARGEST:
        return None
    parser = ET.XMLParser(target=_Builder())  # noqa: S314  no document type, no entities
    try:
        parser.feed(data)
        root = parser.close()
        used: set[str] = set()
        kept = "".join(_properties(root, used))
    except (ET.ParseError, ValueError, LookupError):
        return None
    if not kept:
        return None
    spaces = "".join(
        f' xmlns:{prefix}="{uri}"'
        for uri, prefix in _PREFIXES.items()
        if prefix in used - {"rdf", "xml"}
    )
    body = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about=""{spaces}>{kept}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    return (_BEGIN + body + _END).encode()


def xmp_segment(packet: bytes | None) -> bytes:
    """Return the segment APP1 of a JPEG that holds a packet; empty for none or a large one."""
    body = b"http://ns.adobe.com/xap/1.0/\0" + (packet or b"")
    return (
        struct.pack(">HH", 0xFFE1, len(body) + 2) + body if packet and len(body) < 65_534 else b""
    )


def _properties(root: ET.Element, used: set[str]) -> Iterator[str]:
    """Yield the properties that are kept, as XML, each once; add their prefixes to those used."""
    seen = set()
    for description in root.iterfind(f".//{{{_RDF}}}RDF/{{{_RDF}}}Description"):
        for key, value in description.attrib.items():
            name = _name(key)
            if _is_kept(name) and name not in seen:
                seen.add(name)
                used.add(_prefix(name))
                yield f"<{name}>{escape(value)}</{name}>"
        for child in description:
            name = _name(child.tag)
            if _is_kept(name) and name not in seen:
                seen.add(name)
                yield _serialise(child, used, depth=0)


def _is_kept(name: str) -> bool:
    return name in _NAMES or _prefix(name) in _WHOLE


def _prefix(name: str) -> str:
    return name.partition(":")[0]


def _name(key: str) -> str:
    """Return a name with its prefix; empty if its namespace is not carried."""
    space, _, local = key.removeprefix("{").partition("}")
    return f"{_PREFIXES[space]}:{local}" if local and space in _PREFIXES else ""


def _serialise(element: ET.Element, used: set[str], *, depth: int) -> str:
    name = _name(element.tag)
    if not name or depth > _DEEPEST:
        return ""
    attributes = {found: value for key, value in element.attrib.items() if (found := _name(key))}
    used.update(map(_prefix, (name, *attributes)))
    said = "".join(f" {found}={quoteattr(value)}" for found, value in attributes.items())
    inner = escape((element.text or "").strip())
    inner += "".join(_serialise(child, used, depth=depth + 1) for child in element)
    return f"<{name}{said}>{inner}</{name}>"
