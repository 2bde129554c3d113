"""The 16 convolutional layers of VGG-19: their kernels' shapes, and their names in each format."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """One convolutional layer of VGG-19.

    Attributes
    ----------
    block : int
        1 to 5; a pool lies between two blocks.
    number : int
        The layer's place in its block, from 1.
    torch_index : int
        The layer's place in torchvision's ``features``, from 0.
    shape : tuple of int
        The kernel's: (out, in, 3, 3). The bias is (out,).
    """

    block: int
    number: int
    torch_index: int
    shape: tuple[int, int, int, int]

    @property
    def name(self) -> str:
        """The layer's name in the paper's notation, such as ``conv4_2``."""
        return f"conv{self.block}_{self.number}"

    @property
    def keras_name(self) -> str:
        """The layer's name in Keras, such as ``block4_conv2``."""
        return f"block{self.block}_conv{self.number}"


def _vgg19() -> Iterator[Layer]:
    incoming, index = 3, 0
    for block, (depth, channels) in enumerate(
        [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)], start=1
    ):
        for number in range(1, depth + 1):
            yield Layer(block, number, index, (channels, incoming, 3, 3))
            incoming, index = channels, index + 2
        index += 1


LAYERS = tuple(_vgg19())
