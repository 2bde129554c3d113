"""What films' files say of themselves."""

from fractions import Fraction

import numpy as np
import pytest
from films import frame, write_film

from ortstyle.errors import FilmError
from ortstyle.video.media.clip_record import OtherStream
from ortstyle.video.media.colors import ColorTags
from ortstyle.video.media.video_clip import open_video_clip

av = pytest.importorskip("av")
LIMIT = 10**6


def opened(path, max_pixels=LIMIT):
    return open_video_clip(path, max_pixels=max_pixels)


def test_a_film_tells_its_size_rate_and_length(tmp_path):
    clip = opened(write_film(tmp_path / "a.mp4", frames=10, rate=Fraction(30000, 1001)))
    assert (clip.kind, clip.width, clip.height, clip.bits) == ("video", 64, 48, 8)
    assert abs(clip.rate - Fraction(30000, 1001)) < Fraction(1, 1000)
    assert clip.frames == 10
    assert abs(clip.duration - Fraction(10 * 1001, 30000)) < Fraction(1, 1000)
    assert (clip.start, clip.stream, clip.notices, clip.others) == (0, 0, (), ())
    assert clip.colors == ColorTags()
    assert not clip.has_alpha


def test_other_streams_are_listed(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", sound=True, subtitles=True)
    sound, text = opened(path).others
    assert sound == OtherStream(index=1, kind="audio", codec="aac", language="eng")
    assert (text.kind, text.language) == ("subtitle", "deu")


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_the_size_is_that_of_the_upright_frame(tmp_path, rotation):
    clip = opened(write_film(tmp_path / "a.mp4", frames=1, rotation=rotation))
    assert (clip.width, clip.height) == (64, 48)
    assert not clip.notices


def test_pixels_are_made_square_before_the_frame_is_turned(tmp_path):
    clip = opened(write_film(tmp_path / "a.mp4", frames=1, aspect=Fraction(4, 3)))
    assert (clip.width, clip.height) == (85, 48)
    path = write_film(tmp_path / "b.mp4", frames=1, aspect=Fraction(4, 3), rotation=90)
    assert (opened(path).width, opened(path).height) == (64, 64)  # stored as 48 by 64


@pytest.mark.parametrize("colors", [(1, 1, 1, False), (5, 6, 5, True), (9, 14, 9, False)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_colour_tags_are_read(tmp_path, suffix, colors):
    clip = opened(write_film(tmp_path / f"a{suffix}", frames=1, colors=colors))
    primaries, transfer, matrix, full = colors
    assert clip.colors == ColorTags(
        primaries=primaries, transfer=transfer, matrix=matrix, full_range=full
    )
    assert bool(clip.notices) == (primaries == 9)


@pytest.mark.parametrize(
    ("kind", "bits", "alpha"),
    [("yuv420p10le", 10, False), ("yuv422p12le", 12, False), ("bgr0", 8, False),
     ("yuva420p", 8, True), ("gray16le", 16, False), ("gray", 8, False)],
)  # fmt: skip
def test_bits_and_transparency_are_read(tmp_path, kind, bits, alpha):
    clip = opened(write_film(tmp_path / "a.mkv", codec="ffv1", frames=1, pix_fmt=kind))
    assert (clip.bits, clip.has_alpha) == (bits, alpha)
    assert bool(clip.notices) == alpha
    if kind == "bgr0":
        assert clip.colors == ColorTags(matrix=0, full_range=True)


def test_high_dynamic_range_is_told_once(tmp_path):
    options = {"codec": "ffv1", "pix_fmt": "yuv420p10le", "frames": 1}
    for transfer, name in ((16, "PQ"), (18, "HLG")):
        path = write_film(tmp_path / f"{name}.mkv", colors=(9, transfer, 9, False), **options)
        clip = opened(path)
        assert clip.colors.is_hdr
        assert clip.frame_colors.transfer == 1
        (notice,) = clip.notices
        assert f"({name}), and tone-mapped to BT.709" in notice


def test_colours_that_can_not_be_converted_are_refused(tmp_path):
    path = write_film(
        tmp_path / "a.mkv", codec="ffv1", pix_fmt="yuv420p10le", frames=1, colors=(9, 16, 14, False)
    )
    with pytest.raises(FilmError, match=r"can't be converted \(ICtCp\)"):
        opened(path)


def test_an_unusual_matrix_is_told(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", frames=1, colors=(1, 1, 11, False))
    assert "unusual matrix (11)" in opened(path).notices[0]


def test_an_interlaced_film_is_told(tmp_path):
    path = write_film(tmp_path / "a.mp4", size=(64, 64), options={"x264-params": "interlaced=1"})
    assert "is interlaced, and painted so" in opened(path).notices[0]


def test_a_variable_rate_has_an_average(tmp_path):
    times = [Fraction(n, 100) for n in (0, 4, 8, 50, 54, 100)]
    clip = opened(write_film(tmp_path / "a.mp4", times=times, options={"bf": "0"}))
    assert clip.frames == 6
    assert 4 < clip.rate < 8
    assert abs(clip.duration - 1) < Fraction(1, 10)


def test_times_may_begin_anywhere(tmp_path):
    clip = opened(write_film(tmp_path / "a.ts", frames=4))
    assert clip.start > 0
    assert clip.time_base == Fraction(1, 90000)


def test_one_frame_is_a_film(tmp_path):
    clip = opened(write_film(tmp_path / "a.mp4", frames=1))
    assert clip.frames == 1


def test_a_film_of_one_pixel_is_a_film(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", pix_fmt="bgr0", size=(1, 1), frames=2)
    assert (opened(path).width, opened(path).height) == (1, 1)


def test_a_film_of_odd_size_keeps_it(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", size=(63, 47), frames=2)
    assert (opened(path).width, opened(path).height) == (63, 47)


def test_a_pixel_that_is_too_wide_for_the_limit_is_refused(tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=1, aspect=Fraction(4, 3))
    with pytest.raises(FilmError, match="no usable size: 85×48"):
        opened(path, max_pixels=64 * 48)


def test_several_films_in_one_file_are_told_and_covers_are_not_taken(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        small, large = (container.add_stream("ffv1", 25) for _ in range(2))
        for stream, size in ((small, (16, 16)), (large, (32, 32))):
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
        for stream, size in ((small, (16, 16)), (large, (32, 32))):
            image = av.VideoFrame.from_ndarray(np.zeros((size[1], size[0], 3), np.uint8))
            container.mux(stream.encode(image.reformat(format="yuv420p")))
            container.mux(stream.encode())
    clip = opened(path)
    assert clip.others[0].kind == "video"
    assert "holds 2 films; stream" in clip.notices[0]


def test_nothing_that_can_be_decoded_is_an_error_of_one_line(tmp_path):
    path = write_film(tmp_path / "a.mkv", frames=3, codec="mpeg4")
    data = bytearray(path.read_bytes())
    at = data.find(b"\x1f\x43\xb6\x75")  # the first cluster; its blocks are overwritten
    data[at + 20 :] = bytes(len(data) - at - 20)
    path.write_bytes(data)
    with pytest.raises(FilmError, match=r"nothing of film .* can be decoded \(.*\); get a fresh"):
        opened(path)


def test_a_count_that_can_not_be_is_not_believed(tmp_path):
    path = write_film(tmp_path / "a.avi", codec="mpeg4", frames=2, time_base=Fraction(1, 25))
    data = bytearray(path.read_bytes())
    at = data.index(b"avih") + 8 + 16
    data[at : at + 4] = (2**31 - 1).to_bytes(4, "little")
    at = data.index(b"strh") + 8 + 32
    data[at : at + 4] = (2**31 - 1).to_bytes(4, "little")
    path.write_bytes(data)
    clip = opened(path)
    assert clip.frames is None or clip.frames < 10**5


def test_tags_that_are_no_text_are_no_error(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", sound=True, frames=2)
    path.write_bytes(path.read_bytes().replace(b"eng", b"\xff\xfe\xfd"))
    assert opened(path).others[0].kind == "audio"


def test_the_frame_of_the_test_is_what_it_says():
    assert frame(3)[0, 0].tolist() == [46, 63, 255]
