"""The conversion of the pixels of a picture to the input of a network."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.ops import Ops


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing of RGB pixels 0–255: (pixel · scale − mean) / std, channels in `order`.

    The defaults are those of networks trained on ImageNet with PyTorch and similar frameworks.
    """

    order: str = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    @classmethod
    def parse(cls, text: str) -> "Preprocessing":
        """Read the JSON text of the entry `preprocessing` in a model's metadata.

        Raises
        ------
        ValueError, KeyError, TypeError
            The text does not describe a preprocessing.
        """
        data = json.loads(text)
        read = cls(
            str(data["order"]),
            float(data["scale"]),
            _triple(data["mean"]),
            _triple(data["std"]),
        )
        numbers = (read.scale, *read.mean, *read.std)
        if sorted(read.order) != ["B", "G", "R"] or not all(map(isfinite, numbers)):
            raise ValueError("order is no permutation of RGB, or a number is not finite")
        if 0 in (read.scale, *read.std):
            raise ValueError("scale or std has a zero")
        return read

    @property
    def mean_pixel(self) -> NDArray[np.float64]:
        """The colour, (3,) RGB 0–255, that the network sees as zero."""
        mean = dict(zip(self.order, self.mean, strict=True))
        return np.array([mean[channel] for channel in "RGB"]) / self.scale

    def append(self, ops: Ops, image: ir.Value) -> ir.Value:
        """Append the preprocessing of `image`, (1, 3, H, W) RGB 0–255, as a 1×1 convolution."""
        weight = np.zeros((3, 3, 1, 1))
        for i, channel in enumerate(self.order):
            weight[i, "RGB".index(channel)] = self.scale / self.std[i]
        bias = -np.array(self.mean) / self.std
        return ops.conv(image, ops.like(image, weight), ops.like(image, bias))


def _triple(numbers: Sequence[Any]) -> tuple[float, float, float]:
    r, g, b = (float(n) for n in numbers)
    return r, g, b
