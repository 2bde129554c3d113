"""The layers of VGG-19."""

import itertools

from export.weight_files import CHANNELS, KERAS_NAMES, NAMES, TORCH_INDICES
from vgg19.layers import LAYERS


def test_layers_are_those_of_the_paper():
    assert [layer.name for layer in LAYERS] == NAMES
    assert [layer.keras_name for layer in LAYERS] == KERAS_NAMES
    assert [layer.torch_index for layer in LAYERS] == TORCH_INDICES
    shapes = [(out, incoming, 3, 3) for incoming, out in itertools.pairwise(CHANNELS)]
    assert [layer.shape for layer in LAYERS] == shapes
