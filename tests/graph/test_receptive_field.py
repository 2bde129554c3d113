"""Receptive fields and margins, compared with the effect of changed pixels."""

import numpy as np
import onnx
import pytest
from networks import VGG19, light
from numeric import evaluator
from onnx import TensorProto, helper, numpy_helper

from ortstyle.errors import GraphError
from ortstyle.graph.loss_graph import feature_graph
from ortstyle.graph.network import Network
from ortstyle.graph.ops import add_output, finish
from ortstyle.graph.receptive_field import ReceptiveField, boundary_layer, tile_margins
from ortstyle.settings.settings import Settings


def test_the_fields_of_vgg_19_are_as_published():
    found = tile_margins(Network.open(VGG19), ["relu1_1", "relu2_1", "relu5_1"])
    jumps = [found.grids[layer].jumps for layer in ("relu1_1", "relu2_1", "relu5_1")]
    assert jumps == [(1, 1), (2, 2), (16, 16)]
    assert (found.margin, found.align) == (80, 16)


def test_the_deeper_a_layer_the_less_margin_it_has():
    grids = tile_margins(Network.open(VGG19), ["relu1_1", "relu4_2", "relu5_1"]).grids
    layers = ["relu1_1", "relu2_2", "relu3_1", "relu4_2", "relu4_4", "relu5_1"]
    assert [grids[layer].margin for layer in layers] == [80, 80, 64, 48, 32, 16]
    assert "relu5_2" not in grids


def test_shallow_layers_need_narrow_margins():
    found = tile_margins(Network.open(VGG19), ["relu1_1"])
    assert (found.margin, found.align) == (1, 1)


def conv(source, name, *, kernel, stride=1, pads=(0, 0, 0, 0), dilation=1):
    return helper.make_node(
        "Conv",
        [source, f"w{kernel}"],
        [name],
        name,
        strides=[stride] * 2,
        pads=pads,
        dilations=[dilation] * 2,
    )


def network_of(folder, nodes, channels=3):
    """Write a network of the nodes given, all weights positive, and open it."""
    weights = [
        numpy_helper.from_array(np.full((3, channels, k, k), 0.1, np.float32), f"w{k}")
        for k in (2, 3, 5)
    ]
    takes = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "h", "w"])
    gives = helper.make_tensor_value_info(
        nodes[-1].output[0], TensorProto.FLOAT, [1, "c", "y", "x"]
    )
    graph = helper.make_graph(nodes, "some", [takes], [gives], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "some.onnx"
    path.write_bytes(model.SerializeToString())
    return Network.open(path)


def pool(source, name, kind="AveragePool", **attributes):
    return helper.make_node(
        kind, [source], [name], name, kernel_shape=[3, 3], strides=[2, 2], **attributes
    )


CHAINS = {
    "padded": [conv("input", "y", kernel=3, pads=(1, 1, 1, 1))],
    "unpadded": [conv("input", "y", kernel=5)],
    "lopsided": [conv("input", "y", kernel=2, pads=(1, 0, 0, 1))],
    "dilated": [conv("input", "y", kernel=3, pads=(2, 2, 2, 2), dilation=2)],
    "strided": [
        conv("input", "a", kernel=5, stride=2, pads=(2, 2, 2, 2)),
        conv("a", "y", kernel=3, pads=(1, 1, 1, 1)),
    ],
    "pooled": [
        conv("input", "a", kernel=3, pads=(1, 1, 1, 1)),
        pool("a", "b", pads=[1, 1, 1, 1]),
        conv("b", "y", kernel=3, stride=2),
    ],
    "two branches": [
        conv("input", "a", kernel=5, pads=(2, 2, 2, 2)),
        conv("input", "b", kernel=3, pads=(1, 1, 1, 1)),
        helper.make_node("Add", ["a", "b"], ["c"], "c"),
        helper.make_node("Relu", ["c"], ["y"], "y"),
    ],
}


@pytest.mark.parametrize("nodes", CHAINS.values(), ids=CHAINS)
def test_no_pixel_outside_the_field_counts_and_its_ends_do(nodes, tmp_path):
    network = network_of(tmp_path, nodes)
    size = 41
    graph, _, features = feature_graph(
        network, (size, size), (("y", 1.0),), Settings(padding="zero")
    )
    add_output(graph, "out", features["y"])
    compute = evaluator(finish(graph))
    image = np.full((1, 3, size, size), 200, np.float32)
    (before,) = compute.run(None, {"image": image})
    k = before.shape[2] // 2
    seen = []
    for row in range(size):
        changed = image.copy()
        changed[:, :, row] += 50
        (after,) = compute.run(None, {"image": changed})
        if after[0, 0, k, k] != before[0, 0, k, k]:
            seen.append(row)
    found = tile_margins(network, ["y"])
    jump, _ = found.grids["y"].jumps
    field = exact_field(nodes)
    assert field.jump == jump
    assert (seen[0], seen[-1]) == (k * jump - field.before, k * jump + field.after)
    assert found.margin >= max(field.before, field.after - jump + 1)
    assert found.margin % found.align == 0


def exact_field(nodes):
    """Return the field of a network by the published formulae, the widest where branches meet."""
    fields = {"input": ReceptiveField()}
    for node in nodes:
        a = {x.name: helper.get_attribute_value(x) for x in node.attribute}
        field = fields[node.input[0]]
        for other in node.input[1:]:
            if other in fields:
                field = field.united(fields[other])
        if node.op_type in ("Conv", "AveragePool"):
            kernel = a.get("kernel_shape", [int(node.input[-1][1:] if len(node.input) > 1 else 3)])
            wide = (kernel[0] - 1) * a.get("dilations", [1])[0] + 1
            field = field.through(wide, a["strides"][0], a.get("pads", [0])[0])
        fields[node.output[0]] = field
    return fields["y"]


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([helper.make_node("GlobalAveragePool", ["input"], ["y"], "y")], "whole picture"),
        ([helper.make_node("InstanceNormalization", ["input", "s", "s"], ["y"], "y")], "whole"),
        (
            [
                helper.make_node(
                    "Conv", ["input", "w3"], ["y"], "y", auto_pad="SAME_UPPER", strides=[2, 2]
                )
            ],
            "has automatic padding",
        ),
        (
            [
                conv("input", "a", kernel=2, stride=2),
                helper.make_node("Add", ["a", "input"], ["y"], "y"),
            ],
            "every 2 and 1 pixels",
        ),
    ],
    ids=["global", "normalised", "automatic", "two sizes"],
)
def test_an_operator_that_sees_the_whole_picture_is_named(nodes, reason, tmp_path):
    if nodes[0].op_type == "InstanceNormalization":
        scale = numpy_helper.from_array(np.ones(3, np.float32), "s")
        nodes = [helper.make_node("Constant", [], ["s"], value=scale), *nodes]
    network = network_of(tmp_path, nodes)
    with pytest.raises(GraphError, match=reason) as caught:
        tile_margins(network, ["y"])
    assert "'y'" in str(caught.value)


def test_squeezenet_can_be_painted_in_tiles_up_to_its_last_pool():
    network = Network.open(light("squeezenet"))
    last = next(
        node.output[0]
        for node in onnx.load(light("squeezenet")).graph.node
        if node.op_type == "Concat"
    )
    assert tile_margins(network, [last]).align > 1


def test_a_boundary_is_where_all_deeper_layers_depend_on_one(tmp_path):
    nodes = [
        pool("input", "half"),
        pool("half", "quarter"),
        conv("quarter", "past", kernel=3, pads=(1, 1, 1, 1)),
        helper.make_node("Add", ["quarter", "past"], ["sum"], "sum"),
        helper.make_node("Relu", ["sum"], ["deep"], "deep"),
    ]
    network = network_of(tmp_path, nodes)
    assert boundary_layer(network, ["deep"], least_jump=2) == "half"
    assert boundary_layer(network, ["deep"], least_jump=4) == "quarter"
    assert boundary_layer(network, ["deep"], least_jump=8) is None
    assert boundary_layer(network, ["half"], least_jump=2) is None
    deeper = network.after("quarter")
    assert boundary_layer(deeper, ["deep"], least_jump=1) == "quarter"
    assert list(deeper.layers) == ["past", "sum", "deep"]


def test_a_layer_that_a_branch_bypasses_is_no_boundary(tmp_path):
    nodes = [
        pool("input", "half"),
        pool("half", "quarter"),
        pool("half", "other"),
        helper.make_node("Add", ["quarter", "other"], ["sum"], "sum"),
        helper.make_node("Relu", ["sum"], ["deep"], "deep"),
    ]
    assert boundary_layer(network_of(tmp_path, nodes), ["deep"], least_jump=4) == "sum"
