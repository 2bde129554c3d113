"""Checkpoints: the state of a run in one file that a crash can't spoil.

The file is an uncompressed ``.npz``: a zip of arrays as NumPy writes them, none of which needs
pickle, and before them the entry ``header.json``. In the header ``format`` is "ortstyle checkpoint"
and ``version`` the number of the format; other values are refused. `numpy.load` reads the file too.
The header also holds:

===============  ==================================================================================
``arrays``       the names of the arrays
``run``          settings, device, threads, versions, model; see `provenance.provenance_of`
``plan``         tiles and storage of each scale; see `objective_factory.ObjectiveFactory`
``anchored``     whether the run has an anchor, which is not in the file; missing for no
``position``     how far the run is; see `progress.Progress`
``command``      the command line of ``ortstyle render``; see `cli.stored_run`. Missing if the
                 library was used without the command line
``inputs``       the files that the command reads, each ``{role, path, sha256}``
``job``          `jobs.job.Job.key`, if the checkpoint is of a job and not of a command
===============  ==================================================================================

The arrays are ``optimizer.…``, the state of the optimiser, or between two scales ``start``, the
picture that the next scale begins with, (1, 3, H, W) float32; and, if the command line wrote the
checkpoint, ``curve``, the losses so far, one row an evaluation.
"""

import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import CheckpointError
from ortstyle.files import follow_links, write_atomically
from ortstyle.optim.mapped_files import RELEASE_INTERVAL, read_only_file_array, release_pages
from ortstyle.run.checkpoint_files import temporary_path

FORMAT, VERSION = "ortstyle checkpoint", 3

_HEADER = "header.json"
_MOST_HEADER = 1 << 23  # bytes of the header that are read; in memory JSON takes 20 times as many
_KINDS = "fiubU"  # kinds of dtypes that arrays have: numbers, truth values and text
_LARGE = 1 << 20  # bytes from which on an array is written in pieces, and mapped when it is read
_LENGTHS = 26  # offset of the lengths of name and extra field in an entry; APPNOTE.TXT 4.3.7

Arrays = dict[str, NDArray[Any]]

#: The errors that data of other types, lengths or ranges than expected raise.
WRONG_DATA = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was read: its header and arrays."""

    path: Path
    header: dict[str, Any]
    arrays: Arrays = field(repr=False)


def write_checkpoint(path: Path, header: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write a checkpoint so that `path` holds either all of it or what was there before.

    Arrays are written piece by piece, into a temporary file that always has the same name, so that
    a process that is killed again and again leaves one such file at most.

    Raises
    ------
    CheckpointError
        The checkpoint can't be written.
    """
    known = {"format": FORMAT, "version": VERSION, "arrays": list(arrays)}
    try:
        write_atomically(
            path,
            lambda file: _write(file, known | dict(header), arrays),
            temporary_name=temporary_path(follow_links(path)).name,
        )
    except OSError as error:
        raise CheckpointError(
            f"checkpoint {path} can't be written ({error.strerror or error}); "
            "choose another place with --checkpoint"
        ) from error


def _write(file: BinaryIO, header: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    # Entries have no date: the system's clock may show one that ZIP can't hold.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr(zipfile.ZipInfo(_HEADER), json.dumps(header, indent=1))
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(entry, "w", force_zip64=True) as target:
                _write_array(target, np.asarray(array, order="C"))


def _write_array(file: IO[bytes], array: NDArray[Any]) -> None:
    if array.nbytes < _LARGE:
        np.lib.format.write_array(file, array, allow_pickle=False)
        return
    # In pieces, because the array may be in a mapped file; see `optim.mapped_files`.
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
    flat = array.reshape(-1)
    for start in range(0, flat.size, RELEASE_INTERVAL):
        file.write(flat[start : start + RELEASE_INTERVAL].data)
        release_pages()


def read_header(path: Path) -> dict[str, Any]:
    """Read a checkpoint's header alone.

    Raises
    ------
    CheckpointError
        The file is missing, is no checkpoint, is damaged, or has another version of the format.
    """
    with _open(path) as archive:
        return _header(path, archive)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint and verify the checksum of every entry.

    Raises
    ------
    CheckpointError
        The file is missing, is no checkpoint, is damaged, or has another version of the format.
    """
    with _open(path) as archive:
        header = _header(path, archive)
        try:
            _check_entries(path, archive)
            faulty, arrays = archive.testzip(), {}
            for name in archive.namelist():
                if name != _HEADER:
                    arrays[name.removesuffix(".npy")] = _read(path, archive, name)
        except MemoryError:
            raise
        except Exception as error:  # zipfile and NumPy raise many kinds where a file is damaged
            raise damaged(path) from error
    if faulty or list(arrays) != header.get("arrays"):
        raise damaged(path)
    return Checkpoint(path, header, arrays)


def _check_entries(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise a `ValueError` unless all entries fit uncompressed into the file.

    What is read then takes no more memory and time than the size of the file allows.
    """
    entries = archive.infolist()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ValueError("an entry is compressed")
    if any(entry.file_size != entry.compress_size for entry in entries):
        raise ValueError("an entry has two sizes")
    if sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise ValueError("the entries are larger than the file")


def _read(path: Path, archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read an array; a large one is mapped, because memory may not suffice for all arrays.

    A `ValueError` is raised if it is not an array of numbers that fills its entry.
    """
    entry = archive.getinfo(name)
    with archive.open(entry) as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        header = file.tell()
        fits = prod(shape) * dtype.itemsize == entry.file_size - header
        if dtype.kind not in _KINDS or min(shape, default=0) < 0 or not fits:
            raise ValueError(f"array {name} does not fill its entry")
        if entry.file_size < _LARGE:
            file.seek(0)
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
    with path.open("rb") as raw:
        # The entry's local header ends with a name and an extra field, whose lengths it holds.
        raw.seek(entry.header_offset + _LENGTHS)
        before = raw.tell() + 4 + sum(struct.unpack("<HH", raw.read(4)))
        return read_only_file_array(raw, shape, dtype=dtype, offset=before + header)


def damaged(path: Path) -> CheckpointError:
    """Return the error for a checkpoint that is damaged."""
    return CheckpointError(f"checkpoint {path} is damaged; start the run again without it")


def _foreign(path: Path) -> CheckpointError:
    return CheckpointError(f"{path} is no checkpoint of ortstyle; give one that ortstyle wrote")


def _open(path: Path) -> zipfile.ZipFile:
    if path.is_fifo():
        raise CheckpointError(f"checkpoint {path} is a pipe; save it as a file first")
    try:
        with path.open("rb") as file:
            ours = file.read(30 + len(_HEADER)).endswith(_HEADER.encode())
        if ours:
            return zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"checkpoint {path} does not exist; check the path") from error
    except OSError as error:
        raise CheckpointError(
            f"checkpoint {path} can't be read ({error.strerror or error}); check the path"
        ) from error
    except Exception as error:
        raise damaged(path) from error
    raise _foreign(path)


def _header(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        with archive.open(_HEADER) as file:
            header = json.loads(file.read(_MOST_HEADER))
        ours = isinstance(header, dict) and header.get("format") == FORMAT
        version = header.get("version") if ours else None
    except Exception as error:
        raise damaged(path) from error
    if not ours:
        raise _foreign(path)
    if not isinstance(version, int):
        raise damaged(path)
    if version != VERSION:
        raise CheckpointError(
            f"checkpoint {path} has format {version}, and this ortstyle knows {VERSION}; "
            "install the version that wrote it"
        )
    return dict(header)
