"""Writing films, as the rest of ortstyle calls it: times, colours, sound, atomicity."""

import errno
import sys
from dataclasses import replace
from fractions import Fraction

import films
import numpy as np
import pytest
from written_films import clip_of, frames_at, plain_clip, read

from ortstyle.errors import FilmError, OutputError
from ortstyle.video.media import encode
from ortstyle.video.media.colors import ColorTags
from ortstyle.video.media.encode import FilmFrame, check_output, write_film
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.pyav import fraction_of

pytest.importorskip("av")

import av

AUTO = FilmEncoding()
CONSTANT = [Fraction(k, 25) for k in range(20)]
VARIABLE = [Fraction(k, 1000) for k in (0, 40, 73, 250, 251, 400, 433, 700, 760, 799)]


def write(path, clip, times=CONSTANT, *, encoding=AUTO, frames=None, size=films.SIZE, **options):
    frames = frames_at(times, size) if frames is None else frames
    return write_film(path, frames, clip, size=size, encoding=encoding, **options)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Return a clip of a variable rate with sound, subtitles and chapters."""
    path = tmp_path_factory.mktemp("films") / "clip.mp4"
    chapters = [(0, "0.4", "first"), ("0.4", "0.8", "second")]
    films.write_film(path, times=VARIABLE, sound=True, subtitles=True, chapters=chapters)
    return clip_of(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize("times", [CONSTANT, VARIABLE])
def test_sound_and_pictures_have_the_times_of_the_clip(tmp_path, name, times):
    path = tmp_path / "clip.mp4"
    clip = clip_of(films.write_film(path, times=times, sound=True))
    assert write(tmp_path / name, clip, times) == ()
    old, new = read(path), read(tmp_path / name)
    unit = Fraction(1, 1000)  # of Matroska
    assert max(abs(a - b) for a, b in zip(old.times, new.times, strict=True)) <= unit / 2
    assert [films.index_of(frame) for frame in new.frames] == list(range(len(times)))
    before, after = old.stream("audio"), new.stream("audio")
    heard = [time for time in before.times if time >= 0 or name != "a.mkv"]
    assert max(abs(a - b) for a, b in zip(heard, after.times, strict=True)) <= unit
    assert set(after.data) <= set(before.data)
    assert abs(after.end - before.end) < Fraction(1, 25)


def test_a_clip_of_a_variable_rate_keeps_chapters_and_subtitles(source, tmp_path):
    write(tmp_path / "a.mp4", source, VARIABLE)
    old, new = read(source.path), read(tmp_path / "a.mp4")
    assert new.chapters == old.chapters
    assert [title for *_, title in new.chapters] == ["first", "second"]
    for one in (old, new):
        stream = one.stream("subtitle")
        texts = dict(zip(stream.data, stream.times, strict=True))
        assert texts[b"\0\3one"] == 0
        assert texts[b"\0\3two"] == pytest.approx(0.4195, abs=0.001)


def test_matroska_keeps_chapters_and_its_own_subtitles(tmp_path):
    path = tmp_path / "clip.mkv"
    films.write_film(path, sound=True, subtitles=True, chapters=[(0, "0.2", "one")])
    write(tmp_path / "a.mkv", clip_of(path), CONSTANT[:8])
    old, new = read(path), read(tmp_path / "a.mkv")
    assert new.chapters == old.chapters == [(0, Fraction(1, 5), "one")]
    assert new.stream("subtitle").data == [b"one", b"two"]
    assert new.stream("audio").times == old.stream("audio").times


def test_sound_of_a_part_stays_in_sync(source, tmp_path):
    begin, end = Fraction(73, 1000), Fraction(7, 10)
    clip = read(source.path)
    begin = next(time for time in clip.times if time >= begin)
    times = [time for time in clip.times if begin <= time < end]
    write(tmp_path / "a.mp4", source, times, begin=begin, end=end)
    old, new = clip.stream("audio"), read(tmp_path / "a.mp4")
    assert new.times == [time - begin for time in times]
    by_data = dict(zip(old.data, old.times, strict=True))
    sound = new.stream("audio")
    for time, data in zip(sound.times, sound.data, strict=True):
        assert abs(time - (by_data[data] - begin)) <= Fraction(1, 48_000)
    assert end - begin <= sound.end < end - begin + Fraction(1, 25)
    assert new.chapters[0] == (0, pytest.approx(0.4 - float(begin), abs=0.001), "first")


def test_a_part_that_begins_at_nothing_is_no_part(source, tmp_path):
    times = [time + Fraction(1, 25) for time in VARIABLE]
    write(tmp_path / "a.mp4", source, times, begin=Fraction(0))
    film = read(tmp_path / "a.mp4")
    assert film.times[0] == Fraction(1, 25)
    assert film.stream("audio").times == read(source.path).stream("audio").times


def test_a_broadcast_begins_at_once_and_negative_times_are_seen(tmp_path):
    path = films.write_film(tmp_path / "clip.mkv", times=[100 + time for time in CONSTANT[:8]])
    clip = clip_of(path)
    start = read(path).times[0]
    assert start == 100
    write(tmp_path / "a.mp4", clip, [start + time for time in CONSTANT[:8]])
    assert read(tmp_path / "a.mp4").times == CONSTANT[:8]
    write(tmp_path / "b.mp4", plain_clip(path), [time - 1 for time in CONSTANT])
    assert read(tmp_path / "b.mp4").times == CONSTANT


def test_no_sound_if_none_is_asked(source, tmp_path):
    write(tmp_path / "a.mp4", source, VARIABLE, encoding=FilmEncoding(audio=False))
    assert "audio" not in {stream.kind for stream in read(tmp_path / "a.mp4").streams}


def test_sound_that_the_format_can_not_hold_is_said(tmp_path):
    clip = clip_of(films.write_film(tmp_path / "clip.avi", sound=True))
    expected = (".webm can't hold the clip's sound (pcm_s16le), left out; .mkv may hold them",)
    assert check_output(tmp_path / "a.webm", clip, AUTO, films.SIZE) == expected
    assert write(tmp_path / "a.webm", clip, CONSTANT[:8]) == expected
    assert [stream.kind for stream in read(tmp_path / "a.webm").streams] == ["video"]
    assert write(tmp_path / "a.mkv", clip, CONSTANT[:8]) == ()
    assert read(tmp_path / "a.mkv").stream("audio").codec == "pcm_s16le"


@pytest.mark.parametrize(
    ("name", "codec", "bits", "pixel_format"),
    [
        ("a.mp4", "hevc", 10, "yuv420p10le"),
        ("a.mp4", "h264", 10, "yuv420p10le"),
        ("a.webm", "av1", 10, "yuv420p10le"),
        ("a.mov", "prores", 10, "yuv422p10le"),
        ("a.mkv", "ffv1", 10, "gbrp10le"),
        ("a.mp4", "auto", 8, "yuv420p"),
        ("a.webm", "vp9", 8, "yuv420p"),
    ],
)
def test_bits_and_colour_tags_survive(tmp_path, name, codec, bits, pixel_format):
    tags = ColorTags(primaries=9, transfer=14, matrix=9, full_range=False)
    clip = plain_clip(tmp_path / "clip", kind="animation", bits=bits)
    object.__setattr__(clip, "colors", replace(tags, primaries=5))  # not wide, so not converted
    frames = frames_at(CONSTANT[:3], depth=16)
    write(tmp_path / name, clip, frames=frames, encoding=FilmEncoding(codec=codec))
    with av.open(str(tmp_path / name)) as file:
        video = file.streams.video[0]
        frame = next(file.decode(video))
        assert frame.format.name == pixel_format
        assert fraction_of(video.sample_aspect_ratio) in {1, 0, None}  # 0: not told
        if codec != "ffv1":
            assert (frame.color_primaries, frame.color_trc, frame.colorspace) == (5, 14, 9)
            assert frame.color_range == 1


@pytest.mark.parametrize(("matrix", "full"), [(1, False), (6, False), (6, True), (9, False)])
def test_colours_are_exact_by_the_tags(tmp_path, matrix, full):
    color = (200, 60, 30)
    levels = {  # by hand from H.273, equations 38 to 40 and 20 to 22
        (1, False): (91, 101, 191),
        (6, False): (101, 94, 192),
        (6, True): (98, 89, 200),
        (9, False): (98, 98, 191),
    }
    tags = ColorTags(primaries=1, transfer=1, matrix=matrix, full_range=full)
    clip = plain_clip(tmp_path / "clip", kind="animation", colors=tags)
    pixels = np.full((48, 64, 3), color, np.uint8)
    path = tmp_path / "a.mkv"
    frames = [FilmFrame(Fraction(0), None, pixels)]
    write(path, clip, frames=frames, encoding=FilmEncoding(codec="h264", quality=1))
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        planes = [np.frombuffer(memoryview(plane), np.uint8) for plane in frame.planes]
        found = [int(np.median(plane[:16])) for plane in planes]
        assert (frame.colorspace, frame.color_range) == (matrix, 2 if full else 1)
    assert np.abs(np.subtract(found, levels[matrix, full])).max() <= 1


def test_ffv1_is_lossless(tmp_path):
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, (47, 63, 3)).astype(np.uint8)
    frames = [FilmFrame(Fraction(0), None, pixels)]
    clip = plain_clip(tmp_path / "clip")
    write(
        tmp_path / "a.mkv", clip, frames=frames, encoding=FilmEncoding(codec="ffv1"), size=(63, 47)
    )
    assert (read(tmp_path / "a.mkv").frames[0] == pixels).all()


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.gif", "a.apng", "a.webp"])
def test_one_frame_is_a_film(tmp_path, name):
    write(tmp_path / name, plain_clip(tmp_path / "clip"), [Fraction(3, 25)])
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_tags_of_the_clip_and_of_the_run(tmp_path):
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as file:
        video = file.add_stream("ffv1", rate=25)
        video.width = video.height = 16
        file.metadata.update(title="Day", location="+48+11/")
        file.mux(video.encode(av.VideoFrame(16, 16, video.pix_fmt)))
        file.mux(video.encode())
    clip, given = clip_of(path), {"ortstyle": '{"seed": 1}'}
    write(tmp_path / "a.mkv", clip, tags=given)
    tags = read(tmp_path / "a.mkv").tags
    assert (tags["title"], tags["LOCATION"], tags["ORTSTYLE"]) == ("Day", "+48+11/", '{"seed": 1}')
    write(tmp_path / "a.mp4", clip, tags=given)
    assert read(tmp_path / "a.mp4").tags["comment"] == 'ortstyle: {"seed": 1}'
    write(tmp_path / "b.mkv", clip, encoding=FilmEncoding(tags=False))
    assert {"title", "LOCATION"}.isdisjoint(read(tmp_path / "b.mkv").tags)


def test_progress_counts_frames(tmp_path):
    counts = []
    write(tmp_path / "a.mp4", plain_clip(tmp_path / "clip"), progress=counts.append)
    assert counts == list(range(1, 21))


def broken(error):
    yield from frames_at(CONSTANT[:5])
    raise error


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.gif", "a.apng", "a.webp", "a-%d.png", "new"])
@pytest.mark.parametrize("error", [FilmError("frame 5 is gone"), KeyboardInterrupt()])
def test_an_error_among_the_frames_leaves_what_was_there(tmp_path, name, error):
    if "." in name:
        (tmp_path / name).write_bytes(b"before")
    with pytest.raises(type(error)) as caught:
        write(tmp_path / name, plain_clip(tmp_path / "clip"), frames=broken(error))
    assert caught.value is error
    if "." in name:
        assert (tmp_path / name).read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == ("." in name)


def test_frames_are_closed_after_an_error(tmp_path):
    closed = []

    def frames():
        try:
            for frame in frames_at(CONSTANT):
                yield replace(frame, pixels=frame.pixels[:, :-2])
        finally:
            closed.append(True)

    with pytest.raises(FilmError, match="frame 1 is 62×48, not 64×48"):
        write(tmp_path / "a.mp4", plain_clip(tmp_path / "clip"), frames=frames())
    assert closed == [True]


def test_no_frames_are_one_line(tmp_path):
    with pytest.raises(FilmError, match="has no frames to write; choose another part"):
        write(tmp_path / "a.mp4", plain_clip(tmp_path / "clip"), frames=[])
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.gif", "a.apng", "a.webp", "a-%d.png"])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, name):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (20, 96, 128, 3)).astype(np.uint8)
    frames = [FilmFrame(*frame) for frame in zip(CONSTANT, [None] * 20, noise, strict=True)]
    clip = plain_clip(tmp_path / "clip", width=128, height=96)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OutputError, match="can't be written") as caught:
            write(tmp_path / name, clip, frames=frames, size=(128, 96))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
    assert errno.errorcode[27] == "EFBIG"


def test_a_missing_pyav_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(FilmError, match=r'films need PyAV.* pip install "ortstyle\[video\]"'):
        encode.check_output(tmp_path / "a.mp4", plain_clip(tmp_path), AUTO, films.SIZE)
