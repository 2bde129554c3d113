"""The objective of neural style transfer in eager PyTorch, which ortstyle is measured against.

It is written from the published description (Gatys, Ecker, Bethge 2015), with the constants of the
published implementation and the VGG-19 that is packaged with ortstyle.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx.numpy_helper import to_array
from torch.nn import functional

CONTENT_LAYER = "relu4_2"
STYLE_LAYERS = tuple(f"relu{block}_1" for block in range(1, 6))
MEAN = (103.939, 116.779, 123.68)  # BGR, of the Caffe release of VGG-19

Pixels = NDArray[np.float32]


def _read_convolutions(path: Path) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Return the weight and bias of every convolution by its name."""
    arrays = {tensor.name: to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    names = [name.removesuffix(".bias") for name in arrays if name.endswith(".bias")]
    return {
        name: (
            torch.from_numpy(arrays[f"{name}.codebook"][arrays[f"{name}.indices"]]),
            torch.from_numpy(arrays[f"{name}.bias"].copy()),
        )
        for name in names
    }


def gram(features: torch.Tensor) -> torch.Tensor:
    """Return the Gram matrix F·Fᵀ / (C·H·W) of (1, C, H, W) features."""
    columns = features.flatten(2)[0]
    return columns @ columns.T / features.numel()


class Reference:
    """Loss and gradient of a picture in PyTorch.

    Parameters
    ----------
    model
        Path of `models/vgg19.onnx`.
    content, style
        (1, 3, H, W) float32, RGB 0–255.
    weights
        Weights of content, style and total variation.
    channels_last
        Whether activations lie in memory with their channels last.
    device
        PyTorch's name of the device.
    compiled
        Whether `torch.compile` compiles the network.
    """

    def __init__(
        self,
        model: Path,
        content: Pixels,
        style: Pixels,
        *,
        weights: Sequence[float] = (5.0, 100.0, 0.0),
        channels_last: bool = False,
        device: str = "cpu",
        compiled: bool = False,
    ) -> None:
        self._device = device
        self._layout = torch.channels_last if channels_last else torch.contiguous_format
        self._layers = {
            name: (weight.to(device, memory_format=self._layout), bias.to(device))
            for name, (weight, bias) in _read_convolutions(model).items()
            if name <= "conv5_1"
        }
        self._weights = weights
        self._compiled = torch.compile(self._features) if compiled else self._features
        self._mean = torch.tensor(MEAN, device=device).reshape(1, 3, 1, 1)
        with torch.no_grad():
            self._content = self._features(torch.from_numpy(content).to(device))[CONTENT_LAYER]
            features = self._features(torch.from_numpy(style).to(device))
            self._style = {layer: gram(features[layer]) for layer in STYLE_LAYERS}

    def _features(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        x = image.flip(1) - self._mean
        x = x.contiguous(memory_format=self._layout)
        features = {}
        block = "1"
        for name, (weight, bias) in self._layers.items():
            if name[4] != block:
                x, block = functional.max_pool2d(x, 2), name[4]
            x = functional.relu(functional.conv2d(x, weight, bias, padding=1))
            features["relu" + name[4:]] = x
        return features

    def terms(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the weighted content, style and total variation loss of a picture."""
        features = self._compiled(x)
        content = functional.mse_loss(features[CONTENT_LAYER], self._content)
        style = sum(
            functional.mse_loss(gram(features[layer]), target)
            for layer, target in self._style.items()
        )
        tv = (x[:, :, 1:] - x[:, :, :-1]).abs().sum() + (x[..., 1:] - x[..., :-1]).abs().sum()
        parts = (content, style, tv)
        return [weight * part for weight, part in zip(self._weights, parts, strict=True)]

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sum of the terms whose weight isn't 0."""
        terms = self.terms(x)
        return terms[0] + terms[1] + terms[2] if self._weights[2] else terms[0] + terms[1]

    def __call__(self, image: Pixels) -> tuple[float, dict[str, float], Pixels]:
        """Return the loss, its terms by name and its gradient, (1, 3, H, W) float32."""
        x = torch.from_numpy(image).to(self._device).requires_grad_()
        terms = self.terms(x)
        loss = terms[0] + terms[1] + terms[2] if self._weights[2] else terms[0] + terms[1]
        (gradient,) = torch.autograd.grad(loss, x)
        named = zip(("content", "style", "tv"), (float(t.detach()) for t in terms), strict=True)
        return loss.item(), dict(named), gradient.cpu().numpy()
