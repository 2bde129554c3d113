"""Cases of the derivative rules for sums, means and matrix products."""

from numeric import Case, noise, one
from rule_operands import both, left, right


def reduce_sum(axes, **attributes):
    def build(ops, x):
        given = [] if axes is None else [ops.ints(axes)]
        return ops.emit("ReduceSum", [x, *given], attributes)[0]

    return build


def gram(ops, x):
    return ops.matmul(x, ops.transpose(x, (1, 0)))


def no_gram(ops, x):
    """X·X, the second one through a transposition that permutes nothing."""
    return ops.matmul(x, ops.emit("Transpose", [x], {"perm": [0, 1]})[0])


MATRICES = [
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((6, 1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (6, 1, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((1, 1), (1, 1)),
]

CASES: list[Case] = [
    *(
        ("ReduceSum", f"{axes} keepdims {keep}", reduce_sum(axes, keepdims=keep), noise(2, 3, 4))
        for axes in (None, [0], [-1], [1, 2], [2, 0], [0, 1, 2], [])
        for keep in (0, 1)
    ),
    ("ReduceSum", "no-op", reduce_sum([], noop_with_empty_axes=1), noise(2, 3)),
    ("ReduceSum", "no-op, no axes", reduce_sum(None, noop_with_empty_axes=1), noise(2, 3)),
    *(
        (
            "ReduceMean",
            f"{axes} keepdims {keep}",
            one("ReduceMean", axes=axes, keepdims=keep),
            noise(2, 3, 4),
        )
        for axes in (None, [0], [-1], [1, 2], [2, 0], [0, 1, 2])
        for keep in (0, 1)
    ),
    *(
        ("GlobalAveragePool", f"{shape}", one("GlobalAveragePool"), noise(*shape))
        for shape in [(2, 3, 5), (2, 3, 4, 5), (1, 2, 3, 2, 3), (1, 3, 1, 1)]
    ),
    *(("MatMul", f"left {a} {b}", left("MatMul", *b), noise(*a)) for a, b in MATRICES),
    *(("MatMul", f"right {a} {b}", right("MatMul", *a), noise(*b)) for a, b in MATRICES),
    ("MatMul", "mean", lambda ops, x: ops.reduce_mean(left("MatMul", 3, 4)(ops, x)), noise(2, 3)),
    ("MatMul", "squared", both("MatMul"), noise(3, 3)),
    ("MatMul", "A·Aᵀ", gram, noise(3, 5)),
    ("MatMul", "A·Aᵀ, mean", lambda ops, x: ops.reduce_mean(gram(ops, x)), noise(3, 5)),
    (
        "MatMul",
        "Aᵀ·A",
        lambda ops, x: ops.matmul(ops.transpose(x, (1, 0)), x),
        noise(3, 5),
    ),
    (
        "MatMul",
        "A·Aᵀ·A",
        lambda ops, x: ops.matmul(gram(ops, x), x),
        noise(3, 5),
    ),
    ("MatMul", "A·A by an idle Transpose", no_gram, noise(3, 3)),
    (
        "MatMul",
        "A·Aᵀ, batched",
        lambda ops, x: ops.matmul(x, ops.transpose(x, (0, 2, 1))),
        noise(2, 3, 4),
    ),
]
