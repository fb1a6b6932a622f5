from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from neurochannel.data import library
from neurochannel.data.sources import SOURCES, IdxFile, Source

STEMS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
STEMS += ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

Serve = Callable[[dict[str, bytes | int]], AbstractContextManager[tuple[str, list[str]]]]


def idx_bytes(array: np.ndarray, code: int = 0x08) -> bytes:
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def tiny_arrays(seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    images = [rng.integers(0, 256, (n, 3, 2)).astype(np.uint8) for n in (6, 4)]
    labels = [(np.arange(n) % 3).astype(np.uint8) + seed for n in (6, 4)]
    return [images[0], labels[0], images[1], labels[1]]


def tiny_files(seed: int = 0) -> dict[str, bytes]:
    contents = [idx_bytes(array) for array in tiny_arrays(seed)]
    return {
        f"{stem}.gz": gzip.compress(c, mtime=0) for stem, c in zip(STEMS, contents, strict=True)
    }


def tiny_source(name: str, packed: bool = False, seed: int = 0) -> Source:
    files = []
    for stem, raw in zip(STEMS, tiny_files(seed).values(), strict=True):
        content = gzip.decompress(raw)
        checksum = hashlib.sha256(raw if packed else content).hexdigest()
        kind = "packed" if packed else "content"
        files.append(IdxFile(stem, len(content), **{kind: checksum}))
    return Source(name, "a few random bytes", 10, ("http://127.0.0.1:9/",), tuple(files))


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the cache elsewhere, away from the user's, and forget NEUROCHANNEL_DATA."""
    folder = tmp_path / "cache"
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_: folder)
    return folder


@pytest.fixture
def tiny(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Put a data set called tiny in the place of MNIST's siblings."""
    source = tiny_source("tiny")
    monkeypatch.setitem(SOURCES, "tiny", source)
    return source


@pytest.fixture
def serve() -> Serve:
    """Return a context manager that serves bytes, or answers with status codes, on this machine."""

    @contextmanager
    def serving(answers: dict[str, bytes | int]) -> Iterator[tuple[str, list[str]]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.lstrip("/")
                asked.append(name)
                answer = answers.get(name, 404)
                if isinstance(answer, int):
                    self.send_error(answer)
                    return
                self.send_response(200)
                # b"CUT:" stands for a connection that breaks off half-way.
                cut = answer.startswith(b"CUT:")
                body = answer.removeprefix(b"CUT:")
                self.send_header("Content-Length", str(len(body) * (2 if cut else 1)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/", asked
            finally:
                server.shutdown()
                thread.join()

    return serving
