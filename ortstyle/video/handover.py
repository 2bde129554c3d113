"""Items go to a function that takes them all, and that runs in a thread of its own meanwhile."""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Full, Queue
from typing import Any, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_END, _STOP = object(), object()
_SECONDS = 0.1  # after which it is looked whether the function has failed


class HandoverStopped(Exception):  # noqa: N818  no error: whoever hands over stops
    """Raised within the function's iterable when no further items will come."""


def hand_over(
    items: Iterable[_Item], take: Callable[[Iterator[_Item]], _Result]
) -> Generator[int, None, _Result]:
    """Give items to a function one by one; yield how many were given.

    Closing the generator, or an error of `items`, raises `HandoverStopped` within the function, and
    waits until it has ended.

    Parameters
    ----------
    items
        Taken in this thread.
    take
        Called in another thread with an iterator of the items.

    Returns
    -------
    object
        What `take` returns; an error that it raises is raised here.
    """
    slot: Queue[Any] = Queue(1)
    with ThreadPoolExecutor(1, "film-writer") as pool:
        future = pool.submit(take, _taken(slot))
        try:
            for number, item in enumerate(items, 1):
                if not _put(slot, item, future):
                    break
                yield number
            _put(slot, _END, future)
            return future.result()
        except BaseException:
            _put(slot, _STOP, future)
            raise


def _taken(slot: "Queue[Any]") -> Iterator[Any]:
    while (item := slot.get()) is not _END:
        if item is _STOP:
            raise HandoverStopped
        yield item


def _put(slot: "Queue[Any]", item: object, future: Future[Any]) -> bool:
    """Put an item once there is room; return whether the function has not ended meanwhile."""
    while not future.done():
        try:
            slot.put(item, timeout=_SECONDS)
        except Full:
            continue
        return True
    return False
