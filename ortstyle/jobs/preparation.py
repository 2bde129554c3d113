"""What comes before a job is painted: checks, its settings and device, and the run itself."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from shutil import disk_usage

from ortstyle.errors import CheckpointError, JobError, OrtStyleError, OutputError
from ortstyle.files import reason_of, same_file
from ortstyle.jobs.input_file import InputFile
from ortstyle.jobs.job import Job
from ortstyle.jobs.leftovers import temporary_name
from ortstyle.memory.amounts import format_memory
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.pictures.write import check_output
from ortstyle.report.result_writer import ContentMetadata, ResultWriter
from ortstyle.run.checkpoint import Checkpoint, read_checkpoint
from ortstyle.run.prediction import budget_of
from ortstyle.run.probe import choose_device
from ortstyle.run.provenance import provenance_text
from ortstyle.run.run import Run
from ortstyle.run.settled import settle
from ortstyle.run.stylize import stylize
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.settings.settings import Settings

_SEEDS = 2**31
_PIXEL_BYTES = 3  # of an output, at 8 bits a channel and hardly compressed


def check_inputs(job: Job) -> None:
    """Make sure that the files which a job reads are unchanged, and that it overwrites none.

    Raises
    ------
    PictureError, FilmError
        A file can't be read.
    JobError
        A file has changed since the job was made, or is the output.
    """
    read = InputFile.of if job.film is None else InputFile.of_film
    for file in job.inputs:
        name = f"{file.role} {file.path}"
        if read(file.role, file.path).sha256 != file.sha256:
            raise JobError(f"{name} has changed since the job was made; make the job again")
        if same_file(job.output, file.path):
            raise JobError(f"output {job.output} would overwrite {name}; choose another name")


def settle_job(job: Job) -> Settings:
    """Return the settings with numbers for the size "content" and the seed -1.

    The seed follows from the job, so that a job which begins anew paints the same picture.

    Raises
    ------
    PictureError
        The content can't be read.
    """
    return settle(with_seed(job), job.content)


def with_seed(job: Job) -> Settings:
    """Return the settings with a seed that follows from the job in place of -1."""
    settings = job.settings
    return replace(settings, seed=int(job.key, 16) % _SEEDS) if settings.seed < 0 else settings


def read_job_checkpoint(job: Job, path: Path) -> tuple[Checkpoint | None, str]:
    """Return the checkpoint of a job if it is there and can be used, and else what is wrong."""
    if not path.exists():
        return None, ""
    try:
        found = read_checkpoint(path)
    except CheckpointError as error:
        return None, str(error)
    if found.header.get("job") != job.key:
        return None, f"checkpoint {path} is of another job"
    return found, ""


def evaluations_in(stored: Checkpoint | None) -> int:
    """Return the evaluations that a checkpoint holds; 0 for none, or one that is damaged."""
    position = stored.header.get("position") if stored else None
    found = position.get("evaluations") if isinstance(position, dict) else None
    return found if type(found) is int else 0


def choose_job_device(job: Job, stored: Checkpoint | None, notify: Callable[[str], None]) -> Device:
    """Return the device of a job; for "auto" that of its checkpoint, if it is available.

    `notify` is called with lines about the device that "auto" took, and those passed over.

    Raises
    ------
    SettingsError, DeviceError
        See `probe.choose_device`.
    """
    provenance = stored.header.get("run") if stored else None
    former = provenance.get("device") if isinstance(provenance, dict) else None
    return device_for(job, former, notify)


def device_for(job: Job, former: object, notify: Callable[[str], None]) -> Device:
    """Return the device of a job; for "auto" that on which it was begun, if it is available.

    The parameter `former` is the name of that one, or anything else; see `choose_job_device`.
    """
    if job.device != "auto":
        return choose_device(job.device, notify)
    if isinstance(former, str) and former != "auto":
        with suppress(OrtStyleError):
            return choose_device(former)
    device, lines = automatic_device()
    for line in lines:
        notify(line)
    return device


@cache  # because a probe takes longer than a small picture
def automatic_device() -> tuple[Device, tuple[str, ...]]:
    """Return the best device of this machine, and lines about it; `choose_job_device` needs it."""
    lines: list[str] = []
    return choose_device("auto", lines.append), tuple(lines)


def begin_job(
    job: Job,
    settings: Settings,
    device: Device,
    *,
    stored: Checkpoint | None,
    cache: Cache | None = None,
    spare: int = 0,
) -> tuple[Run, ResultWriter]:
    """Return the run of a job and the writer of its result.

    The photograph is then no longer in memory, nor are the arrays of the checkpoint.

    Parameters
    ----------
    job, device
        What to paint, and on what.
    settings
        The settings that `settle_job` returned.
    stored
        The checkpoint to resume from; None to begin.
    cache
        The cache of the process; None without one.
    spare
        See `run_job.run_job`.

    Raises
    ------
    OrtStyleError
        An input is unfit, the output can't be written, or the run can't be begun.
    CheckpointError
        The checkpoint is not one of this run.
    """
    # What is free is measured first, because the photograph is in memory only until the run begins.
    memory = memory_for(job, device, cache=cache, spare=spare)
    photograph = read_picture(
        job.content, name="content", max_pixels=settings.max_pixels, side=settings.side
    )
    writer = ResultWriter(ContentMetadata.of(photograph), encoding=job.encoding)
    size = scaled_size(photograph.proportions, settings.side)
    _check_output(job, size[0] * size[1])
    writer.check_size(job.output, size)
    photograph = photograph.shrink_to_side(settings.side)  # what the run makes of it first
    run = stylize(
        photograph,
        list(job.styles),
        settings,
        device=device,
        resume=stored,
        memory=memory,
        recorded_paths=job.recorded_paths,
        cache=cache,
    )
    if stored:
        stored.arrays.clear()  # gigabytes, which the run frees once it has begun
    text = provenance_text({**run.provenance, "job": job.wanted}, job.encoding.metadata)
    return run, replace(writer, provenance=text)


def memory_for(job: Job, device: Device, *, cache: Cache | None, spare: int) -> int | None:
    """Return the bytes that a job may take, now; None for no limit. See `begin_job`."""
    memory = budget_of(job.memory, device, cached=0 if cache is None else cache.bytes)
    if memory is not None and job.memory is None:
        memory -= min(spare, memory // 2)
    return memory


def _check_output(job: Job, pixels: int) -> None:
    """Make the folder of the output if it is missing, and check that the output can be written."""
    try:
        job.output.parent.mkdir(parents=True, exist_ok=True)
        free = disk_usage(job.output.parent).free
    except OSError as error:
        raise JobError(
            f"output {job.output}: its folder can't be made ({reason_of(error)}); choose another "
            "place with -o"
        ) from error
    check_output(job.output, encoding=job.encoding, temporary_name=temporary_name(job))
    if pixels * _PIXEL_BYTES > free:
        raise OutputError(
            f"output {job.output} takes up to {format_memory(pixels * _PIXEL_BYTES)}, and its disk "
            f"has {format_memory(free)} free; free some space or choose another place with -o"
        )
