"""The flow of linear networks of any sizes, for all channels of the papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.data.dataset import Data
from neurochannel.errors import OptionError
from neurochannel.model.network import Network
from neurochannel.model.recipes import arbp, asrbp, bp, mlp, rbp, srbp
from neurochannel.theory.forms.form import Form, packed
from neurochannel.theory.forms.given import covariance, matrix

ChannelName = Literal["bp", "rbp", "srbp", "arbp", "asrbp"]
RECIPES = {"bp": bp, "rbp": rbp, "srbp": srbp, "arbp": arbp, "asrbp": asrbp}
SINGULAR = 1e-12


@dataclass(frozen=True, eq=False)
class LinearFlow(Form):
    """Everything of `Linear` but where it ends."""

    sizes: tuple[int, ...]
    s_ii: np.ndarray
    s_ti: np.ndarray
    channel: ChannelName = "rbp"
    c: tuple[np.ndarray, ...] = field(default=())

    def __post_init__(self) -> None:
        check_sizes(self.sizes)
        if self.channel not in RECIPES:
            raise OptionError(
                f"channel must be one of {', '.join(RECIPES)}, got {self.channel!r:.40}"
            )
        object.__setattr__(self, "sizes", tuple(int(size) for size in self.sizes))
        n_in, n_out = self.sizes[0], self.sizes[-1]
        object.__setattr__(self, "s_ii", covariance(self.s_ii, "s_ii", n_in))
        object.__setattr__(self, "s_ti", matrix(self.s_ti, "s_ti", (n_out, n_in)))
        asked = len(self.sizes) - 2 if self.channel in ("rbp", "srbp") else 0
        if len(self.c) != asked:
            why = "" if asked else "; they follow the forward weights or are a part of the state"
            raise OptionError(
                f"c must have {asked} matrices for {self.channel}, got {len(self.c)}{why}"
            )
        shapes = self.channel_shapes
        c = [matrix(own, f"c[{h}]", shapes[h]) for h, own in enumerate(self.c)]
        object.__setattr__(self, "c", tuple(c))
        self._check_moments()

    def _check_moments(self) -> None:
        off = self.s_ti - self.s_ti @ np.linalg.pinv(self.s_ii, hermitian=True) @ self.s_ii
        if np.abs(off).max() > 1e-9 * max(float(np.abs(self.s_ti).max()), 1e-300):
            raise OptionError(
                "s_ti must be 0 where s_ii is: no data have targets that vary with inputs that do "
                f"not; got {float(np.abs(off).max()):.2g} in a direction without inputs"
            )

    @cached_property
    def depth(self) -> int:
        """Number of forward matrices L."""
        return len(self.sizes) - 1

    @cached_property
    def adaptive(self) -> bool:
        """Whether the channel's weights learn too."""
        return self.channel in ("arbp", "asrbp")

    @cached_property
    def is_chain(self) -> bool:
        """Whether every population is one neuron."""
        return set(self.sizes) == {1}

    @cached_property
    def singular(self) -> bool:
        """Whether some direction of the inputs has no variance."""
        values = np.linalg.eigvalsh(self.s_ii)
        return bool(values[0] <= SINGULAR * max(values[-1], 1e-300))

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What is special about the system and easily overlooked, one sentence each."""
        found = []
        for h, own in enumerate(self.skipped if self.c else (), start=1):
            silent = np.flatnonzero(~own.any(axis=1))
            if len(silent):
                which = "" if len(silent) == len(own) else f" of {len(silent)} of its neurons"
                found.append(
                    f"the channel leads no error to hidden{h}: the weights A{h}{which} never change"
                )
        if self.singular:
            found.append(
                "s_ii is singular: nothing is learned along inputs without variance, so that the "
                "limit there depends on the start"
            )
        return tuple(found)

    @cached_property
    def channel_shapes(self) -> list[tuple[int, int]]:
        """Of C_1, ..., C_{L-1}."""
        skips = self.channel in ("srbp", "asrbp")
        return [
            (self.sizes[h], self.sizes[-1] if skips else self.sizes[h + 1])
            for h in range(1, self.depth)
        ]

    @cached_property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """A1, ..., AL and, where they adapt, C1, ..., C(L-1)."""
        named = {f"A{h}": (self.sizes[h], self.sizes[h - 1]) for h in range(1, self.depth + 1)}
        if self.adaptive:
            named |= {f"C{h + 1}": shape for h, shape in enumerate(self.channel_shapes)}
        return named

    @cached_property
    def target(self) -> np.ndarray:
        """S_TI S_II^-1, (N_L, N_0): the map with the least squared error."""
        target: np.ndarray = self.s_ti @ np.linalg.pinv(self.s_ii, hermitian=True)
        return target

    def parts(self, state: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return A_1, ..., A_L and C_1, ..., C_{L-1}; for bp no C."""
        named = list(self.split(np.asarray(state)).values())
        return named[: self.depth], named[self.depth :] if self.adaptive else list(self.c)

    def product(self, state: np.ndarray) -> np.ndarray:
        """Return P = A_L ... A_1, (..., N_L, N_0)."""
        return below(self.parts(state)[0])[-1]

    def error(self, state: np.ndarray) -> np.ndarray:
        """Return D = S_TI - P S_II, (..., N_L, N_0)."""
        error: np.ndarray = self.s_ti - self.product(state) @ self.s_ii
        return error

    def velocity(self, state: np.ndarray) -> np.ndarray:
        """Return d state / dt, (..., n)."""
        a, c = self.parts(state)
        products = below(a)
        error = self.s_ti - products[-1] @ self.s_ii
        signals, moved = self._signals(a, c, error), []
        moved += [r @ _t(b) for r, b in zip(signals, products[:-1], strict=True)]
        if self.channel == "arbp":
            moved += [products[h] @ _t(signals[h]) for h in range(1, self.depth)]
        elif self.channel == "asrbp":
            moved += [products[h] @ _t(error) for h in range(1, self.depth)]
        return packed(moved)

    def _signals(
        self, a: list[np.ndarray], c: list[np.ndarray], error: np.ndarray
    ) -> list[np.ndarray]:
        """Return G_h D for h = 1, ..., L."""
        signals = [error]
        for h in range(self.depth - 1, 0, -1):
            if self.channel == "bp":
                signals.insert(0, _t(a[h]) @ signals[0])
            elif self.channel in ("rbp", "arbp"):
                signals.insert(0, c[h - 1] @ signals[0])
            else:
                signals.insert(0, c[h - 1] @ error)
        return signals

    def loss(self, state: np.ndarray) -> np.ndarray:
        """Return the mean of |T - O|^2 / 2 over the examples of `data`, (...)."""
        off = self.product(state) - self.target
        loss: np.ndarray = np.sum((off @ self.s_ii) * off, axis=(-2, -1)) / 2
        return loss

    def conserved(self, state: ArrayLike) -> dict[str, np.ndarray]:
        """Return the matrices that the flow does not change, by formula.

        - bp: A_{h+1}^T A_{h+1} - A_h A_h^T
        - rbp: C_h A_{h+1} + (C_h A_{h+1})^T - A_h A_h^T
        - srbp: the same with M_h for C_h, where M_h C_{h+1} = C_h has a solution and C_L is the
          identity
        - arbp: A_{h+1} - C_h^T and C_h C_h^T - A_h A_h^T
        - asrbp: A_L - C_{L-1}^T and C_h C_h^T - A_h A_h^T
        """
        a, c = self.parts(self._flat(state))
        found: dict[str, np.ndarray] = {}
        for h in range(1, self.depth):
            own = a[h - 1] @ _t(a[h - 1])
            if self.channel == "bp":
                found[f"A{h + 1}' A{h + 1} - A{h} A{h}'"] = _t(a[h]) @ a[h] - own
            elif self.adaptive:
                if self.channel == "arbp" or h == self.depth - 1:
                    found[f"A{h + 1} - C{h}'"] = a[h] - _t(c[h - 1])
                found[f"C{h} C{h}' - A{h} A{h}'"] = c[h - 1] @ _t(c[h - 1]) - own
            else:
                link = self.links[h - 1]
                if link is not None:
                    name = f"C{h}" if self.channel == "rbp" or h == self.depth - 1 else f"M{h}"
                    mixed = link @ a[h]
                    found[f"{name} A{h + 1} + ({name} A{h + 1})' - A{h} A{h}'"] = (
                        mixed + _t(mixed) - own
                    )
        return found

    @cached_property
    def links(self) -> list[np.ndarray | None]:
        """For rbp and srbp the matrices M_h, (N_h, N_{h+1}), that lead from h + 1 down to h."""
        if self.channel == "rbp":
            return list(self.c)
        full = [*self.c, np.eye(self.sizes[-1])]
        links: list[np.ndarray | None] = []
        for lower, upper in pairwise(full):
            link = lower @ np.linalg.pinv(upper)
            fits = np.abs(link @ upper - lower).max() <= 1e-10 * max(1.0, np.abs(lower).max())
            links.append(link if fits else None)
        return links

    @cached_property
    def skipped(self) -> list[np.ndarray]:
        """For rbp and srbp the G_h of all layers but the last, (N_h, N_L) each."""
        if self.channel != "rbp":
            return list(self.c)
        signals = [np.eye(self.sizes[-1])]
        for own in reversed(self.c):
            signals.insert(0, own @ signals[0])
        return signals[:-1]

    def network(self) -> Network:
        """Return the network that is the same system on the engine."""
        network = mlp(*self.sizes, activation="linear", output="linear", bias=False)
        return network.with_channel(RECIPES[self.channel]())

    def data(self) -> Data:
        """Return N_0 examples with these moments, without anything that P cannot learn."""
        values, vectors = np.linalg.eigh(self.s_ii)
        x = np.sqrt(len(values) * np.maximum(values, 0))[:, None] * vectors.T
        return Data(x, x @ self.target.T)

    def weights(self, state: Any) -> dict[str, np.ndarray]:
        """Return weights of both graphs by bundle, (n_source, n_receiver), for the engine."""
        a, c = self.parts(self.state(state))
        names = ["input", *(f"hidden{h}" for h in range(1, self.depth)), "output"]
        named = {f"{names[h]} -> {names[h + 1]}": a[h].T.copy() for h in range(self.depth)}
        for h, own in enumerate(c, start=1):
            skips = self.channel in ("srbp", "asrbp") or h == self.depth - 1
            named[f"{'error' if skips else names[h + 1]} -> {names[h]}"] = own.T.copy()
        return named

    def _flat(self, state: Any) -> np.ndarray:
        batch = isinstance(state, np.ndarray) and state.ndim > 1 and state.shape[-1] == self.n
        return state if batch else self.state(state)


def below(a: list[np.ndarray]) -> list[np.ndarray]:
    """Return the identity, A_1, A_2 A_1, ..., A_L ... A_1."""
    products = [np.eye(a[0].shape[-1])]
    for own in a:
        products.append(own @ products[-1])
    return products


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)


def check_sizes(sizes: Sequence[int]) -> None:
    """Check the sizes of all populations.

    Raises
    ------
    OptionError
        If there are fewer than two, or one is no whole number of at least 1.
    """
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise OptionError(f"sizes must be whole numbers of at least 1, got {size!r:.40}")
    if len(sizes) < 2:
        raise OptionError(f"sizes must be at least those of input and output, got {len(sizes)}")
