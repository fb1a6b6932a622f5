"""Synapses as descriptions: presets, short forms, and values that contradict each other."""

import pickle

import pytest

import neurochannel as nc
from neurochannel.model.device_presets import PRESETS
from neurochannel.model.synapses import Synapse

CONTRADICTIONS = {
    "a typo": ("ecrma", "did you mean 'ecram'"),
    "capital letters": ("ECRAM", "did you mean 'ecram'"),
    "a typo in a table": ({"preset": "capcitor"}, "did you mean 'capacitor'"),
    "a number": (3, "must be the name of a preset or a table"),
    "a step beyond the range": ({"step": 3.0, "bounds": [-1, 1]}, "step must be at most 2"),
    "soft without bounds": ({"soft": 1}, "bounds is missing"),
    "bounds the wrong way": ({"bounds": [1, -1]}, "bounds must be a lower bound"),
    "bounds without 0": ({"bounds": [0.1, 1]}, "bounds must be a lower bound"),
    "one bound": ({"bounds": 1}, "bounds must be two numbers"),
    "pulses without a step": ({"pulses": "batch"}, "pulses must be left out without step"),
    "noise without a step": ({"cycle_noise": 0.1}, "cycle_noise must be left out without step"),
    "a key of another model": ({"step": 0.1, "exponent": 2}, 'write model = "power"'),
    "soft of another model": (
        {"model": "power", "bounds": [-1, 1], "soft": 1},
        'write model = "linear"',
    ),
    "a curved model without bounds": ({"model": "power"}, "bounds is missing"),
    "a curve without a step": ({"model": "saturating", "bounds": [-1, 1]}, "step is missing"),
    "bits without a range": ({"bits": 4}, "range is missing"),
    "bits and writing": (
        {"bits": 4, "write_noise": 0.1, "bounds": [-1, 1]},
        "bits must be left out if write_noise is given",
    ),
    "three numbers": ({"soft": [1, 2, 3]}, "soft must be a finite number or two"),
    "no number": ({"soft": float("nan")}, "soft must be a finite number or two"),
    "spread below 0": ({"bounds": [-1, 1], "bounds_spread": -0.1}, "must be at least 0"),
    "a range of no stuck device": ({"stuck_range": [0, 1]}, "stuck_range must be left out"),
    "a pair that shrinks": ({"pair": True, "bounds": [-1, 1]}, "bounds must begin at 0"),
    "a pair with a reference": (
        {"preset": "pcm", "reference_spread": 0.1},
        "reference_spread must be left out if pair is given",
    ),
    "a pair that is tilted": (
        {"pair": True, "bounds": [0, 1], "asymmetry": 0.1},
        "asymmetry must be left out if pair is given",
    ),
    "a pair without bounds": ({"pair": True}, "pair must be left out without bounds"),
    "refreshed single devices": (
        {"step": 0.1, "refresh": 10},
        "refresh must be left out without pair",
    ),
    "soft to a bound of 0": ({"bounds": [0, 1], "soft": 1}, "soft must be 0 towards a bound of 0"),
    "trains that are too long": ({"step": 0.1, "pulses_at_most": 33}, "at most 32"),
    "an unknown key": ({"preset": "ecram", "stpe": 1}, "did you mean 'step'"),
    "an unknown model": ({"step": 0.1, "model": "powr"}, "did you mean 'power'"),
    "all of one direction": ({"asymmetry": 1.0}, "asymmetry must be less than 1"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_is_one_sentence(case):
    given, sentence = CONTRADICTIONS[case]
    with pytest.raises(nc.NetworkError) as refused:
        Synapse.model_validate(given)
    assert len(refused.value.problems) == 1
    assert sentence in refused.value.problems[0]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_its_name_and_its_fields(name):
    preset, synapse = PRESETS[name], Synapse.model_validate(name)
    assert preset.title and len(preset.source) > 20
    assert synapse.model_dump() == synapse.shortest == synapse.label == name
    assert {key: getattr(synapse, key) for key in preset.fields} == preset.fields
    assert synapse == nc.Synapse(preset=name)
    assert pickle.loads(pickle.dumps(synapse)) == synapse
    written_out = nc.Synapse(**preset.fields)
    assert written_out.at_work == synapse.at_work


@pytest.mark.parametrize("name", PRESETS)
def test_a_field_of_a_preset_can_be_replaced(name):
    synapse = nc.Synapse(preset=name, cycle_noise=0.0, step=0.011)
    assert synapse.model_dump() == {"preset": name, "step": 0.011, "cycle_noise": 0.0}
    assert Synapse.model_validate(synapse.model_dump()) == synapse
    other = synapse.model_copy(update={"preset": "ecram"})
    assert (other.step, other.cycle_noise, other.soft) == (0.011, 0.0, (0.1153, 0.5085))
    assert "cycle_noise 0" in synapse.text


def test_what_is_not_neutral_is_told():
    assert nc.Synapse().at_work == {}
    synapse = nc.Synapse(step=0.01, bounds=[-1, 1], soft=[0.2, 0.4])
    assert synapse.at_work == {"step": 0.01, "bounds": (-1.0, 1.0), "soft": (0.2, 0.4)}
    assert synapse.label == "step 0.01, [-1, 1]"
    assert synapse.both("soft") == (0.2, 0.4)
    assert synapse.both("bounds_spread") == (0.0, 0.0)
