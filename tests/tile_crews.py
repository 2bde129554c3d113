"""Workers of a cluster without Dask: requests are answered in this process, in another order."""

from dataclasses import replace

from ortstyle.jobs.cluster_executor import ClusterExecutor, Traffic
from ortstyle.jobs.tile_answers import LOST
from ortstyle.jobs.tile_worker import RemotePicture, forget_picture, release_graphs, run_tile


class FakeCrew:
    """Workers that answer the request sent last first.

    Each worker stores its own constants, as if it were a process. `names` are the workers that are
    there; `answered` holds (worker, request) of what was answered, and `change` is called with the
    crew before each answer.
    """

    def __init__(self, *names, change=lambda _: None, answer=run_tile):
        self.names, self.change, self.answer = list(names), change, answer
        self.pending, self.answered, self.released, self.forgotten = [], [], [], []

    def workers(self):
        return self.names

    def send(self, number, request, *, worker):
        self.pending.append((number, request, worker))

    def receive(self, _seconds):
        if not self.pending:
            return None
        self.change(self)
        number, request, worker = self.pending.pop()
        if worker not in self.names:
            return number, LOST
        picture = replace(request.picture, name=f"{request.picture.name} at {worker}")
        self.answered.append((worker, request))
        return number, self.answer(replace(request, picture=picture))

    def cancel(self, number):
        self.pending = [each for each in self.pending if each[0] != number]

    def release(self, picture, segment, computes):
        self.released.append((segment, computes))
        for worker in self.names:
            release_graphs(f"{picture} at {worker}", segment, computes)

    def forget(self, picture):
        self.forgotten.append(picture)
        for worker in {worker for worker, _ in self.answered}:
            forget_picture(f"{picture} at {worker}")


class FakeWorkers:
    """What a tiled objective takes, over a crew."""

    parts, memory, device = 2, None, "cpu"

    def __init__(self, crew, *, patience=0.5):
        self.crew, self.traffic, self._patience = crew, Traffic(), patience

    def executor(self, graphs):
        picture = RemotePicture.of(graphs, name="picture", device="cpu")
        return ClusterExecutor(
            graphs, picture, self.crew, traffic=self.traffic, patience=self._patience
        )
