"""The plan of a batch: which pictures are painted how, and where each result goes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from ortstyle.errors import OrtStyleError, OutputError, SettingsError
from ortstyle.files import follow_links
from ortstyle.jobs.batch_inputs import BatchInputs
from ortstyle.jobs.film_options import FilmOptions
from ortstyle.jobs.film_plan import FilmClips, estimate_job, film_suffix, is_picture_suffix
from ortstyle.jobs.job import input_files, make_job
from ortstyle.jobs.manifest_values import split
from ortstyle.jobs.naming import NamePattern, OutputNames, identity_of
from ortstyle.jobs.planned_job import PlannedJob, Wanted
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.formats import find_format
from ortstyle.run.settled import settle
from ortstyle.settings.checks import check_choice
from ortstyle.settings.declaration import options_of
from ortstyle.settings.presets import Origin, preset_names, read_preset, resolve
from ortstyle.settings.serialization import files_of
from ortstyle.settings.settings import Settings
from ortstyle.video.media.output_formats import FORMATS, codecs_for

_SEEDS = 2**31


@dataclass(frozen=True, kw_only=True)
class BatchPlanner:
    """Makes the jobs of a batch.

    Attributes
    ----------
    folder
        The folder of the results.
    pattern
        The pattern of the outputs' names.
    preset
        The preset that settings are based on, as `read_preset` takes it.
    values
        Settings that override those of the preset, by name.
    encoding
        Encoding options of pictures, by name.
    films
        What the films have in common.
    job_options
        What the jobs have in common beside settings: device, threads and the like; see `Job`.
    searched
        Folders that were searched for pictures; no output may lie in them.
    """

    folder: Path
    pattern: NamePattern = field(default_factory=NamePattern)
    preset: str = "default"
    values: Mapping[str, Any] = field(default_factory=dict)
    encoding: Mapping[str, Any] = field(default_factory=dict)
    films: FilmOptions = field(default_factory=FilmOptions)
    job_options: Mapping[str, Any] = field(default_factory=dict)
    searched: Collection[Path] = ()

    def check(self) -> None:
        """Raise an `OrtStyleError` if the options that all jobs share contradict each other."""
        _, encoding = self._records("", {})
        film, suffix = self.films.part, self.pattern.suffix
        if is_picture_suffix(suffix) or suffix.lower() not in FORMATS:
            self._check_format(Path(f"a{suffix}"), encoding)
        else:  # as for a batch of films alone
            codecs_for(Path(f"a{suffix}"), film.encoding)

    def plan(self, wanted: Sequence[Wanted]) -> list[PlannedJob]:
        """Return the jobs in their order; what is wrong with one is in its error."""
        names, taken = OutputNames(self.pattern), set()
        for number, one in enumerate(wanted):
            if one.output and not one.error and not names.claim(one.output):
                taken.add(number)
        inputs, found = BatchInputs(), []
        for number, one in enumerate(wanted):
            planned = PlannedJob(wanted=one)
            try:
                if one.error:
                    raise OutputError(one.error)
                planned = replace(planned, output=self._output(one, names, number + 1))
                if number in taken:
                    raise OutputError(f"output {one.output} is that of another job too")
                found.append(self._planned(planned, inputs))
            except OrtStyleError as error:
                found.append(replace(planned, error=_located(one, str(error))))
        return self._without_overwriting(found)

    def _output(self, one: Wanted, names: OutputNames, number: int) -> Path:
        preset = one.preset or Path(self.preset).stem
        name = one.output or names.name(
            one.content,
            one.styles,
            folder=one.folder,
            preset=preset,
            number=number,
            suffix=film_suffix(one.content, self.pattern.suffix, self.films.part.encoding)
            if one.is_film
            else "",
        )
        return self._folder / name

    def _planned(self, planned: PlannedJob, inputs: BatchInputs) -> PlannedJob:
        """Return a picture with its job."""
        one, output = planned.wanted, planned.output
        settings, encoding = self._records(one.preset, one.values)
        assert output is not None  # noqa: S101  it was named before
        self._check_place(output)
        if one.is_film:
            return self._planned_film(planned, output, settings, inputs)
        self._check_format(output, encoding)
        content, styles = one.content.absolute(), [path.absolute() for path in one.styles]
        hashes = [inputs.hash_of(*file) for file in input_files(content, styles, settings)]
        limit = settings.max_pixels
        for style in styles:
            inputs.size_of("style", style, max_pixels=limit)
        size = inputs.size_of("content", content, max_pixels=limit)
        settings = _with_drawn_seed(settings, hashes)
        job = make_job(
            content,
            styles,
            output,
            settings=settle(settings, content),
            hash_of=inputs.hashes,
            encoding=encoding,
            **self.job_options,
        )
        return replace(planned, size=size, job=job)

    def _planned_film(
        self, planned: PlannedJob, output: Path, settings: Settings, inputs: BatchInputs
    ) -> PlannedJob:
        """Return a film with its job."""
        one, limit = planned.wanted, settings.max_pixels
        content, styles = one.content.absolute(), [path.absolute() for path in one.styles]
        clip = self._clips.open(content, max_pixels=limit)
        for style in styles:
            inputs.size_of("style", style, max_pixels=limit)
        files = input_files(content, styles, settings)
        hashes = [inputs.hash_of(*file, is_film=True) for file in files]
        job = make_job(
            content,
            styles,
            output,
            settings=_with_drawn_seed(settings, hashes),
            hash_of=dict(zip((path for _, path in files), hashes, strict=True)),
            film=self.films.part,
            **self.job_options,
        )
        found = estimate_job(job, clip)
        frames = None if found is None else found.frames
        return replace(planned, size=(clip.width, clip.height), frames=frames, job=job)

    def _records(self, preset: str, values: Mapping[str, Any]) -> tuple[Settings, Encoding]:
        """Return the settings and the encoding of jobs with values of their own."""
        key = preset, tuple(values.items())
        if key not in self._cache:
            if preset:
                check_choice("preset", preset, preset_names())
            of_settings, of_encoding = split(values)
            given = [("option", self.values), ("row", of_settings)]
            if preset not in self._presets:
                self._presets[preset] = read_preset(preset or self.preset)
            settings = resolve([*self._presets[preset], *given])
            merged = Encoding(**{**self.encoding, **of_encoding})
            self._cache[key] = _with_absolute_paths(settings), merged
        return self._cache[key]

    def _check_format(self, output: Path, encoding: Encoding) -> None:
        """Raise an `OutputError` if a suffix names no format, or it can't hold the encoding."""
        key = output.suffix, encoding
        if key not in self._formats:
            find_format(output).check(encoding, suffix=output.suffix)
            self._formats.add(key)

    @cached_property
    def _cache(self) -> dict[Any, tuple[Settings, Encoding]]:
        return {}

    @cached_property
    def _clips(self) -> FilmClips:
        return FilmClips()

    @cached_property
    def _presets(self) -> dict[str, list[Origin]]:
        return {}

    @cached_property
    def _formats(self) -> set[tuple[str, Encoding]]:
        return set()

    @cached_property
    def _folder(self) -> Path:
        return follow_links(self.folder)

    @cached_property
    def _forbidden(self) -> list[Path]:
        """The searched folders in which outputs may lie; they would be painted again."""
        roots = map(follow_links, self.searched)
        return [root for root in roots if not self._folder.is_relative_to(root)]

    def _check_place(self, output: Path) -> None:
        if any(output.is_relative_to(root) for root in self._forbidden):
            raise OutputError(
                f"output {output} lies among the pictures that were searched, and would be taken "
                "for one; choose another folder with -o"
            )

    def _without_overwriting(self, found: list[PlannedJob]) -> list[PlannedJob]:
        """Take the jobs away that would write over a file that a job of the batch reads."""
        paths = {file.path for one in found if one.job for file in one.job.inputs}
        read = set(map(identity_of_file, paths))
        return [
            replace(
                one,
                job=None,
                error=_located(
                    one.wanted,
                    f"output {one.output} would overwrite an input; choose another name with "
                    "--name, or another folder with -o",
                ),
            )
            if one.job and identity_of_file(one.job.output) in read
            else one
            for one in found
        ]


def _with_drawn_seed(settings: Settings, hashes: Sequence[str]) -> Settings:
    """Return settings with a seed in place of -1, which the same command draws again."""
    if settings.seed >= 0:
        return settings
    drawn = sha256("".join(hashes).encode()).digest()
    return replace(settings, seed=int.from_bytes(drawn[:8], "big") % _SEEDS)


def _located(one: Wanted, message: str) -> str:
    return f"{one.origin}: {message}" if one.origin else message


@lru_cache(maxsize=1024)
def _followed(folder: Path) -> Path:
    return follow_links(folder)


def identity_of_file(path: Path) -> str:
    """Return the same text for all names of a file, as far as links and capitals go."""
    path = path.absolute()
    real = follow_links(path) if path.is_symlink() else _followed(path.parent) / path.name
    return identity_of(PurePosixPath(real.as_posix()))


def _with_absolute_paths(settings: Settings) -> Settings:
    """Return settings whose files are the same in whatever folder a process works."""

    def absolute(text: str, words: Collection[str]) -> str:
        return text if not text or text in words else str(Path(text).absolute())

    changed: dict[str, Any] = {}
    for option in options_of(Settings):
        value, words = getattr(settings, option.name), option.declared.words
        if files_of(option, value):
            changed[option.name] = (
                tuple(absolute(text, words) for text in value)
                if isinstance(value, tuple)
                else absolute(value, words)
            )
    try:
        return replace(settings, **changed) if changed else settings
    except OSError as error:  # the current folder has been removed
        raise SettingsError("the current folder has been removed; leave it") from error
