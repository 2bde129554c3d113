"""Opening of films' files: what is refused, which stream is taken, and files that grow."""

import subprocess
import sys
import wave
from types import SimpleNamespace

import pytest
from films import write_film

from ortstyle.errors import FilmError
from ortstyle.video.media import video_file
from ortstyle.video.media.video_file import check_size, describe, open_video

pytest.importorskip("av")
LIMIT = 10**6


def opened(path, **options):
    with open_video(path, **{"max_pixels": LIMIT} | options) as file:
        return file.container.format.name, file.stream.index


def test_a_film_is_opened_and_closed(tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=2)
    assert opened(path)[1] == 0
    path.unlink()  # which Windows would not allow of a file that is open


def test_names_that_ffmpeg_would_take_for_addresses_or_patterns_are_names(tmp_path):
    film = write_film(tmp_path / "a.mkv", frames=1, codec="ffv1").read_bytes()
    for name in ("concat a,b.mkv", "a%03d.mkv", "ä é.mkv", "-i.mkv", "data,x.png"):
        (tmp_path / name).write_bytes(film)
        assert opened(tmp_path / name)[0] == "matroska,webm"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile '{}'\n"),
        ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"),
        ("list.mpd", '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>'),
        ("text.txt", "not a film\n"),
    ],
)
def test_formats_that_name_other_files_are_not_even_tried(tmp_path, name, text):
    film = write_film(tmp_path / "a.ts", frames=2)
    path = tmp_path / name
    path.write_text(text.format(film.name))
    with pytest.raises(FilmError, match=r"is no film"):
        opened(path)


def test_nothing_else_is_opened():
    with pytest.raises(PermissionError, match="may not open"):
        video_file._refuse_to_open("http://example.org", 1, {})


def test_a_film_ends_where_it_ended_when_it_was_opened(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"0123456789")
    snapshot = video_file._Snapshot(path)
    with path.open("ab") as file:
        file.write(b"more")
    assert snapshot.seek(-4, 2) == 6
    assert snapshot.read(100) == b"6789"
    assert snapshot.read(100) == b""
    assert snapshot.seek(-3, 1) == 7
    assert snapshot.seek(-3) == snapshot.seek(-8, 1) == snapshot.seek(-11, 2) == -1
    assert snapshot.tell() == 7
    assert snapshot.seek(12) == snapshot.tell() == 12
    assert snapshot.read(100) == b""
    snapshot.close()


def test_a_missing_decoder_is_told(tmp_path):
    path = write_film(tmp_path / "a.mkv", frames=2, codec="ffv1")
    path.write_bytes(path.read_bytes().replace(b"V_FFV1", b"V_ZZZ1"))
    with pytest.raises(FilmError, match="needs a decoder that this PyAV does not have"):
        opened(path)


def test_sound_alone_is_no_film(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    with pytest.raises(FilmError, match="holds sound alone"):
        opened(tmp_path / "a.wav")


def test_frames_with_too_many_pixels_are_refused_before_they_are_decoded(tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=1)
    with pytest.raises(FilmError, match=r"is 64×48, more than 3071 pixels a frame.*--max-pixels"):
        opened(path, max_pixels=64 * 48 - 1)
    opened(path, max_pixels=64 * 48)


def test_the_decoder_refuses_a_frame_that_is_larger_than_the_file_says(tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=1)
    with open_video(path, max_pixels=LIMIT) as file:
        assert LIMIT < int(file.stream.codec_context.options["max_pixels"]) < 3 * LIMIT


def test_a_film_that_is_another_one_now_is_told(tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=1)
    with pytest.raises(FilmError, match="is another film than before"):
        opened(path, index=3)


def test_a_film_that_is_gone_is_told(tmp_path):
    with pytest.raises(FilmError, match="can't be read"):
        opened(tmp_path / "a.mp4")


def test_a_cover_picture_is_not_the_film(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        cover, film = (container.add_stream(codec, 25) for codec in ("mjpeg", "mpeg4"))
        for stream, kind, size in ((cover, "yuvj420p", 64), (film, "yuv420p", 32)):
            stream.width = stream.height = size
            stream.pix_fmt = kind
        try:
            cover.disposition = 0x400
        except AttributeError:
            pytest.skip("this PyAV marks no covers")
        for stream in (cover, film):
            image = av.VideoFrame(stream.width, stream.height, stream.pix_fmt)
            container.mux(stream.encode(image))
            container.mux(stream.encode())
    with open_video(path, max_pixels=LIMIT) as file:
        assert file.stream.codec_context.name == "mpeg4"
        covers = [video_file.is_cover(stream) for stream in file.container.streams.video]
        assert sorted(covers) == [False, True]


def test_the_default_film_of_several_is_taken(tmp_path):
    stream = lambda value, size: SimpleNamespace(
        disposition=value, codec_context=SimpleNamespace(width=size, height=size)
    )
    small, large = stream(1, 10), stream(0, 20)
    for films in ([small, large], [large, small]):
        container = SimpleNamespace(streams=SimpleNamespace(video=films))
        assert video_file._choose(container, "film") is small


def test_reasons_are_one_line():
    assert describe(OSError(5, "Input/output\nerror")) == "input/output error"
    assert describe(ValueError()) == "valueerror"


def test_any_size_within_the_limit_is_allowed():
    check_size(SimpleNamespace(width=3, height=1), "film", max_pixels=3)
    with pytest.raises(FilmError, match="3×2"):
        check_size(SimpleNamespace(width=3, height=2), "film", max_pixels=5)


def test_ffmpeg_prints_nothing(tmp_path):
    path = write_film(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:-40])
    code = (
        "import sys\nfrom ortstyle.video.media.clip import open_clip\n"
        "from ortstyle.errors import FilmError\n"
        "try: open_clip(sys.argv[1])\nexcept FilmError: pass"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""
