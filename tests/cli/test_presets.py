"""The commands that show devices."""

import json

from neurochannel.model.device_presets import PRESETS
from neurochannel.model.synapses import Synapse
from tests.cli.commands import refusal, succeed


def test_presets_are_listed_with_their_sources():
    listed = succeed("presets").stdout
    assert all(name in listed for name in PRESETS)
    objects = json.loads(succeed("presets", "--json").stdout)
    assert [one["name"] for one in objects] == list(PRESETS)
    for one in objects:
        made = Synapse.model_validate(one["synapse"])
        assert made.at_work == Synapse.model_validate(one["name"]).at_work


def test_one_preset_is_shown():
    shown = succeed("presets", "ecram").stdout
    assert "J. Tang" in shown
    assert "[0.1153, 0.5085]" in shown
    assert json.loads(succeed("presets", "ecram", "--json").stdout)["synapse"]["step"] == 0.002
    assert refusal("presets", "ecrm").endswith("got 'ecrm'; did you mean 'ecram'?")


def test_a_device_is_drawn(tmp_path):
    out = tmp_path / "device.png"
    done = json.loads(succeed("draw", "--device", "taox_hfox", "-o", out, "--json").stdout)
    assert (done["what"], done["network"]) == ("device", "taox_hfox")
    assert out.stat().st_size > 1000


def test_what_does_not_go_with_a_device_is_refused(tmp_path):
    out = tmp_path / "device.png"
    assert "did you mean 'ecram'" in refusal("draw", "--device", "ecrm", "-o", out)
    assert "FILE must be left out with --device" in refusal(
        "draw", "srbp", "--device", "ecram", "-o", out
    )
    assert "missing argument" in refusal("draw", "-o", out)
