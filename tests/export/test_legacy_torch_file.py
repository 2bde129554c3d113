"""The container that PyTorch wrote up to 1.5: where tensors lie in it, and how it can be wrong."""

import io
import pickle
import struct

import numpy as np
import pytest
from export.weight_files import (
    first_layer,
    legacy_torch,
    legacy_torch_header,
    pickled_tensor,
    pickled_text,
    refusal,
)
from vgg19.legacy_torch_file import LegacyTorchFile

from ortstyle.errors import ModelError


def one_tensor(values, **view):
    """Make a file of one storage and one tensor, called view, that lies in it as told."""
    tensor = pickled_tensor("k0", "float32", values.size, **view)
    body = b"\x80\x02}" + pickled_text("view") + tensor + b"s."
    storage = struct.pack("<q", values.size) + values.tobytes()
    data = legacy_torch_header() + body + pickle.dumps(["k0"], 2) + storage
    return LegacyTorchFile(io.BytesIO(data), "view")


def test_tensors_may_be_strided_views():
    values = np.arange(24, dtype=np.float32)
    tensors = one_tensor(values, size=(3, 2), stride=(1, 4), offset=5)
    np.testing.assert_array_equal(tensors["view"], [[5, 9], [6, 10], [7, 11]])


@pytest.mark.parametrize(
    "changes", [{"offset": 7}, {"offset": -1}, {"stride": (5, 1)}, {"size": (3, 2**40)}]
)
def test_tensors_outside_their_storage(changes):
    whole = {"size": (2, 3), "stride": (3, 1), "offset": 0} | changes
    tensors = one_tensor(np.zeros(6, np.float32), **whole)
    with pytest.raises(ModelError, match="tensor view lies outside its storage"):
        tensors["view"]


def test_storages_that_do_not_fit(tmp_path):
    path = tmp_path / "wrong.pth"
    path.write_bytes(legacy_torch(first_layer(), spare=["k9"]))
    assert "belongs to no tensor" in refusal(path)
    right = legacy_torch(first_layer())
    path.write_bytes(right.replace(struct.pack("<q", 1728), struct.pack("<q", 1729), 1))
    assert "length is wrong" in refusal(path)


def test_files_of_big_endian_machines(tmp_path):
    path = tmp_path / "wrong.pth"
    path.write_bytes(legacy_torch(first_layer()).replace(b"little_endian", b"Little_endian", 1))
    assert "written on a big-endian machine" in refusal(path)


@pytest.mark.parametrize("kept", [20, 100, 3000, 5700, 100_000, -1])
def test_truncated_file(codebook_file, tmp_path, kept):
    path = tmp_path / "short.bin"
    path.write_bytes(codebook_file.read_bytes()[:kept])
    assert "damaged" in refusal(path)
