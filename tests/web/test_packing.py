"""Packs of ONNX files: what comes out is what went in, byte for byte."""

import gzip
import json

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ortstyle.web.packing import assemble, compress, difference, pack, unpack


def model_of(size, nodes=2, **fields):
    shape = [1, 3, *size]
    values = ["x", *(f"v{k}" for k in range(nodes - 1)), "y"]
    chain = [
        helper.make_node("Relu", values[k : k + 1], values[k + 1 : k + 2]) for k in range(nodes)
    ]
    graph = helper.make_graph(
        chain,
        "chain",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    return helper.make_model(graph, **fields).SerializeToString()


FILES = {(h, w): model_of((h, w)) for h, w in ((16, 16), (16, 300), (70_000, 16))}


def test_every_file_of_a_pack_comes_out_as_it_went_in():
    assert unpack(pack(FILES)) == FILES


def test_a_pack_is_the_same_bytes_each_time():
    assert pack(FILES) == pack(FILES)
    assert compress(b"bytes") == compress(b"bytes")


def test_only_fields_that_differ_are_packed():
    base, other = FILES[16, 16], FILES[16, 300]
    delta = difference(base, other)
    graph = onnx.load_from_string(other).graph
    assert len(delta) == 2  # the input and the output
    assert delta[0][1].endswith(graph.input[0].SerializeToString())
    assert difference(base, base) == []
    assert assemble(base, delta) == other


def test_a_graph_of_other_nodes_is_packed_whole():
    files = FILES | {(32, 32): model_of((32, 32), nodes=3)}
    content = json.loads(gzip.decompress(pack(files)))
    assert isinstance(content["canvases"]["32x32"], str)
    assert content["canvases"]["16x16"] == []
    assert unpack(pack(files)) == files


def test_a_file_that_differs_outside_its_graph_is_packed_whole():
    other = model_of((16, 16), producer_name="another")
    assert difference(FILES[16, 16], other) == other
    assert unpack(pack(FILES | {(1, 1): other}))[1, 1] == other


def test_what_comes_after_the_graph_stays():
    model = onnx.load_from_string(model_of((16, 16)))
    model.metadata_props.add(key="a", value="b")
    base = model.SerializeToString()
    model.graph.input[0].name = model.graph.node[0].input[0] = "another"
    other = model.SerializeToString()
    assert not base.endswith(onnx.load_from_string(base).graph.SerializeToString())
    assert assemble(base, difference(base, other)) == other


def test_numbers_of_all_wire_types_are_skipped():
    tensor = numpy_helper.from_array(
        onnx.numpy_helper.to_array(helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])), "t"
    )
    model = onnx.load_from_string(model_of((16, 16)))
    model.graph.initializer.append(tensor)
    base = model.SerializeToString()
    fixed = (
        base + bytes([0x7D, 1, 2, 3, 4]) + bytes([0x79, *range(8)])
    )  # fields 15 of 4 and 8 bytes
    assert assemble(fixed, []) == fixed


def test_a_file_without_a_graph_is_refused():
    with pytest.raises(ValueError, match="no graph"):
        assemble(b"", [])
