"""Load on the studio: many clients, good and hostile ones mixed, against a server of its own.

    python benchmarks/studio_load.py --clients 200 --seconds 600

Every client goes round: a session, a sketch, a reference, hints or a palette, a painting, its
file; or something hostile. Told are the answers by status, the times, lost jobs (accepted, but
not done without anybody having cancelled them) and the server's resident memory after every
hundred answers and every hundred paintings. Exits with 1 where a 500 or a lost job was seen.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image, ImageDraw

from served import studio

CSRF = {"X-Style2color": "1"}
PNG = {**CSRF, "Content-Type": "image/png"}
JSON = {**CSRF, "Content-Type": "application/json"}
HOSTILE_SHARE = 0.3


@dataclass
class Tally:
    """What happened, over all clients."""

    process: int
    end: float
    statuses: Counter[int] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    hostile: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, list[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def time(self, name: str, seconds: float) -> None:
        self.seconds.setdefault(name, []).append(seconds)

    def answered(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        self.time("busy (429, 503)" if status in (429, 503) else "answers", seconds)
        self.weigh("answers", self.statuses.total())

    def weigh(self, what: str, count: int) -> None:
        """Note the server's memory at every hundredth of something."""
        if count % 100 == 0:
            self.memory.setdefault(what, []).append(resident(self.process))


def resident(process: int) -> int:
    """Resident memory of a process and of those it started, in bytes (Linux)."""
    folder = Path(f"/proc/{process}")
    pages = int((folder / "statm").read_text().split()[1])
    children = " ".join(file.read_text() for file in folder.glob("task/*/children")).split()
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(resident(int(child)) for child in children)


def picture(colored: bool, dice: random.Random) -> bytes:
    """A small drawing: ellipses, as line art or filled."""
    size = dice.choice([(240, 320), (320, 320), (400, 300)])
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    for _ in range(6):
        x, y = dice.randrange(size[0] - 60), dice.randrange(size[1] - 60)
        box = (x, y, x + dice.randrange(30, 200), y + dice.randrange(30, 200))
        fill = tuple(dice.randrange(256) for _ in range(3)) if colored else "white"
        draw.ellipse(box, fill, outline="black", width=3)
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    return buffer.getvalue()


class Client:
    """One client, with a connection pool of its own."""

    def __init__(self, base: str, tally: Tally, seed: int) -> None:
        self.http = httpx.AsyncClient(base_url=base, timeout=180)
        self.base, self.tally, self.dice = base, tally, random.Random(seed)
        self.session = ""

    async def ask(
        self, method: str, path: str, *, to_the_end: bool = False, **options: Any
    ) -> httpx.Response:
        """Ask again while the server is busy, as its Retry-After says, until the time is over.

        to_the_end: also when it is: what the server has accepted it must hand out.
        """
        while True:
            start = time.perf_counter()
            answer = await self.http.request(method, path, **{"headers": CSRF, **options})
            self.tally.answered(answer.status_code, time.perf_counter() - start)
            over = time.monotonic() > self.tally.end and not to_the_end
            if answer.status_code not in (429, 503) or over:
                return answer
            if "retry-after" not in answer.headers:
                self.tally.wrong.append(f"{path}: {answer.status_code} without Retry-After")
            wait = float(answer.headers.get("retry-after", 1))
            await asyncio.sleep(wait * self.dice.uniform(0.8, 1.5))

    async def live(self) -> None:
        async with self.http:
            while time.monotonic() < self.tally.end:
                work = self.hostile if self.dice.random() < HOSTILE_SHARE else self.good
                try:
                    await work()
                except httpx.TransportError as error:
                    self.tally.wrong.append(f"{work.__name__}: {error!r}")

    async def good(self) -> None:
        made = await self.ask("POST", "/sessions")
        if made.status_code != 201:
            return
        self.session = f"/sessions/{made.json()['id']}"
        sketch, reference = picture(False, self.dice), picture(True, self.dice)
        await self.ask("PUT", f"{self.session}/sketch", content=sketch, headers=PNG)
        await self.ask("POST", f"{self.session}/references", content=reference, headers=PNG)
        size = Image.open(io.BytesIO(sketch)).size
        await self.paint(size)
        if self.dice.random() < 0.5:
            point = {"x": 100, "y": 100, "radius": 5, "color": "#33aa55"}
            await self.ask("PUT", f"{self.session}/hints", json={"version": 1, "points": [point]})
        else:
            palette = {"lock": "reference", "colored_lines": self.dice.random() < 0.5}
            await self.ask("PUT", f"{self.session}/palette", json=palette)
        await self.paint(size)
        await self.ask("DELETE", self.session)

    async def paint(self, size: tuple[int, int]) -> None:
        start = time.perf_counter()
        answer = await self.ask("POST", f"{self.session}/jobs", json={"size": "preview"})
        if answer.status_code != 202:
            return
        id = answer.json()["id"]
        last: dict[str, Any] = {}
        async with self.http.stream("GET", f"/jobs/{id}/events") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    last = json.loads(line.removeprefix("data: "))
        self.tally.jobs[last.get("state", "lost")] += 1
        if last.get("state") != "done":
            self.tally.wrong.append(f"job {last}")
            return
        result = await self.ask("GET", f"/jobs/{id}/result", to_the_end=True)
        if result.status_code != 200:
            self.tally.jobs["result lost"] += 1
            self.tally.wrong.append(result.text)
            return
        with Image.open(io.BytesIO(result.content)) as painted:
            if painted.size != size:
                self.tally.wrong.append(f"result of {painted.size} for {size}")
        self.tally.time("paintings, asked to in hand", time.perf_counter() - start)
        self.tally.weigh("paintings", len(self.tally.seconds["paintings, asked to in hand"]))

    async def hostile(self) -> None:
        name, act = self.dice.choice(HOSTILE)
        self.tally.hostile[name] += 1
        status = await act(self)
        if status is not None and not (400 <= status < 500 or status == 503):
            self.tally.wrong.append(f"{name}: {status}")

    async def bad(self, method: str, path: str, **options: Any) -> int:
        start = time.perf_counter()
        answer = await self.http.request(method, path, **{"headers": CSRF, **options})
        self.tally.answered(answer.status_code, time.perf_counter() - start)
        return answer.status_code

    @asynccontextmanager
    async def own(self) -> AsyncIterator[str]:
        """A session for something hostile; one in ten is left behind."""
        made = await self.ask("POST", "/sessions")
        address = f"/sessions/{made.json().get('id', 'none')}"
        yield address
        if self.dice.random() < 0.9:
            await self.ask("DELETE", address)

    async def raw(self, request: bytes, wait: bool = True) -> int | None:
        """Send bytes as they are; hang up at once, or after the answer's first line."""
        url = httpx.URL(self.base)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            writer.write(request)
            await writer.drain()
            if not wait:
                return None
            line = await reader.readline()
            status = int(line.split()[1])
            self.tally.answered(status, 0.0)
            return status
        finally:
            writer.close()


def _noise() -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def _bomb() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (6001, 6000)).save(buffer, "PNG")
    return buffer.getvalue()


NOISE, BOMB = _noise(), _bomb()
OVERLONG = (
    b"PUT /api/v1/sessions/x/sketch HTTP/1.1\r\nHost: localhost\r\nX-Style2color: 1\r\n"
    b"Content-Type: image/png\r\nContent-Length: 26214401\r\n\r\n"
)
HALF = OVERLONG.replace(b"26214401", b"200000") + b"half of a body"


async def _truncated(client: Client) -> int:
    cut = NOISE[: client.dice.randrange(40, len(NOISE) - 20)]
    async with client.own() as session:
        return await client.bad("PUT", f"{session}/sketch", content=cut, headers=PNG)


async def _flipped(client: Client) -> int | None:
    data = bytearray(NOISE)
    for _ in range(20):
        data[client.dice.randrange(len(data))] ^= 1 << client.dice.randrange(8)
    async with client.own() as session:
        address = f"{session}/references"
        status = await client.bad("POST", address, content=bytes(data), headers=PNG)
    return None if status == 201 else status  # some flips hurt nothing


async def _leave(client: Client) -> None:
    """Order a painting and hang up while listening to it."""
    async with client.own() as session:
        await client.ask("PUT", f"{session}/sketch", content=NOISE, headers=PNG)
        answer = await client.ask("POST", f"{session}/jobs", json={})
        if answer.status_code == 202:
            async with client.http.stream("GET", f"/jobs/{answer.json()['id']}/events") as stream:
                async for _ in stream.aiter_lines():
                    break


async def _cancel(client: Client) -> None:
    async with client.own() as session:
        await client.ask("PUT", f"{session}/sketch", content=NOISE, headers=PNG)
        answer = await client.ask("POST", f"{session}/jobs", json={"size": "full"})
        if answer.status_code == 202:
            await client.ask("DELETE", f"/jobs/{answer.json()['id']}")


Act = Callable[[Client], Awaitable[int | None]]
HOSTILE: list[tuple[str, Act]] = [
    ("truncated picture", _truncated),
    ("flipped bits", _flipped),
    ("leaves its stream", _leave),
    ("cancels", _cancel),
    ("pixel bomb", lambda c: c.bad("PUT", "/sessions/none/sketch", content=BOMB, headers=PNG)),
    ("no header", lambda c: c.bad("POST", "/sessions", headers={})),
    ("strange host", lambda c: c.bad("GET", "/about", headers={"Host": "evil.example"})),
    ("strange origin", lambda c: c.bad("GET", "/about", headers={"Origin": "http://evil.example"})),
    ("no session", lambda c: c.bad("GET", "/sessions/none")),
    ("a path", lambda c: c.bad("GET", "/sessions/..%2f..%2fetc%2fpasswd")),
    ("deep JSON", lambda c: c.bad("PUT", "/sessions/none/palette", content=b"[" * 9999)),
    ("bad palette", lambda c: c.bad("PUT", "/sessions/none/palette", json={"lock": 1})),
    ("overlong body", lambda c: c.raw(OVERLONG)),
    ("half a body", lambda c: c.raw(HALF, wait=False)),
    ("no HTTP", lambda c: c.raw(b"\x16\x03\x01\x02\x00\r\n\r\n")),
]


async def load(base: str, process: int, clients: int, seconds: float) -> Tally:
    """Let so many clients live for so long."""
    tally = Tally(process, time.monotonic() + seconds)
    await asyncio.gather(*(Client(base, tally, seed).live() for seed in range(clients)))
    return tally


def report(tally: Tally, clients: int, seconds: float) -> bool:
    """Print what happened; returns whether it was good."""
    print(f"{clients} clients, {seconds:g} s, {tally.statuses.total():,} answers")
    print("status  " + ", ".join(f"{s}: {n:,}" for s, n in sorted(tally.statuses.items())))
    print("jobs    " + ", ".join(f"{s}: {n:,}" for s, n in sorted(tally.jobs.items())))
    print(f"hostile {tally.hostile.total():,} acts of {len(tally.hostile)} kinds")
    for name, times in sorted(tally.seconds.items()):
        middle, high = np.percentile(times, (50, 95))
        print(f"{name}: p50 {middle:.3f} s, p95 {high:.3f} s, of {len(times):,}")
    for what, weighed in tally.memory.items():
        second, last = weighed[min(1, len(weighed) - 1)], weighed[-1]
        print(
            f"memory at the second of {len(weighed)} hundred {what} {second / 2**20:.0f} MiB, at "
            f"the last {last / 2**20:.0f} MiB ({(last - second) / second:+.1%}); most "
            f"{max(weighed) / 2**20:.0f} MiB"
        )
        tenths = weighed[:: max(1, len(weighed) // 10)]
        print("  on the way: " + " ".join(f"{held / 2**20:.0f}" for held in tenths))
    for line, count in Counter(tally.wrong).most_common(10):
        print(f"wrong, {count} times: {line}")
    faults = sum(n for s, n in tally.statuses.items() if s >= 500 and s != 503)
    print(f"500s: {faults}, lost jobs: {sum(tally.jobs.values()) - tally.jobs['done']}")
    return not faults and not tally.wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=600)
    given = parser.parse_args()
    with studio() as (address, server):
        tally = asyncio.run(load(f"{address}/api/v1", server.pid, given.clients, given.seconds))
        good = report(tally, given.clients, given.seconds)
    print(f"stopped with {server.returncode}")
    sys.exit(0 if good and server.returncode == 0 else 1)


if __name__ == "__main__":
    main()
