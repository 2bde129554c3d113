"""What each worker process gets of the processor's cores and of the memory."""

import os
from collections.abc import Sequence

from ortstyle.runtime.device_lookup import devices_named
from ortstyle.runtime.threads import thread_count


def share_threads(devices: Sequence[str], *, limit: int = 0) -> list[int]:
    """Return the processor threads of the worker of each device.

    The processor's cores are shared out among its workers; a worker of another device uses none to
    speak of, and gets as many as it likes.

    Parameters
    ----------
    devices
        Names of devices, such as "cuda:0"; the same one may occur several times.
    limit
        Threads of all workers of the processor together; 0 for as many as the process may use.

    Returns
    -------
    list of int
        Threads, or 0 for as many as the process may use.

    Raises
    ------
    SettingsError
        No device has one of the names.
    """
    on_cores = [_is_processor(device) for device in devices]
    workers = sum(on_cores)
    if workers <= 1:
        # What is found out to be best may be the processor.
        return [
            limit if is_on_cores or device == "auto" else 0
            for device, is_on_cores in zip(devices, on_cores, strict=True)
        ]
    cores = limit or thread_count() or os.cpu_count() or 1
    shares = iter([max(1, (cores + worker) // workers) for worker in reversed(range(workers))])
    return [next(shares) if is_on_cores else 0 for is_on_cores in on_cores]


def _is_processor(device: str) -> bool:
    if device == "auto":
        return False
    return any(row.name in ("cpu", "openvino:CPU") for row in devices_named(device))


def share_memory(devices: Sequence[str]) -> list[int | None]:
    """Return the bytes that the worker of each device may take, None for no limit.

    Each worker measures the free memory by itself. Only where several workers of the processor
    begin at once, and would all count on the same memory, it is shared out among them.

    Parameters
    ----------
    devices
        Names of devices.
    """
    found: list[int | None] = [None] * len(devices)
    on_cores = [number for number, device in enumerate(devices) if _is_processor(device)]
    if len(on_cores) > 1:
        # Slow to load, because they need ONNX.
        from ortstyle.memory.graph_memory import BASE_BYTES  # noqa: PLC0415
        from ortstyle.run.prediction import budget_of  # noqa: PLC0415

        (processor,) = devices_named("cpu")
        budget = budget_of(None, processor) or 0
        for number in on_cores:
            found[number] = BASE_BYTES + max(budget - BASE_BYTES, 0) // len(on_cores)
    return found
