"""Parts of files that are read as one."""

import io

from hypothesis import given, strategies as st

from ortstyle.pictures.file_parts import join_parts

DATA = bytes(range(200)) * 40
SPANS = st.lists(st.tuples(st.integers(0, 8000), st.integers(0, 8000)), max_size=5)


@given(SPANS, st.integers(0, 9000), st.integers(0, 9000))
def test_parts_read_as_their_bytes_joined(spans, place, length):
    file, other = io.BytesIO(DATA), io.BytesIO(DATA[::-1])
    parts = [((file, other)[i % 2], *span) for i, span in enumerate(spans)]
    expected = b"".join((DATA, DATA[::-1])[i % 2][a:b] for i, (a, b) in enumerate(spans))
    joined = join_parts(parts)
    assert joined.read() == expected
    assert joined.seek(0, io.SEEK_END) == len(expected)
    joined.seek(place)
    assert joined.read(length) == expected[place : place + length]
    assert joined.tell() == max(place, min(place + length, len(expected)))
