"""Does the training stream keep up? Samples per second beside what a training step consumes.

    python benchmarks/stream_speed.py --store cache/train [--seconds 10] [--workers 0,1,2]
    python benchmarks/stream_speed.py --store cache/train --workers none   # processor time alone
    python benchmarks/stream_speed.py --store cache/train --cores 64   # what as many would make

For sketches of 128² and 256²: the stream alone by number of workers, then forward, backward and
optimiser of the studio network on a batch it already has, then both together as in training. A
ratio above 1 means that the network waits for nothing. The load average is printed, since another
program on the same cores slows both; processor time a sample, the least of several times, is also
given, which it slows less: its ratio says how many times a worker on a core of its own outruns a
step on a core of its own. It is that of a worker's whole process, drawing and handing over, and of
taking the batches from it; pictures are in memory already. (Windows does not tell what a worker
took.)
What `--cores` cores would make is an extrapolation, not a measurement: their number times the rate
of one core by its processor time, times what 2 workers make of twice the rate of 1, where both were
measured.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import torch

from style2color.data.stream import Stream, StreamConfig
from style2color.heap import keep_freed_memory
from style2color.train.batch import Arrays, batches, collate
from style2color.train.config import Stage, TrainConfig
from style2color.train.loop import Place, Trainer

BATCHES = {128: 16, 256: 8}
SHORT, LONG = 96, 384
"""Samples of a worker's short and long run; what the long one takes more has no start in it."""


def endless(stream: Stream, batch: int, workers: int) -> Iterator[Arrays]:
    return batches(stream, first=0, steps=range(10**6), batch=batch, workers=workers)


def worker_ms(stream: Stream, batch: int, seconds: float) -> float:
    """Processor time in milliseconds a sample, of a worker and of taking its batches; the least of
    several."""
    times: dict[int, list[float]] = {SHORT: [], LONG: []}
    while sum(times[LONG]) < seconds or len(times[LONG]) < 3:  # the first reads the pictures
        for samples, taken in times.items():
            before = sum(os.times()[:4])
            steps = range(samples // batch)
            for _ in batches(stream, first=0, steps=steps, batch=batch, workers=1):
                pass
            taken.append(sum(os.times()[:4]) - before)
    return 1000 * (min(times[LONG]) - min(times[SHORT])) / (LONG - SHORT)


def rate(steps: Iterable[object], batch: int, seconds: float) -> float:
    """Samples per second; the first steps, with which processes start, do not count."""
    running = iter(steps)
    for _ in range(2):
        next(running)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds or done < 2:
        next(running)
        done += 1
    return done * batch / (time.perf_counter() - start)


def processor_ms(work: Callable[[], object], samples: int, seconds: float) -> float:
    """Least processor time of a call in milliseconds a sample, where it makes `samples`."""
    work()
    times: list[float] = []
    while sum(times) < seconds or len(times) < 2:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times) / samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="append", required=True, help="a store; repeat for more")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each figure")
    parser.add_argument("--workers", default="0,1,2", help="numbers of workers, or none")
    parser.add_argument("--cores", type=int, default=16, help="how many to extrapolate to")
    parser.add_argument("--device", help="cpu or cuda; by default cuda where there is one")
    parser.add_argument("--sizes", default="128,256", help="sides of the sketches: 128, 256")
    options = parser.parse_args()
    data = StreamConfig(tuple(options.store))
    keep_freed_memory(256 << 20)  # as a worker does
    counts = [int(word) for word in options.workers.split(",") if word != "none"]

    place = Place.join(options.device)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{cores} cores, load average {load:.1f}, network on {place.device.type}")
    for size in map(int, options.sizes.split(",")):
        batch = BATCHES[size]
        config = TrainConfig(data, (Stage(size, batch, 10**6),))
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(config, Path(folder), place)
        stream = Stream(data, size, default_palette=trainer.default_palette)
        ready = collate([stream.sample(number) for number in range(batch)])
        draw = worker_ms(stream, batch, options.seconds)
        learn = partial(trainer.train_step, ready, batch)
        step = processor_ms(learn, batch, options.seconds / 4)
        print(f"\n{size}²: processor time a sample {draw:.1f} ms in the stream, {step:.1f} ms in a "
              f"step of {batch}: ratio {step / draw:.1f}")  # fmt: skip
        would = options.cores * 1000 / draw
        print(f"{size}²: {options.cores} cores would make {would:.0f} samples/s if none slowed "
              "another (extrapolated)")  # fmt: skip
        if not counts:
            continue
        rates = {}
        same = itertools.repeat(ready)
        eats = rate((trainer.train_step(arrays, batch) for arrays in same), batch, options.seconds)
        print(f"{size}², batches of {batch}: a step alone takes {eats:.1f} samples/s")
        print("workers   stream alone     ratio   stream and step together")
        for workers in counts:
            alone = rates[workers] = rate(endless(stream, batch, workers), batch, options.seconds)
            fed = endless(stream, batch, workers)
            both = rate((trainer.train_step(a, batch) for a in fed), batch, options.seconds)
            print(f"{workers:>7} {alone:>9.1f}/s {alone / eats:>10.2f} {both:>17.1f}/s")
        if rates.keys() >= {1, 2}:
            kept = rates[2] / (2 * rates[1])
            print(f"2 workers make {kept:.0%} of twice what 1 makes; if {options.cores} cores lose "
                  f"as much, {would * min(kept, 1):.0f} samples/s (extrapolated)")  # fmt: skip


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
