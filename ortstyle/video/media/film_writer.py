"""Writes a film: its pictures, and in step with them what is copied from the clip."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

from av.container import InputContainer

from ortstyle.errors import FilmError
from ortstyle.files import write_atomically
from ortstyle.video.media.animation_writer import write_animation
from ortstyle.video.media.clip_record import Clip, OtherStream
from ortstyle.video.media.copied_streams import CopiedStreams
from ortstyle.video.media.encoder_choice import EncoderChoice, choose_encoder
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.film_file import PictureStream, open_film, start
from ortstyle.video.media.film_tags import copy_chapters, film_tags, stream_tags
from ortstyle.video.media.film_times import FilmFrame, Span, origin_of, ticks_of, timed
from ortstyle.video.media.other_streams import choose_streams, open_source
from ortstyle.video.media.output_check import film_errors
from ortstyle.video.media.output_formats import FilmFormat, format_of
from ortstyle.video.media.picture_sequence import write_pictures


def write(
    output: Path,
    frames: Iterable[FilmFrame],
    clip: Clip,
    *,
    size: tuple[int, int],
    encoding: FilmEncoding,
    begin: Fraction | None,
    end: Fraction | None,
    progress: Callable[[int], object] | None,
    tags: Mapping[str, str],
) -> tuple[str, ...]:
    """Write a film; see `encode.write_film`."""
    row, choice = format_of(output), choose_encoder(output, clip, encoding)
    kept, notices = choose_streams(clip, encoding, row, suffix=output.suffix)
    with closing(_counted(frames, size, progress)) as ordered, film_errors(output):
        first = next(ordered, None)
        if first is None:
            raise FilmError(f"{clip.path} has no frames to write; choose another part of it")
        film = _Film(clip, row, choice, kept, encoding, tags, begin, end, size)
        again = chain([first], ordered)
        if row.kind == "pictures":
            text = tags.get("ortstyle")
            left = write_pictures(output, again, bits=min(choice.bits, 16), text=text)
            older = f"{output} also holds {left} older pictures, with higher numbers"
            return (*notices, older) if left else notices
        if row.kind == "animation":
            write_atomically(output, lambda file: film.write_animation(Path(file.name), again))
        else:
            broken: list[str] = []
            write_atomically(
                output, lambda file: broken.extend(film.write(Path(file.name), first, again))
            )
            return (*notices, *broken)
    return notices


def _counted(
    frames: Iterable[FilmFrame],
    size: tuple[int, int],
    progress: Callable[[int], object] | None,
) -> Generator[FilmFrame]:
    """Yield frames; check their size, and count each once the next one is asked for."""
    for count, frame in enumerate(frames, 1):
        if frame.pixels.shape != (size[1], size[0], 3):
            raise FilmError(
                f"frame {count} is {frame.pixels.shape[1]}×{frame.pixels.shape[0]}, not "
                f"{size[0]}×{size[1]}"
            )
        yield frame
        if progress:
            progress(count)


@dataclass(frozen=True)
class _Film:
    """What is written, and how."""

    clip: Clip
    row: FilmFormat
    choice: EncoderChoice
    kept: tuple[OtherStream, ...]
    encoding: FilmEncoding
    tags: Mapping[str, str]
    begin: Fraction | None
    end: Fraction | None
    size: tuple[int, int]

    def write_animation(self, path: Path, frames: Iterable[FilmFrame]) -> None:
        """Write an animation to a file, which is replaced."""
        write_animation(path, frames, self.choice, self.row, size=self.size, rate=self.clip.rate)

    def write(self, path: Path, first: FilmFrame, frames: Iterable[FilmFrame]) -> tuple[str, ...]:
        """Write a film to a file, which is replaced; ``first`` is the first of its frames.

        Returns notices of what could not be copied.
        """
        clip, tick = self.clip, ticks_of(self.clip.time_base)
        with self._source() as source, open_film(path, self.row) as container:
            pictures = PictureStream.add(
                container,
                self.choice,
                size=self.size,
                rate=clip.rate,
                tick=tick,
                tags=self._picture_tags(source),
                are_summed=self.row.hides_early,
            )
            copied = CopiedStreams(source, container, self.kept)
            is_cut = self.begin is not None and self.begin > 0
            origin = origin_of(first.time, is_cut=is_cut, others=copied.earliest())
            hides = self.row.hides_early
            span = Span(origin=origin, is_cut=is_cut, hides_early=hides, end=self.end)
            known = source.metadata if source and self.encoding.tags else {}
            container.metadata.update(film_tags(known, self.tags, self.row))
            if source:
                copy_chapters(source, container, span)
            start(container)
            copied.begin(span)
            for frame in timed(frames, tick, origin, rate=clip.rate):
                copied.write_until(frame.start * tick)
                pictures.write(frame)
            pictures.finish()
            copied.write_until(None)
        return copied.notices

    def _picture_tags(self, source: InputContainer | None) -> dict[str, str]:
        if source is None or self.clip.stream is None or not self.encoding.tags:
            return {}
        return stream_tags(source.streams[self.clip.stream].metadata)

    @contextmanager
    def _source(self) -> Iterator[InputContainer | None]:
        """Open the clip's file, if it may hold what is copied."""
        if self.clip.kind != "video":
            yield None
            return
        with open_source(self.clip) as source:
            yield source
