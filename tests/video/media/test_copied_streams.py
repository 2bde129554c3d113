"""Sound, subtitles and attachments, copied as they are."""

import errno
from dataclasses import dataclass
from fractions import Fraction

import films
import pytest
from written_films import clip_of, frames_at, read

pytest.importorskip("av")

import av

from ortstyle.video.media.copied_streams import CopiedStreams
from ortstyle.video.media.encode import write_film
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.film_times import Span
from ortstyle.video.media.other_streams import choose_streams, open_source
from ortstyle.video.media.output_formats import format_of


def copy(clip, path, *, origin=0, end=None, is_cut=False):
    """Copy all other streams of a clip to a file that has no pictures."""
    row = format_of(path)
    kept, _ = choose_streams(clip, FilmEncoding(), row, suffix=path.suffix)
    end = None if end is None else Fraction(end)
    hides = row.hides_early
    span = Span(origin=Fraction(origin), end=end, is_cut=is_cut, hides_early=hides)
    with open_source(clip) as source, av.open(str(path), "w", format=row.muxer) as target:
        copied = CopiedStreams(source, target, kept)
        target.start_encoding()
        copied.begin(span)
        copied.write_until(None)
    with av.open(str(path)) as file:
        found = {stream.type: [] for stream in file.streams}
        for packet in file.demux():
            if packet.pts is not None:
                begin = packet.pts * Fraction(packet.time_base)
                found[packet.stream.type].append((begin, bytes(packet)))
    return found


@pytest.fixture(scope="module")
def mkv(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "clip.mkv"
    return clip_of(films.write_film(path, frames=20, rate=20, sound=True, subtitles=True))


@pytest.fixture(scope="module")
def mp4(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "clip.mp4"
    options = {"frames": 20, "rate": 20, "chapters": [(0, 1, "a")]}
    return clip_of(films.write_film(path, sound=True, subtitles=True, **options))


def test_packets_are_the_same(mp4, tmp_path):
    found = copy(mp4, tmp_path / "a.mp4")
    source = read(mp4.path)
    for kind in ("audio", "subtitle"):
        stream = source.stream(kind)
        told = [packet for packet in found[kind] if len(packet[1]) > 2]  # no gap between texts
        old = [one for one in zip(stream.times, stream.data, strict=True) if len(one[1]) > 2]
        assert told == old


def test_a_part_is_cut_and_shifted(mp4, tmp_path):
    source = read(mp4.path).stream("audio")
    found = copy(mp4, tmp_path / "a.mp4", origin="0.5", end="0.75", is_cut=True)["audio"]
    by_data = dict(zip(source.data, source.times, strict=True))
    assert len(found) == pytest.approx(0.25 * 48_000 / 1024, abs=2)
    for time, data in found:
        assert abs(time - (by_data[data] - Fraction(1, 2))) <= Fraction(1, 48_000)
    assert -Fraction(1024, 48_000) < found[0][0] <= 0  # heard from the first moment on


def test_sound_before_the_beginning_is_dropped_without_edit_lists(mp4, tmp_path):
    times = [time for time, _ in copy(mp4, tmp_path / "a.mkv")["audio"]]
    assert times[0] == 0
    times = [time for time, _ in copy(mp4, tmp_path / "b.mkv", origin="0.5", is_cut=True)["audio"]]
    assert 0 <= times[0] < Fraction(1024, 48_000)


def test_subtitles_that_stand_at_the_cut_are_shortened(mkv, tmp_path):
    path = tmp_path / "a.mkv"
    copy(mkv, path, origin="0.25", end="0.75", is_cut=True)
    stream = read_text(path)
    assert [(float(begin), float(length)) for begin, length, _ in stream] == [
        (0, 0.25),
        (0.25, 0.25),
    ]
    assert [text for *_, text in stream] == [b"one", b"two"]
    copy(mkv, path, origin="0.6", is_cut=True)
    assert read_text(path) == [(0, Fraction(2, 5), b"two")]


def read_text(path):
    with av.open(str(path)) as file:
        return [
            (p.pts * Fraction(p.time_base), p.duration * Fraction(p.time_base), bytes(p))
            for p in file.demux(subtitles=0)
            if p.pts is not None
        ]


def test_attachments_languages_and_dispositions_are_kept(tmp_path):
    source = tmp_path / "clip.mkv"
    with av.open(str(source), "w") as file:
        video = file.add_stream("ffv1", rate=25)
        video.width = video.height = 16
        sound = file.add_stream("flac", 48_000)
        sound.metadata["language"] = "fra"
        sound.disposition = av.stream.Disposition.comment.value
        file.add_attachment("font.ttf", "font/ttf", b"letters")
        file.start_encoding()
        file.mux(video.encode(av.VideoFrame(16, 16, video.pix_fmt)))
        file.mux(video.encode())
    clip = clip_of(source)
    target = tmp_path / "a.mkv"
    frames = frames_at([0], (16, 16))
    assert write_film(target, frames, clip, size=(16, 16), encoding=FilmEncoding()) == ()
    with av.open(str(target)) as file:
        _, sound, attached = file.streams
        assert sound.metadata["language"] == "fra"
        assert sound.disposition & av.stream.Disposition.comment
        assert attached.metadata["filename"] == "font.ttf"
        assert bytes(attached.data) == b"letters"


@dataclass
class Muxer:
    """A file whose muxer fails once some packets are written."""

    file: av.container.OutputContainer
    error: Exception
    left: int = 5

    def __getattr__(self, name):
        return getattr(self.file, name)

    def mux(self, packet):
        self.left -= 1
        if self.left == 0:
            raise self.error
        self.file.mux(packet)


def with_error(clip, path, error):
    kept, _ = choose_streams(clip, FilmEncoding(), format_of(path), suffix=path.suffix)
    with open_source(clip) as source, av.open(str(path), "w") as target:
        copied = CopiedStreams(source, Muxer(target, error), kept)
        target.start_encoding()
        copied.begin(Span(origin=Fraction(0), hides_early=True))
        copied.write_until(None)
    return copied.notices


def test_damage_costs_its_stream_and_not_the_film(mp4, tmp_path):
    error = av.error.ArgumentError(errno.EINVAL, "Invalid argument")
    (notice,) = with_error(mp4, tmp_path / "a.mp4", error)
    assert notice == "the clip's sound could not be copied to the end (Invalid argument)"
    with av.open(str(tmp_path / "a.mp4")) as file:
        counts = {"audio": 0, "subtitle": 0}
        for packet in file.demux():
            counts[packet.stream.type] += packet.size > 2
    assert counts["audio"] < 5
    assert counts["subtitle"] == 2


def test_a_full_disk_is_no_damage(mp4, tmp_path):
    error = av.error.OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="No space"):
        with_error(mp4, tmp_path / "a.mp4", error)


def test_times_of_decoding_grow(tmp_path):
    """Ogg gives some packets of Vorbis no length, which MP4 refuses."""
    copied = CopiedStreams(None, None, ())
    packets = []
    for pts in (0, 10, 10, 10, 30):
        packet = av.Packet(b"x")
        packet.pts = packet.dts = pts
        copied._put_in_order(packet, 1)
        packets.append((packet.pts, packet.dts))
    assert packets == [(0, 0), (10, 10), (11, 11), (12, 12), (30, 30)]
