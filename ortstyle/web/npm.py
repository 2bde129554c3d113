"""npm, run to download one package as an archive, by the user's own configuration."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ortstyle.errors import SiteError
from ortstyle.files import reason_of

SECONDS = 900.0  # in all, on a slow line
_NETWORK = {
    *("ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH"),
    *("ENETUNREACH", "ENETDOWN", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT", "FETCH_ERROR", "EPROTO"),
    "ENOTCACHED",  # npm is told to be offline
}
_UNKNOWN = {"E404", "ETARGET"}
_INSTEAD = "download it elsewhere and name its folder with --runtime"


def download_package(package: str, folder: Path, *, seconds: float = SECONDS) -> Path:
    """Return the path of a package's archive, which npm has downloaded to a folder.

    npm asks the registry of the user's configuration, and runs none of the package's scripts. The
    configuration of a project in the current folder does not count.

    Parameters
    ----------
    package
        Name and version, such as "onnxruntime-web@1.30.0".
    folder
        An empty folder.
    seconds
        How long npm may take.

    Raises
    ------
    SiteError
        npm is missing, can't reach its registry, or fails.
    """
    program = _find_npm()
    if program is None:
        raise SiteError(f"npm, which would download {package}, is not installed; {_INSTEAD}")
    log = folder / "npm.log"
    command = [str(program), "pack", package, "--ignore-scripts", "--loglevel=error"]
    try:
        with log.open("wb") as output:
            code = _run(command, folder, output.fileno(), seconds)
    except OSError as error:
        raise SiteError(f"npm can't be started ({reason_of(error)}); {_INSTEAD}") from error
    if code is None:
        raise SiteError(f"npm has not downloaded {package} in {seconds:.0f} s; {_INSTEAD}")
    archive = next(folder.glob("*.tgz"), None)
    if code or archive is None:
        raise SiteError(f"{_fault(package, log.read_bytes())}; {_INSTEAD}")
    return archive


def _find_npm() -> Path | None:
    """Return npm's path; unlike `shutil.which` never one in the current folder."""
    name = "npm.cmd" if sys.platform == "win32" else "npm"
    for entry in map(Path, os.get_exec_path()):
        path = entry / name
        if entry.is_absolute() and path.is_file() and os.access(path, os.X_OK):
            return path
    return None


def _run(command: list[str], folder: Path, output: int, seconds: float) -> int | None:
    """Return the exit code of a command, or None if it took too long and was ended.

    Its output goes to a file: from a pipe, what a process that is left over holds open would be
    waited for.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=sys.platform != "win32",  # so that it can be ended with its children
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its children."""
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False
        )
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
    process.wait()


def _fault(package: str, log: bytes) -> str:
    """Return why npm failed, by what it wrote."""
    text = log.decode("utf-8", "replace")
    codes = re.findall(r"^npm (?:error|ERR!) code (\w+)", text, re.MULTILINE)
    code = codes[-1] if codes else ""
    if code in _NETWORK:
        return f"npm can't reach its registry to download {package} ({code})"
    if code in _UNKNOWN:
        return f"npm finds no {package} in its registry ({code})"
    said = re.findall(r"^npm (?:error|ERR!) (?!code |errno )(\S.*)", text, re.MULTILINE)
    reason = code or (said[0][:200].strip() if said else "it gave no reason")
    return f"npm could not download {package} ({reason})"
