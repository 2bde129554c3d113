"""Cases of the derivative rules for convolutions and pools."""

from numeric import Case, apart, noise, one


def conv(*weight, bias=False, **attributes):
    """Convolve with a constant kernel (out, in / group, *kernel)."""

    def build(ops, x):
        inputs = [x, ops.like(x, noise(*weight))]
        inputs += [ops.like(x, noise(weight[0]))] if bias else []
        return ops.emit("Conv", inputs, attributes)[0]

    return build


def max_pool(*kernel, **attributes):
    return one("MaxPool", kernel_shape=list(kernel), **attributes)


def average_pool(*kernel, **attributes):
    return one("AveragePool", kernel_shape=list(kernel), **attributes)


def mean(build):
    return lambda ops, x: ops.reduce_mean(build(ops, x))


#: what is special, size, kernel, attributes; for convolutions and pools alike
GEOMETRIES = [
    ("plain", (5, 6), (3, 3), {}),
    ("1×1", (3, 4), (1, 1), {}),
    ("1×1 stride 2", (5, 4), (1, 1), {"strides": [2, 2]}),
    ("2×2 tiles", (4, 6), (2, 2), {"strides": [2, 2]}),
    ("2×2 tiles, odd", (5, 7), (2, 2), {"strides": [2, 2]}),
    ("3×2 tiles, left over", (8, 7), (3, 2), {"strides": [3, 2]}),
    ("whole picture", (3, 4), (3, 4), {}),
    ("even", (5, 6), (2, 4), {}),
    ("same", (4, 5), (3, 3), {"pads": [1, 1, 1, 1]}),
    ("asymmetric", (4, 5), (3, 3), {"pads": [0, 1, 2, 0]}),
    ("stride 2", (7, 8), (3, 3), {"strides": [2, 2]}),
    ("stride 2, padded", (7, 8), (3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("strides differ", (7, 8), (3, 2), {"strides": [2, 3], "pads": [1, 0, 1, 1]}),
    ("stride above kernel", (8, 9), (2, 2), {"strides": [3, 4]}),
    ("same upper", (6, 5), (2, 3), {"auto_pad": "SAME_UPPER"}),
    ("same lower", (6, 5), (2, 3), {"auto_pad": "SAME_LOWER"}),
    ("same upper, stride", (7, 6), (3, 4), {"auto_pad": "SAME_UPPER", "strides": [2, 3]}),
    ("same lower, stride", (7, 6), (3, 4), {"auto_pad": "SAME_LOWER", "strides": [2, 3]}),
    ("valid", (7, 6), (3, 2), {"auto_pad": "VALID", "strides": [2, 3]}),
    ("not set", (5, 6), (3, 3), {"auto_pad": "NOTSET", "pads": [1, 0, 0, 1]}),
    ("1-D", (8,), (3,), {"strides": [2], "pads": [1, 0]}),
    ("1-D tiles", (7,), (2,), {"strides": [2]}),
    ("3-D", (3, 4, 5), (2, 2, 3), {"strides": [1, 2, 1], "pads": [0, 1, 1, 1, 0, 1]}),
    ("3-D tiles", (4, 5, 2), (2, 2, 2), {"strides": [2, 2, 2]}),
]

DILATED = [
    ("dilated", (6, 7), (3, 2), {"dilations": [2, 3]}),
    ("dilated, stride", (9, 8), (3, 2), {"dilations": [2, 2], "strides": [2, 2]}),
    ("dilated, padded", (6, 7), (2, 3), {"dilations": [2, 1], "pads": [1, 1, 0, 2]}),
    ("dilated tiles", (6, 7), (2, 2), {"dilations": [2, 2], "strides": [2, 2]}),
    ("dilated, same", (6, 7), (3, 3), {"dilations": [2, 2], "auto_pad": "SAME_UPPER"}),
]

CASES: list[Case] = [
    *(
        ("Conv", name, conv(3, 2, *kernel, **attributes), noise(1, 2, *size))
        for name, size, kernel, attributes in GEOMETRIES + DILATED
    ),
    ("Conv", "bias", conv(3, 2, 3, 3, bias=True), noise(1, 2, 4, 5)),
    ("Conv", "batch", conv(3, 2, 3, 3), noise(2, 2, 4, 5)),
    ("Conv", "group", conv(6, 2, 3, 3, group=2), noise(1, 4, 5, 4)),
    ("Conv", "three groups", conv(3, 2, 2, 3, group=3, strides=[2, 1]), noise(1, 6, 5, 4)),
    ("Conv", "depthwise", conv(3, 1, 3, 3, group=3, pads=[1] * 4), noise(1, 3, 5, 4)),
    ("Conv", "depthwise, 2 each", conv(6, 1, 3, 3, group=3), noise(1, 3, 5, 4)),
    ("Conv", "border above the reach", conv(3, 2, 1, 1, pads=[1, 2, 0, 1]), noise(1, 2, 3, 4)),
    ("Conv", "windows in the border", conv(3, 2, 2, 2, pads=[3, 4, 3, 2]), noise(1, 2, 3, 4)),
    (
        "Conv",
        "windows miss the picture",
        conv(3, 2, 1, 1, pads=[1, 1, 0, 0], strides=[3, 3]),
        noise(1, 2, 1, 2),
    ),
    ("Conv", "mean", mean(conv(3, 2, 3, 3, pads=[1] * 4)), noise(1, 2, 4, 5)),
    *(
        ("MaxPool", name, max_pool(*kernel, **attributes), apart(1, 2, *size))
        for name, size, kernel, attributes in GEOMETRIES + DILATED
    ),
    ("MaxPool", "batch", max_pool(2, 2, strides=[2, 2]), apart(2, 3, 4, 4)),
    ("MaxPool", "picture in one window", max_pool(2, pads=[0, 1]), apart(1, 2, 1)),
    ("MaxPool", "mean of tiles", mean(max_pool(2, 2, strides=[2, 2])), apart(1, 2, 5, 4)),
    ("MaxPool", "mean", mean(max_pool(3, 3, strides=[2, 2])), apart(1, 2, 5, 7)),
    *(
        (
            "AveragePool",
            f"{name}{', counted' * counted}",
            average_pool(*kernel, count_include_pad=counted, **attributes),
            noise(1, 2, *size),
        )
        for name, size, kernel, attributes in GEOMETRIES
        for counted in (0, 1)
    ),
    ("AveragePool", "batch", average_pool(2, 2, strides=[2, 2]), noise(2, 3, 4, 4)),
    ("AveragePool", "mean of tiles", mean(average_pool(2, 2, strides=[2, 2])), noise(1, 2, 5, 4)),
    ("AveragePool", "mean", mean(average_pool(3, 3, pads=[1] * 4)), noise(1, 2, 5, 4)),
]
