"""Which kind of processor numbers come from: the same bits are guaranteed on the same kind only.

Kernels are compiled, and routines of BLAS chosen, for the processor that runs them; another kind
may add in another order, or round once where this one rounds twice.
"""

from __future__ import annotations

import logging
import platform
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LOG = logging.getLogger("neurochannel")
VECTORS = re.compile(r"(s?sse|avx|fma|f16c|neon|sve|sme|fp-armv8|fullfp16|bf16|altivec|vsx|vector)")
"""How features begin that decide how wide, and how, a processor calculates."""


@cache
def processor() -> dict[str, Any]:
    """Return what the same bits depend on.

    Keys: "cpu", the name that the system gives it; "cpu_kind", the kind for which kernels are
    compiled, such as "znver4"; "cpu_features", a sorted list of its vector features.
    """
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    return {
        "cpu": processor_name(),
        "cpu_kind": binding.get_host_cpu_name(),
        "cpu_features": sorted(name for name, has in features.items() if has and _is_vector(name)),
    }


def _is_vector(feature: str) -> bool:
    return VECTORS.match(feature) is not None


def processor_name() -> str:
    """Return the name of the processor, if the system reports it."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8", errors="replace") if info.exists() else ""
    names = re.findall(r"^model name\s*:\s*(.+?)\s*$", text, re.MULTILINE)
    return names[0] if names else platform.processor() or platform.machine() or "unknown"


def difference(where: str, known: Mapping[str, Any]) -> str | None:
    """Return a sentence if something was made on another kind of processor than this one.

    Parameters
    ----------
    known
        What `processor` returned then, among other keys; None is returned where they are missing,
        as in files of older versions.
    """
    here = processor()
    if any(not isinstance(known.get(key), type(value)) for key, value in here.items()):
        return None
    then, now = (set(map(str, record["cpu_features"])) for record in (known, here))
    if known["cpu_kind"] == here["cpu_kind"] and then == now:
        return None
    kinds = [f"{record['cpu']}, {record['cpu_kind']}" for record in (known, here)]
    features = f" with {', '.join(sorted(then ^ now))} on one of them" if then != now else ""
    return (
        f"{where} comes from another kind of processor ({kinds[0]}) than this one ({kinds[1]})"
        f"{features}: numbers may differ in their last bits from those that it would reach there"
    )


def note_difference(where: str, known: Mapping[str, Any]) -> None:
    """Log, by the logger "neurochannel", if something was made on another kind of processor."""
    sentence = difference(where, known)
    if sentence:
        LOG.warning(sentence)
