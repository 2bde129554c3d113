"""Every option of every record on the command line, given text that it does not expect."""

from typing import Annotated, Any

import pytest
import typer
from hostile_values import TEXTS, result_of

from ortstyle.cli.command import Checkpointing, Reports
from ortstyle.cli.main import _UsageError
from ortstyle.cli.options import OptionsOf, with_options
from ortstyle.errors import SettingsError
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.declaration import options_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text

RECORDS = (Settings, Encoding, Checkpointing, Reports)
OPTIONS = [
    pytest.param(record, option, id=f"{record.__name__}.{option.name}")
    for record in RECORDS
    for option in options_of(record)
    if option.text_type is not bool
]


@pytest.fixture(scope="module")
def read():
    """Return a function that reads the options of a command line and returns the records."""
    found = {}

    @with_options
    def command(
        *,
        settings: Annotated[dict[str, Any], OptionsOf(Settings)],
        encoding: Annotated[Encoding, OptionsOf(Encoding)],
        checkpointing: Annotated[Checkpointing, OptionsOf(Checkpointing)],
        reports: Annotated[Reports, OptionsOf(Reports)],
    ) -> None:
        """Read the options."""
        made = Settings(**settings), encoding, checkpointing, reports
        found.update(zip(RECORDS, made, strict=True))

    app = typer.Typer()
    app.command()(command)
    run = typer.main.get_command(app)

    def call(*arguments):
        found.clear()
        try:
            run.main(arguments, standalone_mode=False, prog_name="read")
        except _UsageError as error:
            raise SettingsError(error.format_message()) from error
        return dict(found)

    return call


@pytest.mark.parametrize(("record", "option"), OPTIONS)
def test_text_is_taken_or_refused_in_one_line(read, record, option):
    for text in (*TEXTS, "\udcff"):
        made = result_of(lambda text=text: read(f"{option.flag}={text}"), about=option.flag)
        if made:
            value = as_text(getattr(made[record], option.name))
            again = read(f"{option.flag}={value}")
            assert as_text(getattr(again[record], option.name)) == value
