from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from neurochannel import data
from neurochannel.data.sources import SOURCES, Source
from neurochannel.errors import DataError
from tests.data.conftest import Serve, tiny_files, tiny_source, write_files

DEAD = "http://127.0.0.1:9/"
FILES = tiny_files()
IMAGES, LABELS = list(FILES)[:2]


def use_mirrors(monkeypatch: pytest.MonkeyPatch, source: Source, *mirrors: str) -> None:
    monkeypatch.setitem(SOURCES, source.name, replace(source, mirrors=mirrors))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_fetched_data_set_loads(
    cache: Path, tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(FILES) as (mirror, asked):
        use_mirrors(monkeypatch, tiny, mirror)
        assert data.fetch("tiny") == cache / "tiny"
        assert names_in(cache / "tiny") == sorted(FILES)
        assert len(data.load("tiny").train.x) == 6
        data.fetch("tiny")
    assert asked == list(FILES)  # each once: what is there is not fetched again


def test_files_are_as_readable_as_others(
    tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other").touch()
    with serve(FILES) as (mirror, _):
        use_mirrors(monkeypatch, tiny, mirror)
        folder = data.fetch("tiny", tmp_path / "new")
    mode = stat.S_IMODE((folder / IMAGES).stat().st_mode)
    assert mode == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_a_folder_to_fetch_into_serves_as_the_variable(
    tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serve(FILES) as (mirror, _):
        use_mirrors(monkeypatch, tiny, mirror)
        assert data.fetch("tiny", str(tmp_path)) == tmp_path / "tiny"
    monkeypatch.setenv("NEUROCHANNEL_DATA", str(tmp_path))
    assert data.load("tiny").name == "tiny"
    assert data.fetch("tiny") == tmp_path / "tiny"  # although nobody serves it any more


@pytest.mark.parametrize(
    "bad",
    [404, 500, FILES[LABELS], b"<html>log in first</html>", FILES[IMAGES][:-5]],
    ids=["missing", "broken", "another file", "a web page", "truncated"],
)
def test_the_next_mirror_serves_what_the_first_cannot(
    tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bad: bytes | int
) -> None:
    with serve(FILES | {IMAGES: bad}) as (first, _), serve(FILES) as (second, asked):
        use_mirrors(monkeypatch, tiny, first, second)
        folder = data.fetch("tiny", tmp_path)
    assert {name: (folder / name).read_bytes() for name in names_in(folder)} == FILES
    assert asked == list(FILES)  # the mirror that had the first file is asked first for the others


def test_dead_mirrors_and_broken_connections_are_passed_over(
    tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cut = {name: b"CUT:" + raw for name, raw in FILES.items()}
    with serve(cut) as (first, _), serve(FILES) as (second, _):
        use_mirrors(monkeypatch, tiny, DEAD, first, second)
        assert names_in(data.fetch("tiny", tmp_path)) == sorted(FILES)


def test_one_sentence_tells_what_was_tried_and_nothing_is_left(
    tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cut, wrong = {IMAGES: b"CUT:" + FILES[IMAGES]}, {IMAGES: tiny_files(seed=1)[IMAGES]}
    with serve({}) as (first, _), serve(cut) as (second, _), serve(wrong) as (third, _):
        use_mirrors(monkeypatch, tiny, DEAD, first, second, third)
        with pytest.raises(DataError) as caught:
            data.fetch("tiny", tmp_path)
    assert str(caught.value) == (
        f"{IMAGES} of tiny could not be fetched from {DEAD} (no connection, or it was interrupted) "
        f"nor from {first} (it answered 404) nor from {second} "
        f"(no connection, or it was interrupted) nor from {third} "
        f"(it has the wrong checksum); try again later, or copy its four files "
        f"{', '.join(FILES)} into a folder and set NEUROCHANNEL_DATA to it"
    )
    assert names_in(tmp_path / "tiny") == []


def test_what_was_fetched_before_a_failure_is_kept_and_not_fetched_again(
    tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serve({IMAGES: FILES[IMAGES]}) as (mirror, _):
        use_mirrors(monkeypatch, tiny, mirror)
        with pytest.raises(DataError, match=LABELS):
            data.fetch("tiny", tmp_path)
    assert names_in(tmp_path / "tiny") == [IMAGES]
    with serve(FILES) as (mirror, asked):
        use_mirrors(monkeypatch, tiny, mirror)
        data.fetch("tiny", tmp_path)
    assert IMAGES not in asked


def test_a_damaged_file_is_replaced(
    tiny: Source, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_files(tmp_path / "tiny", FILES | {LABELS: b"damaged"})
    with serve(FILES) as (mirror, asked):
        use_mirrors(monkeypatch, tiny, mirror)
        folder = data.fetch("tiny", tmp_path)
    assert asked == [LABELS]
    assert (folder / LABELS).read_bytes() == FILES[LABELS]


def test_a_checksum_of_the_packed_file_is_held_too(
    cache: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tiny_source("tiny", packed=True)
    with serve(FILES) as (mirror, _), serve(tiny_files(seed=1)) as (wrong, _):
        use_mirrors(monkeypatch, source, wrong, mirror)
        folder = data.fetch("tiny")
    assert (folder / IMAGES).read_bytes() == FILES[IMAGES]


def test_interrupting_leaves_nothing_half_written(
    tiny: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(self: object, url: str, output: object, pooch: None) -> None:
        output.write(b"the first half")
        raise KeyboardInterrupt

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        data.fetch("tiny", tmp_path)
    assert names_in(tmp_path / "tiny") == []


def test_a_full_disk_is_not_taken_for_a_dead_mirror(
    tiny: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(self: object, url: str, output: object, pooch: None) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", full)
    with pytest.raises(DataError, match=r"cannot be written \(No space left on device\)"):
        data.fetch("tiny", tmp_path)
    assert names_in(tmp_path / "tiny") == []


def test_a_folder_that_cannot_be_made_is_told(tiny: Source, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written .*; name another folder to fetch into"):
        data.fetch("tiny", tmp_path / "file")


def test_progress_goes_to_standard_error_a_line_for_each_file(
    tiny: Source,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    with serve(FILES) as (mirror, _):
        use_mirrors(monkeypatch, tiny, mirror)
        data.fetch("tiny", tmp_path / "pipe", progress=True)
        quiet = capsys.readouterr()
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        data.fetch("tiny", tmp_path / "terminal", progress=True)
    assert quiet.err.splitlines() == [f"fetching {name} from 127.0.0.1" for name in FILES]
    shown = capsys.readouterr()
    assert [line.rpartition("\r")[2] for line in shown.err.split("\n")[:-1]] == [
        f"fetching {name} from 127.0.0.1 100 %" for name in FILES
    ]
    assert quiet.out == shown.out == ""


def test_the_digits_need_no_fetching() -> None:
    assert data.fetch("digits") == data.catalog()[0].found


def test_an_unknown_name_gets_a_hint() -> None:
    with pytest.raises(DataError, match=r"did you mean 'kmnist'\?"):
        data.fetch("kminst")
