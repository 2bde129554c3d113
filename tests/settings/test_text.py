"""Values of settings read from text and written as text."""

import pytest

from ortstyle.settings.text import (
    as_text,
    parse_blend,
    parse_init,
    parse_iterations,
    parse_layers,
    parse_masks,
    parse_scales,
    parse_size,
)

# Text


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("relu4_2", (("relu4_2", 1.0),)),
        ("relu1_1:1,relu2_1:0.5", (("relu1_1", 1.0), ("relu2_1", 0.5))),
        (" a , b:2e-1 ,", (("a", 1.0), ("b", 0.2))),
        ("features:0:3", (("features:0", 3.0),)),
        ("", ()),
    ],
)
def test_layers_are_read_from_text(text, layers):
    assert parse_layers(text) == layers


@pytest.mark.parametrize(
    ("text", "wrong"), [("relu1_1:x", "'x'"), ("a:1,b:", "'b:'"), ("a:1:2;", "'2;'")]
)
def test_a_layers_weight_is_a_number(refusal_of, text, wrong):
    message = refusal_of(parse_layers, text, option="--style-layers")
    assert message.startswith("--style-layers:")
    assert wrong in message
    assert "is no number" in message


def test_a_blend_is_read_from_text():
    assert parse_blend("3,7") == (3.0, 7.0)
    assert parse_blend(" 1 ") == (1.0,)


@pytest.mark.parametrize(("text", "wrong"), [("3;7", "'3;7'"), ("3,,7", "''"), ("", "''")])
def test_a_blends_weight_is_a_number(refusal_of, text, wrong):
    message = refusal_of(parse_blend, text, option="--style-blend")
    assert message.startswith("--style-blend:")
    assert f"{wrong} is no number" in message


def test_iterations_scales_and_masks_are_read_from_text(refusal_of):
    assert parse_iterations("300") == 300
    assert parse_iterations("30,20,5") == (30, 20, 5)
    assert "'x' is no whole number" in refusal_of(parse_iterations, "x")
    assert parse_scales("1.5") == 1.5
    assert parse_scales("1,0.5+2") == (1.0, (0.5, 2.0))
    assert parse_scales("0.5+2") == ((0.5, 2.0),)
    assert "'x' is no number" in refusal_of(parse_scales, "1,x")
    assert parse_masks("sky.png,-") == ("sky.png", "")
    assert parse_masks("") == ()


def test_values_are_shown_as_the_options_take_them():
    assert as_text((("relu1_1", 1.0), ("relu2_1", 0.25))) == "relu1_1:1,relu2_1:0.25"
    assert [as_text(v) for v in ((3.0, 7.0), 1e-3, 400.0, True, None, "max", 5)] == [
        *["3,7", "0.001", "400", "true", "none", "max", "5"]
    ]


@pytest.mark.parametrize(("text", "size"), [("640", 640), ("content", "content"), (" 8 ", 8)])
def test_a_size_is_read_from_text(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "large", "1.5", "640x480", "contents"])
def test_text_that_is_no_size(text, refusal_of):
    message = refusal_of(parse_size, text, option="--size")
    assert message == f"--size: {text!r} is no size; give pixels, or content"


@pytest.mark.parametrize(
    ("text", "init"),
    [
        ("random", "noise"),
        ("image", "content"),
        ("noise", "noise"),
        ("content", "content"),
        ("style", "style"),
        ("./random", "./random"),
        ("image.png", "image.png"),
    ],
)
def test_neural_styles_names_of_the_start_are_known(text, init):
    assert parse_init(text) == init


@pytest.mark.parametrize("word", ["RANDOM", "Noise", "STYLE", "Image", "CONTENT"])
def test_words_in_capitals_are_no_paths_unless_there_is_such_a_file(
    word, refusal_of, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    told = refusal_of(parse_init, word, option="--init")
    assert told == f"--init: {word!r} is unknown; did you mean {word.lower()}?"
    (tmp_path / word).touch()
    assert parse_init(word) == word
