"""XMP: what is carried, and packets that are no XMP."""

from xml.etree import ElementTree as ET

import pytest
from exif_files import exiftool
from images import random_image

from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.write import save_picture
from ortstyle.pictures.xmp import carried_xmp, xmp_segment

PACKET = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
 xmlns:ps="http://ns.adobe.com/photoshop/1.0/" xmlns:mm="http://ns.adobe.com/xap/1.0/mm/"
 tiff:Orientation="6" exif:PixelXDimension="4000" xmp:Rating="4" ps:City="Kyōto &lt;&amp;&gt;"
 ps:ICCProfile="Adobe RGB" crs:Exposure2012="+1">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Tempel 寺</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Bag></dc:subject>
<dc:format>image/jpeg</dc:format><exif:GPSLatitude>47,30N</exif:GPSLatitude>
<mm:History><rdf:Seq><rdf:li>/home/me/a.psd</rdf:li></rdf:Seq></mm:History>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


@pytest.mark.parametrize("packet", [PACKET, PACKET.encode(), PACKET.encode() + b"\0"])
def test_author_rights_and_content_are_carried(packet):
    kept = carried_xmp(packet).decode()
    for words in ("Tempel 寺", ">one<", ">two<", "<xmp:Rating>4<", "Kyōto &lt;&amp;&gt;"):
        assert words in kept
    for words in ("Orientation", "PixelX", "crs", "47,30N", "History", "me/a", "image/jpeg", "ICC"):
        assert words not in kept
    assert carried_xmp(kept) == kept.encode()


@pytest.mark.parametrize("attribute", ["ps:City", "xmp:Label", "dc:title", "xml:lang", "rdf:value"])
def test_prefixes_of_attributes_are_declared(attribute):
    """Also where no element that is kept has the prefix."""
    packet = PACKET.replace(' xmp:Rating="4" ps:City="Kyōto &lt;&amp;&gt;"', "").replace(
        "<rdf:li>one<", f'<rdf:li {attribute}="a &lt; b">one<'
    )
    packet = packet.replace("<dc:title>", "<dc:rights>").replace("</dc:title>", "</dc:rights>")
    kept = ET.fromstring(carried_xmp(packet))  # noqa: S314  our own
    (first,) = (element for element in kept.iter() if element.text == "one")
    assert list(first.attrib.values()) == ["a < b"]


BOMB = '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "lol">]>'


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "no XML",
        PACKET[:-200],
        PACKET.replace("<x:xmpmeta", BOMB + "<x:xmpmeta", 1),
        PACKET.replace("purl.org", "example.org").replace("ns.adobe.com", "example.org"),
        PACKET + " " * (1 << 20),
        b"\xff\xfe" + PACKET.encode("utf-16-le")[:300],
        PACKET.replace("<dc:title>", "<dc:title>" + "<rdf:li>" * 100_000, 1),
    ],
)
def test_other_packets_are_ignored(packet):
    assert carried_xmp(packet) is None


def test_deep_properties_are_cut():
    deep = PACKET.replace(">one<", ">" + "<rdf:li>" * 5000 + "x" + "</rdf:li>" * 5000 + "<", 1)
    assert "Tempel" in carried_xmp(deep).decode()


def test_a_packet_that_is_too_large_for_a_jpeg_is_left_out():
    assert xmp_segment(None) == b""
    assert xmp_segment(b"x" * 70_000) == b""
    assert len(xmp_segment(b"x" * 100)) == 100 + 29 + 4


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
def test_programs_read_it(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    save_picture(random_image(), path, carried=Carried(xmp=carried_xmp(PACKET)))
    found = exiftool(path)
    assert found["XMP-dc:Title"] == "Tempel 寺"
    assert found["XMP-dc:Subject"] == ["one", "two"]
    assert found["XMP-xmp:Rating"] == 4
