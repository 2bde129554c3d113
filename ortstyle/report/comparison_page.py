"""The comparison page of a run: its pictures, loss curve and settings in one HTML file."""

import io
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from pathlib import Path

from PIL import Image

from ortstyle.files import save_file
from ortstyle.pictures.read import read_rgb
from ortstyle.report.loss_curve import LossCurve
from ortstyle.report.plot import draw_losses
from ortstyle.report.printable import printable
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text

_MAX_SIDE = 1600  # pixels; a screen shows no more of one picture among several
_JPEG_QUALITY = 90


def save_comparison_page(
    path: Path,
    *,
    sources: Sequence[tuple[str, Path]],
    result: tuple[str, Image.Image],
    settings: Settings,
    curve: LossCurve,
) -> None:
    """Save the comparison page of a run at `path`.

    Parameters
    ----------
    sources
        Role of each picture that the run read, such as "content", and its file.
    result
        Caption and image of the result.
    settings, curve
        Settings and loss curve of the run.

    Raises
    ------
    OrtStyleError
        A picture that the run read can no longer be read, or the page can't be written.
    """
    pictures = [
        (f"{role}: {file.name}", read_rgb(file, name=role, max_pixels=settings.max_pixels))
        for role, file in sources
    ]
    plot = draw_losses(curve.samples).to_svg()
    html = comparison_html([*pictures, result], settings=settings, plot=plot)
    save_file(path, html.encode(), option="compare")


def comparison_html(
    pictures: Sequence[tuple[str, Image.Image]], *, settings: Settings, plot: str
) -> str:
    """Return the comparison page as HTML that refers to no other file and contains no script.

    Parameters
    ----------
    pictures
        Caption and image of each picture, in the order of the page.
    settings
        Settings of the run. Those that differ from the defaults are set in bold.
    plot
        Plot of the loss curve as SVG.
    """
    figures = "\n".join(_figure(caption, image) for caption, image in pictures)
    return _PAGE.format(figures=figures, rows="\n".join(_setting_rows(settings)), svg=plot)


def _figure(caption: str, image: Image.Image) -> str:
    reduced = image.convert("RGB")
    reduced.thumbnail((_MAX_SIDE, _MAX_SIDE))
    file = io.BytesIO()
    reduced.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling="4:4:4")
    data = b64encode(file.getvalue()).decode()
    name, size = escape(printable(caption)), f"{image.width}×{image.height}"
    return (
        f'<figure><img src="data:image/jpeg;base64,{data}" alt="{name}">'
        f"<figcaption>{name} <small>{size}</small></figcaption></figure>"
    )


def _setting_rows(settings: Settings) -> Iterable[str]:
    """Yield a row of the HTML table for each setting."""
    defaults = Settings()
    for field in fields(settings):
        value = getattr(settings, field.name)
        mark = "" if value == getattr(defaults, field.name) else ' class="changed"'
        text = escape(printable(as_text(value))).replace(",", ",<wbr>")
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
