"""Files are written whole or not at all, and leave no litter."""

from __future__ import annotations

import errno
import os
import re
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from neurochannel import atomic
from neurochannel.atomic import check_writable, write_whole
from neurochannel.errors import CheckpointError
from tests.storage.runs import tiny_run

OLD, NEW = b"old content", b"new content" * 1000
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "run.h5"
    path.write_bytes(OLD)
    return path


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def assert_untouched(path: Path) -> None:
    assert path.read_bytes() == OLD
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_replaced(path: Path) -> None:
    write_whole(path, memoryview(NEW))
    assert path.read_bytes() == NEW
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file(path: Path) -> None:
    with files_of_at_most(4096), pytest.raises(CheckpointError, match="File too large"):
        write_whole(path, NEW)
    assert_untouched(path)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_an_error_at_any_step_leaves_the_old_file(
    path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, call, full)
    with pytest.raises(CheckpointError) as caught:
        write_whole(path, NEW)
    monkeypatch.undo()
    assert str(caught.value) == (
        f"{path} cannot be written (No space left on device); "
        "free some space, or choose another folder"
    )
    assert_untouched(path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interruption_leaves_the_old_file(
    path: Path, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(atomic.os, "fsync", stop)
    with pytest.raises(error):
        write_whole(path, NEW)
    monkeypatch.undo()
    assert_untouched(path)


def test_content_is_on_the_disk_before_it_gets_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    fsync, replace = os.fsync, os.replace

    def note_fsync(descriptor: int) -> None:
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def note_replace(*names: str) -> None:
        calls.append("replace")
        replace(*names)

    monkeypatch.setattr(atomic.os, "fsync", note_fsync)
    monkeypatch.setattr(atomic.os, "replace", note_replace)
    write_whole(path, NEW)
    assert calls == ["file", "replace", "folder"]


def test_a_folder_that_cannot_be_synced_is_no_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def no_folders(name: str, flags: int, mode: int = 0o777) -> int:
        if os.path.isdir(name):
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(name, flags, mode)

    monkeypatch.setattr(atomic.os, "open", no_folders)
    write_whole(path, NEW)
    assert path.read_bytes() == NEW


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "nowhere/run.h5",
            "(No such file or directory); make that folder first, or choose another",
        ),
        ("run.h5/run.h5", "(Not a directory); choose a folder that you can write to"),
        ("folder", "(it is a folder); name a file in it"),
        ("pipe", "(it is not a regular file); choose a folder that you can write to"),
        ("x" * 300, "(File name too long); choose a shorter name"),
        ("a\0b", "(embedded null byte); choose a folder that you can write to"),
    ],
)
def test_a_bad_place_is_told_with_a_remedy(path: Path, name: str, reason: str) -> None:
    (path.parent / "folder").mkdir()
    os.mkfifo(path.parent / "pipe")
    place = os.path.join(path.parent, name)
    for attempt in (lambda: write_whole(place, NEW), lambda: check_writable(place)):
        with pytest.raises(CheckpointError) as caught:
            attempt()
        assert str(caught.value) == f"{place} cannot be written {reason}"
    assert len(list(path.parent.iterdir())) == 3


@NOT_ROOT
def test_a_folder_without_permission_is_told(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match="Permission denied.; choose a folder that you"):
            check_writable(path)
    finally:
        path.parent.chmod(0o700)
    assert_untouched(path)


def test_a_file_system_without_files_is_told() -> None:
    with pytest.raises(CheckpointError, match="^/proc/run.h5 cannot be written"):
        check_writable("/proc/run.h5")


def test_checking_leaves_nothing_behind(path: Path) -> None:
    check_writable(path)
    assert_untouched(path)
    check_writable(path.with_name("new.h5"))
    assert_untouched(path)


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "latest.h5"
    link.symlink_to(path.name)
    write_whole(link, NEW)
    assert link.is_symlink()
    assert path.read_bytes() == NEW


def test_permissions_are_kept_and_new_files_obey_the_umask(path: Path) -> None:
    path.chmod(0o640)
    write_whole(path, NEW)
    assert path.stat().st_mode & 0o777 == 0o640
    before = os.umask(0o027)
    try:
        write_whole(path.with_name("new.h5"), NEW)
    finally:
        os.umask(before)
    assert path.with_name("new.h5").stat().st_mode & 0o777 == 0o640


def test_long_names_can_be_written(path: Path) -> None:
    for name in ("x" * 255, "ü" * 127):
        write_whole(path.with_name(name), NEW)
    assert len(list(path.parent.iterdir())) == 3


def test_leftovers_of_killed_writers_are_swept_away_and_no_others(path: Path) -> None:
    names = (
        *(".run.h5.0123abcd.tmp", ".run.h5.0123abcd.tmp.lock"),  # killed while it wrote
        ".run.h5.89abcdef.tmp.lock",  # killed before it wrote
        ".run.h5.76543210.tmp",  # of an older version, which had no such locks
        *(".run.h5.01234567.tmp", ".run.h5.01234567.tmp.lock"),  # alive
        *(".run.h5.notes.tmp", ".run.h5.tmp.lock", "run.h5.0123abcd.tmp"),  # of somebody else
    )
    files = [path.with_name(name) for name in names]
    for file in files:
        file.write_bytes(b"half")
    with FileLock(path.with_name(".run.h5.01234567.tmp.lock")):
        write_whole(path, NEW)
    assert sorted(path.parent.iterdir()) == sorted([*files[4:], path])


def test_a_temporary_file_whose_lock_was_swept_too_early_is_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, swept = FileLock.acquire, []

    def sweep_first(self: FileLock, *args: object, **options: object) -> object:
        held = real(self, *args, **options)  # type: ignore[arg-type]
        if not swept:
            swept.append(Path(self.lock_file))
            swept[0].unlink()
        return held

    monkeypatch.setattr(FileLock, "acquire", sweep_first)
    write_whole(path, NEW)
    assert path.read_bytes() == NEW
    assert len(swept) == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [NotImplementedError("no locks"), OSError(errno.ENOLCK, "none")])
def test_a_file_system_without_locks_is_written_and_never_swept(
    path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise error

    leftover = path.with_name(".run.h5.0123abcd.tmp")
    leftover.write_bytes(b"half")
    monkeypatch.setattr(FileLock, "acquire", refuse)
    write_whole(path, NEW)
    assert path.read_bytes() == NEW
    assert sorted(path.parent.iterdir()) == sorted([leftover, path])


def test_nothing_but_tests_needs_what_only_unix_has() -> None:
    """Imports, and names in `os` and `signal`, that Windows lacks must not be taken for granted."""
    root = Path(__file__).parents[1]
    lacking = re.compile(
        r"^ *(import|from) (fcntl|resource|pwd|grp|termios)\b"
        r"|\bos\.(O_CLOEXEC|O_DIRECTORY|fchmod|geteuid|fork|getpgid|killpg|uname)\b"
        r"|\bsignal\.SIG(HUP|KILL|ALRM|USR1)\b",
        re.MULTILINE,
    )
    for folder in ("neurochannel", "scripts"):
        for file in (root / folder).rglob("*.py"):
            found = lacking.search(file.read_text(encoding="utf-8"))
            assert found is None, f"{file}: {found}"


def test_saving_to_a_bad_place_is_told(tmp_path: Path) -> None:
    from neurochannel.storage import save

    with pytest.raises(
        CheckpointError, match="cannot be written .No such file or directory.; make"
    ):
        save(tiny_run(0), tmp_path / "nowhere" / "run.h5")
