"""The memory of a graph's runs as a function of the size it runs on, from graphs of two sizes."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, prod
from typing import Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.liveness import alive_bytes, held_bytes, weight_bytes
from ortstyle.graph.node import input_of
from ortstyle.graph.rewrites import winograd
from ortstyle.graph.rewrites.convolution_cost import costs_here
from ortstyle.graph.segments import Size
from ortstyle.graph.values import shape_of
from ortstyle.memory.graph_memory import arena_bytes, arena_bytes_of_each, rewrite_without_kernels

Line = tuple[float, float]
"""A linear function of the number of pixels: its value for none, and what each pixel adds."""


def line_through(few: int, less: float, *, many: int, more: float) -> Line:
    """Return the line through the bytes `less` for `few` pixels and `more` for `many`."""
    by_pixel = (more - less) / (many - few)
    return less - by_pixel * few, by_pixel


@dataclass(frozen=True)
class RunMemory:
    """The memory of a graph's run as a function of the pixels it runs on.

    Attributes
    ----------
    held
        Bytes of inputs and weights.
    alive
        Bytes of the results that are alive at once.
    """

    held: Line
    alive: Line

    @classmethod
    def measured(cls, measure: Callable[[Size], tuple[int, int]], sides: tuple[int, int]) -> Self:
        """Return the memory as linear functions through the bytes measured for two squares."""
        (few, small), (many, large) = ((side * side, measure((side, side))) for side in sides)
        held, alive = (
            line_through(few, less, many=many, more=more)
            for less, more in zip(small, large, strict=True)
        )
        return cls(held, alive)

    def __call__(self, size: Size) -> int:
        """Predict the bytes for (H, W)."""
        return int(self.of_each(np.array(prod(size))))

    def of_each(self, pixels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Predict the bytes for each number of pixels."""
        held, alive = (np.rint(base + by * pixels) for base, by in (self.held, self.alive))
        return np.asarray(held + arena_bytes_of_each(alive), np.int64)


@dataclass(frozen=True)
class _Rewritten:
    """A kernel that takes more bytes from the size on at which its convolution is rewritten.

    Attributes
    ----------
    channels
        Of the input and the result.
    share
        (vertical, horizontal): positions of the convolution's result by the pixel.
    more
        The bytes that the transformed kernel takes more than the plain ones.
    """

    channels: tuple[int, int]
    share: tuple[float, float]
    more: int

    def is_rewritten(self, size: Size) -> bool:
        """Tell whether the convolution is rewritten in a graph for a picture of (H, W)."""
        grid = (ceil(int(n * by) / winograd.TILE) for n, by in zip(size, self.share, strict=True))
        return costs_here().is_faster(*self.channels, prod(grid))


@dataclass(frozen=True)
class PictureRunMemory:
    """The memory of a graph's run on a whole picture of any size.

    Two graphs of different sizes have the same steps, and nearly all that is in memory at a step
    grows in proportion to the pixels. So two graphs give a line for every step, and the highest
    line at the pixels of a picture is the peak of its graph.

    Attributes
    ----------
    weights
        Bytes of the weights in a file of the graph.
    held
        Bytes of the inputs and weights, with all convolutions rewritten that can be.
    outputs
        Bytes of the outputs.
    rewritten
        The kernels of convolutions that are rewritten in graphs of large pictures alone.
    steps
        (steps, 2), a `Line` for the results that are alive at each step.
    """

    weights: Line
    held: Line
    outputs: Line
    rewritten: tuple[_Rewritten, ...]
    steps: NDArray[np.float64]

    @classmethod
    def measured(cls, build: Callable[[Size], ir.Model], sides: tuple[int, int]) -> Self | None:
        """Return the memory from the graphs of two squares; None if their steps differ.

        The smaller square must be so large that every convolution that can be is rewritten.
        """
        small, large = (_Measured.of(build((side, side)), side=side) for side in sides)
        if len(small.alive) != len(large.alive) or len(small.rewritten) != len(large.rewritten):
            return None
        few, many = (side * side for side in sides)

        def line(name: str) -> Line:
            less, more = (getattr(of, name) for of in (small, large))
            return line_through(few, less, many=many, more=more)

        steps = [
            line_through(few, less, many=many, more=more)
            for less, more in zip(small.alive, large.alive, strict=True)
        ]
        return cls(line("weights"), line("held"), line("outputs"), large.rewritten, np.array(steps))

    def weight_bytes(self, size: Size) -> int:
        """Predict the bytes of the weights in a file of the graph for (H, W)."""
        return _at(self.weights, size)

    def output_bytes(self, size: Size) -> int:
        """Predict the bytes of the outputs for (H, W)."""
        return _at(self.outputs, size)

    def held_bytes(self, size: Size) -> int:
        """Predict the bytes of inputs and weights during a run for (H, W)."""
        plain = sum(kernel.more for kernel in self.rewritten if not kernel.is_rewritten(size))
        return _at(self.held, size) - plain

    def running_bytes(self, size: Size) -> int:
        """Predict the bytes of inputs, weights and results of a run for (H, W)."""
        alive = (self.steps[:, 0] + self.steps[:, 1] * prod(size)).max(initial=0)
        return self.held_bytes(size) + arena_bytes(round(alive))


def _at(line: Line, size: Size) -> int:
    return max(0, round(line[0] + line[1] * prod(size)))


@dataclass(frozen=True)
class _Measured:
    """What the graph of one square takes; the attributes are as for `PictureRunMemory`."""

    weights: int
    held: int
    outputs: int
    rewritten: tuple[_Rewritten, ...]
    alive: list[int]

    @classmethod
    def of(cls, model: ir.Model, *, side: int) -> Self:
        """Measure a graph, which is rewritten in place."""
        graph = model.graph
        outputs = sum(4 * prod(shape_of(value)) for value in graph.outputs)
        results: dict[str, tuple[int, ...]] = {}
        for node in graph:
            if node.op_type == "Conv":
                results.setdefault(str(input_of(node, 1).name), shape_of(node.outputs[0])[2:])
        plain = {name: 4 * prod(shape_of(v)) for name, v in graph.initializers.items()}
        weights = weight_bytes(model)
        rewrite_without_kernels(model)
        gone = {name: size for name, size in plain.items() if name not in graph.initializers}
        rewritten = []
        for value in graph.inputs:
            name, found, _ = str(value.name).partition(winograd.SUFFIX)
            if found:
                # The kernel of the backward pass is that of the forward pass, turned.
                less = sum(n for of, n in gone.items() if of == name or of.startswith(f"{name}."))
                share = tuple(n / side for n in results[name])
                more = 4 * prod(shape_of(value)) - less
                _, made, taken = shape_of(value)
                rewritten.append(_Rewritten((taken, made), (share[0], share[1]), more))
        alive = alive_bytes(model)
        return cls(weights, held_bytes(model), outputs, tuple(rewritten), alive)
