"""Batteries by others, where they are installed: TestU01 (L'Ecuyer, Simard) and dieharder."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.randomness.result import Result
from scripts.randomness.streams import STREAMS, Words

SOURCE = Path(__file__).with_name("testu01.c")
DIEHARDER = (0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 15, 16, 100, 101, 102, 205, 206, 208, 209)
"""Tests that dieharder itself calls good and that need at most some 2**28 words."""


def compile_testu01(folder: Path) -> Path | None:
    """Compile the reader of words against TestU01, if a compiler and the library are there."""
    compiler, program = shutil.which("cc"), folder / "testu01"
    if compiler is None:
        return None
    command = [compiler, "-O2", "-o", str(program), str(SOURCE), "-I/usr/include/testu01"]
    libraries = ("-ltestu01", "-ltestu01probdist", "-ltestu01mylib", "-lm")
    run = subprocess.run([*command, *libraries], capture_output=True, check=False)
    return program if run.returncode == 0 else None


def read_answers(command: list[str], stream: Iterator[Words]) -> str:
    """Feed a program with words until it has had enough, and return what it printed."""
    with tempfile.TemporaryFile("w+") as answers:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=answers) as program:
            assert program.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                for piece in stream:
                    program.stdin.write(piece.tobytes())
            with contextlib.suppress(BrokenPipeError):
                program.stdin.close()
        if program.returncode:
            raise SystemExit(f"{command[0]} ended with {program.returncode}")
        answers.seek(0)
        return answers.read()


def run_testu01(program: Path, battery: str, name: str) -> list[Result]:
    """Run SmallCrush (15 p-values) or Crush (144) on a stream."""
    lines = read_answers([str(program), battery], STREAMS[name]()).splitlines()
    found = [line.rsplit("\t", 1) for line in lines]
    return [Result(battery, name, test, float(p)) for test, p in found if float(p) >= 0]


def run_dieharder(name: str) -> list[Result]:
    """Run the good, shorter tests of dieharder on a stream."""
    program, results = shutil.which("dieharder"), []
    assert program is not None
    for test in DIEHARDER:
        command = [
            program,
            "-g",
            "200",
            "-d",
            str(test),
            "-D",
            "test_name",
            "-D",
            "ntuple",
            "-D",
            "pvalues",
        ]
        for line in read_answers(command, STREAMS[name]()).splitlines():
            words = [word.strip() for word in line.split("|")]
            results.append(Result("dieharder", name, " ".join(words[:2]), float(words[2])))
    return results
