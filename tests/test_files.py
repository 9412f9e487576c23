"""Files: bounded reads, atomic writes, natural listings, names of results."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from style2color import files
from style2color.errors import OutputError, UsageError

# --- writing ---------------------------------------------------------------------------------


def test_write_appears_whole_and_with_the_usual_rights(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    with files.atomic_write(path) as stream:
        stream.write(b"half")
        assert not path.exists()
        (part,) = tmp_path.iterdir()
        assert part.name.startswith(".style2color-")
        stream.write(b" whole")
    assert path.read_bytes() == b"half whole"
    assert os.listdir(tmp_path) == ["out.bin"]
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit, GeneratorExit])
@pytest.mark.parametrize("before", [None, b"older"])
def test_nothing_is_left_of_a_broken_write(
    tmp_path: Path, error: type[BaseException], before: bytes | None
) -> None:
    path = tmp_path / "out.bin"
    if before is not None:
        path.write_bytes(before)

    def write() -> None:
        with files.atomic_write(path) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        write()
    assert os.listdir(tmp_path) == ([] if before is None else ["out.bin"])
    if before is not None:
        assert path.read_bytes() == before


def test_replacing_keeps_rights_and_follows_links(tmp_path: Path) -> None:
    real = tmp_path / "real.bin"
    real.write_bytes(b"older")
    real.chmod(0o640)
    link = tmp_path / "link.bin"
    link.symlink_to("real.bin")
    with files.atomic_write(link) as stream:
        stream.write(b"newer")
    assert link.is_symlink()
    assert real.read_bytes() == b"newer"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_dangling_link_is_filled(tmp_path: Path) -> None:
    link = tmp_path / "link.bin"
    link.symlink_to("real.bin")
    with files.atomic_write(link) as stream:
        stream.write(b"new")
    assert (tmp_path / "real.bin").read_bytes() == b"new"


def test_relative_path_and_bare_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with files.atomic_write("out.bin") as stream:
        stream.write(b"x")
    assert os.listdir(tmp_path) == ["out.bin"]


def test_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    with files.atomic_write(path) as stream:
        stream.write(b"x")
    assert path.read_bytes() == b"x"


def test_wrong_targets(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    before = sorted(os.listdir(tmp_path))
    wrong = {
        tmp_path / "missing" / "o.png": "folder does not exist",
        tmp_path / "folder": "this is a folder",
        tmp_path / "file" / "o.png": "part of the path",
        tmp_path / ("n" * 256): "too long",
        circle: "circle",
        "/dev/null": "'-'",
        "nul\0": "not a valid",
    }
    for path, words in wrong.items():
        with pytest.raises(OutputError, match=words) as caught, files.atomic_write(path):
            pytest.fail("the body must not run")
        assert caught.value.exit_code == 1
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failing_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str, call: str
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with (
        pytest.raises(OutputError, match=words) as caught,
        files.atomic_write(tmp_path / "o.png") as stream,
    ):
        stream.write(b"x")
    assert "o.png" in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_truly_full_disk(tmp_path: Path) -> None:
    """The limit on the size of a file stands in for the end of the disk."""
    resource = pytest.importorskip("resource")
    code = (
        "import resource, signal, sys\n"
        "from style2color import files\n"
        "from style2color.errors import OutputError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    with files.atomic_write(sys.argv[1]) as stream: stream.write(bytes(10**6))\n"
        "except OutputError as error: print(error)\n"
    )
    assert resource
    command = [sys.executable, "-c", code, str(tmp_path / "o.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "larger than the system allows" in done.stdout
    assert os.listdir(tmp_path) == []


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, because the administrator may write everywhere."""
    path = tmp_path / "o.png"
    path.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="write-protected"), files.atomic_write(path):
        pass


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a common user")
def test_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="no permission"), files.atomic_write(tmp_path / "o"):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_foreign_errors_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.atomic_write(tmp_path / "o.png"):
        open(tmp_path / "another")  # noqa: SIM115 - fails
    assert os.listdir(tmp_path) == []


def test_message_is_printable(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError) as caught,
        files.atomic_write(tmp_path / "no\x1b[31m\udcff" / "o.png"),
    ):
        pass
    assert str(caught.value).isprintable()
    str(caught.value).encode()


# --- reading ---------------------------------------------------------------------------------


def test_read_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    assert files.read_file(path, max_bytes=5) == b"12345"
    assert files.read_file(path, max_bytes=2) == b"123"


def test_descriptors_are_closed(tmp_path: Path) -> None:
    fds = Path("/proc/self/fd")
    if not fds.exists():
        pytest.skip("no /proc")
    before = len(list(fds.iterdir()))
    for _ in range(20):
        with pytest.raises(UsageError):
            files.read_file(tmp_path, max_bytes=1)
        with pytest.raises(OutputError), files.atomic_write(tmp_path):
            pass
    assert len(list(fds.iterdir())) == before


# --- listing ---------------------------------------------------------------------------------


def test_natural_order(tmp_path: Path) -> None:
    names = ["page1.png", "Page2.PNG", "page02.png", "page10.jpg", "page10b.webp", "z.tiff"]
    for name in [*reversed(names), ".hidden.png", "notes.txt", "page3", ".style2color-1.part"]:
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    listed = [path.name for path in files.list_pictures(tmp_path)]
    assert listed == names


def test_recursive(tmp_path: Path) -> None:
    for name in ["b.png", "ch10/1.png", "ch2/2.png", "ch2/10.png", ".git/x.png", "ch2/.h/y.png"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "ch2" / "up").symlink_to(tmp_path)
    listed = [p.relative_to(tmp_path).as_posix() for p in files.list_pictures(tmp_path)]
    assert listed == ["b.png"]
    listed = [
        p.relative_to(tmp_path).as_posix() for p in files.list_pictures(tmp_path, recursive=True)
    ]
    assert listed == ["b.png", "ch2/2.png", "ch2/10.png", "ch10/1.png"]


def test_dangling_link_is_listed(tmp_path: Path) -> None:
    (tmp_path / "gone.png").symlink_to("nowhere")
    assert [p.name for p in files.list_pictures(tmp_path)] == ["gone.png"]


def test_wrong_folders(tmp_path: Path) -> None:
    (tmp_path / "f.png").touch()
    wrong = {
        tmp_path / "missing": "no such folder",
        tmp_path / "f.png": "this is a file",
        "nul\0": "not a valid name",
    }
    for folder, words in wrong.items():
        with pytest.raises(UsageError, match=words):
            files.list_pictures(folder)


@pytest.mark.parametrize("recursive", [False, True])
def test_empty_folder(tmp_path: Path, recursive: bool) -> None:
    assert files.list_pictures(tmp_path, recursive=recursive) == []


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12)))
def test_natural_key_compares_any_names(names: list[str]) -> None:
    ordered = sorted(names, key=files.natural_key)
    assert sorted(reversed(ordered), key=files.natural_key) == ordered


# --- names of results ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "result"),
    [
        ("a.png", "a.png"),
        ("a.jpg", "a.jpg.png"),
        ("a.jpg.png", "a.jpg.png.png"),
        ("a.PNG", "a.PNG.png"),
        ("v1.2.png", "v1.2.png"),
        ("ch1/a.webp", "ch1/a.webp.png"),
    ],
)
def test_output_path(page: str, result: str) -> None:
    assert files.output_path(Path("in", page), "in", "out", ".png") == Path("out", result)


NAMES = st.text(st.sampled_from("aA.1"), min_size=1, max_size=4).flatmap(
    lambda stem: st.lists(
        st.sampled_from([".png", ".jpg", ".PNG", ".webp", ".JPG"]), min_size=1, max_size=3
    ).map(lambda endings: "x" + stem + "".join(endings))
)


@given(NAMES, NAMES, st.sampled_from([".png", ".jpg", ".webp", ".jpeg", ".psd"]))
def test_no_two_pages_share_a_result(first: str, second: str, ext: str) -> None:
    results = [files.output_path(f"in/{name}", "in", "out", ext) for name in (first, second)]
    assert (results[0] == results[1]) == (first == second)
    assert all(path.name.endswith(ext) for path in results)


@pytest.mark.parametrize("page", ["other/a.png", "in/../a.png", "in/a.txt", "in/a"])
def test_page_that_does_not_belong(page: str) -> None:
    with pytest.raises(UsageError):
        files.output_path(page, "in", "out", ".png")
