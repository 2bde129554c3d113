"""A connection to the scheduler of a Dask cluster: its workers, and what is asked of them."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from ortstyle import __version__
from ortstyle.files import reason_of
from ortstyle.jobs.cluster_calls import ask_each, can_reach, fetch, hand_over, run_everywhere
from ortstyle.jobs.cluster_client import connect
from ortstyle.jobs.cluster_task import worker_facts

_MISSING = re.compile(r"No module named \\?'(ortstyle|onnxruntime)\b")
_CLOSE_SECONDS = 3.0
_ASK_SECONDS = 20.0  # for an answer of the scheduler, or of all workers
_MOST_SHOWN = 200  # characters of what a worker says


@dataclass(frozen=True)
class Roster:
    """The workers of a cluster at a moment.

    Attributes
    ----------
    slots
        How many jobs each worker that can be used may paint at once, by its address. It is 0 for
        one that is paused, which happens for want of memory, or that is being closed.
    refused
        Why other workers can't be used, by their address.
    suitable
        Which workers in `slots` have the resources that a job takes, even if not at the moment.
    shares
        How many of its machine's cores each worker in `slots` may use, by its address.
    versions
        The versions of ONNX Runtime that these workers have.
    """

    slots: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    suitable: frozenset[str] = frozenset()
    shares: Mapping[str, int] = field(default_factory=dict)
    versions: frozenset[str] = frozenset()


class ClusterConnection:
    """A connection to a scheduler; a context manager that closes it.

    Parameters
    ----------
    address
        The scheduler, such as "tcp://host:8786". TLS is set up by Dask's own configuration.
    resources
        What a job takes of a worker's resources, such as ``{"GPU": 1}``.
    folder
        A folder that each worker must see under the same path; None for none.
    timeout
        Seconds after which a scheduler that does not answer is given up.
    facts
        What each worker is to say about itself: `worker_facts`, or a function that tells more.

    Raises
    ------
    ClusterError
        Dask is not installed, or the scheduler can't be reached.
    """

    def __init__(
        self,
        address: str,
        *,
        resources: Mapping[str, float] | None = None,
        folder: str | None = None,
        timeout: float = 10.0,
        facts: Callable[[str | None], dict[str, str]] = worker_facts,
    ) -> None:
        self.address, self.resources = address, dict(resources or {})
        self._folder, self._ask_facts = folder, facts
        self._facts = dict[str, dict[str, str] | str]()
        self._knows_direct = False
        self._client = connect(address, timeout=timeout)

    @property
    def name(self) -> str:
        """A name that no other connection has."""
        return str(self._client.id)

    @property
    def is_alive(self) -> bool:
        """Whether the scheduler is connected now; a lost one may still come back."""
        return bool(self._client.status == "running")

    @property
    def is_closed(self) -> bool:
        """Whether the scheduler is lost for good."""
        return self._client.status in {"closing", "closed"}

    def roster(self) -> Roster:
        """Return who is there, and what workers that have come since the last call can do."""
        workers = self._workers()
        new = [address for address in workers if address not in self._facts]
        if new:
            self._facts |= {address: self._read(answer) for address, answer in self._ask(new)}
        found = {name: self._facts[name] for name in workers if name in self._facts}
        usable = {name: facts for name, facts in found.items() if isinstance(facts, dict)}
        slots = {name: _slots(workers[name], self.resources) for name in usable}
        return Roster(
            slots={
                name: count if workers[name]["status"] == "running" else 0
                for name, count in slots.items()
            },
            refused={name: facts for name, facts in found.items() if isinstance(facts, str)},
            suitable=frozenset(name for name, count in slots.items() if count),
            shares=_shares(workers, {name: int(facts["cores"]) for name, facts in usable.items()}),
            versions=frozenset(facts["onnxruntime"] for facts in usable.values()),
        )

    def submit(
        self, function: Callable[[Any], Any], data: Any, *, key: str, workers: Sequence[str]
    ) -> Any:
        """Send a task to the workers, and return its future.

        Parameters
        ----------
        function
            A function of a module of ortstyle.
        data
            Its argument. It is sent to the first of the workers, and not by the scheduler unless
            the workers can't be reached from here.
        key
            A name that no other task has.
        workers
            The workers that may do it.

        Raises
        ------
        TimeoutError
            The first of the workers is not there, or paused.
        """
        self._find_direct(workers[0])
        held = self._client.sync(hand_over, self._client, data, workers[0])
        return self._client.submit(
            function,
            held,
            key=key,
            workers=list(workers),
            allow_other_workers=False,
            resources=self.resources or None,
            pure=False,
        )

    def result(self, future: Any, *, worker: str) -> Any:
        """Return the result of a task that a worker has done; an error of Dask's if it is lost."""
        return self._client.sync(fetch, self._client, future, worker)

    def ask(self, function: Callable[..., Sequence[str]], *data: Any) -> set[str]:
        """Call a function on every worker now, beside its tasks; return what they all have named.

        Workers that do not answer are left out.
        """
        with suppress(Exception):  # Dask's errors are of many kinds
            answers = self._client.sync(
                run_everywhere, self._client, function, *data, callback_timeout=_ASK_SECONDS
            )
            return {name for answer in answers for name in answer if isinstance(name, str)}
        return set()

    def subscribe(self, topic: str, handle: Callable[[Any], object]) -> None:
        """Have messages of a topic that workers send handed to a function, in another thread."""
        self._client.subscribe_topic(topic, lambda event: handle(event[1]))

    def close(self) -> None:
        """End the connection; tasks that have not ended are given up."""
        with suppress(Exception):
            self._client.close(timeout=_CLOSE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _workers(self) -> dict[str, Any]:
        """Return what the scheduler knows of each of its workers, by address."""
        if not self.is_alive:
            return {}
        # Not `scheduler_info`, which returns none where Dask itself asks at the same moment.
        with suppress(Exception):  # a scheduler that is lost just now: errors of many kinds
            found = self._client.sync(
                self._client.scheduler.identity, n_workers=-1, callback_timeout=_ASK_SECONDS
            )
            return dict(found["workers"])
        return {}

    def _ask(self, workers: list[str]) -> list[tuple[str, Any]]:
        """Return what each of these workers says about itself, or why it says nothing."""
        with suppress(Exception):
            answers = self._client.sync(
                ask_each, self._client, workers, self._ask_facts, self._folder
            )
            # Those with which the connection was lost are asked again, if they are still there.
            return [(name, answer) for name, answer in answers if answer is not None]
        return []

    def _read(self, answer: Any) -> dict[str, str] | str:
        """Return the facts that a worker has told, or why it can't be used."""
        if isinstance(answer, Exception):
            return _reason_against(answer)
        if (
            not isinstance(answer, dict)
            or not {"ortstyle", "onnxruntime", "cores"} <= answer.keys()
        ):
            return "it does not say what it has"
        facts = {str(name): str(value)[:_MOST_SHOWN] for name, value in answer.items()}
        if not re.fullmatch("[0-9]{1,5}", facts["cores"]):
            return "it does not say how many cores it has"
        if facts["ortstyle"] != __version__:
            return (
                f"it has ortstyle {facts['ortstyle']}, and this machine {__version__}; "
                "install the same version"
            )
        return facts.get("lack") or facts

    def _find_direct(self, worker: str) -> None:
        """Find out, once, whether workers can be reached from here without the scheduler."""
        if not self._knows_direct:
            self._knows_direct = True
            self._client.direct_to_workers = self._client.sync(can_reach, self._client, worker)


def _reason_against(error: Exception) -> str:
    """Return why a worker can't be used that answers with an error."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    # Dask tells of an error before a function begins only in words.
    if missing := _MISSING.search(str(error)):
        return f'{missing[1]} is missing there; run there: pip install "ortstyle[cpu]"'
    return reason_of(error)[:_MOST_SHOWN]


def _slots(worker: Mapping[str, Any], resources: Mapping[str, float]) -> int:
    """Return how many jobs a worker may paint at once, from what the scheduler knows of it."""
    has = worker["resources"]
    counts = [has.get(name, 0) / amount for name, amount in resources.items() if amount > 0]
    return int(min([worker["nthreads"], *counts]))


def _shares(workers: Mapping[str, Any], cores: Mapping[str, int]) -> dict[str, int]:
    """Return how many cores each worker may use, if those of one machine share its cores."""
    at_once = Counter[str]()
    for worker in workers.values():
        at_once[worker["host"]] += worker["nthreads"]
    return {
        name: max(1, count // max(1, at_once[workers[name]["host"]]))
        for name, count in cores.items()
    }
