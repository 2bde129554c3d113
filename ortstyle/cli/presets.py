"""`ortstyle presets`: list the presets, or print one."""

from typing import Annotated

from typer import Argument

from ortstyle.cli.messages import show
from ortstyle.settings.presets import from_preset, preset_names, preset_purpose
from ortstyle.settings.serialization import as_toml
from ortstyle.settings.settings import Settings


def presets(
    name: Annotated[
        str | None, Argument(help="Print all settings of this preset.", metavar="[NAME|PATH]")
    ] = None,
) -> None:
    """List the presets: what each is for, and where it differs from the defaults."""
    if name:
        settings = from_preset(name)
        comment = [f"# {preset_purpose(name)}"] if preset_purpose(name) else []
        for line in [*comment, *as_toml(settings)]:
            show(line)
        return
    for known in preset_names():
        show(f"{known}: {preset_purpose(known)}")
        for line in as_toml(from_preset(known), without=Settings()):
            show(f"    {line}")
