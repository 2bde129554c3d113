import sys

import pytest

from ortstyle.errors import FilmError
from ortstyle.video.motion.opencv import opencv


def test_without_opencv_the_line_to_install_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(FilmError, match=r'pip install "ortstyle\[video\]"'):
        opencv()
