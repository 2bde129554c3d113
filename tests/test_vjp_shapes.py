"""The rules for what only moves elements about, against differences in float64."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numeric import Case, check_rule, check_vjp, ids, noise, one

from ortstyle.errors import GraphError


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


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_rule(case):
    check_rule(case)


@st.composite
def slices(draw):
    """A size and a slice of it that is not empty."""
    size = draw(st.integers(1, 7))
    start, end = draw(st.integers(-9, 9)), draw(st.integers(-9, 9))
    step = draw(st.sampled_from([-3, -2, -1, 1, 2, 3]))
    if not len(range(size)[start:end:step]):
        start, end = (size, -9 - size) if step < 0 else (0, size)
    return size, start, end, step


@settings(deadline=None, max_examples=60)
@given(slices(), slices())
def test_slices(rows, columns):
    (h, *first), (w, *second) = rows, columns
    starts, ends, steps = zip(first, second, strict=True)
    check_vjp(cut(starts, ends, [0, 1], steps), noise(h, w))


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["constant", "edge", "reflect"]),
    st.tuples(st.integers(3, 5), st.integers(3, 5)),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
def test_pads(mode, size, pads):
    check_vjp(pad(pads, mode), noise(*size))


def test_an_unknown_pad_mode_is_refused():
    with pytest.raises(GraphError, match=r"Pad.*mode 'wrap'"):
        check_vjp(pad([1, 0, 0, 0], "wrap"), noise(3, 4))


def test_bounds_must_be_constants():
    def build(ops, x):
        starts = ops.add(ops.ints([0]), ops.ints([1]))
        return ops.emit("Slice", [x, starts, ops.ints([3])])[0]

    with pytest.raises(GraphError, match=r"^Slice: .* only at run time"):
        check_vjp(build, np.ones(4))
