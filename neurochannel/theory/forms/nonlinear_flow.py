"""The flow of chains of non-linear neurons, with and without f' in the rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.data.dataset import Data
from neurochannel.errors import OptionError
from neurochannel.model.network import Network
from neurochannel.model.recipes import mlp
from neurochannel.theory.forms.form import Form
from neurochannel.theory.forms.given import vector
from neurochannel.theory.forms.linear_flow import RECIPES, ChannelName

LEAST = 1e-6
"""The least |S| in f'(S) of powers with MU < 1, where f' has no bound."""
POWER = re.compile(r"power\(\s*([0-9.eE+-]+)\s*(?:/\s*([0-9.]+))?\s*\)")


@dataclass(frozen=True, eq=False)
class NonlinearFlow(Form):
    """Everything of `Nonlinear` but where it ends."""

    x: np.ndarray
    t: np.ndarray
    activation: str = "tanh"
    c: Any = field(default=(1.0,))
    channel: ChannelName = "rbp"
    derivative: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", vector(self.x, "x"))
        object.__setattr__(self, "t", vector(self.t, "t", len(self.x)))
        if self.channel not in RECIPES:
            raise OptionError(
                f"channel must be one of {', '.join(RECIPES)}, got {self.channel!r:.40}"
            )
        object.__setattr__(self, "activation", _standard(self.activation))
        if self.channel in ("rbp", "srbp"):
            object.__setattr__(self, "c", vector(self.c, "c"))
        elif isinstance(self.c, bool) or not isinstance(self.c, int | np.integer) or self.c < 1:
            raise OptionError(
                f"c must be the number of hidden neurons for {self.channel}, got {self.c!r:.40}; "
                "weights that follow or adapt are not given"
            )

    @cached_property
    def depth(self) -> int:
        """Number of forward weights L."""
        return 1 + (len(self.c) if self.channel in ("rbp", "srbp") else int(self.c))

    @cached_property
    def adaptive(self) -> bool:
        """Whether the channel's weights learn too."""
        return self.channel in ("arbp", "asrbp")

    @cached_property
    def exponent(self) -> float | None:
        """The MU of a power, 1 for linear neurons, None for others."""
        if self.activation == "linear":
            return 1.0
        found = POWER.fullmatch(self.activation)
        return float(found[1]) if found else None

    @cached_property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """A1, ..., AL and, where they adapt, C1, ..., C(L-1), one number each."""
        names = [f"A{h}" for h in range(1, self.depth + 1)]
        names += [f"C{h}" for h in range(1, self.depth)] if self.adaptive else []
        return dict.fromkeys(names, (1, 1))

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What is special about the system and easily overlooked, one sentence each."""
        found = []
        if self.channel in ("rbp", "srbp"):
            c = self.c if self.channel == "srbp" else np.cumprod(self.c[::-1])[::-1]
            found += [
                f"the channel leads no error to hidden{h}: the weight A{h} never changes"
                for h in np.flatnonzero(c == 0) + 1
            ]
        if not self.x.any():
            found.append("all inputs are 0: the weight A1 never changes")
        return tuple(found)

    @cached_property
    def moments(self) -> tuple[float, float]:
        """alpha = mean of T f(I) and beta = mean of f(I)^2."""
        f = self.function(self.x)
        return float(np.mean(self.t * f)), float(np.mean(f * f))

    @cached_property
    def straight_moments(self) -> tuple[float, float]:
        """The mean of T I, and of I f(I), which the rule without f' follows."""
        return float(np.mean(self.t * self.x)), float(np.mean(self.x * self.function(self.x)))

    def function(self, s: np.ndarray) -> np.ndarray:
        """f(S)."""
        return _functions(self.activation, self.exponent)[0](s)

    def slope(self, s: np.ndarray) -> np.ndarray:
        """f'(S)."""
        return _functions(self.activation, self.exponent)[1](s)

    def _activity(self, a: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return S_1, ..., S_L and O_0, ..., O_L, each (..., examples)."""
        totals, activity = [], [np.broadcast_to(self.x, (*a.shape[:-1], len(self.x)))]
        for h in range(self.depth):
            totals.append(a[..., h, None] * activity[-1])
            last = h == self.depth - 1
            activity.append(totals[-1] if last else self.function(totals[-1]))
        return totals, activity

    def velocity(self, state: np.ndarray) -> np.ndarray:
        """Return d state / dt, (..., n)."""
        a, own = state[..., : self.depth], state[..., self.depth :]
        totals, activity = self._activity(a)
        error = self.t - activity[-1]
        signals = [error]
        for h in range(self.depth - 1, 0, -1):
            sent = signals[0] if self.channel in ("bp", "rbp", "arbp") else error
            if self.channel == "bp":
                arrived = a[..., h, None] * sent
            else:
                weight = own[..., h - 1, None] if self.adaptive else self.c[h - 1]
                arrived = weight * sent
            signals.insert(0, arrived * self.slope(totals[h - 1]) if self.derivative else arrived)
        moved = [
            np.mean(r * o, axis=-1) for r, o in zip(signals, activity[: self.depth], strict=True)
        ]
        if self.adaptive:
            sent = signals[1:] if self.channel == "arbp" else [error] * (self.depth - 1)
            moved += [np.mean(activity[h + 1] * r, axis=-1) for h, r in enumerate(sent)]
        return np.stack(moved, axis=-1)

    def loss(self, state: np.ndarray) -> np.ndarray:
        """Return the mean of (T - O)^2 / 2, (...)."""
        output = self._activity(np.asarray(state)[..., : self.depth])[1][-1]
        loss: np.ndarray = np.mean((self.t - output) ** 2, axis=-1) / 2
        return loss

    def conserved(self, state: ArrayLike) -> dict[str, np.ndarray]:
        """Return what the flow does not change, (...) each, by formula.

        - arbp, any f: a_{h+1} - c_h; asrbp: a_L - c_{L-1}
        - powers with f': bp a_h^2 - mu a_{h+1}^2, rbp a_{h+1} - a_h^2 / (2 mu c_h), arbp
          a_h^2 - mu c_h^2; srbp and asrbp the same for the last two weights
        - one example, rbp or srbp of length 2, with f': a_2 - sinh^2(a_1 I) / (2 c_1 I^2) for tanh,
          a_2 - (a_1 I + exp(a_1 I)) / (c_1 I^2) for logistic
        """
        state = np.asarray(state, float)
        a, c = state[..., : self.depth], state[..., self.depth :]
        found: dict[str, np.ndarray] = {}
        first = 1 if self.channel in ("bp", "rbp", "arbp") else self.depth - 1
        for h in range(first, self.depth):
            low, high = a[..., h - 1], a[..., h]
            if self.adaptive:
                found[f"a{h + 1} - c{h}"] = high - c[..., h - 1]
            if self.exponent is None or (not self.derivative and self.exponent != 1):
                continue
            mu = self.exponent
            if self.channel == "bp":
                found[f"a{h}^2 - mu a{h + 1}^2"] = low**2 - mu * high**2
            elif self.adaptive:
                found[f"a{h}^2 - mu c{h}^2"] = low**2 - mu * c[..., h - 1] ** 2
            elif self.c[h - 1] != 0:
                own = high - low**2 / (2 * mu * self.c[h - 1])
                found[f"a{h + 1} - a{h}^2 / (2 mu c{h})"] = own
            else:
                found[f"a{h}"] = low
        return found | self._of_one_example(a)

    def _of_one_example(self, a: np.ndarray) -> dict[str, np.ndarray]:
        saturates = self.activation in ("tanh", "logistic")
        fixed = self.channel == "rbp" or (self.channel == "srbp" and self.depth == 2)
        if len(self.x) != 1 or not (saturates and fixed and self.derivative) or not self.c[0]:
            return {}
        x, s, c = self.x[0], a[..., 0] * self.x[0], self.c[0]
        if x == 0:
            return {}
        if self.activation == "tanh":
            own = a[..., 1] - np.sinh(s) ** 2 / (2 * c * x * x)
            return {"a2 - sinh^2(a1 I) / (2 c1 I^2)": own}
        return {"a2 - (a1 I + exp(a1 I)) / (c1 I^2)": a[..., 1] - (s + np.exp(s)) / (c * x * x)}

    def network(self) -> Network:
        """Return the network that is the same system on the engine."""
        sizes = [1] * (self.depth + 1)
        network = mlp(*sizes, activation=self.activation, output="linear", bias=False)
        options: dict[str, Any] = {} if self.derivative else {"derivative": False}
        return network.with_channel(RECIPES[self.channel](**options))

    def data(self) -> Data:
        """Return the examples."""
        return Data(self.x[:, None].copy(), self.t[:, None].copy())

    def weights(self, state: Any) -> dict[str, np.ndarray]:
        """Return weights of both graphs by bundle, (1, 1), as the engine has them."""
        flat = self.state(state)
        names = ["input", *(f"hidden{h}" for h in range(1, self.depth)), "output"]
        named = {
            f"{names[h]} -> {names[h + 1]}": np.full((1, 1), flat[h]) for h in range(self.depth)
        }
        own = flat[self.depth :] if self.adaptive else self.c if self.channel != "bp" else ()
        for h, weight in enumerate(own, start=1):
            skips = self.channel in ("srbp", "asrbp") or h == self.depth - 1
            named[f"{'error' if skips else names[h + 1]} -> {names[h]}"] = np.full((1, 1), weight)
        return named


def _standard(activation: Any) -> str:
    if activation in ("tanh", "logistic", "linear"):
        return str(activation)
    found = POWER.fullmatch(activation) if isinstance(activation, str) else None
    try:
        mu = float(found[1]) / float(found[2] or 1) if found else 0.0
    except (ValueError, ZeroDivisionError):
        mu = 0.0
    if not 0 < mu < 100:
        raise OptionError(
            "activation must be tanh, logistic, linear or power(MU) with 0 < MU < 100, "
            f"got {activation!r:.40}"
        )
    return f"power({repr(mu).removesuffix('.0')})"


Function = Callable[[np.ndarray], np.ndarray]


def _functions(activation: str, mu: float | None) -> tuple[Function, Function]:
    if activation == "tanh":
        return np.tanh, lambda s: 1 - np.tanh(s) ** 2
    if activation == "logistic":
        return _logistic, lambda s: _logistic(s) * (1 - _logistic(s))
    if activation == "linear":
        return lambda s: s, np.ones_like
    assert mu is not None
    if mu == round(mu):
        return lambda s: s**mu, lambda s: mu * s ** (mu - 1)
    return lambda s: s * _power(s, mu - 1), lambda s: mu * _power(s, mu - 1)


def _power(s: np.ndarray, mu: float) -> np.ndarray:
    """|S|^MU, for complex steps as well, with |S| at least LEAST where MU < 0."""
    if np.iscomplexobj(s):
        power: np.ndarray = (s * s) ** (mu / 2)
    else:
        power = np.maximum(np.abs(s), LEAST if mu < 0 else 0.0) ** mu
    return power


def _logistic(s: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(s / 2)) / 2
