"""What `ortstyle studio` does: it takes the folder and a port, serves the page, and ends tidily."""

import logging
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ortstyle.cli.interrupts import stopping_by
from ortstyle.cli.messages import say, say_from_signal_handler
from ortstyle.errors import SettingsError
from ortstyle.files import reason_of
from ortstyle.runtime.device_lookup import devices_named, find_device
from ortstyle.studio.folder import FolderInUse, StudioFolder, default_folder, missing_extra

if TYPE_CHECKING:  # these need the extra
    from starlette.types import ASGIApp

    from ortstyle.studio.guard.access import Access
    from ortstyle.studio.http.server import Studio as AnyStudio

PASSWORD_VARIABLE = "ORTSTYLE_STUDIO_PASSWORD"  # noqa: S105  its name
_EXTRA = ("platformdirs", "starlette", "uvicorn")
_STOPPING = (
    "closing the studio: what is being painted is kept, and goes on the next time; press Ctrl-C "
    "again to end at once"
)
_MOST_PASSWORD_BYTES = 4096
_LOG_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class StudioCommand:
    """Everything that a command line says about a studio.

    Attributes
    ----------
    folder
        The folder of pictures and paintings; None for the user's own.
    devices
        A device for each worker process.
    threads
        Processor threads; 0 for as many as the process may use.
    open_browser
        Whether to open the page.
    port
        The port, 0 for any; None for the default one, or the next that is free.
    host
        Where to listen.
    more_hosts
        Names under which the page may be reached besides those of this machine.
    password_file
        A file that holds the password, if any.
    """

    folder: Path | None = None
    devices: tuple[str, ...] = ("auto",)
    threads: int = 0
    open_browser: bool = True
    port: int | None = None
    host: str = "127.0.0.1"
    more_hosts: tuple[str, ...] = ()
    password_file: Path | None = None


def run_studio(command: StudioCommand) -> None:
    """Serve the page until a signal comes; or open that of a studio that runs on the same folder.

    Raises
    ------
    SettingsError
        The password's file can't be read, or there is no such device.
    DeviceError
        ONNX Runtime is missing.
    StudioError
        The extra is missing, the folder can't be written, or the studio can't listen.
    """
    if not all(map(find_spec, _EXTRA)):
        raise missing_extra()
    _check_devices(command.devices)
    try:
        with StudioFolder(command.folder or default_folder()) as folder:
            _serve(command, folder)
    except FolderInUse as error:
        _show_other(error, open_browser=command.open_browser)


def _check_devices(names: tuple[str, ...]) -> None:
    """Raise an error for what can be found out without loading ONNX Runtime."""
    for name in names:
        if name != "auto":
            devices_named(name)
    if not find_spec("onnxruntime"):
        find_device("cpu")


def _serve(command: StudioCommand, folder: StudioFolder) -> None:
    from ortstyle.studio.http.server import StudioServer, serve  # noqa: PLC0415  of an extra

    server = StudioServer(
        host=command.host,
        port=command.port,
        password=_password(command),
        more_hosts=command.more_hosts,
    )

    def make(folder: StudioFolder, access: "Access") -> "tuple[AnyStudio, ASGIApp]":
        from ortstyle.studio.http.app import make_app  # noqa: PLC0415  of an extra
        from ortstyle.studio.studio import Studio  # noqa: PLC0415  of an extra

        studio = Studio(
            folder,
            devices=command.devices,
            threads=command.threads,
            is_remote=server.is_remote,
        )
        return studio, make_app(studio, access)

    with _logging(folder), stopping_by(server.stop, say_from_signal_handler, _STOPPING):
        serve(server, folder, make, tell=say, open_browser=command.open_browser)


def _show_other(error: FolderInUse, *, open_browser: bool) -> None:
    """Lead to the studio that runs on the folder; raise the error if it can't be found."""
    from ortstyle.studio.guard.access import make_code  # noqa: PLC0415  of an extra
    from ortstyle.studio.http.opening import open_page  # noqa: PLC0415  of an extra

    if error.url is None:
        raise error
    say(str(error))
    address = error.url
    if error.token:
        say(f"it opens by {error.url}?token={error.token}")
        address += f"?token={make_code(error.token, time.time())}"
    if open_browser and not open_page(address, error.path):
        say("no browser could be started; open the address yourself")


def _password(command: StudioCommand) -> str | None:
    """Return the password that was given, or is asked for where one is needed; None for none.

    Raises
    ------
    SettingsError
        Its file can't be read.
    """
    # Processes that are started later need not know it.
    from_environment = os.environ.pop(PASSWORD_VARIABLE, None)
    if command.password_file is not None:
        return _read_password(command.password_file)
    if from_environment is not None:
        return from_environment
    from ortstyle.studio.http.addresses import addresses_of, is_loopback  # noqa: PLC0415  of an extra

    can_ask = sys.stdin is not None and sys.stdin.isatty()
    if is_loopback(addresses_of(command.host)) or not can_ask:
        return None
    say(
        f"--host {command.host} lets every machine of the network reach the studio, so it needs a "
        "password"
    )
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer


def _read_password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_PASSWORD_BYTES)
            mode = os.fstat(file.fileno()).st_mode
        password = data.decode().rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"--password-file {path} can't be read ({reason_of(error)})") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"--password-file {path} is no text in UTF-8") from error
    if os.name == "posix" and stat.S_ISREG(mode) and mode & 0o044:
        say(f"other users of this machine can read {path}; chmod 600 keeps it to you")
    return password


@contextmanager
def _logging(folder: StudioFolder) -> Iterator[None]:
    """Write what goes wrong to a file of the folder, as the page says."""
    handler = RotatingFileHandler(
        folder.path / "studio.log", maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.setLevel(logging.WARNING)
    before = logging.raiseExceptions
    logging.raiseExceptions = False  # a full disk is not told for each line
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        logging.raiseExceptions = before
        handler.close()
