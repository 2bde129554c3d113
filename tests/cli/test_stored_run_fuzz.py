"""A checkpoint from a stranger resumes or gives one line, and writes only beside itself."""

import json
import zipfile

import numpy as np
import pytest
from commands import crash
from fuzzed import changed_json, check_ended, commands, fuzz
from hostile import damaged
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from ortstyle.run.checkpoint import read_checkpoint

FILES = ["-o", "a.png", "--trace", "a.jsonl", "--plot", "a.svg", "--compare", "a.html"]
FILES += ["--save-every", "3", "--scales", "2", "--quiet"]
DTYPES = st.sampled_from(["<f4", "<f8", "<i8", "|b1", "<U3", "<f2", "|u1"])
ARRAYS = of_numpy.arrays(DTYPES, of_numpy.array_shapes(min_dims=0, max_dims=4, max_side=5))


def write(path, header, arrays):
    """Write a checkpoint whatever its header and arrays."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("header.json"), json.dumps(header))
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)


@st.composite
def changed_arrays(draw, arrays):
    """Return arrays of which one is another, or left out, or has another name."""
    arrays = dict(arrays)
    name = draw(st.sampled_from(sorted(arrays)))
    what = draw(st.sampled_from(("replace", "drop", "rename", "values")))
    if what == "values":
        arrays[name] = np.full_like(arrays[name], draw(st.sampled_from([0, 1, 99])))
    elif what == "replace":
        arrays[name] = draw(ARRAYS)
    else:
        array = arrays.pop(name)
        if what == "rename":
            arrays[draw(st.sampled_from(["start", "curve", "a", *arrays]))] = array
    return arrays


@pytest.mark.slow
@pytest.mark.parametrize("evaluations", [2, 4])
@pytest.mark.parametrize("kind", ["bytes", "header", "arrays"])
def test_hostile_checkpoints(folder, call, tiny, network, kind, evaluations):
    pytest.importorskip("onnxruntime")
    (folder / "net.onnx").write_bytes(tiny.read_bytes())
    size = ["--size", "34", "--iterations", "6", "--model", "net.onnx", "--device", "cpu"]
    crash(call, evaluations, *FILES, *network, *size)
    path = folder / "a.ck"
    whole, found = path.read_bytes(), read_checkpoint(path)
    inputs = {p.name: p.read_bytes() for p in folder.iterdir()}
    elsewhere = {p.name for p in folder.parent.iterdir()}
    with commands() as run:

        def check_file():
            for each in folder.iterdir():
                if each.name not in (*inputs, "a.ck") and each.is_file():
                    each.unlink()
            check_ended(run(folder, "resume", "a.ck", "--quiet", "--device", "cpu"))
            assert all((folder / name).read_bytes() == inputs[name] for name in PICTURES)
            assert {p.name for p in folder.parent.iterdir()} == elsewhere

        def check(data):
            path.write_bytes(data)
            check_file()

        def check_content(content):
            header, arrays = content
            if isinstance(header, dict) and kind == "arrays":
                header = header | {"arrays": list(arrays)}
            write(path, header, arrays)
            check_file()

        check(whole)
        check_content((found.header, found.arrays))
        if kind == "bytes":
            numbers = st.integers(0, 2**32).map(np.random.default_rng)
            fuzz(numbers.map(lambda rng: damaged(whole, whole, rng)), check)
        elif kind == "header":
            fuzz(st.tuples(changed_json(found.header), st.just(found.arrays)), check_content)
        else:
            fuzz(st.tuples(st.just(found.header), changed_arrays(found.arrays)), check_content)


PICTURES = ("photo.png", "painting.png", "net.onnx")
