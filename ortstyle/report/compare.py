"""One page that shows what a run was given and what came out: pictures, settings, loss."""

import io
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from pathlib import Path

from PIL import Image

from ortstyle.pictures.read import read_rgb
from ortstyle.pictures.write import save_file
from ortstyle.report.plot import LossCurve
from ortstyle.settings.record import Settings
from ortstyle.settings.text import as_text

_SIDE = 1600  # pixels: more than a screen shows of one picture among several
_QUALITY = 90


def write_comparison(
    path: Path,
    sources: Sequence[tuple[str, Path]],
    result: tuple[str, Image.Image],
    *,
    settings: Settings,
    curve: LossCurve,
) -> None:
    """Write the page of a run to `path`.

    Parameters
    ----------
    sources
        What each picture is, and where.
    result
        Its caption and itself.
    settings, curve
        The run's settings and loss.

    Raises
    ------
    OrtStyleError
        A picture can't be read any more, or the page can't be written.
    """
    pictures = [
        (f"{what}: {file.name}", read_rgb(file, name=what, max_pixels=settings.max_pixels))
        for what, file in sources
    ]
    html = page([*pictures, result], settings, curve.drawing().svg())
    save_file(html.encode(), path, "compare")


def page(pictures: Sequence[tuple[str, Image.Image]], settings: Settings, svg: str) -> str:
    """Write the page: HTML that needs no other file and no script.

    Parameters
    ----------
    pictures
        Each with its caption, in the order to show them.
    settings
        Of the run; what differs from `Settings()` stands out.
    svg
        The plot of the loss.
    """
    figures = "\n".join(_figure(caption, image) for caption, image in pictures)
    return _PAGE.format(figures=figures, rows="\n".join(_rows(settings)), svg=svg)


def _figure(caption: str, image: Image.Image) -> str:
    small = image.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY, subsampling="4:4:4")
    data = b64encode(file.getvalue()).decode()
    name, size = escape(caption), f"{image.width}×{image.height}"
    return (
        f'<figure><img src="data:image/jpeg;base64,{data}" alt="{name}">'
        f"<figcaption>{name} <small>{size}</small></figcaption></figure>"
    )


def _rows(settings: Settings) -> Iterable[str]:
    usual = Settings()
    for field in fields(settings):
        value = getattr(settings, field.name)
        mark = "" if value == getattr(usual, field.name) else ' class="changed"'
        text = escape(as_text(value)).replace(",", ",<wbr>")
        yield f"<tr{mark}><th scope=row>{field.name.replace('_', ' ')}</th><td>{text}</td></tr>"


_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ortstyle: a comparison</title>
<style>
body {{ margin: 2rem; font: 16px/1.4 system-ui, sans-serif; color: #222; background: #fff }}
figure {{ margin: 0; flex: 1 1 20rem }}
img, svg {{ max-width: 100%; height: auto; display: block }}
figure img {{ width: 100%; max-height: 80vh; object-fit: contain; object-position: left top }}
figcaption {{ margin-top: .4rem }}
small {{ color: #666 }}
h2 {{ font-size: 1.1rem; margin: 2.5rem 0 .8rem }}
.side {{ display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: start }}
.plot {{ flex: 3 1 30rem }}
.settings {{ flex: 1 1 20rem }}
table {{ border-collapse: collapse; font-size: .9rem }}
th, td {{ padding: .15rem 1rem .15rem 0; text-align: left; vertical-align: top }}
th {{ font-weight: normal; color: #666; white-space: nowrap }}
.changed td {{ font-weight: bold }}
</style>
<div class="side">
{figures}
</div>
<div class="side">
<div class="plot">
<h2>Loss</h2>
{svg}</div>
<div class="settings">
<h2>Settings <small>(bold: not the default)</small></h2>
<table>
{rows}
</table>
</div>
</div>
</html>
"""
