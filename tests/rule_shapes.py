"""Cases of the derivative rules for what moves elements."""

from numeric import Case, noise, one


def reshape(*shape):
    return lambda ops, x: ops.emit("Reshape", [x, ops.ints(shape)])[0]


def with_axes(op, *axes):
    return lambda ops, x: ops.emit(op, [x, ops.ints(axes)])[0]


def concat(axis, before, after):
    def build(ops, x):
        ends = [[ops.like(x, noise(*shape))] if shape else [] for shape in (before, after)]
        return ops.emit("Concat", [*ends[0], x, *ends[1]], {"axis": axis})[0]

    return build


def cut(starts, ends, axes=None, steps=None):
    def build(ops, x):
        bounds = [None if v is None else ops.ints(v) for v in (starts, ends, axes, steps)]
        while bounds[-1] is None:
            bounds.pop()
        return ops.emit("Slice", [x, *bounds])[0]

    return build


def pad(pads, mode="constant", value=None):
    def build(ops, x):
        fill = [] if value is None else [ops.like(x, value)]
        return ops.emit("Pad", [x, ops.ints(pads), *fill], {"mode": mode})[0]

    return build


FAR = 2**63 - 1

CASES: list[Case] = [
    *(("Reshape", f"{s}", reshape(*s), noise(2, 3, 4)) for s in [(24,), (4, -1), (0, 12), (6, 4)]),
    ("Reshape", "to a scalar", reshape(), noise(1, 1)),
    ("Reshape", "mean", lambda ops, x: ops.reduce_mean(reshape(6)(ops, x)), noise(2, 3)),
    *(
        ("Flatten", f"axis {axis}", one("Flatten", axis=axis), noise(2, 3, 4, 2))
        for axis in (0, 1, 2, 4, -1)
    ),
    ("Squeeze", "all", one("Squeeze"), noise(1, 3, 1)),
    ("Squeeze", "one", with_axes("Squeeze", 2), noise(1, 3, 1)),
    ("Squeeze", "from the end", with_axes("Squeeze", -1, 0), noise(1, 3, 1)),
    ("Unsqueeze", "ends", with_axes("Unsqueeze", 0, 3), noise(2, 3)),
    ("Unsqueeze", "from the end", with_axes("Unsqueeze", -2), noise(2, 3)),
    ("Transpose", "reversed", one("Transpose"), noise(2, 3, 4)),
    ("Transpose", "cyclic", one("Transpose", perm=[1, 2, 0]), noise(2, 3, 4)),
    ("Transpose", "four", one("Transpose", perm=[0, 3, 1, 2]), noise(2, 3, 4, 5)),
    (
        "Transpose",
        "twice",
        lambda ops, x: one("Transpose")(ops, one("Transpose")(ops, x)),
        noise(2, 3),
    ),
    ("Transpose", "mean", lambda ops, x: ops.reduce_mean(one("Transpose")(ops, x)), noise(2, 3)),
    ("Concat", "alone", concat(0, None, None), noise(2, 3)),
    ("Concat", "first", concat(1, None, (2, 4)), noise(2, 3)),
    ("Concat", "between", concat(-1, (2, 1), (2, 4)), noise(2, 3)),
    ("Concat", "last", concat(-2, (4, 3), None), noise(2, 3)),
    (
        "Concat",
        "of x and x",
        lambda ops, x: ops.emit("Concat", [x, x], {"axis": 1})[0],
        noise(2, 3),
    ),
    *(
        ("Slice", f"{' '.join(map(str, arguments))}", cut(*arguments), noise(5, 7))
        for arguments in [
            ([1], [4]),
            ([0, 2], [FAR, 5]),
            ([1], [4], [1]),
            ([1], [4], [-1]),
            ([-3], [-1], [1]),
            ([0], [7], [1], [2]),
            ([1], [7], [1], [3]),
            ([1], [FAR], [0], [4]),
            ([-1], [-(2**31)], [1], [-1]),
            ([5], [0], [1], [-2]),
            ([-2], [-FAR], [1], [-3]),
            ([1, -1], [4, -6], [0, 1], [2, -2]),
            ([3, 0], [0, 7], [-2, -1], [-1, 3]),
            ([2], [3], [1], [9]),
        ]
    ),
    *(
        ("Pad", f"{mode} {pads}", pad(pads, mode), noise(4, 5))
        for mode in ("constant", "edge", "reflect")
        for pads in [
            [0, 0, 0, 0],
            [1, 0, 0, 0],
            [0, 0, 2, 0],
            [0, 2, 0, 3],
            [1, 2, 3, 4],
            [3, 4, 3, 4],
        ]
    ),
    ("Pad", "with ones", pad([1, 0, 0, 2], value=1), noise(4, 5)),
    ("Pad", "crops", pad([-1, 0, 0, -2]), noise(4, 5)),
    ("Pad", "crops and pads", pad([-1, 2, 1, -2]), noise(4, 5)),
    ("Pad", "edge, picture", pad([0, 0, 2, 1, 0, 0, 1, 3], "edge"), noise(1, 2, 3, 4)),
    ("Pad", "reflect, picture", pad([0, 0, 2, 1, 0, 0, 1, 3], "reflect"), noise(1, 2, 3, 4)),
    (
        "Pad",
        "mean",
        lambda ops, x: ops.reduce_mean(pad([1, 2, 1, 2], "reflect")(ops, x)),
        noise(4, 5),
    ),
]
