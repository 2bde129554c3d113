"""Films beside pictures in a batch, from beginning to end."""

import json
import re
from pathlib import Path

import films
import pytest
from batches import SupervisorHere
from commands import names, needs_runtime, refusal_of, start, start_until

from ortstyle.cli import batch_end, batch_run
from ortstyle.video.still import read_still

pytestmark = needs_runtime


@pytest.fixture
def clips(folder):
    """Change to a folder with a clip, a picture and a painting."""
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    films.write_film(folder / "clip.mp4", frames=4, sound=True)
    return folder


@pytest.fixture
def batch(call, network, monkeypatch):
    monkeypatch.setattr(batch_run, "Supervisor", SupervisorHere)

    def run(*arguments, contents=("clip.mp4", "photo.png")):
        options = ["--style", "painting.png", "-o", "out", "--device", "cpu", *network]
        return call("batch", *contents, *options, *arguments)

    return run


def report():
    lines = Path("out/report.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def shown(monkeypatch):
    """Return the films of which the contact sheet shows a frame, and the sizes of those."""
    found = []

    def read(film, **others):
        image = read_still(film, **others)
        found.append((film.name, image.size))
        return image

    monkeypatch.setattr(batch_end, "read_still", read)
    return found


def test_a_film_and_a_picture_are_painted_once(clips, batch, shown):
    code, _, error = batch("--sheet", "sheet.png")
    assert code == 0, error
    assert "2 jobs: 2 to paint; 1 film of 4 frames among them" in error
    film, picture = report()
    assert (film["output"], film["frames"], film["state"]) == ("clip-painting.mp4", 4, "done")
    assert (picture["output"], picture["state"]) == ("photo-painting.png", "done")
    assert "frames" not in picture
    assert names(Path("out")) == [
        ".ortstyle",
        "clip-painting.mp4",
        "photo-painting.png",
        "report.jsonl",
    ]
    assert names(Path("out/.ortstyle/checkpoints")) == []
    assert shown == [("clip.mp4", (64, 48)), ("clip-painting.mp4", (24, 18))]
    batch()
    assert [row["state"] for row in report()] == ["skipped", "skipped"]


def test_other_settings_of_films_paint_films_alone_again(clips, batch):
    batch()
    code, out, _ = batch("--dry-run", "--film-every", "2", "--no-audio")
    assert code == 0
    assert out.splitlines() == [
        "clip-painting.mp4 ← clip.mp4 × painting.png (to paint, 4 frames, replaces a file)",
        "photo-painting.png ← photo.png × painting.png (done)",
    ]


def test_options_of_films_and_their_suffix(clips, batch):
    code, _, error = batch("--from", "0.04", "--to", "0.12", "--codec", "ffv1", "--quiet")
    assert code == 0, error
    film, _ = report()
    assert (film["output"], film["frames"]) == ("clip-painting.mkv", 2)


def test_a_manifest_may_name_films(clips, batch):
    Path("jobs.csv").write_text("content,style,output\nclip.mp4,painting.png,a/b.mkv\n")
    code, out, error = batch("--dry-run", "--manifest", "jobs.csv", contents=())
    assert code == 0, error
    assert re.search(r"1 film of 4 frames among them; about [\d:]+ left", error)
    assert out.splitlines() == ["a/b.mkv ← clip.mp4 × painting.png (to paint, 4 frames)"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--init", "photo.png"], "a film starts from its own frames"),
        (["--name", "{content}-{style}.mp4"], "no colour picture can be saved as .mp4"),
        (["--film-quality", "99"], "takes 0 to 51"),
    ],
)
def test_what_can_t_be_fails_alone_in_one_line(clips, batch, arguments, words):
    code, out, _ = batch("--dry-run", *arguments)
    assert code == 1
    failed = [line for line in out.splitlines() if "failed" in line]
    assert len(failed) == 1
    assert words in failed[0]


def test_a_file_that_seems_to_be_a_film_and_is_none(clips, batch):
    Path("bad.mp4").write_bytes(Path("clip.mp4").read_bytes()[:200])
    code, out, _ = batch("--dry-run", contents=("bad.mp4", "clip.mp4"))
    assert code == 1
    assert "film " in out
    assert "bad.mp4 is no film, or its beginning or end is missing" in out
    assert "clip-painting.mp4 ← clip.mp4 × painting.png (to paint, 4 frames)" in out


@pytest.mark.parametrize("option", [["--film-every", "0"], ["--to", "0"], ["--from", "now"]])
def test_wrong_use(clips, call, option):
    refusal_of(call, 2, "batch", "clip.mp4", "--style", "painting.png", "-o", "out", *option)


@pytest.mark.slow
def test_a_batch_that_is_killed_goes_on_with_the_frames_that_are_painted(clips, network):
    films.write_film(clips / "clip.mp4", frames=12)
    shared = ["--style", "painting.png", "--device", "cpu", *network, "--codec", "ffv1"]

    def command(output):
        return ["batch", "clip.mp4", "-o", output, *shared, "--iterations", "60"]

    done = start(*command("whole"))
    assert done.returncode == 0, done.stderr
    process = start_until(lambda: painted("out") >= 3, *command("out"))
    process.kill()
    process.communicate()
    assert painted("out") < 12
    done = start(*command("out"))
    assert done.returncode == 0, done.stderr
    assert decoded("out") == decoded("whole")


def painted(output):
    return len(list(Path(output).glob(".ortstyle/checkpoints/*.frames/painted/1/*.png")))


def decoded(output):
    import av

    with av.open(f"{output}/clip-painting.mkv") as file:
        return [frame.to_ndarray(format="rgb24").tobytes() for frame in file.decode(video=0)]
