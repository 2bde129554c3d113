"""Sources of weights, and the messages of other libraries."""

import hashlib
import io
from pathlib import Path

import pytest
from vgg19.source import Source, first_line


def test_the_whole_file_is_hashed_wherever_it_stands():
    file = io.BytesIO(b"weights")
    file.seek(3)
    source = Source("name", Path("name"), file, b"weights")
    assert source.sha256() == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.parametrize(
    ("message", "line"), [("", "OSError"), ("\n", "OSError"), ("\n one\ntwo", "one")]
)
def test_first_line_of_a_message(message, line):
    assert first_line(OSError(message)) == line
