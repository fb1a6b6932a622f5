"""Build the wheel, install it into an empty environment, and follow the README in an empty folder.

Run it as ``make wheel``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(toml|sh)\n(.*?)^```$", re.M | re.S)
NAMED = re.compile(r"# (\w+\.toml)\n")


def steps(text: str) -> Iterator[str | tuple[str, str]]:
    """Yield the commands of a page, and the files that they need as (name, content)."""
    for language, block in BLOCK.findall(text):
        if language == "toml":
            if named := NAMED.match(block):
                yield named[1], block
            continue
        for line in block.splitlines():
            if line.startswith("neurochannel ") and "mnist" not in line:
                yield line


def install(folder: Path) -> Path:
    """Install the wheel of this checkout and return where its commands are."""
    venv.create(folder / "venv", with_pip=True)
    commands = folder / "venv" / "bin"
    pip: list[str | Path] = [
        commands / "python",
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    constraints = ROOT / "constraints.txt"
    subprocess.run([*pip, "install", "--constraint", constraints, wheel], check=True)
    return commands


def main() -> None:
    """Run every command; the first one that fails ends it with a code other than 0."""
    with tempfile.TemporaryDirectory() as name:
        commands = install(Path(name))
        here = Path(name) / "here"
        here.mkdir()
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        environment["PATH"] = f"{commands}{os.pathsep}{environment['PATH']}"
        for step in steps((ROOT / "README.md").read_text(encoding="utf-8")):
            if isinstance(step, tuple):
                (here / step[0]).write_text(step[1], encoding="utf-8")
                continue
            print(f"$ {step}", flush=True)
            done = subprocess.run(["sh", "-c", step], cwd=here, env=environment)
            if done.returncode:
                sys.exit(f"that ended with code {done.returncode}")


if __name__ == "__main__":
    main()
