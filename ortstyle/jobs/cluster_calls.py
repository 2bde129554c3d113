"""What is asked of a Dask cluster through a client, as coroutines of the client's event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

_PROBE_SECONDS = 3.0
_LOOK_SECONDS = 1.0  # between two looks at whether a worker is still there
_FACTS_SECONDS = 60.0  # for a worker that has to load ortstyle first
_SCHEDULER_SECONDS = 20.0  # for an answer of the scheduler


async def run_everywhere(client: Any, function: Callable[..., Any], *data: Any) -> list[Any]:
    """Return what the workers that can call a function return."""
    return list((await client.run(function, *data, on_error="ignore")).values())


async def ask_each(
    client: Any,
    workers: Sequence[str],
    facts: Callable[[str | None], dict[str, str]],
    folder: str | None,
) -> list[tuple[str, Any]]:
    """Return the facts of each worker, or an error; None if the connection to it was lost."""

    async def ask(worker: str) -> tuple[str, Any]:
        asked = client.run(facts, folder, workers=[worker], on_error="return")
        try:
            return worker, (await asyncio.wait_for(asked, _FACTS_SECONDS))[worker]
        except TimeoutError as error:
            return worker, error
        except (OSError, LookupError):
            return worker, None

    return await asyncio.gather(*map(ask, workers))


async def can_reach(client: Any, worker: str) -> bool:
    """Return whether a worker can be reached from here without the scheduler."""
    try:
        await asyncio.wait_for(client.rpc(worker).identity(), _PROBE_SECONDS)
    except Exception:  # noqa: BLE001  Dask's errors are of many kinds
        return False
    return True


async def hand_over(client: Any, data: Any, worker: str) -> Any:
    """Send data to a worker, and return the future that holds them.

    Raises
    ------
    TimeoutError
        The worker is not there any more, or paused.
    """
    to = {"workers": [worker], "timeout": _LOOK_SECONDS}
    sent = client.scatter([data], hash=False, asynchronous=True, **to)
    return (await _while_there(client, worker, sent))[0]


async def fetch(client: Any, future: Any, worker: str) -> Any:
    """Return the result of a task that a worker has done; an error of Dask's if that is lost."""
    return await _while_there(client, worker, client.gather(future, asynchronous=True))


async def _while_there(client: Any, worker: str, call: Awaitable[Any]) -> Any:
    """Wait for a call that needs a worker; a `TimeoutError` if the scheduler has lost the worker.

    Dask tries for up to half a minute to connect to a worker that has been killed.
    """
    task = asyncio.ensure_future(call)
    try:
        while not (await asyncio.wait([task], timeout=_LOOK_SECONDS))[0]:
            asked = client.scheduler.identity(n_workers=-1)
            if worker not in (await asyncio.wait_for(asked, _SCHEDULER_SECONDS))["workers"]:
                raise TimeoutError(f"worker {worker} has gone")
        return task.result()
    finally:
        task.cancel()
