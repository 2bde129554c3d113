"""The command line of the converter: the only module that prints or exits."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ortstyle.errors import OrtStyleError
from vgg19.conversion import convert
from vgg19.preprocessing import CAFFE, TORCH
from vgg19.source import sha256


class Family(StrEnum):
    """The two preprocessings, by the family of weights that they belong to."""

    caffe = "caffe"
    torch = "torch"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    source: Annotated[Path, typer.Argument(help="VGG-19 weights in any known format.")],
    output: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
    *,
    float32: Annotated[
        bool, typer.Option("--float32", help="Keep the full weights: 80 MB instead of 20.")
    ] = False,
    preprocessing: Annotated[
        Family | None,
        typer.Option(help="What the weights were trained on; overrides what the source says."),
    ] = None,
) -> None:
    """Convert VGG-19 weights into the ONNX file that ortstyle ships."""
    asked = {Family.caffe: CAFFE, Family.torch: TORCH, None: None}[preprocessing]
    try:
        weights, errors = convert(source, output, float32=float32, preprocessing=asked)
    except OrtStyleError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    for layer, error_of_layer in errors.items():
        print(f"{layer}  relative error {error_of_layer:.2e}")
    print(f"source: {weights.source}, SHA-256 {weights.sha256}")
    print(f"preprocessing, from {weights.preprocessing_from}: {weights.preprocessing}")
    with output.open("rb") as file:
        size, digest = output.stat().st_size / 1e6, sha256(file)
    print(f"wrote {output}: {size:.1f} MB, SHA-256 {digest}")
