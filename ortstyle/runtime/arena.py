"""ONNX Runtime's arena on the processor: one for all sessions, emptied when one of them closes.

By default every session has an arena of its own, which hands out chunks of up to twice the size
asked for, and its memory plan keeps a buffer for the next value of the same size, however late that
comes. benchmarks/memory.py measures what these two defaults cost.
"""

import ctypes
import sys
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import onnx_ir as ir

from ortstyle.graph.ops import add_input, add_output, finish, new_graph
from ortstyle.runtime.free_memory import unused_process_limits
from ortstyle.runtime.native_calls import NATIVE_CALLS

_MEGABYTE = 2**20  # reservations are multiples of it, because the arena requires multiples of 256
_LARGEST_RESERVATION = 2**31 - _MEGABYTE  # bytes that the arena can reserve at once


@cache
def reserved_bytes() -> int:
    """Return the bytes that the arena reserves at once, which are as many as possible.

    Reserved bytes take no memory until they are used. Tensors that were freed inside one large
    region make room for larger tensors; tensors that each had a region of their own do not.
    Reserved bytes count only against the limits of the process (`ulimit`), and half of the bytes
    that these limits leave is for everything else.
    """
    left = min(unused_process_limits(), default=2 * _LARGEST_RESERVATION) // 2
    return min(max(left, 0), _LARGEST_RESERVATION) // _MEGABYTE * _MEGABYTE


def set_memory_options(options: Any) -> None:
    """Set the options of a session on the processor so that it returns memory once it is free."""
    options.enable_mem_reuse = False
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    if _register():
        options.add_session_config_entry("session.use_env_allocators", "1")


@cache
def _register() -> bool:
    """Register the arena once in a process; only sessions that ask for it use it."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    strategy = {
        "max_mem": 0,
        "arena_extend_strategy": 0,
        "max_dead_bytes_per_chunk": 1,
        # The next two apply after the first megabyte, and after the arena was emptied.
        "initial_growth_chunk_size_bytes": reserved_bytes(),
        "max_power_of_two_extend_bytes": reserved_bytes(),
    }
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu",
        onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
        0,
        onnxruntime.OrtMemType.DEFAULT,
    )
    try:
        onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg(strategy))
    except Exception:  # noqa: BLE001  another library registered one; each session has its own then
        return False
    return True


def release_arena() -> None:
    """Give the arena's free memory back to the system."""
    if _register():
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        options = onnxruntime.RunOptions()
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        with NATIVE_CALLS.call():
            _empty_session().run(None, {"x": np.zeros(1, np.float32)}, options)
    trim_heap()


@cache
def _empty_session() -> Any:
    """Make a session that computes nothing, because only a run can empty an arena."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    graph = new_graph("nothing")
    add_output(graph, "y", add_input(graph, "x", (1,)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    set_memory_options(options)
    data = ir.to_proto(finish(graph)).SerializeToString()
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def trim_heap() -> None:
    """Hand freed memory back to the system, which glibc alone keeps for later."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has no malloc_trim
            ctypes.CDLL(None).malloc_trim(0)
