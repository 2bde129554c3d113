"""The first phase of a film: its source frames, and the masks that move, read into its folder."""

from collections.abc import Iterator
from fractions import Fraction

from ortstyle.video.film_pace import timed
from ortstyle.video.film_progress import FilmProgress, progress_of
from ortstyle.video.media.decode import SourceFrame, read_frames
from ortstyle.video.motion.cuts import CutDetector
from ortstyle.video.painting.passes import last_pass
from ortstyle.video.preparation import PreparedFilm
from ortstyle.video.reading import read_sources
from ortstyle.video.writing import shows_sources


def read_film(prepared: PreparedFilm) -> Iterator[FilmProgress]:
    """Read the source frames of a film, and its masks that move; yield a step for each.

    What is in the folder already is not read again.

    Raises
    ------
    OrtStyleError
        The clip or a mask can't be read, or the folder can't be written.
    """
    begin, end = prepared.span
    clip, folder, masks, film = prepared.clip, prepared.folder, prepared.masks, prepared.order.film
    notices = list[str]()

    def read(time: Fraction | None) -> Iterator[SourceFrame]:
        reader = read_frames(clip, prepared.size, begin=begin, end=end, known=time)
        try:
            yield from reader
        finally:
            notices.extend(reader.notices)
            reader.close()

    is_cut = CutDetector().is_cut if film.cuts else None
    indices = read_sources(
        folder,
        read,
        passes=last_pass(film),
        is_cut=is_cut,
        all_needed=shows_sources(prepared.order.settings),
    )
    expected = prepared.expected_frames
    for index, seconds_each in timed(indices):
        done = folder.source_count
        count = None if expected is None else max(expected, done)
        yield progress_of("reading", done, count, index, seconds_each)
    for notice in notices:
        done = folder.source_count
        yield progress_of("reading", done, done, done - 1, None, notice=notice)
    count = masks.count * folder.source_count
    frames = timed(masks.read(folder, start=clip.start))
    for done, (index, seconds_each) in enumerate(frames, 1):
        yield progress_of("reading", done, count, index, seconds_each)
