"""Cases of the derivative rules for what works element by element."""

from itertools import product

import numpy as np
import onnx_ir as ir
from numeric import Case, apart, noise, one
from rule_operands import POSITIVE, both, left, right


def mean_of(op, side):
    """Return the mean of an operator, so that a scalar cotangent arrives at it."""
    return lambda ops, x: ops.reduce_mean(side(op, 2, 3)(ops, x))


def power(exponent):
    return lambda ops, x: ops.emit("Pow", [x, ops.like(x, exponent)])[0]


def clip(low, high, shape=()):
    def build(ops, x):
        limits = [None if v is None else ops.like(x, np.full(shape, v)) for v in (low, high)]
        return ops.emit("Clip", [x, *limits])[0]

    return build


def where(i, condition_shape, other_shape):
    def build(ops, x):
        condition = ops.constant(noise(*condition_shape) > 0)
        other = ops.like(x, noise(*other_shape))
        return ops.emit("Where", [condition, *((x, other) if i == 1 else (other, x))])[0]

    return build


def normalize(*, channels=3, **attributes):
    def build(ops, x):
        scale, bias, mean = (ops.like(x, noise(channels) + k) for k in range(3))
        variance = ops.like(x, apart(channels, **POSITIVE))
        return ops.emit("BatchNormalization", [x, scale, bias, mean, variance], attributes)[0]

    return build


def dropout(*inputs):
    def build(ops, x):
        known = [None if v is None else ops.constant(v) for v in inputs]
        return ops.emit("Dropout", [x, *known])[0]

    return build


def smaller_cotangent(ops, x):
    """The cotangent (2, 3) of a (4, 2, 3) sum reaches a (3,) input."""
    return ops.reduce_sum(
        ops.mul(ops.add(ops.like(x, noise(4, 2, 3)), x), ops.like(x, noise(2, 3)))
    )


#: x, the other input
BROADCASTS = [
    ((2, 3), (2, 3)),
    ((2, 3), ()),
    ((2, 3), (3,)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1)),
    ((2, 3), (4, 2, 3)),
    ((2, 1), (2, 3)),
    ((3,), (2, 3)),
    ((), (2, 3)),
    ((1, 1), (2, 3)),
    ((2, 1, 3), (4, 1)),
    ((1, 3), (2, 1)),
]

#: operator, side of x
BINARY = [*product(("Add", "Sub", "Mul", "Div"), (left, right)), ("Sum", left)]

CASES: list[Case] = [
    *(
        (op, f"{side.__name__} {x} {other}", side(op, *other), apart(*x, **POSITIVE))
        for op, side in BINARY
        for x, other in BROADCASTS
    ),
    *(
        (op, f"mean {side.__name__} {x}", mean_of(op, side), apart(*x, **POSITIVE))
        for op, side in BINARY
        for x in [(2, 3), (3,), (2, 1), (), (4, 2, 3)]
    ),
    *(
        (op, "of x and x", both(op), apart(2, 3, **POSITIVE))
        for op in ("Add", "Sum", "Sub", "Mul", "Div")
    ),
    ("Add", "cotangent of lower rank than the sum", smaller_cotangent, noise(3)),
    ("Sum", "of one", one("Sum"), noise(2, 3)),
    (
        "Sum",
        "of four",
        lambda ops, x: ops.emit("Sum", [x, ops.like(x, noise(3)), x, ops.like(x, 2)])[0],
        noise(2, 3),
    ),
    *(
        (op, f"{shape}", one(op), apart(*shape))
        for op in ("Abs", "Exp", "Identity", "LeakyRelu", "Neg", "Relu", "Sigmoid", "Tanh")
        for shape in [(), (1,), (2, 3), (1, 2, 3, 4)]
    ),
    *((op, "positive", one(op), apart(2, 3, **POSITIVE)) for op in ("Log", "Sqrt")),
    *(
        (op, "mean", lambda ops, x, op=op: ops.reduce_mean(one(op)(ops, x)), apart(4, 5))
        for op in ("Abs", "Exp", "LeakyRelu", "Relu", "Sigmoid", "Tanh")
    ),
    ("LeakyRelu", "alpha 1", one("LeakyRelu", alpha=1.0), apart(2, 3)),
    ("LeakyRelu", "alpha 0.3", one("LeakyRelu", alpha=0.3), apart(2, 3)),
    *(
        ("Pow", f"{exponent}", power(exponent), apart(2, 3, **POSITIVE))
        for exponent in (2, 3, 0.5, 1, 0, -1, -0.5, [[2.0]], [3.0, 3, 3], np.full((4, 2, 3), 2))
    ),
    ("Pow", "2 of negatives", power(2), apart(2, 3)),
    ("Pow", "integer exponent", lambda ops, x: ops.emit("Pow", [x, ops.ints([3])])[0], noise(4)),
    ("Pow", "mean", lambda ops, x: ops.reduce_mean(power(2)(ops, x)), apart(2, 3)),
    ("Pow", "0 beside x", lambda ops, x: ops.add(x, power(0)(ops, x)), apart(2, 3)),
    ("Clip", "none", clip(None, None), apart(4, 5)),
    ("Clip", "low", clip(-0.5, None), apart(4, 5)),
    ("Clip", "high", clip(None, 0.7), apart(4, 5)),
    ("Clip", "both", clip(-0.5, 0.7), apart(4, 5)),
    ("Clip", "mean", lambda ops, x: ops.reduce_mean(clip(-0.5, 0.7)(ops, x)), apart(4, 5)),
    *(
        ("Where", f"{i} {x} {condition} {other}", where(i, condition, other), noise(*x))
        for i in (1, 2)
        for x, condition, other in [
            ((2, 3), (2, 3), (2, 3)),
            ((2, 3), (3,), (4, 2, 3)),
            ((3,), (2, 1), ()),
            ((), (2, 3), (1, 3)),
            ((2, 3), (4, 1, 1), ()),
        ]
    ),
    (
        "Where",
        "mean",
        lambda ops, x: ops.reduce_mean(where(1, (2, 3), (2, 3))(ops, x)),
        noise(3),
    ),
    *(
        ("BatchNormalization", f"{shape}", normalize(), noise(*shape))
        for shape in [(2, 3), (1, 3, 5), (2, 3, 4, 5), (1, 3, 2, 3, 2)]
    ),
    ("BatchNormalization", "epsilon", normalize(epsilon=0.5), noise(1, 3, 2, 2)),
    (
        "BatchNormalization",
        "mean",
        lambda ops, x: ops.reduce_mean(normalize()(ops, x)),
        noise(1, 3, 2, 2),
    ),
    ("Dropout", "alone", dropout(), noise(2, 3)),
    ("Dropout", "ratio", dropout(np.float32(0.5)), noise(2, 3)),
    ("Dropout", "not training", dropout(np.float32(0.5), np.bool_(False)), noise(2, 3)),
    (
        "Cast",
        "to the same",
        lambda ops, x: ops.emit("Cast", [x], {"to": ir.DataType.DOUBLE})[0],
        noise(2, 3),
    ),
]
