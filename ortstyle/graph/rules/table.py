"""The derivative table: the rule of every operator that has one.

`rule.Rule` says what a rule is. Rules append only `ops.PORTABLE` operators and the operator that
they differentiate. In the formulas n is the node, g the cotangent of its output, i the index of
the input.
"""

from ortstyle.graph.node import input_of
from ortstyle.graph.rules import arithmetic, products, shapes, windows
from ortstyle.graph.rules.rule import Rule, broadcasting, by_input, full_shape

#: Operators whose gradient is zero wherever it exists, or whose results are no floats.
ZERO_GRADIENT = frozenset(
    """ArgMax ArgMin Ceil ConstantOfShape Equal Floor Greater GreaterOrEqual IsNaN Less LessOrEqual
    Not Round Shape Sign Size""".split()  # noqa: SIM905  shorter than a list of quotes
)

# fmt: off
RULES: dict[str, Rule] = {
    # element by element
    "Identity":           lambda ops, n, g, i: g,
    "Add":                broadcasting(lambda ops, n, g, i: g),
    "Sum":                broadcasting(lambda ops, n, g, i: g),
    "Sub":                broadcasting(arithmetic.subtract),
    "Mul":                broadcasting(arithmetic.multiply),
    "Div":                broadcasting(arithmetic.divide),
    "Neg":                lambda ops, n, g, i: ops.scale(g, -1),
    "Abs":                by_input(arithmetic.absolute),
    "Sqrt":               lambda ops, n, g, i: ops.div(ops.scale(g, 0.5), n.outputs[0]),
    "Pow":                broadcasting(by_input(arithmetic.power)),
    "Exp":                lambda ops, n, g, i: ops.mul(g, n.outputs[0]),
    "Log":                lambda ops, n, g, i: ops.div(g, input_of(n, 0)),
    "Relu":               arithmetic.relu,
    "LeakyRelu":          arithmetic.leaky_relu,
    "Sigmoid":            arithmetic.sigmoid,
    "Tanh":               arithmetic.tanh,
    "Clip":               by_input(arithmetic.clip),
    "Cast":               arithmetic.cast,
    "Where":              broadcasting(by_input(None, arithmetic.where, arithmetic.where)),
    "BatchNormalization": by_input(arithmetic.batch_normalization),
    "Dropout":            by_input(arithmetic.dropout),
    # shapes
    "Reshape":            by_input(full_shape(shapes.reshape)),
    "Flatten":            full_shape(shapes.reshape),
    "Squeeze":            by_input(full_shape(shapes.reshape)),
    "Unsqueeze":          by_input(full_shape(shapes.reshape)),
    "Transpose":          full_shape(shapes.transpose),
    "Concat":             full_shape(shapes.concat),
    "Slice":              by_input(full_shape(shapes.slice_)),
    "Pad":                by_input(full_shape(shapes.pad)),
    # sums and products
    "ReduceSum":          by_input(full_shape(products.reduce_sum)),
    "ReduceMean":         full_shape(products.reduce_mean),
    "GlobalAveragePool":  products.global_average_pool,
    "MatMul":             full_shape(products.matmul),
    # windows
    "Conv":               by_input(full_shape(windows.conv)),
    "MaxPool":            full_shape(windows.max_pool),
    "AveragePool":        full_shape(windows.average_pool),
}
# fmt: on
