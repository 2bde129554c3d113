"""Estimates of time: on made-up timings with noise they are right from the second job on."""

from dataclasses import replace

import numpy as np
import pytest
from queued import make_jobs

from ortstyle.jobs.estimate import Estimator, Speed, Timing, blend, makespan, speed_of, work_of
from ortstyle.jobs.events import Event
from ortstyle.jobs.row import State
from ortstyle.jobs.store import Store
from ortstyle.settings.settings import Settings

DEVICE = "cpu"
OVERHEAD, RATE = 3.0, 2e-6


@pytest.fixture
def rows(tmp_path):
    """Return rows that wait, of 40 jobs of a work of 10."""
    jobs = make_jobs(tmp_path, 40)
    with Store(tmp_path / "jobs.sqlite") as store:
        store.add(jobs, works={job.key: 10.0 for job in jobs})
        return list(store.list())


def done(row, seconds, *, work=10.0, device=DEVICE):
    return replace(row, state=State.DONE, seconds=seconds, work=work, device=device)


def running(row, **changes):
    return replace(row, state=State.RUNNING, device=DEVICE, **changes)


def progress(row, seconds, seconds_left):
    return Event("progress", row.key, {"seconds": seconds, "seconds_left": seconds_left})


def noisy(rng, works, overhead=OVERHEAD, rate=RATE):
    return [Timing(work, (overhead + rate * work) * rng.uniform(0.95, 1.05)) for work in works]


def test_the_work_of_a_job_is_its_evaluations_times_their_pixels(tmp_path):
    settings = Settings(size=512, scales=3, iterations=(10, 5, 2))
    (job,) = make_jobs(tmp_path, 1, settings=settings)
    sizes = [(256, 192, 10), (362, 271, 5), (512, 384, 2)]
    assert work_of(job, (4, 3)) == sum(width * height * count for width, height, count in sizes)
    assert work_of(job, (3, 4)) == work_of(job, (400, 300))


def test_the_size_of_the_content_counts_when_it_is_asked_for(tmp_path):
    settings = Settings(size="content", iterations=7, scales=1)
    (job,) = make_jobs(tmp_path, 1, settings=settings)
    assert work_of(job, (400, 300)) == 7 * 400 * 300


def test_nothing_is_estimated_before_anything_is_known(rows):
    estimator = Estimator([DEVICE])
    assert speed_of([]) is None
    assert estimator.job_seconds(rows[0]) is None
    assert estimator.seconds_left(rows) is None
    assert estimator.seconds_left([running(rows[0])]) is None
    assert estimator.seconds_left([]) == 0.0
    assert estimator.seconds_left([done(rows[0], 1.0)]) == 0.0


def test_one_job_tells_the_rate():
    assert speed_of([Timing(100.0, 5.0)]) == Speed(0.0, 0.05)


def test_exact_timings_give_overhead_and_rate():
    speed = speed_of([Timing(work, OVERHEAD + RATE * work) for work in (1e6, 4e6, 2e6)])
    assert speed.overhead == pytest.approx(OVERHEAD)
    assert speed.rate == pytest.approx(RATE)


@pytest.mark.parametrize("seed", range(20))
def test_jobs_of_one_size_are_estimated_from_the_second_on(seed):
    timings = noisy(np.random.default_rng(seed), [6e6] * 12)
    for count in range(1, 12):
        found = speed_of(timings[:count]).seconds(6e6)
        assert found == pytest.approx(OVERHEAD + RATE * 6e6, rel=0.2)


@pytest.mark.parametrize("seed", range(20))
def test_jobs_of_many_sizes_are_estimated_once_two_sizes_are_known(seed):
    rng = np.random.default_rng(seed)
    timings = noisy(rng, [2e6, 2e7, *rng.uniform(2e6, 2e7, 6)])
    for count in range(2, 9):
        for work in (2e6, 1e7, 2e7):
            found = speed_of(timings[:count]).seconds(work)
            assert found == pytest.approx(OVERHEAD + RATE * work, rel=0.2)


def test_a_job_during_which_the_computer_slept_does_not_count():
    timings = noisy(np.random.default_rng(1), [2e6, 5e6, 1e7, 2e7, 4e6])
    timings[1] = replace(timings[1], seconds=40_000.0)
    assert speed_of(timings).seconds(1e7) == pytest.approx(OVERHEAD + RATE * 1e7, rel=0.2)


def test_neither_overhead_nor_rate_is_negative():
    falling = speed_of([Timing(1e6, 9.0), Timing(2e6, 5.0)])
    assert falling.rate >= 0
    assert falling.overhead >= 0
    steep = speed_of([Timing(1e6, 1.0), Timing(2e6, 9.0), Timing(2e6, 9.0)])
    assert steep == Speed(0.0, 4.5e-6)


def test_a_job_tells_more_the_further_it_is():
    assert blend(None, 8.0, share=0.0) == 8.0
    assert blend(10.0, None, share=0.1) == 10.0
    assert blend(10.0, 8.0, share=0.0) == 8.0
    assert blend(10.0, 8.0, share=0.5) == 9.0
    assert blend(10.0, 8.0, share=1.0) == 10.0
    assert blend(None, None, share=0.0) is None


def test_workers_share_a_queue():
    speed, slow = Speed(1.0, 1.0), Speed(0.0, 10.0)
    assert makespan([(0.0, speed)], []) == 0.0
    assert makespan([(2.0, speed)], [1.0, 3.0]) == 8.0
    assert makespan([(0.0, speed), (5.0, speed)], [3.0, 3.0, 3.0]) == 9.0
    assert makespan([(0.0, speed), (0.0, slow)], [1.0, 1.0, 1.0]) == 10.0


def test_the_queue_of_one_worker(rows):
    estimator = Estimator([DEVICE])
    estimator.learn(done(rows[0], 5.0))
    assert estimator.seconds_left([done(rows[0], 5.0), *rows[1:]]) == pytest.approx(39 * 5.0)
    assert estimator.job_seconds(rows[1]) == 5.0


def test_the_queue_of_two_workers(rows):
    estimator = Estimator([DEVICE, DEVICE])
    estimator.learn(done(rows[0], 5.0))
    assert estimator.seconds_left(rows[:4]) == pytest.approx(10.0)
    assert estimator.seconds_left([running(rows[0]), *rows[1:4]]) == pytest.approx(10.0)
    estimator.take(progress(rows[0], 2.5, 2.5))
    assert estimator.seconds_left([running(rows[0]), *rows[1:4]]) == pytest.approx(10.0)
    assert estimator.seconds_left([running(rows[0]), *rows[1:3]]) == pytest.approx(7.5)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_first_job_of_a_process_takes_more_does_not_count_later(rows, workers):
    works = [2e6, 8e6, 4e6, 2e6, 9e6, 5e6]
    timings = noisy(np.random.default_rng(2), works, overhead=0.5)
    estimator = Estimator([DEVICE] * workers)
    for count, (row, timing) in enumerate(zip(rows, timings, strict=False)):
        if count > workers:
            expected = 0.5 + RATE * timing.work
            found = estimator.job_seconds(replace(row, work=timing.work))
            assert found == pytest.approx(expected, rel=0.2)
        begins = 4.0 if count < workers else 0.0
        estimator.learn(done(row, timing.seconds + begins, work=timing.work))
    assert count > workers


def test_a_running_job_tells_the_speed_before_any_is_done(rows):
    estimator = Estimator([DEVICE, "cuda"])
    estimator.take(progress(rows[0], 1.0, 4.0))
    queue = [running(rows[0]), rows[1], rows[2]]
    assert estimator.job_seconds(queue[0]) == 4.0
    assert estimator.seconds_left(queue) == pytest.approx(9.0)


def test_a_device_of_which_nothing_is_known_is_as_fast_as_others(rows):
    estimator = Estimator(["cuda:1"])
    estimator.learn(done(rows[0], 5.0, device="cuda:0"))
    assert estimator.seconds_left(rows[:2]) == pytest.approx(10.0)


def test_what_a_job_was_does_not_count_once_it_is_over(rows):
    estimator = Estimator([DEVICE])
    estimator.learn(done(rows[1], 5.0))
    estimator.take(progress(rows[0], 1.0, 100.0))
    estimator.take(Event("stopped", rows[0].key))
    assert estimator.job_seconds(rows[0]) == 5.0


@pytest.mark.parametrize(
    "figures",
    [{}, {"seconds": "1", "seconds_left": 1}, {"seconds": 1, "seconds_left": -1}, {"seconds": 0}],
)
def test_figures_that_are_no_times_tell_nothing(rows, figures):
    estimator = Estimator([DEVICE])
    estimator.take(Event("progress", rows[0].key, figures))
    assert estimator.job_seconds(rows[0]) is None


def test_what_was_not_painted_tells_nothing(rows):
    estimator = Estimator([DEVICE])
    estimator.learn(rows[0])
    estimator.learn(done(rows[0], None))
    assert estimator.job_seconds(rows[1]) is None


def test_a_job_of_unknown_work_is_taken_for_an_ordinary_one(rows):
    estimator = Estimator([DEVICE])
    unknown = replace(rows[1], work=None)
    work = work_of(unknown.job, (4, 3))
    estimator.learn(done(rows[0], 5.0, work=2 * work))
    assert estimator.job_seconds(unknown) == pytest.approx(2.5)
    assert estimator.job_seconds(replace(unknown, data="{}")) < 1


@pytest.mark.parametrize(("workers", "last"), [(1, 1), (2, 16)])
@pytest.mark.parametrize("seed", range(5))
def test_a_queue_is_estimated_within_a_fifth_from_the_second_job_on(rows, seed, workers, last):
    """Play a queue with noise through, and look at each job's end.

    With several workers it is chance which of them gets the last job, which is much of the
    time once few jobs are left.
    """
    rng = np.random.default_rng(seed)
    works = rng.uniform(4e6, 8e6, len(rows))
    rows = [replace(row, work=work) for row, work in zip(rows, works, strict=True)]
    took = [timing.seconds for timing in noisy(rng, works)]
    ends, free = [], [0.0] * workers
    for seconds in took:
        free.sort()
        free[0] += seconds
        ends.append(free[0])
    estimator, over = Estimator([DEVICE] * workers), max(ends)
    order = sorted(range(len(rows)), key=ends.__getitem__)
    for count, index in enumerate(order[:-last], 1):
        now = ends[index]
        estimator.learn(done(rows[index], took[index], work=works[index]))
        queue = []
        for each, row in enumerate(rows):
            if ends[each] > now:
                begun = ends[each] - took[each] <= now
                queue.append(running(row) if begun else row)
                if begun:
                    passed = now - (ends[each] - took[each])
                    estimator.take(progress(row, max(passed, 0.1), ends[each] - now))
        if count >= 2:
            assert estimator.seconds_left(queue) == pytest.approx(over - now, rel=0.2)
