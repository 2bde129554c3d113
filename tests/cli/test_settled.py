"""What a command settles before the run."""

from pathlib import Path

from ortstyle.cli.settled import settle_and_say
from ortstyle.settings.settings import Settings


def test_only_a_seed_that_was_drawn_is_said(folder, capfd):
    settings = Settings(size="content", seed=4)
    assert settle_and_say(settings, Path("photo.png")) == Settings(size=48, seed=4)
    assert capfd.readouterr() == ("", "")
    seed = settle_and_say(Settings(seed=-1), Path("photo.png")).seed
    assert (
        capfd.readouterr().err == f"ortstyle: the seed is {seed}; --seed {seed} repeats this run\n"
    )
