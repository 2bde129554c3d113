"""How much memory the tiles of a network take, and about how long they take to evaluate."""

from collections.abc import Sequence
from math import prod

from ortstyle.graph.segments import Segment, Size, segment_inputs
from ortstyle.memory.segment_footprint import MOST_SHAPES, SegmentFootprint
from ortstyle.objective.tiles import TileSizes
from ortstyle.settings.settings import Settings

# Limits to try for the number of tile shapes in each segment but the first; every shape has one
# session for the forward pass and one for the backward pass.
_SHAPE_LIMITS = MOST_SHAPES, 4, 1


class Footprint:
    """Predicts the memory and the time of a network's segments in tiles.

    Sizes are (H, W) of the picture.

    Parameters
    ----------
    segments
        The segments of the network.
    settings
        The settings of the objective.
    anchored
        Whether pictures are held to an anchor.

    Attributes
    ----------
    segments
        The footprint of each segment.
    """

    def __init__(
        self, segments: Sequence[Segment], settings: Settings, *, anchored: bool = False
    ) -> None:
        self._segments, self._settings = segments, settings
        self._inputs: dict[Size, list[Size]] = {}
        self.segments = [
            SegmentFootprint(segment, settings, anchored=anchored) for segment in segments
        ]

    def input_sizes(self, size: Size) -> list[Size]:
        """Return (H, W) of each segment's input."""
        if size not in self._inputs:
            self._inputs[size] = segment_inputs(self._segments, size, self._settings)
        return self._inputs[size]

    def boundary_bytes(self, size: Size) -> int:
        """Count the bytes of all boundaries between segments, for the whole picture."""
        return sum(
            4 * segment.network.channels * prod(input_size)
            for segment, input_size in zip(
                self._segments[1:], self.input_sizes(size)[1:], strict=True
            )
        )

    def best_tiles(self, size: Size, *, backward: int, forward: int) -> tuple[TileSizes, ...]:
        """Return the tiles that fit and take least time, for each segment; () if none fit.

        `backward` and `forward` are the bytes available in the backward and the forward pass.
        """
        found = [self._best_tiles(size, backward, forward, limit) for limit in _SHAPE_LIMITS]
        return min(filter(None, found), key=lambda tiles: self.seconds(size, tiles), default=())

    def _best_tiles(
        self, size: Size, backward: int, forward: int, most_shapes: int
    ) -> tuple[TileSizes, ...]:
        found = []
        for segment, input_size in zip(self.segments, self.input_sizes(size), strict=True):
            others = self._other_bytes(segment, most_shapes)
            largest = [
                segment.best_tile(input_size, room - others, memory=memory, most_shapes=most_shapes)
                for room, memory in ((backward, segment.backward), (forward, segment.forward))
            ]
            if None in largest:
                return ()
            found.append(TileSizes(*filter(None, largest)))
        return tuple(found)

    def total_bytes(self, size: Size, tiles: Sequence[TileSizes]) -> int:
        """Predict the bytes of all sessions and of the largest run, which the arena keeps."""
        sessions = sum(
            segment.session_bytes(input_size, of_segment)
            for segment, of_segment, input_size in zip(
                self.segments, tiles, self.input_sizes(size), strict=True
            )
        )
        return sessions + max(
            memory(tile) + self._other_weights(segment)
            for segment, of_segment in zip(self.segments, tiles, strict=True)
            for memory, tile in (
                (segment.backward, of_segment.backward),
                (segment.forward, of_segment.forward),
            )
        )

    def least_bytes(self, size: Size, *, occupied: int, opening: int) -> int:
        """Predict the bytes that the process takes with the tiles that need least memory.

        Parameters
        ----------
        size
            (H, W) of the picture.
        occupied
            Bytes that are taken during evaluations, without sessions and runs.
        opening
            Bytes that are taken while targets are computed, in forward passes.
        """
        return min(
            max(
                base
                + segment.least_bytes(input_size, memory=memory, most_shapes=limit)
                + self._other_bytes(segment, limit)
                for segment, input_size in zip(self.segments, self.input_sizes(size), strict=True)
                for base, memory in (
                    (occupied, segment.backward),
                    (max(occupied, opening), segment.forward),
                )
            )
            for limit in _SHAPE_LIMITS
        )

    def seconds(self, size: Size, tiles: Sequence[TileSizes]) -> float:
        """Estimate the seconds of an evaluation, to compare plans; all segments count alike."""
        each = [
            segment.seconds_per_pixel(input_size, of_segment)
            for segment, of_segment, input_size in zip(
                self.segments, tiles, self.input_sizes(size), strict=True
            )
        ]
        return prod(size) * sum(each) / len(each)

    def _other_bytes(self, segment: SegmentFootprint, most_shapes: int) -> int:
        """Predict what the other segments' sessions take at most while one segment runs."""
        sessions = sum(
            other.most_session_bytes(most_shapes) for other in self.segments if other is not segment
        )
        return sessions + self._other_weights(segment)

    def _other_weights(self, segment: SegmentFootprint) -> int:
        return sum(other.weight_bytes for other in self.segments if other is not segment)
