"""Operators of two inputs, for the cases of derivative rules."""

from numeric import apart

POSITIVE = {"low": 0.3, "high": 2.0}


def left(op, *shape):
    """Return op(x, constant), the constant away from zero."""
    return lambda ops, x: ops.emit(op, [x, ops.like(x, apart(*shape, **POSITIVE))])[0]


def right(op, *shape):
    """Return op(constant, x)."""
    return lambda ops, x: ops.emit(op, [ops.like(x, apart(*shape, **POSITIVE)), x])[0]


def both(op):
    """Return op(x, x)."""
    return lambda ops, x: ops.emit(op, [x, x])[0]
