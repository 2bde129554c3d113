"""A process that fills the folder of a small film, as one that paints does, and may die meanwhile.

    python film_writer.py PARENT N [K]    until the film of N frames is whole; with K it waits for
                                          its death, or the end of its input, after K frames more
    python film_writer.py PARENT deaths   for each n in a process that dies at its n-th operation

A painted frame depends on its source frame and on the painted frame before, as it was read from the
folder; the second pass goes backwards. A frame that is lost or damaged on the way therefore changes
all that follow. "deaths" needs `os.fork`. Operations are those on files: opening, syncing, renaming
and removing one, making a folder, and writing a line to a list. After each death the film goes on
in another process, and the digest of the whole is printed.
"""

import os
import sys
from hashlib import sha256
from pathlib import Path

from film_folders import RATE, levels_of, record_in

from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.frames.frame_times import FrameTimes

FRAMES = 3
_EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}
_DEAD = 9


def fill(parent, count=FRAMES):
    """Do what is left of the film."""
    with FilmFolder.enter(parent / "out.frames", record_in(parent)) as film:
        for index in [*film.missing_sources(), *range(film.source_count, count)]:
            film.put_source(index, levels_of(index), index / RATE, None, is_cut=index == 2)
        film.finish_sources()
        for index in film.remaining(range(count)):
            before = film.painted(index - 1) if index else 0
            film.put_painted(index, 0.37 * before + 0.61 * film.source(index))
        for index in reversed(film.remaining(range(count), pass_=2)):
            after = film.painted(index + 1, pass_=2) if index < count - 1 else 0
            film.put_painted(index, 0.43 * after + 0.53 * film.painted(index), pass_=2)


def digest(parent):
    """Return the hash of all names and bytes of the folder."""
    found = sha256()
    for path in sorted((parent / "out.frames").rglob("*")):
        found.update(path.relative_to(parent).as_posix().encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def die_at(number):
    """Let this process die before its n-th operation on files from now on."""
    operations = iter(range(1, number))

    def count():
        if next(operations, None) is None:
            os._exit(_DEAD)

    def audit(event, arguments):
        # Modules may be imported meanwhile.
        if event in _EVENTS and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
            count()

    def counted(function):
        return lambda *arguments: (count(), function(*arguments))[1]

    sys.addaudithook(audit)
    os.fsync = counted(os.fsync)
    FrameTimes._write = counted(FrameTimes._write)


def wait_after(number):
    """Let this process wait once it has put a number of frames."""
    frames = iter(range(number))

    def waiting(put):
        def put_or_wait(*arguments, **options):
            if next(frames, None) is None:
                sys.stdin.read()
                os._exit(_DEAD)
            return put(*arguments, **options)

        return put_or_wait

    FilmFolder.put_source = waiting(FilmFolder.put_source)
    FilmFolder.put_painted = waiting(FilmFolder.put_painted)


def in_a_process(act):
    """Do something in a process of its own; return its exit status."""
    child = os.fork()
    if not child:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def deaths(parent):
    """Die at each operation; print each exit status and the digest of what the next makes of it."""
    status, number = _DEAD, 0
    while status == _DEAD:
        number += 1
        folder = parent / str(number)
        folder.mkdir()

        def dying(folder=folder, number=number):
            die_at(number)
            fill(folder)

        status = in_a_process(dying)
        after = in_a_process(lambda folder=folder: fill(folder))
        sys.stdout.write(f"{status} {after} {digest(folder)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    os.fsync = lambda _: None  # the system lives on, so that it would only take time
    parent, what, *most = Path(sys.argv[1]), *sys.argv[2:]
    if what == "deaths":
        deaths(parent)
    else:
        if most:
            wait_after(int(most[0]))
        fill(parent, int(what))
