"""Every graph that ortstyle emits runs on the device alone, whichever execution provider drives it.

`kernels.toml` lists what each provider runs by itself, read from ONNX Runtime's sources. Here
graphs for all kinds of settings are compared with this list, node by node: operator, version,
dtypes, and the provider's rules, which are the functions below. A node that is not in the list
would fall back to the CPU or, where that is disabled, fail.

Graphs are checked as emitted, except for nodes on constants alone: ONNX Runtime computes these
itself when it loads the graph, before it assigns nodes to providers.
"""

import tomllib
from pathlib import Path

import onnx
import onnx_ir as ir
import pytest
from cases import (
    CASES,
    EVEN,
    ODD,
    TILES,
    graph_of_coefficients,
    optimiser_graphs,
    tile_graphs,
    whole_graphs,
)
from networks import VGG19, with_random_weights

from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.node import constant_input, has_input, ints_attribute
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rules.table import RULES
from ortstyle.graph.shape_inference import OPSET
from ortstyle.runtime.devices import DEVICES
from ortstyle.settings.settings import Settings

TABLE = tomllib.loads(Path(__file__).with_name("kernels.toml").read_text("utf-8"))
TYPES = {name: words.split() for name, words in TABLE.pop("types").items()}
ROWS = {
    provider: {name: row for row in facts["rows"] for name in row["operators"].split()}
    for provider, facts in TABLE.items()
}

RESIDENT = sorted({row.name for row in DEVICES if row.memory})


# rules: what a node must keep; the numbers are of its inputs unless the docstring says otherwise


def constant(node, *inputs):
    """These inputs, where given, are initializers."""
    chosen = [node.inputs[int(i)] for i in inputs if has_input(node, int(i))]
    return all(value.is_initializer() and value.const_value is not None for value in chosen)


def one_of(node, attribute, *allowed):
    """The attribute is one of these."""
    schema = onnx.defs.get_schema(node.op_type, OPSET)
    if attribute in node.attributes:
        value = node.attributes[attribute].value
    else:
        value = onnx.helper.get_attribute_value(schema.attributes[attribute].default_value)
    return (value.decode() if isinstance(value, bytes) else str(value)) in allowed


def rank(node, i, least, most):
    """The rank of this input lies within these bounds."""
    return int(least) <= len(node.inputs[int(i)].shape) <= int(most)


def result_rank(node, least, most):
    """The rank of the result lies within these bounds."""
    return int(least) <= len(node.outputs[0].shape) <= int(most)


def ranks_up_to(node, most):
    """No input has more axes than this."""
    return all(len(value.shape) <= int(most) for value in inputs_of(node))


def elements(node, i, least, most):
    """This constant input has so many elements."""
    return int(least) <= constant_input(node, int(i)).size <= int(most)


def sides_up_to(node, most):
    """No side of input, weight or result is longer."""
    values = [*node.inputs[:2], node.outputs[0]]
    return all(side <= int(most) for value in values for side in value.shape)


def inputs_from(node, least):
    """There are at least so many inputs."""
    return len(inputs_of(node)) >= int(least)


def outputs(node, count):
    """There are so many outputs."""
    return len(node.outputs) == int(count)


def static(node):
    """Every input has a static shape without a zero."""
    return all(isinstance(n, int) and n > 0 for v in inputs_of(node) for n in v.shape)


def same_dtypes(node):
    """All inputs have the same dtype."""
    return len({value.dtype for value in inputs_of(node)}) == 1


def no_scalars(node):
    """No value that is computed at run time has rank 0."""
    computed = [value for value in inputs_of(node) if not value.is_initializer()]
    return all(len(value.shape) for value in (*computed, *node.outputs))


def kernel_of(node, axes):
    """The window has so many axes."""
    return len(ints_attribute(node, "kernel_shape", [])) == int(axes)


def kernel_is_weights(node):
    """The attribute kernel_shape, where given, is the shape of the weight."""
    shape = list(node.inputs[1].shape)[2:]
    return ints_attribute(node, "kernel_shape", shape) == shape


def undilated(node):
    """The window has no holes."""
    return set(ints_attribute(node, "dilations", [1])) == {1}


def not_negative(node, i):
    """This constant input has no negative element."""
    return (constant_input(node, int(i)) >= 0).all()


def bounds_differ(node):
    """Lower and upper bound differ."""
    return not (has_input(node, 1) and has_input(node, 2)) or (
        constant_input(node, 1) != constant_input(node, 2)
    )


def both_vectors_or_none(node):
    """Both factors are vectors, or neither is."""
    a, b = (len(value.shape) == 1 for value in node.inputs)
    return a == b


def scales_last_two_up(node):
    """The last two axes grow by whole factors, the others stay."""
    if not has_input(node, 2):
        return False
    scales = constant_input(node, 2)
    return all(scales[:-2] == 1) and all(scales >= 1) and all(scales % 1 == 0)


RULES_OF_NODES = {
    rule.__name__: rule
    for rule in (
        bounds_differ,
        both_vectors_or_none,
        constant,
        elements,
        inputs_from,
        kernel_is_weights,
        kernel_of,
        no_scalars,
        not_negative,
        one_of,
        outputs,
        rank,
        ranks_up_to,
        result_rank,
        same_dtypes,
        scales_last_two_up,
        sides_up_to,
        static,
        undilated,
    )
}


# the check


def inputs_of(node):
    return [value for value in node.inputs if value is not None]


def matches(versions, since):
    """Return whether a kernel of these versions runs an operator of this since-version."""
    if versions == "any":
        return True
    first, _, last = versions.rstrip("+").partition("-")
    return int(first) <= since <= int(last or first)


def dtypes(row, variable):
    """Return the dtypes that a row allows a type variable, None for all."""
    words = row.get("all", row.get(variable))
    return words and [name for word in words.split() for name in TYPES.get(word, [word])]


def faults(node, provider):
    """Return the reasons why the provider would not run a node."""
    row = ROWS[provider].get(node.op_type)
    if row is None or node.domain not in ("", "ai.onnx"):
        yield TABLE[provider].get("missing", {}).get(node.op_type, "no row in kernels.toml")
        return
    schema = onnx.defs.get_schema(node.op_type, OPSET)
    if not matches(row["since"], schema.since_version):
        yield f"since-version {schema.since_version} has no kernel, only {row['since']}"
    for formals, values in ((schema.inputs, node.inputs), (schema.outputs, node.outputs)):
        for i, value in enumerate(values):
            formal = formals[min(i, len(formals) - 1)]
            allowed = dtypes(row, formal.type_str)
            if value is not None and allowed and value.dtype.numpy().name not in allowed:
                yield f"{formal.name} {value.name!r} is {value.dtype}, not one of {allowed}"
    for rule in TABLE[provider].get("where", []) + row.get("where", []):
        name, *arguments = rule.split()
        if not RULES_OF_NODES[name](node, *arguments):
            yield f"breaks {rule!r}: {RULES_OF_NODES[name].__doc__}"


def strays(model, provider):
    """List the nodes that a provider would leave to the CPU, and why."""
    computed = set(model.graph.inputs)
    found = []
    for node in model.graph:
        if any(value in computed for value in node.inputs):
            computed.update(node.outputs)
            where = f"{TABLE[provider]['provider']}: {node.op_type} {node.name!r}"
            found += [f"{where}: {fault}" for fault in faults(node, provider)]
    return found


# every graph


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    squeezenet = with_random_weights("squeezenet", tmp_path_factory.mktemp("network"))
    return {VGG19: Network.open(VGG19), "squeezenet": Network.open(squeezenet)}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def graphs(request, networks):
    """Return the graphs of a case; of module scope, so that each case is built once."""
    name, size, changes = request.param
    names = ("content", "style", "loss", "arithmetic", "half")
    return whole_graphs(networks[name], size, Settings(**changes), names=names)


@pytest.mark.parametrize("provider", TABLE)
def test_targets_stay_on_the_device(graphs, provider):
    assert strays(graphs["content"], provider) + strays(graphs["style"], provider) == []


@pytest.fixture(scope="module", params=TILES.values(), ids=TILES)
def tiles(request, networks):
    """Return the graphs of a picture in tiles: two of each segment, and that of the style loss."""
    name, size, changes = request.param
    return tile_graphs(networks[name], size, Settings(**changes))


@pytest.mark.parametrize("provider", TABLE)
def test_tiles_stay_on_the_device(tiles, provider):
    for model in tiles:
        assert strays(model, provider) == []


@pytest.mark.parametrize("provider", TABLE)
def test_loss_and_gradient_stay_on_the_device(graphs, provider):
    model = graphs["arithmetic" if provider == "coreml" else "loss"]
    assert strays(model, provider) == []


@pytest.mark.parametrize("provider", sorted(set(TABLE) - {"coreml"}))
def test_16_bits_stay_on_the_device(graphs, provider):
    assert strays(graphs["half"], provider) == []


@pytest.mark.parametrize("provider", RESIDENT)
@pytest.mark.parametrize("size", [(33, 47), (512, 384)])
def test_the_optimisers_passes_stay_on_a_device_with_memory(provider, size):
    for model in optimiser_graphs((1, 3, *size)):
        assert strays(model, provider) == []


@pytest.mark.parametrize("provider", RESIDENT)
def test_a_loss_of_cosine_coefficients_stays_on_a_device_with_memory(networks, provider):
    model = graph_of_coefficients(networks[VGG19], ODD, Settings())
    assert strays(model, provider) == []
    assert model.graph.inputs[0].name == "coefficients"


def test_masks_by_arithmetic_stay_on_every_device(graphs):
    for provider in TABLE:
        assert strays(graphs["arithmetic"], provider) == []


def test_comparing_is_not_for_core_ml(networks):
    model = loss_model(networks[VGG19], EVEN, settings=Settings())
    assert {stray.split()[1] for stray in strays(model, "coreml")} == {"Equal", "Greater"}


def test_weights_are_constants_and_their_making_is_no_part_of_the_graph(graphs):
    for name in ("content", "style"):
        computed = {"image"}
        for node in graphs[name].graph:
            assert computed & {value.name for value in inputs_of(node)}, node
            computed.update(value.name for value in node.outputs)


# the table


@pytest.mark.parametrize("provider", TABLE)
def test_the_table_knows_every_operator_that_a_graph_may_contain(provider):
    known = ROWS[provider].keys() | TABLE[provider].get("missing", {}).keys()
    assert sorted((PORTABLE | RULES.keys()) - known) == []


@pytest.mark.parametrize("provider", TABLE)
def test_every_row_has_a_source_dtypes_and_rules_that_exist(provider):
    facts = TABLE[provider]
    assert "@" in facts["release"]
    operators = [name for row in facts["rows"] for name in row["operators"].split()]
    assert len(operators) == len(set(operators))
    assert not set(operators) & facts.get("missing", {}).keys()
    assert all(facts.get("missing", {}).values())
    named = {"operators", "since", "where", "source"}
    for row in facts["rows"]:
        assert row["source"].endswith((".md", ".cc")), row
        assert row.keys() - named, row
        for name in row["operators"].split():
            schema = onnx.defs.get_schema(name, OPSET)
            variables = {constraint.type_param_str for constraint in schema.type_constraints}
            assert row.keys() - named <= variables | {"all"}, (name, variables)
    rules = [rule for row in [facts, *facts["rows"]] for rule in row.get("where", [])]
    assert {rule.split()[0] for rule in rules} <= RULES_OF_NODES.keys()


def test_every_rule_and_dtype_is_used_and_an_operator_read():
    rows = [row for facts in TABLE.values() for row in [facts, *facts["rows"]]]
    assert {rule.split()[0] for row in rows for rule in row.get("where", [])} == set(RULES_OF_NODES)
    words = {
        word
        for row in rows
        for key, text in row.items()
        if key not in ("operators", "since", "where", "source", "rows", "provider", "release")
        for word in (text.split() if isinstance(text, str) else ())
    }
    assert words <= {"float16", "float32", "float64", "int32", "int64", "bool", *TYPES}


# the check, checked


def graph_of(build, dtype=ir.DataType.FLOAT):
    """Return the model of a function that appends to x, (1, 2, 4, 4)."""
    graph = new_graph("case")
    ops = Ops(graph)
    add_output(graph, "y", build(ops, add_input(graph, "x", (1, 2, 4, 4), dtype)))
    return finish(graph)


def emitted(op_type, **attributes):
    """Return a function that appends one operator to x."""
    return lambda ops, x: ops.emit(op_type, [x], attributes)[0]


def clipped_by_itself(ops, x):
    return ops.emit("Clip", [x, ops.reduce_mean(x)])[0]


def resized(ops, x, factor=2, **attributes):
    return ops.emit("Resize", [x, None, ops.like(x, [1, 1, factor, factor])], attributes)[0]


def shrunk(ops, x):
    how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return resized(ops, x, 0.5, **how)


STRAYS = {
    "operator without a row": ("cuda", emitted("Erf"), "no row"),
    "Greater on Core ML": (
        "coreml",
        lambda ops, x: ops.greater(x, ops.like(x, 0)),
        "not registered",
    ),
    "Sign on WebGPU": ("webgpu", emitted("Sign"), "not registered"),
    "kernel of an older version": ("directml", emitted("Dropout"), "7+"),
    "computed bounds": ("directml", clipped_by_itself, "'constant 1 2'"),
    "cubic resize": (
        "migraphx",
        lambda ops, x: resized(ops, x, mode="cubic"),
        "'one_of mode nearest linear'",
    ),
    "default resize": ("coreml", resized, "nearest_mode floor"),
    "shrinking": ("coreml", shrunk, "scales_last_two_up"),
    "crop by Pad": (
        "coreml",
        lambda ops, x: ops.emit("Pad", [x, ops.ints([0, 0, 0, 0, 0, 0, -1, -1])])[0],
        "'not_negative 1'",
    ),
    "edge padding": (
        "coreml",
        lambda ops, x: ops.emit("Pad", [x, ops.ints([0, 0, 1, 1] * 2)], {"mode": "edge"})[0],
        "'one_of mode constant'",
    ),
    "dilated pool": (
        "coreml",
        emitted("MaxPool", kernel_shape=[2, 2], dilations=[2, 2]),
        "'undilated'",
    ),
    "bad automatic padding": (
        "coreml",
        lambda ops, x: ops.emit(
            "Conv", [x, ops.like(x, [[[[1]]] * 2])], {"auto_pad": "SAME_LOWER"}
        )[0],
        "auto_pad",
    ),
    "pool to a scalar": ("openvino", lambda ops, x: ops.reduce_mean(x), "'no_scalars'"),
    "matrix times vector": (
        "coreml",
        lambda ops, x: ops.matmul(x, ops.like(x, [1, 2, 3, 4])),
        "both_vectors_or_none",
    ),
    "six axes": (
        "coreml",
        lambda ops, x: ops.relu(ops.reshape(x, [1, 2, 2, 2, 2, 2])),
        "'ranks_up_to 5'",
    ),
}


@pytest.mark.parametrize(("provider", "build", "complaint"), STRAYS.values(), ids=STRAYS)
def test_a_node_that_would_fall_back_is_reported(provider, build, complaint):
    found = strays(graph_of(build), provider)
    assert any(complaint in stray for stray in found), found
    assert all(stray.startswith(TABLE[provider]["provider"]) for stray in found)


def test_a_dtype_without_a_kernel_is_reported():
    doubled = graph_of(lambda ops, x: ops.add(x, x), ir.DataType.DOUBLE)
    assert strays(doubled, "cuda") == []
    assert all("not one of" in stray for stray in strays(doubled, "webgpu"))
    assert len(strays(doubled, "webgpu")) == 3
    moved = graph_of(lambda ops, x: ops.crop(x, [0, 0, 1, 0], [1, 2, 3, 4]), ir.DataType.INT32)
    assert strays(moved, "directml") == []
    assert strays(moved, "webgpu")


def test_an_operator_of_another_domain_is_reported():
    model = graph_of(lambda ops, x: ops.relu(x))
    next(iter(model.graph)).domain = "com.microsoft"
    assert "no row" in strays(model, "cuda")[0]


@pytest.mark.parametrize(
    ("versions", "since", "expected"),
    [
        ("13+", 13, True),
        ("12+", 13, False),
        ("11-18", 11, True),
        ("1-17", 13, True),
        ("14-18", 13, False),
        ("any", 13, True),
    ],
)
def test_an_open_ended_kernel_matches_its_own_version_alone(versions, since, expected):
    assert matches(versions, since) is expected
