"""The order in which the frames of a scene are painted, pass by pass, and what each is held to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ortstyle.settings.film import FilmSettings

_KEYFRAME_EVERY = 12  # painted frames; what has come into view is firm from the next one on
_EARLIER = 4  # frames, the farthest that Ruder, Dosovitskiy, Brox (2016) use
_OWN = 0.5  # share of a frame's own painting of the pass before, as theirs, equation 10
_MOST_JOINED = 24  # frames at the beginning of a loop that lead from its end to what they were


@dataclass(frozen=True)
class Step:
    """One frame to be painted in one pass.

    Attributes
    ----------
    index
        Its number in the film.
    pass_
        The pass, from 1.
    earlier
        The frames painted before it, the nearest first, at most 4; none for the first of a scene.
    to_keyframe
        The frame itself, and those that lead from it to its keyframe.
    own
        The share of its own painting of the pass before in what it is held to.
    of_last_pass
        Frames whose painting of the pass before counts.
    is_copy
        Whether it is the painting of the pass before.
    """

    index: int
    pass_: int
    earlier: tuple[int, ...] = ()
    to_keyframe: tuple[int, ...] = ()
    own: float = 0.0
    of_last_pass: frozenset[int] = frozenset()
    is_copy: bool = False

    @property
    def sources(self) -> frozenset[int]:
        """The frames whose sources it may take to paint the frame."""
        return frozenset((self.index, *self.earlier, *self.to_keyframe))

    @property
    def paintings(self) -> frozenset[tuple[int, int]]:
        """The frames, each with its pass, whose paintings it may take to paint the frame."""
        others = {*self.earlier, *self.to_keyframe[-1:]} - {self.index}
        found = {(other, self.pass_of(other)) for other in others}
        if self.own or self.is_copy:
            found.add((self.index, self.pass_ - 1))
        return frozenset(found)

    def pass_of(self, other: int) -> int:
        """Return the pass in which an earlier frame's painting counts."""
        return self.pass_ - 1 if other in self.of_last_pass else self.pass_


def painted_indices(frames: range, film: FilmSettings) -> list[int]:
    """List the frames of a scene that are painted: every n-th, and the last."""
    return sorted({*frames[:: film.every], *frames[-1:]})


def last_pass(film: FilmSettings) -> int:
    """Return the pass whose paintings are the film's."""
    return 1 if film.consistency == "none" else film.passes + film.loop


def steps_of(frames: range, film: FilmSettings, *, is_whole: bool) -> Iterator[Step]:
    """Yield the steps of a scene in the order in which they are made.

    Odd passes go forwards, even ones backwards. With `film.loop` there is one pass more: the first
    frames of the film are held to its last ones, less and less, and the rest stays. In a film of
    several scenes, whose end and beginning are different, all stays.

    Parameters
    ----------
    frames
        The scene.
    film
        The settings of the film.
    is_whole
        Whether the scene is the whole film.
    """
    order = painted_indices(frames, film)
    if film.consistency == "none":
        yield from (Step(index, 1) for index in order)
        return
    for number in range(1, film.passes + 1):
        yield from _pass(order if number % 2 else order[::-1], number)
    if film.loop:
        yield from _joining_pass(order, film.passes + 1, is_joined=is_whole and len(order) > 2)


def _pass(order: Sequence[int], number: int) -> Iterator[Step]:
    own = 0.0 if number == 1 else _OWN
    yield Step(order[0], number, is_copy=number > 1)
    for place in range(1, len(order)):
        keyframe = (place - 1) // _KEYFRAME_EVERY * _KEYFRAME_EVERY
        yield Step(
            order[place],
            number,
            earlier=_before(order, place),
            to_keyframe=tuple(order[keyframe : place + 1][::-1]),
            own=own,
        )


def _joining_pass(order: Sequence[int], number: int, *, is_joined: bool) -> Iterator[Step]:
    """Yield the steps in which the beginning of a loop is joined to its end."""
    joined = min(_MOST_JOINED, len(order) // 2) if is_joined else 0
    end = order[-_EARLIER:]
    cyclic = [*end, *order]
    for place in range(joined):
        at = place + len(end)
        keyframe = max(len(end) - 1, at - _KEYFRAME_EVERY)
        yield Step(
            order[place],
            number,
            earlier=_before(cyclic, at),
            to_keyframe=tuple(cyclic[keyframe : at + 1][::-1]),
            own=(place + 1) / (joined + 1),
            of_last_pass=frozenset(end),
        )
    yield from (Step(index, number, is_copy=True) for index in order[joined:])


def _before(order: Sequence[int], place: int) -> tuple[int, ...]:
    return tuple(order[max(0, place - _EARLIER) : place][::-1])
