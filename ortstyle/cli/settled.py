"""Settings that a command settles before the run, and says."""

from pathlib import Path

from ortstyle.cli.messages import say
from ortstyle.run.settled import settle
from ortstyle.settings.settings import Settings


def settle_and_say(settings: Settings, content: Path) -> Settings:
    """Return settings with numbers for the size "content" and the seed -1; say what was drawn.

    Raises
    ------
    PictureError
        The content can't be read.
    """
    settled = settle(settings, content)
    if settled.seed != settings.seed:
        say(f"the seed is {settled.seed}; --seed {settled.seed} repeats this run")
    return settled
