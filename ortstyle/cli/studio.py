"""`ortstyle studio`: paint in the browser, on this machine."""

from pathlib import Path
from typing import Annotated

from typer import Option

from ortstyle.cli.batch_command import parse_devices
from ortstyle.cli.options import Threads

_NETWORK = "Network"


def studio(
    *,
    folder: Annotated[
        Path | None,
        Option(
            help="Folder of the pictures and paintings; it is made if it is missing (one of this "
            "user's).",
            metavar="FOLDER",
        ),
    ] = None,
    device: Annotated[
        str,
        Option(
            help="Devices to paint on, one for each worker process, such as cuda:0,cuda:1 (auto).",
            metavar="NAME,…",
            show_default=False,
        ),
    ] = "auto",
    threads: Threads = None,
    no_browser: Annotated[
        bool, Option("--no-browser", help="Print the address of the page, and do not open it.")
    ] = False,
    port: Annotated[
        int | None,
        Option(
            help="Port to listen at; 0 for any that is free (8765, or the next that is free).",
            metavar="N",
            min=0,
            max=65535,
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    host: Annotated[
        str,
        Option(
            help="Address to listen at; 0.0.0.0 lets other machines in, by a password (127.0.0.1, "
            "this machine alone).",
            metavar="ADDRESS",
            show_default=False,
            rich_help_panel=_NETWORK,
        ),
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        Option(
            help="Another name under which the page may be reached, such as that of a proxy; may "
            "be repeated.",
            metavar="NAME",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    password_file: Annotated[
        Path | None,
        Option(
            help="File with the password that opens the page (the variable "
            "ORTSTYLE_STUDIO_PASSWORD; asked for where one is needed).",
            metavar="FILE",
            show_default=False,
            rich_help_panel=_NETWORK,
        ),
    ] = None,
) -> None:
    """Paint in the browser: open a page that this machine serves."""
    from ortstyle.cli.studio_run import StudioCommand, run_studio  # noqa: PLC0415  of an extra

    run_studio(
        StudioCommand(
            folder=folder,
            devices=parse_devices(device),
            threads=threads or 0,
            open_browser=not no_browser,
            port=port,
            host=host,
            more_hosts=tuple(allow_host or ()),
            password_file=password_file,
        )
    )
