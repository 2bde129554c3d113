"""The processor's memory: one arena for all sessions, emptied when one of them closes.

A session's own arena hands out chunks of up to twice the size asked for, and the session's plan
keeps a buffer for the next value of its size, however late that comes. What the two cost,
benchmarks/memory.py measures.
"""

import ctypes
import sys
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import onnx_ir as ir

from ortstyle.graph.ops import add_input, add_output, finish, new_graph
from ortstyle.runtime.free_memory import own_limits

_MEGABYTE = 2**20  # the arena takes whole multiples of 256 bytes
_MOST = 2**31 - _MEGABYTE  # bytes that it can reserve at once


@cache
def reservation() -> int:
    """Give the bytes that the arena reserves at once, the most it can.

    What is not used takes no memory, and in one piece freed tensors make room for larger ones; in
    pieces of their sizes they do not. Only limits on the process count what is reserved, and half
    of what they leave is for all else.
    """
    left = min(own_limits(), default=2 * _MOST) // 2
    return min(max(left, 0), _MOST) // _MEGABYTE * _MEGABYTE


def configure(options: Any) -> None:
    """Set the options of a session on the processor so that memory is given back when it's free."""
    options.enable_mem_reuse = False
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    if _register():
        options.add_session_config_entry("session.use_env_allocators", "1")


@cache
def _register() -> bool:
    """Register the arena, which only sessions that ask for it use; once a process."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    strategy = {
        "max_mem": 0,
        "arena_extend_strategy": 0,
        "max_dead_bytes_per_chunk": 1,
        # After the first megabyte, and after it was emptied.
        "initial_growth_chunk_size_bytes": reservation(),
        "max_power_of_two_extend_bytes": reservation(),
    }
    where = onnxruntime.OrtMemoryInfo(
        "Cpu",
        onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
        0,
        onnxruntime.OrtMemType.DEFAULT,
    )
    try:
        onnxruntime.create_and_register_allocator(where, onnxruntime.OrtArenaCfg(strategy))
    except Exception:  # noqa: BLE001  someone else has registered theirs; a session's own will do
        return False
    return True


def release() -> None:
    """Give the arena's free memory back to the system."""
    if _register():
        import onnxruntime  # noqa: PLC0415  slow to load, and optional

        options = onnxruntime.RunOptions()
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        _nothing().run(None, {"x": np.zeros(1, np.float32)}, options)
    trim()


@cache
def _nothing() -> Any:
    """Make a session that does nothing: only a run can empty an arena."""
    import onnxruntime  # noqa: PLC0415  slow to load, and optional

    graph = new_graph("nothing")
    add_output(graph, "y", add_input(graph, "x", (1,)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    configure(options)
    data = ir.to_proto(finish(graph)).SerializeToString()
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def trim() -> None:
    """Hand freed memory back to the system; glibc alone keeps it for later."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has none
            ctypes.CDLL(None).malloc_trim(0)
