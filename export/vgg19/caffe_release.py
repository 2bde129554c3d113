"""The Oxford group's release of VGG-19 for Caffe: its licence, and how to recognise its weights."""

from dataclasses import replace

import numpy as np

from vgg19.preprocessing import CAFFE
from vgg19.weights import Floats, Weights

# neural-style's vgg19-d01eb7cb.pth: PyTorch Hub names a file after its SHA-256.
CAFFE_SHA256 = "d01eb7cb"
CAFFE_LICENSE = "CC-BY-4.0"
CAFFE_ATTRIBUTION = (
    "VGG-19 by Karen Simonyan and Andrew Zisserman, Visual Geometry Group, University of Oxford: "
    "Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, "
    "https://www.robots.ox.ac.uk/~vgg/research/very_deep/. Changed: the convolutional layers only, "
    "in another file format."
)


def as_caffe_release(weights: Weights, known_from: str) -> Weights:
    """Give weights the release's preprocessing, licence and attribution.

    Parameters
    ----------
    weights : Weights
    known_from : str
        What tells that the weights are the release's, in words.
    """
    return replace(
        weights,
        preprocessing=CAFFE,
        preprocessing_from=known_from,
        license=CAFFE_LICENSE,
        attribution=CAFFE_ATTRIBUTION,
    )


def is_caffe_release(weights: Weights, conv1_1: Floats) -> bool:
    """Tell whether weights are the Oxford Caffe release, by comparing the first layer's kernel.

    Other trainings differ by more than the kernel's own norm, an 8-bit copy by less than one
    percent of it.

    Parameters
    ----------
    weights : Weights
    conv1_1 : (64, 3, 3, 3) float32
        The release's kernel, up to quantisation.
    """
    difference = np.linalg.norm(weights.kernels["conv1_1"] - conv1_1)
    return bool(difference < 0.05 * np.linalg.norm(conv1_1))
