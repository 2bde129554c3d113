"""What is suggested in place of an option that does not exist."""

import pytest
import typer
from commands import PICTURES, refusal_of

from ortstyle.cli import suggestions
from ortstyle.cli.main import app
from ortstyle.cli.suggestions import (
    empty_argument,
    equals_after_letter,
    single_dash_option,
    suggestion,
    typeset_option,
)

COMMANDS = typer.main.get_command(app).commands
RENDER = [flag for option in COMMANDS["render"].params for flag in option.opts]
# Of the published implementation, with their names here; a value for each.
PUBLISHED = {
    "-image_size": "--size",
    "-gpu": "--device",
    "-content_weight": "--content-weight",
    "-style_weight": "--style-weight",
    "-style_blend_weights": "--style-blend",
    "-tv_weight": "--tv-weight",
    "-num_iterations": "--iterations",
    "-init": "--init",
    "-init_image": "--init",
    "-optimizer": "--optimizer",
    "-learning_rate": "--learning-rate",
    "-lbfgs_num_correction": "--history",
    "-normalize_gradients": "--normalize-gradients",
    "-print_iter": "--trace",
    "-save_iter": "--save-every",
    "-output_image": "--output",
    "-style_scale": "--style-scale",
    "-original_colors": "--colors",
    "-content_layers": "--content-layers",
    "-style_layers": "--style-layers",
    "-model_file": "--model",
    "-pooling": "--pooling",
    "-backend": "--device",
    "-seed": "--seed",
}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("--styles", "did you mean --style?"),
        ("--style-dir", "did you mean --style?"),
        ("--painting", "did you mean --style?"),
        ("--input", "name the photographs without an option"),
        ("--output-dir", "did you mean --output?"),
        ("--dryrun", "did you mean --dry-run?"),
    ],
)
def test_a_command_for_many_pictures_names_its_styles_by_an_option(typed, words):
    known = [flag for option in COMMANDS["batch"].params for flag in option.opts]
    assert suggestion(typed, known) == words


@pytest.mark.parametrize(("theirs", "ours"), PUBLISHED.items())
def test_the_published_options_lead_to_ours(theirs, ours):
    for typed in (theirs, f"-{theirs}", f"-{theirs}".replace("_", "-")):
        if typed != ours:
            assert suggestion(typed, RENDER) == f"did you mean {ours}?"
    assert single_dash_option(["render", "a.jpg", f"{theirs}=1"], RENDER) == theirs


@pytest.mark.parametrize(
    ("typed", "ours"),
    [
        ("--iter", "--iterations"),
        ("--steps", "--iterations"),
        ("--max-iter", "--iterations"),
        ("--epochs", "--iterations"),
        ("--resolution", "--size"),
        ("--max-size", "--size"),
        ("--lr", "--learning-rate"),
        ("--cuda", "--device"),
        ("--output-path", "--output"),
        ("--sise", "--size"),
        ("--itertions", "--iterations"),
        ("--CONTENT_WEIGHT", "--content-weight"),
        ("--resume", "ortstyle resume FILE"),
        ("--version", "ortstyle --version"),
        ("-V", "ortstyle --version"),
        ("-s", "--size"),
        ("-i", "--iterations"),
        ("-lr", "--learning-rate"),
    ],
)
def test_the_nearest_by_meaning_or_by_its_letters(typed, ours):
    assert suggestion(typed, RENDER) == f"did you mean {ours}?"


def test_only_options_that_the_command_has_are_suggested():
    devices = [flag for option in COMMANDS["devices"].params for flag in option.opts]
    assert suggestion("--iter", devices) == ""
    assert suggestion("--chek", devices) == "did you mean --check?"
    assert suggestion("--zzz", RENDER) == ""
    assert suggestion("-n", RENDER) == ""


def test_every_name_leads_to_one_option_that_there_is():
    names = [name for names in suggestions._MEANINGS.values() for name in names.split()]
    assert len(names) == len(set(names))
    ours = {name for name in suggestions._MEANINGS if name.startswith("--")}
    assert ours <= set(RENDER)
    assert not {f"--{name}" for name in names} & set(RENDER)


@pytest.mark.parametrize(
    "arguments",
    [
        ["a.jpg", "b.jpg", "-o", "out.png", "--seed", "-1", "--content-mask", "-"],
        ["a.jpg", "b.jpg", "-oout.png", "-q", "-h"],
        ["--", "-iter", "-size"],
    ],
)
def test_what_is_no_mistake(arguments):
    assert single_dash_option(arguments, RENDER) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--iter", "5"], "No such option: --iter; did you mean --iterations?"),
        (["-iterations", "5"], "No such option: -iterations; did you mean --iterations?"),
        (["-num_iterations", "5"], "No such option: -num_iterations; did you mean --iterations?"),
        (["-itertions=5"], "No such option: -itertions; did you mean --iterations?"),
        (["-output_image", "a.png"], "No such option: -output_image; did you mean --output?"),
        (["-style_image", "a.png"], "No such option: -style_image; name the photograph first"),
        (["--zzz"], "No such option: --zzz (see"),
        (
            ["--iterations", "5", "--iter", "5"],
            "No such option: --iter; did you mean --iterations?",
        ),
        (["--content-layers=relu4_1", "--content"], "No such option: --content; name the"),
    ],
)
def test_wrong_use_of_an_option(folder, call, arguments, words):
    message = refusal_of(call, 2, "render", "photo.png", "painting.png", *arguments)
    assert message.startswith(f"ortstyle: {words}")
    assert message.endswith("(see ortstyle render --help)\n")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("—size", "--size"), ("–-size=64", "--size=64"), ("–o", "-o"), ("−quiet", "--quiet")],
)
def test_dashes_of_web_pages(folder, call, typed, meant):
    message = refusal_of(call, 2, "render", "photo.png", "painting.png", typed, "64")
    assert message == f"ortstyle: {typed} begins with a dash that is no hyphen; type {meant}\n"


@pytest.mark.parametrize("arguments", [["—.png", "–a.png", "—sizes"], ["--", "—size"]])
def test_file_names_with_dashes(arguments):
    assert typeset_option(arguments, RENDER) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o=a.png"], "-o=a.png has a sign = that would belong to the value; type -o a.png"),
        (["-o", ""], "the value of -o is empty; give one, or leave it out"),
        (["--output="], "the value of --output is empty; give one"),
        (["--preset", ""], "the value of --preset is empty; give one"),
        (["--preset="], "the value of --preset is empty; give one"),
        (["--trace", ""], "the value of --trace is empty; give one"),
        (["--quiet", ""], "an argument is empty; give one"),
        (["", "--quiet"], "an argument is empty; give one"),
    ],
)
def test_values_that_are_empty_or_begin_with_a_sign(folder, call, arguments, words):
    assert words in refusal_of(call, 2, "render", *PICTURES, *arguments)


def test_what_is_neither_empty_nor_misread():
    valued = ["-o", "--output", "--content-mask"]
    assert empty_argument(["render", "a.png", "-o", "=a.png", "--overwrite="], valued) is None
    assert empty_argument(["--content-mask", "", "--content-mask="], valued) is None
    assert equals_after_letter(["-q=1", "-o", "=a.png", "--", "-o=a.png"], valued) == ("", "")
