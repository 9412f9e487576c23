"""Jobs: the bounded queue, progress, cancel, time-out, expiry, and a stop that loses nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.conftest import draw_figure

from style2color.studio.faults import Refused
from style2color.studio.sessions import Sessions
from style2color.studio.settings import Settings

from .running import PNG, Client, png, running, wait_for


@pytest.fixture(scope="module")
def large() -> bytes:
    """A sketch whose full painting takes long enough to be interrupted."""
    return png(draw_figure(2600, 3200)[1])


def state(client: Client, job: str) -> str:
    return str(client.get(f"/jobs/{job}").json()["state"])


def test_progress_only_grows_and_ends(studio: Client, sketch: bytes, reference: bytes) -> None:
    session = studio.session()
    studio.upload(session, sketch, reference)
    seen = list(studio.events(studio.order(session)))
    progress = [each["progress"] for each in seen]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert [each["state"] for each in seen][-1] == "done"
    assert len(seen) >= 3
    assert seen[-1]["result"]["seconds"] > 0
    # Whoever comes late is told the end at once.
    late = list(studio.events(seen[-1]["id"]))
    assert late == [seen[-1]]


def test_the_queue_is_bounded_for_a_session_and_for_all(large: bytes, sketch: bytes) -> None:
    with running(max_queue=3, max_session_queue=2) as client:
        first, second, third = (client.session() for _ in range(3))
        client.upload(first, large)
        for session in (second, third):
            client.upload(session, sketch)
        jobs = [client.order(first, "full")]
        wait_for(lambda: state(client, jobs[0]) == "running")
        jobs.append(client.order(first, "full"))
        refused = client.post(f"/sessions/{first}/jobs", json={})
        assert (refused.status_code, refused.json()["error"]) == (429, "session_queue_full")
        assert int(refused.headers["retry-after"]) >= 1
        jobs += [client.order(second), client.order(second)]
        assert [client.get(f"/jobs/{job}").json()["position"] for job in jobs[1:]] == [1, 2, 3]
        full = client.post(f"/sessions/{third}/jobs", json={})
        assert (full.status_code, full.json()["error"]) == (503, "queue_full")
        assert int(full.headers["retry-after"]) >= 1
        assert client.get("/health").json()["queue"] == 4
        # A cancelled job makes room, and those behind it move up.
        assert client.delete(f"/jobs/{jobs[2]}").json()["state"] == "cancelled"
        assert client.get(f"/jobs/{jobs[3]}").json()["position"] == 2
        jobs.append(client.order(third))
        for job in (jobs[0], jobs[1]):
            client.delete(f"/jobs/{job}")
        for job in jobs[3:]:
            assert list(client.events(job))[-1]["state"] == "done"


def test_a_running_job_stops_between_its_steps(large: bytes) -> None:
    with running() as client:
        session = client.session()
        client.upload(session, large)
        job = client.order(session, "full")
        stages = []
        for seen in client.events(job):
            stages.append(seen["stage"])
            if seen["stage"] == "read":
                cancelled = client.delete(f"/jobs/{job}")
                assert cancelled.status_code == 202
        assert seen["state"] == "cancelled"
        assert "compose" not in stages
        refused = client.get(f"/jobs/{job}/result")
        assert (refused.status_code, refused.json()["error"]) == (409, "not_done")
        wait_for(lambda: client.get("/health").json()["queue"] == 0)


def test_a_job_nobody_listens_to_any_more_is_cancelled(large: bytes) -> None:
    with running(grace_seconds=0.05) as client:
        session = client.session()
        client.upload(session, large)
        heard, polled = client.order(session, "full"), client.order(session)
        with client.stream("GET", f"/jobs/{heard}/events") as stream:
            next(stream.iter_lines())
        wait_for(lambda: state(client, heard) == "cancelled")
        # Nobody ever listened to this one, so nobody left.
        wait_for(lambda: state(client, polled) == "done")


def test_a_job_that_takes_too_long_fails_and_the_next_one_runs(large: bytes, sketch: bytes) -> None:
    with running(job_seconds=0.05) as client:
        session = client.session()
        client.upload(session, large)
        last = list(client.events(client.order(session, "full")))[-1]
        assert (last["state"], last["error"]["error"]) == ("failed", "time_out")
        assert client.get(f"/jobs/{last['id']}/result").status_code == 409
        wait_for(lambda: client.get("/health").json()["queue"] == 0)


def test_of_a_session_the_newest_results_are_kept(studio: Client, sketch: bytes) -> None:
    session = studio.session()
    studio.upload(session, sketch)
    jobs = [studio.paint(session)["id"] for _ in range(3)]
    gone = studio.get(f"/jobs/{jobs[0]}/result")
    assert (gone.status_code, gone.json()["error"]) == (410, "result_gone")
    for job in jobs[1:]:
        assert studio.picture(job).shape == (160, 128, 3)


def test_too_many_listeners_are_refused(studio: Client, large: bytes) -> None:
    session = studio.session()
    studio.upload(session, large)
    job = studio.order(session, "full")
    streams = [studio.stream("GET", f"/jobs/{job}/events") for _ in range(8)]
    opened = [stream.__enter__() for stream in streams]
    lines = [stream.iter_lines() for stream in opened]
    assert all(next(each) == "event: update" for each in lines)
    refused = studio.get(f"/jobs/{job}/events")
    assert (refused.status_code, refused.json()["error"]) == (429, "too_many_listeners")
    for stream in streams:
        stream.__exit__(None, None, None)
    studio.delete(f"/jobs/{job}")


def test_a_fault_of_one_job_is_its_own(studio: Client) -> None:
    session = studio.session()
    studio.upload(session, png(np.full((12, 16000), 255, np.uint8)))
    # Inside every limit of the file, yet too much to paint: the work itself must say so.
    point = {"x": 200, "y": 5, "radius": 1e6, "color": "#112233"}
    hints = {"version": 1, "points": [point] * 9999}
    assert studio.put(f"/sessions/{session}/hints", json=hints).status_code == 200
    job = studio.paint(session, "full")
    assert (job["state"], job["error"]["error"]) == ("failed", "bad_hints")
    studio.put(f"/sessions/{session}/hints", json={"version": 1})
    assert studio.paint(session)["state"] == "done"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_sessions_expire_when_nobody_uses_them() -> None:
    clock = Clock()
    sessions = Sessions(Settings(session_seconds=10), lambda job: None, clock)
    old, used = sessions.make(), sessions.make()
    clock.now = 9
    sessions.get(used.id)
    clock.now = 11
    assert sessions.expire() == 1
    assert sessions.get(used.id) is used
    with pytest.raises(Refused, match="no such session"):
        sessions.get(old.id)


def test_the_oldest_session_gives_way_to_a_new_one() -> None:
    clock = Clock()
    sessions = Sessions(Settings(max_sessions=2, spare_seconds=30), lambda job: None, clock)
    first, second = sessions.make(), sessions.make()
    clock.now = 29
    with pytest.raises(Refused, match="in use"):
        sessions.make()
    sessions.get(first.id)
    clock.now = 31
    third = sessions.make()
    assert len(sessions) == 2
    assert {sessions.get(first.id).id, sessions.get(third.id).id} == {first.id, third.id}
    with pytest.raises(Refused):
        sessions.get(second.id)


def test_pictures_of_old_sessions_make_room_for_new_ones(reference: bytes) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
    with running(max_held_bytes=200_000, spare_seconds=0) as client:
        first, second = client.session(), client.session()
        client.upload(first, png(noise))
        client.upload(second, png(noise), reference)
        assert client.get(f"/sessions/{second}").status_code == 200
        client.upload(second, png(noise))
        assert client.get(f"/sessions/{first}").json()["error"] == "no_session"
    with running(max_held_bytes=1000) as client:
        put = client.put(f"/sessions/{client.session()}/sketch", content=png(noise), headers=PNG)
        assert (put.status_code, put.json()["error"]) == (503, "no_memory")
        assert "retry-after" in put.headers


@contextmanager
def command(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    """`style2color studio` as a process of its own, with its temporary files in ``folder``."""
    code = "import sys; from style2color.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "studio", "--no-browser", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://localhost:(\d+)/", said)
        assert found, (said, process.communicate(timeout=60))
        with Client(int(found[1])) as client:
            yield process, client
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def test_a_stop_finishes_what_runs_and_hands_it_out(tmp_path: Path, large: bytes) -> None:
    with command(tmp_path, "--port", "0") as (process, client):
        session = client.session()
        client.upload(session, large)
        job = client.order(session, "full")
        updates = client.events(job)
        next(updates)
        process.send_signal(signal.SIGTERM)
        wait_for(lambda: client.get("/health").json()["stopping"])
        refused = client.post(f"/sessions/{session}/jobs", json={})
        assert (refused.status_code, refused.json()["error"]) == (503, "stopping")
        assert list(updates)[-1]["state"] == "done"
        assert client.picture(job).shape == (3200, 2600, 3)
        assert process.wait(60) == 0
    assert not list(tmp_path.iterdir())


def test_a_killed_studio_leaves_nothing_and_the_next_one_says_so(
    tmp_path: Path, large: bytes
) -> None:
    with command(tmp_path, "--port", "0") as (process, client):
        boot = client.get("/about").json()["boot"]
        session = client.session()
        client.upload(session, large)
        job = client.order(session, "full")
        next(client.events(job))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if children.exists():
            assert not children.read_text().split()
        process.kill()
        process.wait()
        port = client.port
    assert not list(tmp_path.iterdir())
    with command(tmp_path, "--port", str(port)) as (process, client):
        assert client.get("/about").json()["boot"] != boot
        for path in (f"/sessions/{session}", f"/jobs/{job}", f"/jobs/{job}/events"):
            gone = client.get(path)
            assert gone.status_code == 404
            assert gone.json()["error"] in ("no_session", "no_job")
        taken = subprocess.run(
            [sys.executable, "-m", "style2color", "studio", "--no-browser", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert taken.returncode == 1
        assert f"--port {port}" in taken.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0


def test_the_command_says_what_it_needs(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['fastapi'] = None\n"
        "from style2color.cli import main; sys.exit(main(['studio', '--no-browser']))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, cwd=tmp_path
    )
    assert said.returncode == 2
    assert "pip install 'style2color[studio]'" in said.stderr


def test_a_page_that_is_not_built_is_said(tmp_path: Path) -> None:
    from style2color.studio.static import serve

    missing = serve("", tmp_path)
    assert missing.status_code == 503
    assert b"not built" in missing.body
    (tmp_path / "index.html").write_text("<!doctype html>")
    assert serve("", tmp_path).status_code == 200
    assert httpx.codes(serve("none.html", tmp_path).status_code) == 404
