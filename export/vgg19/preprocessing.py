"""How a picture becomes the network's input, and the two ways that VGG-19 weights expect."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes the network's input.

    RGB pixels 0–255 are put into channel `order`, then ``(pixel * scale - mean) / std`` is taken,
    `mean` and `std` in that order.

    Raises
    ------
    ValueError
        `order` doesn't name R, G and B once each, a number is not finite, or `scale` or `std` is
        not positive.
    """

    order: str
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if sorted(self.order) != sorted("RGB"):
            raise ValueError("order must name R, G and B once each")
        if not all(map(math.isfinite, (self.scale, *self.mean, *self.std))):
            raise ValueError("every number must be finite")
        if min(self.scale, *self.std) <= 0:
            raise ValueError("scale and std must be positive")

    def to_json(self) -> str:
        """Write the form that the model's metadata carries."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the form that the model's metadata carries; ValueError if it isn't that."""
        try:
            data = json.loads(text)
            mean, std = _three(data["mean"]), _three(data["std"])
            return cls(str(data["order"]), float(data["scale"]), mean, std)
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"not a preprocessing: {error!r}") from error


def _three(numbers: Iterable[float]) -> tuple[float, float, float]:
    first, second, third = map(float, numbers)
    return first, second, third


CAFFE = Preprocessing("BGR", 1.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
TORCH = Preprocessing("RGB", 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
