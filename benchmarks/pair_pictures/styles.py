"""The styles of the pairs, with their authors and licences."""

from functools import partial

from pair_pictures import brush, cloth, drawn, graphics
from pair_pictures.packages import Packaged
from pair_pictures.source import CC0, PUBLIC, Make, Source, gcompris, painted, palapeli


def painting(name: str, shows: str, author: str, board: int, sha256: str) -> Source:
    """Return a painting that GCompris has in pieces; its painter died over 70 years ago."""
    file = gcompris(f"paintings:board/board{board}_0.qml", sha256)
    licence = f"{PUBLIC} (the scan: GPL-3.0-or-later)"  # as GCompris says of its scans
    return Source(name, "style", shows, author, licence, (file,))


def drawn_after(
    name: str, shows: str, draw: Make, author: str, licence: str, *files: Packaged
) -> Source:
    """Return a style that a script draws after photographs, whose licence it keeps."""
    author = f"ortstyle after {author}"
    return Source(name, "style", shows, author, licence, files, draw, by_script=True)


STYLES = (
    painted("white-paper", "paper", partial(cloth.paper, (249, 248, 245), 1)),
    painted("blue-paper", "paper", partial(cloth.paper, (44, 86, 160), 2)),
    drawn_after(
        "pencil",
        "line drawing",
        drawn.pencil,
        "Alf van Beem",
        PUBLIC,
        gcompris("explore_monuments:france/chateaudeChenonceau.webp", "4e414fc35ae9b4e1"),
    ),
    painting(
        "van-gogh",
        "painting",
        "Vincent van Gogh, Village Street in Auvers, 1890",
        22,
        "f502a4c5ab5a714f",
    ),
    painted("stained-glass", "patches", graphics.stained_glass),
    painted("watercolour", "wet colours", brush.watercolour),
    painted("pixel-art", "patches", graphics.pixel_art),
    drawn_after(
        "engraving",
        "line drawing",
        drawn.engraving,
        "Kurt Kaiser",
        CC0,
        gcompris("explore_world_animals:animals/bison.webp", "11f3b2c5b876ee08"),
    ),
    painted("canvas", "cloth", cloth.canvas),
    painted("text", "black and white", graphics.logo),
    Source(
        "photograph",
        "style",
        "photograph or print",
        "John Severns",
        PUBLIC,
        (palapeli("european-honey-bee.jpg", "9d54ae706bddd899"),),
    ),
    painting("cassatt", "painting", "Mary Cassatt, Summertime, 1894", 21, "ab0345c595b324b7"),
    painted("black-paper", "paper", partial(cloth.paper, (17, 17, 19), 3)),
    painted("grey-paper", "paper", partial(cloth.paper, (128, 128, 127), 4)),
    painted("ink", "line drawing", brush.ink),
    painting(
        "renoir",
        "painting",
        "Pierre-Auguste Renoir, Bal du moulin de la Galette, 1876",
        1,
        "0084a8fe6daa3aa5",
    ),
    painted("blueprint", "line drawing", graphics.blueprint),
    painted("batik", "wet colours", cloth.batik),
    drawn_after(
        "comic",
        "patches",
        drawn.comic,
        "Ypsilonatshared; Seth Zeigler; Loliloli",
        "public domain, CC0-1.0",
        gcompris("explore_monuments:usa/statueofLiberty.webp", "8eeda3c92c734520"),
        gcompris("explore_farm_animals:animals/horse.webp", "87879a9644b71713"),
        gcompris("explore_farm_animals:animals/cat.webp", "ab7c3e1b04e80bc5"),
    ),
    painting(
        "woodcut",
        "photograph or print",
        "Katsushika Hokusai, The Great Wave off Kanagawa, 1831",
        7,
        "6f61255e9ff56e0a",
    ),
    painted("knitting", "cloth", cloth.knitting),
    painted("almost-black", "black and white", brush.almost_black),
    drawn_after(
        "mosaic",
        "patches",
        drawn.mosaic,
        "Dcoetzee",
        CC0,
        gcompris("explore_world_animals:animals/scarlet_macaw.webp", "8b088ed71a87e7e9"),
    ),
    painting(
        "kandinsky", "painting", "Wassily Kandinsky, Composition VIII, 1923", 19, "4e89c4bff2a838d7"
    ),
)
