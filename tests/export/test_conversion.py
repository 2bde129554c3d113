"""The output file: the same bytes every time, and untouched when the conversion fails."""

import pytest
from vgg19.conversion import convert

from ortstyle.errors import ModelError, OutputError


def test_the_same_source_gives_the_same_bytes(codebook_file, converted_file, tmp_path):
    again = tmp_path / "again.onnx"
    convert(codebook_file, again)
    assert again.read_bytes() == converted_file.read_bytes()


def test_a_failure_leaves_the_old_output_alone(tmp_path):
    source, output = tmp_path / "source.txt", tmp_path / "vgg19.onnx"
    source.write_text("hello")
    output.write_text("old")
    with pytest.raises(ModelError):
        convert(source, output)
    assert output.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"source.txt", "vgg19.onnx"}


@pytest.mark.parametrize("name", ["", "missing/vgg19.onnx"])
def test_an_output_that_cannot_be_written(tmp_path, name):
    with pytest.raises(OutputError, match="can't be written"):
        convert(tmp_path / "not read", tmp_path / name)
