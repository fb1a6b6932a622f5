"""Device presets: fields of `Synapse` by name, each with what it models and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Fields = Mapping[str, Any]


class Preset(NamedTuple):
    """A device from the literature.

    Parameters
    ----------
    title
        What it is, in a few words.
    source
        The publication that it was fitted to, and the simulator that the numbers were read in.
    fields
        Fields of `Synapse`.
    """

    title: str
    source: str
    fields: Fields


_AIHWKIT = "IBM aihwkit, simulator/presets/devices.py"
_GONG = "N. Gong et al., Nat. Commun. 9, 2102 (2018), doi:10.1038/s41467-018-04485-1"
_WIDE = {"step_spread": 0.3, "cycle_noise": 0.3, "bounds": (-1.0, 1.0), "bounds_spread": 0.3}
_ECRAM = {"step_spread": 0.1, "asymmetry_spread": 0.01, "bounds_spread": 0.05}
_SLOPED = {"soft_bound": "mean", "soft_spread": 0.05}

_FAMILIES = {
    "gokmen_vlasov": Preset(
        "resistive cross-point device as specified for training, 1,250 states",
        "T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333",
        {"step": 0.0016, "asymmetry_spread": 0.01, **_WIDE},
    ),
    "idealized": Preset(
        "the same with 10,000 states, symmetric",
        "M. J. Rasch, T. Gokmen, W. Haensch, IEEE Des. Test (2019), arXiv:1906.02698",
        {"step": 0.0002, **_WIDE},
    ),
    "soft_bounds": Preset(
        "any device whose steps shrink to 0 at its bounds",
        "the SoftBoundsDevice of aihwkit with dw_min = 0.002",
        {
            "step": 0.002,
            "step_spread": 0.3,
            "asymmetry_spread": 0.01,
            "soft": 1.0,
            "bounds": (-0.6, 0.6),
            "bounds_spread": 0.3,
            "cycle_noise": 0.3,
        },
    ),
    "reram_es": Preset(
        "ReRAM, exponential steps",
        _GONG,
        {
            "model": "exponential",
            "step": 0.00135,
            "step_spread": 0.2,
            "asymmetry": 0.259359,
            "asymmetry_spread": 0.05,
            "bounds": (-1.0, 1.0),
            "bounds_spread": 0.3,
            "slope": -0.5,
            "offset": -0.5,
            "amplitude": (-1.18445, -0.081404),
            "growth": 5.0,
            "cycle_noise": 5.0,
            "write_noise": 75 * 0.00135,
        },
    ),
    "reram_sb": Preset(
        "ReRAM, soft bounds, the symmetry point shifted to 0",
        _GONG,
        {
            "step": 0.002,
            "step_spread": 0.3,
            "asymmetry_spread": 0.01,
            "soft": 1.0,
            "bounds": (-0.75, 1.25),
            "bounds_spread": (0.4, 0.24),
            "cycle_noise": 3.75,
            "cycle": "weight",
            "write_noise": 56 * 0.002,
        },
    ),
    "capacitor": Preset(
        "capacitor with its leak, once a million examples",
        "Y. Li et al., VLSI (2018), doi:10.1109/VLSIT.2018.8510648",
        {
            "step": 0.005,
            "step_spread": 0.1,
            "asymmetry_spread": 0.06,
            "soft": 0.05,
            "soft_spread": 0.01,
            "soft_bound": "mean",
            "bounds": (-1.0, 1.0),
            "bounds_spread": 0.07,
            "cycle_noise": 0.3,
            "cycle": "weight",
            "leak": 1e6,
            "leak_spread": 0.3,
        },
    ),
    "ecram": Preset(
        "lithium ECRAM, the symmetry point shifted to 0",
        "J. Tang et al., IEDM (2018), doi:10.1109/IEDM.2018.8614551",
        {
            "step": 0.002,
            "soft": (0.1153, 0.5085),
            "bounds": (-0.8276, 1.1724),
            "cycle_noise": 0.3,
            **_ECRAM,
            **_SLOPED,
        },
    ),
    "ecram_mo": Preset(
        "metal-oxide ECRAM, the symmetry point shifted to 0",
        "S. Kim et al., IEDM (2019), doi:10.1109/IEDM19573.2019.8993463",
        {
            "step": 2.8214e-4,
            "soft": (0.4152, 0.7342),
            "bounds": (-0.8286, 1.1714),
            "cycle_noise": 2.0,
            **_ECRAM,
            **_SLOPED,
        },
    ),
    "pcm": Preset(
        "phase change memory, a pair of devices that only grow",
        "S. R. Nandakumar et al., Front. Neurosci. 14, 406 (2020), doi:10.3389/fnins.2020.00406",
        {
            "model": "exponential",
            "pair": True,
            "step": 0.01,
            "step_spread": 0.2,
            "asymmetry_spread": 0.05,
            "bounds": (0.0, 2.0),
            "bounds_spread": (0.0, 0.1),
            "slope": -1.0,
            "offset": 0.0,
            "amplitude": (-27.235, -2.235),
            "growth": 2.5,
            "cycle_noise": 0.6,
        },
    ),
}


def _curve(
    states: tuple[int, int], curvature: tuple[float, float], variation: float
) -> dict[str, Any]:
    """Return the fields of a measured curve of conductance over pulses.

    Parameters
    ----------
    states
        Pulses from one end of the range to the other, up and down.
    curvature
        1 / A up and down, A being `NonlinearityToA` of the published labels.
    variation
        Standard deviation of a pulse as a part of the range.
    """
    fewest = min(states)
    fields: dict[str, Any] = {
        "model": "saturating",
        "step": 2.0 / fewest,
        "curvature": curvature,
        "bounds": (-1.0, 1.0),
        "cycle": "weight",
        "cycle_noise": round(variation * fewest, 6),
    }
    if states[0] != states[1]:
        fields["asymmetry"] = (1 if states[1] > states[0] else -1) * (1 - fewest / max(states))
    return fields


_NEUROSIM = (
    "NeuroSim V3.0, manual section 5 (P.-Y. Chen, X. Peng, S. Yu, IEEE TCAD 37, 3067 (2018))"
)
_MEASURED = {
    "ag_si": ("Ag:a-Si memristor", _curve((97, 97), (2.00329, 4.99245), 0.035)),
    "taox_hfox": ("TaOx/HfOx ReRAM", _curve((128, 128), (0.03168, 0.50067), 0.037)),
    "pcmo": ("PCMO ReRAM", _curve((50, 50), (3.32621, 9.97504), 0.01)),
    "alox_hfo2": ("AlOx/HfO2 ReRAM", _curve((40, 40), (1.5892, 0.48467), 0.05)),
    "gst_pcm": ("GST phase change memory", _curve((100, 120), (0.0792, -2.00329), 0.015)),
    "epiram": ("epitaxial SiGe RAM", _curve((64, 64), (0.39685, 0.39685), 0.02)),
    "hzo_fefet": ("HZO ferroelectric transistor", _curve((32, 32), (1.42434, -1.17831), 0.005)),
}

PRESETS: dict[str, Preset] = {
    **{
        name: preset
        if name == "soft_bounds"
        else preset._replace(source=f"{preset.source}; {_AIHWKIT}")
        for name, preset in _FAMILIES.items()
    },
    **{name: Preset(title, _NEUROSIM, fields) for name, (title, fields) in _MEASURED.items()},
}
"""All presets by name."""
