"""The motion between the source frames of a film, computed when asked for and kept for a while."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.flow import Flow, optical_flow
from ortstyle.video.motion.occlusion import is_hidden, reliability
from ortstyle.video.motion.warp import compose
from ortstyle.video.painting.film_frames import SourceFrames

_MOST_BYTES = 1 << 28  # of motions that are kept, some of which are needed again


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the pixels of one frame lie in another.

    Attributes
    ----------
    flow
        (H, W, 2) float32, pixels; see `video.motion.flow`.
    reliable
        (H, W) float32, 0–1: how far the flow may be trusted.
    hidden
        (H, W) bool: what can't be seen in the other frame.
    """

    flow: Flow
    reliable: NDArray[np.float32]
    hidden: NDArray[np.bool_]

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self.flow.nbytes + self.reliable.nbytes + self.hidden.nbytes


class FrameMotion:
    """The motion between frames of one film.

    Parameters
    ----------
    folder
        The source frames.
    """

    def __init__(self, folder: SourceFrames) -> None:
        self._folder = folder
        self._kept: OrderedDict[tuple[int, ...], Motion] = OrderedDict()

    def between(self, frame: int, other: int) -> Motion:
        """Return the motion from a frame to another one, estimated from these two alone."""
        if (frame, other) not in self._kept:
            first, second = self._levels(frame), self._levels(other)
            there, back = optical_flow(first, second), optical_flow(second, first)
            self._keep((frame, other), _motion(there, back))
            self._keep((other, frame), _motion(back, there))
        return self._take((frame, other))

    def along(self, frames: tuple[int, ...]) -> Motion:
        """Return the motion from the first of some frames to the last, by way of those between.

        The motions from frame to frame, composed, are where the search begins; so what moves far is
        found.
        """
        if len(frames) == 1:
            return self._none()
        if len(frames) == 2:
            return self.between(*frames)
        if frames not in self._kept:
            first, second = self._levels(frames[0]), self._levels(frames[-1])
            rest = frames[1:]
            guess = compose(self.between(*frames[:2]).flow, self.along(rest).flow)
            there = optical_flow(first, second, guess=guess)
            guess = compose(self.along(rest[::-1]).flow, self.between(*frames[1::-1]).flow)
            back = optical_flow(second, first, guess=guess)
            self._keep(frames, _motion(there, back))
            self._keep(frames[::-1], _motion(back, there))
        return self._take(frames)

    def _none(self) -> Motion:
        width, height = self._folder.frame_size
        still = np.zeros((height, width, 2), np.float32)
        return Motion(still, np.ones((height, width), np.float32), np.zeros((height, width), bool))

    def _levels(self, frame: int) -> NDArray[np.uint8]:
        levels = self._folder.source(frame)
        if levels.dtype == np.uint8:
            return levels.astype(np.uint8, copy=False)
        return (levels >> 8).astype(np.uint8)

    def _keep(self, key: tuple[int, ...], motion: Motion) -> None:
        self._kept[key] = motion
        self._kept.move_to_end(key)
        while (
            len(self._kept) > 2 and sum(each.nbytes for each in self._kept.values()) > _MOST_BYTES
        ):
            self._kept.popitem(last=False)

    def _take(self, key: tuple[int, ...]) -> Motion:
        self._kept.move_to_end(key)
        return self._kept[key]


def _motion(flow: Flow, back: Flow) -> Motion:
    return Motion(flow, reliability(flow, back), is_hidden(flow, back))
