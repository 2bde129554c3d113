"""The conversion of the pixels of a picture to the input of a network."""

import json
from collections.abc import Mapping, Sequence
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
        try:
            return cls._of(json.loads(text))
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        except OverflowError as error:
            raise ValueError("a number is too large") from error

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> "Preprocessing":
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
        with np.errstate(all="ignore"):
            made = (read.mean_pixel, *read._weights())
            if not all(np.isfinite(each.astype(np.float32)).all() for each in made):
                raise ValueError("its numbers are too large or too small for each other")
        return read

    @property
    def mean_pixel(self) -> NDArray[np.float64]:
        """The colour, (3,) RGB 0–255, that the network sees as zero."""
        mean = dict(zip(self.order, self.mean, strict=True))
        return np.array([mean[channel] for channel in "RGB"]) / self.scale

    def append(self, ops: Ops, image: ir.Value) -> ir.Value:
        """Append the preprocessing of `image`, (1, 3, H, W) RGB 0–255, as a 1×1 convolution."""
        weight, bias = self._weights()
        return ops.conv(image, ops.like(image, weight), ops.like(image, bias))

    def _weights(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the weight, (3, 3, 1, 1), and the bias, (3,), of the convolution."""
        weight = np.zeros((3, 3, 1, 1))
        std = np.array(self.std)
        for i, channel in enumerate(self.order):
            weight[i, "RGB".index(channel)] = self.scale / std[i]
        return weight, -np.array(self.mean) / std


def _triple(numbers: Sequence[Any]) -> tuple[float, float, float]:
    r, g, b = (float(n) for n in numbers)
    return r, g, b
