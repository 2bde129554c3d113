"""How much of a film may travel to another machine and back: its clip, and its result."""

from ortstyle.errors import JobError
from ortstyle.jobs.job import Job
from ortstyle.memory.amounts import format_memory

MOST_BYTES = 1 << 29
"""Of the files of one film in each direction: they are in the memory of all machines on the way."""

_ADVICE = "let all machines see the same folders, and give --shared"


def check_film_files(job: Job) -> None:
    """Make sure that the files which a film is painted from can be sent.

    Raises
    ------
    JobError
        One is a folder of pictures, or they are too large, or one can't be read.
    """
    total = 0
    for file in job.inputs:
        if file.path.is_dir():
            raise JobError(
                f"{file.role} {file.path} is a folder, which is not sent to a cluster; {_ADVICE}"
            )
        try:
            total += file.path.stat().st_size
        except OSError as error:
            raise JobError(f"{file.role} {file.path} can't be read ({error.strerror})") from error
    if total > MOST_BYTES:
        raise JobError(
            f"the files of {job.content} take {format_memory(total)}, and of a film at most "
            f"{format_memory(MOST_BYTES)} are sent to a cluster; {_ADVICE}"
        )


def read_result(job: Job) -> bytes:
    """Return the bytes of a result, which is then sent.

    Raises
    ------
    JobError
        It is a film that is too large.
    """
    size = job.output.stat().st_size
    if job.film is not None and size > MOST_BYTES:
        raise JobError(
            f"the film takes {format_memory(size)}, and at most {format_memory(MOST_BYTES)} come "
            f"back from a cluster; {_ADVICE}, or a higher --film-quality, which makes it smaller"
        )
    return job.output.read_bytes()
