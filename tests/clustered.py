"""A cluster without Dask, whose workers are threads of this process."""

from concurrent.futures import ThreadPoolExecutor

from ortstyle.jobs.cluster_connection import Roster


class FakeWorker:
    """A worker as tasks see it; `messages` are those that it has sent."""

    memory = None
    is_waited_for = True

    def __init__(self, folder):
        self.folder, self.messages, self.limits = folder, [], []

    def memory_for(self, _device):
        return self.memory

    def send(self, topic, message):
        self.messages.append((topic, message))

    def limit_threads(self, wanted, shares):
        self.limits.append((wanted, dict(shares)))


class FakeConnection:
    """A connection to a cluster whose tasks `answer` does, a function of their data."""

    name, address = "fake", "tcp://fake:8786"

    def __init__(self, answer=None, *, slots=None, **roster):
        self.answer, self.is_alive, self.is_closed = answer, True, False
        self.now = Roster({"tcp://a:1": 1} if slots is None else slots, **roster)
        self.resources, self.submitted, self.asked = {}, [], []
        self.handle = None
        self._pool = ThreadPoolExecutor(4)

    def roster(self):
        return self.now

    def submit(self, _function, data, *, key, workers):
        self.submitted.append((data, key, list(workers)))
        return self._pool.submit(self.answer, data)

    def result(self, future, *, worker):  # noqa: ARG002
        return future.result()

    def ask(self, _function, *data):
        self.asked.append(data)
        return set()

    def subscribe(self, _topic, handle):
        self.handle = handle

    def close(self):
        self._pool.shutdown()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
