"""Odd arrays, and damaged archives of them: .npz and HDF5."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import h5py
import numpy as np

from tests.fuzz.mutations import changed_bytes

DTYPES = "?bBhHiIqQefdgFDSUmM".replace("", " ").split()


def odd_array(rng: Random, value: np.ndarray) -> np.ndarray:
    """Return an array of another type, shape or content."""
    match rng.randrange(9):
        case 0:
            return _cast(
                value, rng.choice([*DTYPES, ">i4", ">f8", "S3", "U2", "U9", "V3", "M8[s]"])
            )
        case 1:
            return value.reshape(rng.choice([(-1,), (*value.shape, 1), (1, *value.shape)]))
        case 2:
            shape = tuple(rng.choice((0, 1, n, n + 1, max(n - 1, 0))) for n in value.shape)
            return np.resize(value, shape) if value.size else value
        case 3:
            return rng.choice([np.array(1), np.array("x"), np.zeros((0,)), np.zeros((2, 0, 3))])
        case 4:
            return np.asfortranarray(value)[..., ::-1] if value.ndim else value
        case 5:
            return np.array([(1, 2.0)] * 3, [("a", "i4"), ("b", "f8")])
        case 6:
            return np.array([None, {}, print], object)
        case _:
            changed = np.array(value)
            odd = rng.choice([-1, 0, 2**31, 2**63 - 1, 2**64 - 1, np.nan, np.inf, -1e300, 5e-324])
            if changed.size and changed.dtype.kind in "biuf":
                at = rng.randrange(changed.size)
                with np.errstate(all="ignore"):
                    changed.reshape(-1)[at] = np.array(odd).astype(changed.dtype)
            elif changed.size and changed.dtype.kind == "U":
                changed.reshape(-1)[rng.randrange(changed.size)] = rng.choice(
                    ["", "\0", "error", "é"]
                )
            return changed


def _cast(value: np.ndarray, dtype: str) -> np.ndarray:
    try:
        with np.errstate(all="ignore"):
            return value.astype(dtype)
    except (ValueError, TypeError, OverflowError):
        return np.zeros(value.shape, dtype)


def npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def npz_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def changed_npz(rng: Random, content: bytes) -> bytes:
    """Return an .npz file in which arrays, headers or the archive's own claims are odd."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(list(members))
        other = rng.choice(list(members))
        match rng.randrange(8):
            case 0:
                del members[name]
                if not members:
                    members["x.npy"] = npy_bytes(np.zeros(2))
            case 1:
                members[name] = members[other]
            case 2:
                members[name] = changed_bytes(rng, members[name])
            case 3:
                shape = rng.choice([b"(2147483647, 8)", b"(-1,)", b"()", b"(1e9,)", b"(" * 200])
                members[name] = members[name].replace(b"'shape': (", b"'shape': " + shape + b"#", 1)
            case 4:
                new = rng.choice(
                    ["x", "neurons.bias.npy", "../x.npy", "é.npy", "\0.npy", f"{name}.npy"]
                )
                members[new] = members.pop(name)
            case _:
                value = _array(members[name])
                if value is not None:
                    members[name] = npy_bytes(odd_array(rng, value))
    method = rng.choice([zipfile.ZIP_STORED, *[zipfile.ZIP_DEFLATED] * 3, zipfile.ZIP_LZMA])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
        if rng.random() < 0.02:
            zeros = npy_bytes(np.zeros(10**6)).replace(b"(1000000,)", b"(9000000,)")
            archive.writestr("forward.weight.npy", zeros)
    packed = buffer.getvalue()
    return _wrong_claims(rng, packed) if rng.random() < 0.3 else packed


def _array(raw: bytes) -> np.ndarray | None:
    try:
        return np.lib.format.read_array(io.BytesIO(raw), allow_pickle=False)
    except Exception:
        return None


def _wrong_claims(rng: Random, packed: bytes) -> bytes:
    """Change sizes, methods and flags in the directory of a zip file."""
    found = bytearray(packed)
    at = found.rfind(b"PK\x01\x02") if rng.random() < 0.5 else found.find(b"PK\x01\x02")
    field, size = rng.choice(
        [(8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (42, 4)]
    )
    values = [0, 1, 8, 12, 14, 99, 0xFFFF, 2**31, 2**32 - 1, rng.randrange(2**32)]
    value = rng.choice(values) % 256**size
    found[at + field : at + field + size] = value.to_bytes(size, "little")
    return bytes(found)


def changed_hdf5(rng: Random, content: bytes) -> bytes:
    """Return an HDF5 file in which members, links, layouts or attributes are odd."""
    buffer = io.BytesIO(content)
    with h5py.File(buffer, "r+") as root:
        for _ in range(rng.choice((1, 1, 2))):
            names: list[str] = []
            root.visit(names.append)
            name = rng.choice(names) if names else "x"
            if rng.random() < 0.3:
                _change_attribute(rng, root[rng.choice([name, "/"])] if name in root else root)
            elif name in root:
                try:
                    rng.choice(HDF5_CHANGES)(rng, root, name)
                except (OSError, TypeError, ValueError, KeyError, RuntimeError, OverflowError):
                    continue
    return buffer.getvalue()


def _change_attribute(rng: Random, place: Any) -> None:
    names = list(place.attrs)
    if not names:
        return
    name = rng.choice(names)
    del place.attrs[name]
    values: list[Any] = [-1, 0, 2**63 - 1, np.uint64(2**64 - 1), np.nan, np.inf, 1e-300, 0.5, True]
    values += [
        "text",
        b"\xff",
        np.bytes_("decay"),
        np.bytes_("function"),
        [1, 2],
        [],
        np.zeros(7000),
    ]
    values += [h5py.Empty("f8"), np.array([(1, 2)], "i4,f4"), place.ref, 1 + 2j]
    if rng.random() < 0.9:
        place.attrs[name] = rng.choice(values)


def _replace(rng: Random, root: h5py.File, name: str) -> None:
    value = root[name][()] if isinstance(root[name], h5py.Dataset) else np.zeros(3)
    del root[name]
    root[name] = odd_array(rng, np.asarray(value))


def _delete(rng: Random, root: h5py.File, name: str) -> None:
    del root[name]
    if rng.random() < 0.3:
        root.create_group(name)


def _link(rng: Random, root: h5py.File, name: str) -> None:
    del root[name]
    links = [h5py.SoftLink("/"), h5py.SoftLink(f"/{name}"), h5py.ExternalLink("/dev/zero", "/x")]
    root[name] = rng.choice([*links, root["/"]])


def _claim(rng: Random, root: h5py.File, name: str) -> None:
    """Claim much and store nothing, or elsewhere, or well packed."""
    del root[name]
    dtype, shape = rng.choice(["f4", "f8", "u1", "i8", "S999999"]), rng.choice([(2**34,), (9, 9)])
    match rng.randrange(5):
        case 0:
            root.create_dataset(name, shape, dtype)
        case 1:
            root.create_dataset(name, shape, dtype, chunks=rng.choice([(4,), (2**20,), (3, 3)]))
        case 2:
            root.create_dataset(name, (9, 9), "f8", external=[("/dev/zero", 0, 648)])
        case 3:
            layout = h5py.VirtualLayout((9, 9), "f8")
            layout[:] = h5py.VirtualSource("/dev/zero", "x", (9, 9))
            root.create_virtual_dataset(name, layout)
        case 4:
            options = rng.choice(
                [{"compression": "gzip"}, {"compression": "lzf"}, {"fletcher32": True}]
            )
            root.create_dataset(
                name, data=np.zeros((300, 300), dtype[:2]), chunks=(100, 100), **options
            )


def _pack(rng: Random, root: h5py.File, name: str) -> None:
    """Store the same in chunks; bytes that are changed later then meet the filters."""
    value = np.asarray(root[name][()])
    del root[name]
    method = rng.choice(["gzip", "lzf", None])
    root.create_dataset(
        name,
        data=value,
        chunks=True,
        compression=method,
        shuffle=True,
        fletcher32=rng.random() < 0.5,
    )


def _text(rng: Random, root: h5py.File, name: str) -> None:
    """Change a text of fixed length."""
    raw = bytes(root[name][()])
    raw = changed_bytes(rng, raw)
    del root[name]
    root[name] = np.array(raw or b"x", h5py.string_dtype("utf-8", max(len(raw), 1)))


def _values(rng: Random, root: h5py.File, name: str) -> None:
    value = np.asarray(root[name][()])
    raw = changed_bytes(rng, value.tobytes()).ljust(value.nbytes, b"\xff")[: value.nbytes]
    root[name][...] = np.frombuffer(raw, value.dtype).reshape(value.shape)


HDF5_CHANGES: list[Callable[[Random, h5py.File, str], None]] = [
    _replace,
    _replace,
    _delete,
    _link,
    _claim,
    _pack,
    _text,
    _values,
    _values,
]
