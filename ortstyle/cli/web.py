"""`ortstyle web`: a page for any host, which paints in the visitor's own browser."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from ortstyle.cli.messages import quoted, say, show
from ortstyle.errors import SettingsError

_STEPS = {
    "download": "downloading ONNX Runtime for browsers with npm",
    "graphs": "building the graphs, which takes a while",
    "files": "writing the files",
}


def web(
    folder: Annotated[
        Path,
        Argument(help="Folder for the page; new, empty, or that of an earlier one.", metavar="DIR"),
    ],
    *,
    sizes: Annotated[
        str | None,
        Option(
            help="Sizes that the page offers, longest sides in pixels (128,256,512,768,1024).",
            metavar="N,N,…",
            show_default=False,
        ),
    ] = None,
    runtime: Annotated[
        Path | None,
        Option(
            help="Folder or .tgz of the npm package onnxruntime-web (npm downloads it).",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a page that paints in the visitor's own browser, for any static host."""
    from ortstyle.web.canvases import SIZES  # noqa: PLC0415  loads onnx
    from ortstyle.web.site import write_site  # noqa: PLC0415  the same

    wanted = SIZES if sizes is None else parse_sizes(sizes)
    site = write_site(folder, sizes=wanted, runtime=runtime, tell=lambda step: say(_STEPS[step]))
    show(
        f"wrote {folder}: {len(site.files)} files, {site.bytes / 1e6:.1f} MB, which a visitor "
        "loads once"
    )
    show(f"look at it: python -m http.server --directory {quoted(folder)} 8000")
    show("and open http://localhost:8000; a browser can't open it as a file (file://)")
    show("any host of static files can serve the folder")


def parse_sizes(text: str) -> tuple[int, ...]:
    """Read sizes such as `128,256,512`.

    Raises
    ------
    SettingsError
        One of them is no number.
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(f"--sizes: {text!r} is no list of sizes; write 128,256,512") from error
