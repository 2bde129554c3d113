"""Pillow images for tests, and what tests know of the file system."""

import os

import numpy as np
from PIL import Image

RED, WHITE = (255, 0, 0), (255, 255, 255)


def random_image(width=24, height=16, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def ramp_of_16_bits():
    return np.linspace(0, 65535, 64 * 8).astype(np.uint16).reshape(8, 64)


def permissions_mean_nothing():
    """Tell whether no permission stops this user: root has all, and Windows has others."""
    return os.name == "nt" or os.geteuid() == 0
