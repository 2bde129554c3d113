import gc
import hashlib
import json
import weakref
from dataclasses import replace

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from networks import VGG19, light
from numeric import evaluator, noise, operators, run
from onnx import TensorProto, helper, numpy_helper

from ortstyle.errors import GraphError, ModelError, SettingsError
from ortstyle.graph import folding
from ortstyle.graph.adapt import Adaptation
from ortstyle.graph.folding import compute_constant
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.preprocessing import Preprocessing
from ortstyle.graph.values import constant_of, shape_of

WEIGHT = noise(2, 3, 1, 1).astype(np.float32)
PICTURE = ("x", TensorProto.FLOAT, [1, 3, None, None])
CONV = helper.make_node("Conv", ["x", "w"], ["y"], name="conv")
CAFFE = {"order": "BGR", "scale": 1, "mean": [103.939, 116.779, 123.68], "std": [1, 1, 1]}


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


def proto(*nodes, takes=PICTURE, opset=17, domains=(), metadata=None, **arrays):
    """Return a small network, by default one 1×1 convolution of x to y."""
    nodes = nodes or (CONV,)
    output = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, list("nchw"))
    weights = [numpy_helper.from_array(a, name) for name, a in ({"w": WEIGHT} | arrays).items()]
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info(*takes)], [output], weights
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    helper.set_model_props(model, metadata or {})
    return model


@pytest.fixture
def save(tmp_path):
    def write(model, name="net.onnx"):
        path = tmp_path / name
        path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return path

    return write


def append(network, layers, size=(8, 8), **options):
    """Append a network to an empty graph."""
    graph = new_graph("test")
    image = add_input(graph, "image", (1, 3, *size))
    return graph, network.append(Ops(graph), image, layers, adapt=Adaptation(**options))


def compute(network, layers, image, **options):
    """Run the layers of a network on an image."""
    graph, found = append(network, layers, image.shape[2:], **options)
    for name, value in found.items():
        add_output(graph, f"out.{name}", value)
    computed = run(evaluator(finish(graph)), {"image": image})
    return [computed[f"out.{name}"] for name in layers]


# preprocessing


def test_a_network_takes_pixels_preprocessed_as_its_metadata_say(save):
    image = np.random.default_rng(1).uniform(0, 255, (1, 3, 4, 5)).astype(np.float32)
    mean = np.reshape(CAFFE["mean"], (3, 1, 1))
    same = helper.make_node("Identity", ["x"], ["y"])
    network = Network.open(save(proto(same, metadata={"preprocessing": json.dumps(CAFFE)})))
    (found,) = compute(network, ["y"], image)
    np.testing.assert_allclose(found, image[:, ::-1] - mean, rtol=1e-5, atol=1e-4)


def test_preprocessing_defaults_to_imagenets(save):
    network = Network.open(save(proto()))
    assert network.is_one_file
    assert network.preprocessing == Preprocessing()


def test_the_mean_pixel_is_what_the_network_sees_as_zero(vgg19):
    np.testing.assert_allclose(vgg19.preprocessing.mean_pixel, [123.68, 116.779, 103.939])


BAD_PREPROCESSING = {
    "no JSON": "nonsense",
    "nothing": "{}",
    "text for means": json.dumps(CAFFE | {"mean": ["a", "b", "c"]}),
    "scale of null": json.dumps(CAFFE | {"scale": None}),
}


@pytest.mark.parametrize("text", BAD_PREPROCESSING.values(), ids=BAD_PREPROCESSING)
def test_bad_preprocessing_is_refused(save, text):
    path = save(proto(metadata={"preprocessing": text}))
    with pytest.raises(ModelError, match=rf"^{path}: metadata 'preprocessing' can't be read"):
        Network.open(path)


# cutting


@pytest.mark.parametrize(
    ("layers", "convs", "pools"),
    [
        (["conv1_1"], 1, 0),
        (["relu1_1"], 1, 0),
        (["relu2_1"], 3, 1),
        (["relu4_2", "relu1_1"], 10, 3),
        (["relu5_1"], 13, 4),
    ],
)
def test_nothing_is_appended_beyond_the_last_layer_needed(vgg19, layers, convs, pools):
    graph, found = append(vgg19, layers, (32, 32))
    counts = operators(ir.Model(graph, ir_version=8))
    relus = 0 if layers == ["conv1_1"] else convs
    assert (counts["Conv"] - 1, counts["Relu"], counts["MaxPool"]) == (convs, relus, pools)
    assert counts.total() == 1 + convs + relus + pools  # with the preprocessing
    assert list(found) == layers
    assert list(graph)[-1].outputs[0] in found.values()


def test_a_side_branch_is_left_out(save):
    nodes = [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("Sigmoid", ["x"], ["b"]),
        helper.make_node("Tanh", ["a"], ["c"]),
    ]
    graph, _ = append(Network.open(save(proto(*nodes))), ["c"])
    assert [node.op_type for node in graph] == ["Conv", "Relu", "Tanh"]


def test_shapes_of_the_layers(vgg19):
    _, found = append(vgg19, ["relu1_1", "relu3_1", "relu5_4"], (67, 53))
    assert {name: shape_of(value) for name, value in found.items()} == {
        "relu1_1": (1, 64, 67, 53),
        "relu3_1": (1, 256, 16, 13),
        "relu5_4": (1, 512, 4, 3),
    }
    assert min(min(shape_of(value)[2:]) for value in found.values()) == 3


def test_one_network_serves_many_graphs(vgg19):
    image = np.random.default_rng(0).uniform(0, 255, (1, 3, 9, 8)).astype(np.float32)
    (first,), (second,) = (compute(vgg19, ["relu1_2"], image) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_average_pooling_takes_the_place_of_max_pooling(vgg19):
    image = np.random.default_rng(0).uniform(0, 255, (1, 3, 7, 9)).astype(np.float32)
    graph, _ = append(vgg19, ["relu2_1"], (7, 9), pooling="avg")
    assert "MaxPool" not in operators(ir.Model(graph, ir_version=8))
    before, after = compute(vgg19, ["relu1_2", "pool1"], image, pooling="avg")
    cropped = before[:, :, :6, :8]
    np.testing.assert_allclose(after, cropped.reshape(1, 64, 3, 2, 4, 2).mean((3, 5)), rtol=1e-5)
    before, after = compute(vgg19, ["relu1_2", "pool1"], image, pooling="max")
    cropped = before[:, :, :6, :8]
    np.testing.assert_array_equal(after, cropped.reshape(1, 64, 3, 2, 4, 2).max((3, 5)))


def test_a_dilated_pool_cannot_average(save):
    pool = helper.make_node(
        "MaxPool", ["x"], ["y"], name="p1", kernel_shape=[2, 2], dilations=[2, 1], storage_order=0
    )
    network = Network.open(save(proto(pool)))
    append(network, ["y"])
    with pytest.raises(GraphError, match="MaxPool 'p1' is dilated"):
        append(network, ["y"], pooling="avg")


def test_codebook_weights_decode(vgg19):
    graph, _ = append(vgg19, ["conv1_1"])
    known = {w.name: numpy_helper.to_array(w) for w in onnx.load(VGG19).graph.initializer}
    weight = known["conv1_1.codebook"][known["conv1_1.indices"]]
    np.testing.assert_array_equal(constant_of(graph.initializers["conv1_1.weight"]), weight)
    assert weight.shape == (64, 3, 3, 3)
    assert len(graph.initializers) == 4  # with those of the preprocessing


def test_one_output_of_many_becomes_a_weight(save):
    nodes = [
        helper.make_node("Split", ["w"], ["a", "b"], axis=0),
        helper.make_node("Conv", ["x", "b"], ["y"]),
    ]
    graph, _ = append(Network.open(save(proto(*nodes))), ["y"])
    np.testing.assert_array_equal(constant_of(graph.initializers["b"]), WEIGHT[1:])


def test_names_of_the_network_may_be_ours(save):
    """Layers may have the names of ortstyle's own inputs, outputs and constants."""
    names = ["image", "loss", "val_0", "val_1", "const_0", "gradient"]
    nodes = [helper.make_node("Neg", [a], [b]) for a, b in zip(["x", *names], names, strict=False)]
    image = np.random.default_rng(0).uniform(0, 255, (1, 3, 2, 3)).astype(np.float32)
    network = Network.open(save(proto(*nodes)))
    first, last = compute(network, ["image", "gradient"], image)
    np.testing.assert_array_equal(first, -last)
    graph, found = append(network, ["image", "gradient"])
    add_output(graph, "loss", found["gradient"])
    onnx.checker.check_model(ir.to_proto(finish(graph)), full_check=True)


def test_layers_are_the_values_that_depend_on_the_picture(vgg19):
    assert list(vgg19.layers)[:5] == ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1"]
    assert len(vgg19.layers) == 36
    assert vgg19.input.name == "input"


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("relu4-2", "relu4_2"), ("conv11_1", "conv1_1"), ("RELU2_1", "relu2_1"), ("§", "relu5_4")],
)
def test_an_unknown_layer_names_the_nearest(vgg19, wrong, near):
    with pytest.raises(SettingsError, match=rf"vgg19.onnx .*{wrong!r}; did you mean '{near}'"):
        append(vgg19, ["relu1_1", wrong])


def test_the_hash_is_the_files(vgg19):
    assert vgg19.sha256 == hashlib.sha256(VGG19.read_bytes()).hexdigest()
    assert vgg19.sha256 in (VGG19.parent / "README.md").read_text("utf-8")


# other networks


@pytest.mark.parametrize("name", ["squeezenet", "vgg19", "resnet50", "inception_v1"])
def test_networks_of_older_opsets(name):
    network = Network.open(light(name))
    last = [n for n, v in network.layers.items() if v.producer().op_type == "MaxPool"][-1]
    graph, found = append(network, [last], (97, 64))
    assert shape_of(found[last])[0] == 1
    assert set(operators(ir.Model(graph, ir_version=8))) >= {"Conv", "Relu", "MaxPool"}


@pytest.mark.parametrize("opset", [7, 9, 13, 17, 18, 21, 22])
def test_opsets(save, opset):
    image = np.random.default_rng(0).uniform(0, 255, (1, 3, 2, 3)).astype(np.float32)
    (found,) = compute(Network.open(save(proto(opset=opset))), ["y"], image)
    (expected,) = compute(Network.open(save(proto())), ["y"], image)
    np.testing.assert_array_equal(found, expected)


def test_the_suffix_does_not_matter(save):
    assert list(Network.open(save(proto(), "net.json")).layers) == ["y"]


# files that are no networks


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(ModelError, match=f"^{path}: no such model file$"):
            Network.open(path)


WHOLE = VGG19.read_bytes()
DAMAGED = {
    "empty": b"",
    "text": b"This is no model.\n" * 99,
    "zeros": bytes(5000),
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    **{f"first {n} bytes": WHOLE[:n] for n in (1, 10, 1000, len(WHOLE) // 2, len(WHOLE) - 1)},
}


@pytest.mark.parametrize("name", ["net.onnx", "net.json", "net.textproto", "net.onnxtxt"])
@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(save, data, name):
    path = save(data, name)
    with pytest.raises(ModelError, match=rf"^{path}: not a usable ONNX model \(.+\)$"):
        Network.open(path)


def test_a_small_network_cut_anywhere_is_refused(save):
    whole = proto().SerializeToString()
    for n in range(len(whole) - 1):
        with pytest.raises(ModelError):
            Network.open(save(whole[:n]))


NO_NETWORKS = {
    "one channel": (proto(takes=("x", TensorProto.FLOAT, [1, 1, 8, 8])), "takes one input"),
    "channels last": (proto(takes=("x", TensorProto.FLOAT, [1, 8, 8, 3])), "takes one input"),
    "a vector": (proto(takes=("x", TensorProto.FLOAT, [1, 3])), "takes one input"),
    "bytes": (proto(takes=("x", TensorProto.UINT8, [1, 3, 8, 8])), "takes one input .*UINT8"),
    "no dependence": (proto(helper.make_node("Identity", ["w"], ["y"])), "depends on the picture"),
    "unknown operator": (proto(helper.make_node("Blur", ["x"], ["y"])), "Blur"),
    "unknown opset": (proto(opset=99), "can't be converted to opset 17"),
    "too new": (proto(helper.make_node("Gelu", ["x"], ["y"]), opset=20), "converted to opset 17"),
    "undeclared domain": (
        proto(helper.make_node("Blur", ["x"], ["y"], domain="com.acme")),
        "com.acme",
    ),
}


@pytest.mark.parametrize(("model", "why"), NO_NETWORKS.values(), ids=NO_NETWORKS)
def test_what_is_no_network_is_refused(save, model, why):
    path = save(model)
    with pytest.raises(ModelError, match=f"^{path}: .*{why}[^\n]*$"):
        Network.open(path)


def test_two_inputs_are_refused(save):
    model = proto()
    model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1]))
    with pytest.raises(ModelError, match=r"takes one input.*'z'"):
        Network.open(save(model))


@pytest.mark.parametrize("opset", [11, 17])
def test_an_operator_of_another_domain_is_refused(save, opset):
    blur = helper.make_node("Blur", ["x"], ["y"], domain="com.acme")
    network = Network.open(save(proto(blur, opset=opset, domains=["com.acme"])))
    with pytest.raises(ModelError, match=r"operator com\.acme\.Blur is not standard"):
        append(network, ["y"])


def test_a_weight_that_cannot_be_computed_is_refused(save):
    nodes = [
        helper.make_node("Blur", ["w"], ["v"], domain="com.acme"),
        helper.make_node("Conv", ["x", "v"], ["y"]),
    ]
    network = Network.open(save(proto(*nodes, domains=["com.acme"])))
    with pytest.raises(ModelError, match="'v' can't be computed"):
        append(network, ["y"])


def external(location):
    model = proto()
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=str(location))
    return model


def test_external_data_beside_the_file_is_read(save, tmp_path):
    (tmp_path / "w.bin").write_bytes(WEIGHT.tobytes())
    network = Network.open(save(external("w.bin")))
    assert not network.is_one_file
    graph, _ = append(network, ["y"])
    np.testing.assert_array_equal(constant_of(graph.initializers["w"]), WEIGHT)


@pytest.mark.parametrize("location", ["{}/w.bin", "../w.bin", "sub/../../w.bin", "link.bin"])
def test_external_data_outside_the_folder_is_refused(tmp_path, location):
    (tmp_path / "w.bin").write_bytes(WEIGHT.tobytes())
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    path = folder / "net.onnx"
    path.write_bytes(external(location.format(tmp_path)).SerializeToString())
    with pytest.raises(ModelError, match=r"not a usable ONNX model|outside its folder"):
        Network.open(path)


@pytest.mark.parametrize("data", [None, b"123"], ids=["missing", "short"])
def test_external_data_that_is_damaged_is_refused(save, tmp_path, data):
    if data is not None:
        (tmp_path / "w.bin").write_bytes(data)
    with pytest.raises(ModelError, match="not a usable ONNX model"):
        Network.open(save(external("w.bin")))


def test_graphs_share_a_computed_weight_while_they_exist(vgg19):
    def weight():
        ops = Ops(new_graph("features"))
        image = add_input(ops.graph, "image", (1, 3, 8, 8))
        vgg19.append(ops, image, ["relu1_1"])
        (found,) = (v for v in ops.graph.initializers.values() if v.name == "conv1_1.weight")
        return constant_of(found)

    first, second = weight(), weight()
    assert first is second
    alive = weakref.ref(first)
    del first, second
    gc.collect()
    assert alive() is None


def test_without_weights_graphs_have_the_same_shapes_and_take_no_memory(vgg19):
    weights = []
    for each in (vgg19, vgg19.without_weights()):
        ops = Ops(new_graph("features"))
        each.append(ops, add_input(ops.graph, "image", (1, 3, 64, 64)), ["relu2_1"])
        weights.append({n: v.const_value.numpy() for n, v in ops.graph.initializers.items()})
    real, stand_ins = weights
    assert {n: (a.shape, a.dtype) for n, a in real.items()} == {
        n: (a.shape, a.dtype) for n, a in stand_ins.items()
    }
    large = [array for array in stand_ins.values() if array.size >= 1024]
    assert len(large) == 3
    assert all(set(array.strides) == {0} for array in large)
    assert len({array.flat[0] for array in large}) == 3
    assert all((real[n] == a).all() for n, a in stand_ins.items() if a.size < 1024)


def test_without_weights_nothing_large_is_computed_even_once(vgg19, monkeypatch):
    computed = []

    def compute(path, value, *, work):
        computed.append(value.name)
        return compute_constant(path, value, work=work)

    monkeypatch.setattr(folding, "compute_constant", compute)
    ops = Ops(new_graph("features"))
    image = add_input(ops.graph, "image", (1, 3, 64, 64))
    weightless = replace(vgg19, _stand_ins={})
    weightless.append(ops, image, ["relu2_1"])
    assert "conv1_1.bias" in computed
    assert "conv1_1.weight" not in computed
    assert vgg19.without_weights() is vgg19.without_weights()
    assert weightless.without_weights() is weightless


def test_a_name_that_is_not_text_is_refused(tmp_path):
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="first_node")
    data = proto(node).SerializeToString()
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    assert "y" in Network.open(path).layers
    for name in (b"first_node", b"Conv"):
        path.write_bytes(data.replace(name, b"\xff" * len(name)))
        with pytest.raises(ModelError, match="not a usable ONNX model"):
            Network.open(path)
