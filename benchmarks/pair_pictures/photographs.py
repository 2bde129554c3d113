"""The photographs of the pairs, with their authors and licences."""

from functools import partial

import numpy as np
from PIL import Image

from pair_pictures.noise import SIZE, picture
from pair_pictures.packages import Packaged
from pair_pictures.source import BY4, CC0, PUBLIC, Make, Source, gcompris, lomiri, painted, palapeli


def on_white(image: Image.Image) -> Image.Image:
    """Return a photograph of a thing before a grey wall with the wall made white.

    The wall's lightness, fitted to the picture's sides as a polynomial of second degree, is divided
    out, as photographers of catalogues do.
    """
    pixels = np.asarray(image, dtype=np.float64)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x**2, y**2], axis=2)
    side = np.abs(x) > 0.8
    factors = np.linalg.lstsq(terms[side], pixels[side].mean(axis=1), rcond=None)[0]
    return picture(pixels / (terms @ factors)[..., None] * 272)


def blank(level: int) -> Image.Image:
    """Return a picture of one grey."""
    return Image.new("RGB", SIZE, (level, level, level))


def _photograph(
    name: str, shows: str, author: str, licence: str, file: Packaged, make: Make | None = None
) -> Source:
    return Source(name, "photograph", shows, author, licence, (file,), make)


PHOTOGRAPHS = (
    _photograph(
        "canyon",
        "landscape",
        "Nikater",
        PUBLIC,
        gcompris("explore_monuments:usa/canyondeChelly.webp", "2148fe45a54186a6"),
    ),
    _photograph(
        "wall",
        "landscape",
        "Nicolas Perrault III",
        CC0,
        gcompris("explore_monuments:wonders/greatWallofChina.webp", "546e2483d17c2b73"),
    ),
    _photograph(
        "mariachi",
        "people",
        "Elidealista",
        CC0,
        gcompris("explore_world_music:music/mexico.webp", "cd1286e5d7649bc4"),
    ),
    _photograph(
        "astronaut",
        "people",
        "NASA",
        PUBLIC,
        Packaged("scikit-image==0.25.2", "skimage/data/astronaut.png", "88431cd9653ccd53"),
    ),
    _photograph(
        "palace",
        "building",
        "Janwiki",
        PUBLIC,
        gcompris("explore_monuments:india/hawaMahal.webp", "4edb7eed9db596bd"),
    ),
    _photograph(
        "panda",
        "animal",
        "Mathias Appel",
        CC0,
        gcompris("erase:red_panda.webp", "ec755f7b9d895303"),
    ),
    _photograph(
        "bridge",
        "night",
        "Derek Jensen",
        PUBLIC,
        palapeli("cincinnati-bridge.jpg", "09772d09318b34a5"),
    ),
    _photograph(
        "lute",
        "white background",
        "Metropolitan Museum of Art",
        CC0,
        gcompris("explore_world_music:music/middleeast.webp", "bc847e52730f5920"),
        on_white,
    ),
    _photograph(
        "pyramid",
        "haze",
        "Neithsabes",
        PUBLIC,
        gcompris("explore_monuments:egypt/bentPyramid.webp", "ca717a088d790a90"),
    ),
    _photograph(
        "citrus",
        "food",
        "US Department of Agriculture",
        PUBLIC,
        palapeli("citrus-fruits.jpg", "0cbd7154a1478980"),
    ),
    _photograph(
        "narwhals",
        "water",
        "Kristin Laidre",
        PUBLIC,
        gcompris("explore_world_animals:animals/narwhal.webp", "2a94d2fc7482ca80"),
    ),
    painted("white", "blank", partial(blank, 255), kind="photograph"),
    _photograph(
        "peaks",
        "landscape",
        "Aitzol Berasategi",
        BY4,
        lomiri("picosdeeuropa_by_Aitzol_Berasategi.jpg", "414d0072b2f6f2c5"),
    ),
    _photograph(
        "autumn",
        "landscape",
        "Aitzol Berasategi",
        BY4,
        lomiri("aitzgorri_by_Aitzol_Berasategi.jpg", "66268e7b48f8854d"),
    ),
    _photograph(
        "piper",
        "people",
        "Steve Evans",
        "CC-BY-2.0",
        gcompris("explore_world_music:music/australia.webp", "b7e0bc6da6f9fd8b"),
    ),
    _photograph(
        "admiral",
        "people",
        "James S. Davis, US Navy",
        PUBLIC,
        Packaged(
            "matplotlib==3.9.2",
            "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
            "a8ca6d734765703b",
        ),
    ),
    _photograph(
        "castle",
        "building",
        "cameralends",
        CC0,
        gcompris("explore_monuments:germany/neuschwansteinCastle.webp", "15ec5fcb8758d54e"),
    ),
    _photograph(
        "kingfisher",
        "animal",
        "Frank-2.0",
        CC0,
        gcompris("erase:kingfisher.webp", "b637658d7e0f8f55"),
    ),
    _photograph(
        "gateway",
        "night",
        "Simon Steinberger",
        CC0,
        gcompris("explore_monuments:india/gatewayofIndia.webp", "8d1053776a85a970"),
    ),
    _photograph(
        "minarets",
        "white background",
        "Goutamkhandelwal",
        PUBLIC,
        gcompris("explore_monuments:india/charminar.webp", "a657a2139787bded"),
    ),
    _photograph(
        "temple",
        "haze",
        "Jasdeep Singh",
        CC0,
        gcompris("explore_monuments:india/goldenTemple.webp", "ec52355726f8c36c"),
    ),
    _photograph(
        "fig",
        "food",
        "Trevor “Freespace”",
        BY4,
        lomiri("Picture_0B_by_freespace.jpg", "c8c0ab18e48d9e04"),
    ),
    _photograph(
        "stream",
        "water",
        "Aitzol Berasategi",
        BY4,
        lomiri("life_by_Aitzol_Berasategi.jpg", "4c119350ead80201"),
    ),
    painted("black", "blank", partial(blank, 0), kind="photograph"),
)
