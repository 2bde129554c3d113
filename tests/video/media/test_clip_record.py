"""What a film is before its frames are read."""

from pathlib import Path

from ortstyle.video.media.clip_record import Clip
from ortstyle.video.media.colors import ColorTags


def test_a_film_of_high_dynamic_range_gives_frames_of_bt709():
    clip = Clip(path=Path("a.mp4"), kind="video", width=4, height=2, colors=ColorTags(transfer=16))
    assert clip.frame_colors.transfer == 1
