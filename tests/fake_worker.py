"""A worker process that paints nothing: it speaks the protocol, and does what a file tells it.

    python fake_worker.py FOLDER --threads N

FOLDER/plan.json holds for all jobs, or for that of an output's name, what this worker does:

- "steps", "pause": how many evaluations a job has, and the seconds of each;
- "die": the process ends at this evaluation, in this many of its attempts at the job;
- "words": what it writes to standard error when it dies;
- "fail": the error with which a job fails; "kind" is its class;
- "noise": it writes this instead of an event;
- "bad": with one of these numbers of threads each job fails because of its device;
- "lives": the process ends after so many evaluations; "saves": it tells each checkpoint;
- "deaf": it does not stop when it is told to, nor when nobody hears it any more;
- "until": it does not end a job before there is a file of this name in FOLDER, but still obeys;
- "start": it dies before it is ready.

It keeps a job's evaluations in its checkpoint, which it locks, and writes its output as a whole; a
job whose output is there is skipped. FOLDER/runs has a line for each process, and for each job that
has been begun, painted or skipped.
"""

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Event, Thread

FOLDER = Path(sys.argv[1])
THREADS = sys.argv[3]
PLAN = json.loads((FOLDER / "plan.json").read_text("utf-8"))
COMMANDS, ALONE = Queue(), Event()


def tell(kind, job="", /, **figures):
    event = json.dumps({"kind": kind, "job": job, "figures": figures})
    try:
        os.write(1, f"{event}\n".encode())
    except OSError:
        if not PLAN.get("deaf"):
            raise


def log(word, key):
    with (FOLDER / "runs").open("ab", buffering=0) as file:
        file.write(f"{word} {key} {os.getpid()} {THREADS}\n".encode())


def listen():
    for line in sys.stdin:
        COMMANDS.put(json.loads(line))
    ALONE.set()
    COMMANDS.put({"command": "exit"})


def replace(path, text):
    """Write a file as a whole."""
    temporary = path.with_name(f".ortstyle-{path.name}")
    temporary.write_text(text, "ascii")
    for _ in range(100):
        try:
            temporary.replace(path)
            break
        except PermissionError:  # on Windows, while a test reads the file
            time.sleep(0.01)


def lock(path):
    """Return a file that no other process can lock meanwhile, or None if one has locked it."""
    file = path.with_name(f"{path.name}.lock").open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def die(plan):
    sys.stderr.write(plan.get("words", ""))
    sys.stderr.flush()
    os._exit(7)


class Stopped(Exception):  # noqa: N818
    """The job is to be stopped."""


def obey(plan, key, checkpoint, done):
    """Carry out the commands that have come; wait while the job is paused."""
    paused = False
    while paused or not COMMANDS.empty():
        name = COMMANDS.get()["command"]
        if name in ("stop", "exit") and not plan.get("deaf"):
            replace(checkpoint, str(done))
            tell("checkpoint", key)
            tell("stopped", key)
            if name == "exit":
                os._exit(0)
            raise Stopped
        if name == "pause":
            replace(checkpoint, str(done))
            tell("paused", key)
            paused = True
        elif name == "proceed":
            tell("continued", key)
            paused = False
        elif name == "preview":
            tell("preview", key, jpeg="", evaluations=done)


def paint(output, checkpoint):
    key = checkpoint.stem
    plan = PLAN | PLAN.get(output.stem, {})
    if output.exists():
        log("skipped", key)
        tell("done", key, skipped=True, seconds=0.0, sha256="0" * 64, width=8, height=8)
        return
    log("begun", key)
    if THREADS in plan.get("bad", ()):
        tell("failed", key, error="it can't be opened", kind="DeviceError")
        return
    if "fail" in plan:
        tell("failed", key, error=plan["fail"], kind=plan.get("kind", "PictureError"))
        return
    done = int(checkpoint.read_text("ascii")) if checkpoint.exists() else 0
    tell("started", key, text="a fake", evaluations=plan["steps"], done=done)
    begun_at = done
    attempt = (FOLDER / "runs").read_text("ascii").count(f"begun {key} ")
    while done < plan["steps"]:
        obey(plan, key, checkpoint, done)
        if "noise" in plan:
            os.write(1, plan["noise"].encode())
        if done == plan.get("die") and attempt <= plan.get("deaths", 1):
            die(plan)
        if done - begun_at == plan.get("lives"):
            die(plan)
        time.sleep(plan.get("pause", 0))
        done += 1
        replace(checkpoint, str(done))
        if plan.get("saves"):
            tell("checkpoint", key, evaluations=done)
        left = plan["steps"] - done
        tell("progress", key, evaluations=done, of=plan["steps"], seconds=done, seconds_left=left)
    while "until" in plan and not (FOLDER / plan["until"]).exists():
        obey(plan, key, checkpoint, done)
        time.sleep(0.01)
    replace(output, key)
    log("painted", key)
    checkpoint.unlink(missing_ok=True)
    tell("done", key, seconds=1.5, sha256="f" * 64, width=8, height=6, device="fake")


def main():
    if "start" in PLAN:
        die(PLAN)
    log("alive", "-")
    Thread(target=listen, daemon=True).start()
    while True:
        tell("ready")
        if ALONE.is_set() or (command := COMMANDS.get())["command"] == "exit":
            os._exit(0)
        if command["command"] == "run":
            checkpoint = Path(command["checkpoint"])
            checkpoint.parent.mkdir(exist_ok=True)
            held = lock(checkpoint)
            if held is None:
                tell("failed", checkpoint.stem, error="another process has it", kind="JobBusy")
                continue
            with held, suppress(Stopped):
                paint(Path(command["job"]["output"]), checkpoint)


main()
