"""Learning channels as short texts."""

from __future__ import annotations

import pytest

from neurochannel.errors import NetworkError
from neurochannel.model.architectures import bidirectional, conjoined, distinct, twin
from neurochannel.model.limits import Update
from neurochannel.model.recipe_names import RECIPE_NAMES, channel_from_text, split_channels
from neurochannel.model.recipes import arbp, asrbp, bp, cascade, kp, mlp, rbp, sbp, srbp, top_only
from neurochannel.model.weights import Init

NET = mlp(6, 5, 4, 3)


@pytest.mark.parametrize(
    ("text", "recipe"),
    [
        ("bp", bp()),
        ("sbp", sbp()),
        ("rbp", rbp()),
        ("srbp", srbp()),
        ("arbp", arbp()),
        ("kp", kp()),
        ("kp:decay=0.01,momentum=0.5", kp(decay=0.01, momentum=0.5)),
        ("asrbp", asrbp()),
        ("cascade", cascade()),
        ("top_only", top_only()),
        ("bidirectional", bidirectional()),
        ("conjoined", conjoined()),
        ("twin", twin()),
        ("distinct:size=7", distinct(7)),
    ],
)
def test_every_recipe_has_its_own_name(text, recipe):
    assert channel_from_text(text) == recipe
    assert NET.with_channel(channel_from_text(text)) == NET.with_channel(recipe)
    assert text.partition(":")[0] in RECIPE_NAMES


@pytest.mark.parametrize(
    ("text", "recipe"),
    [
        ("srbp:fan_in=2,bits=3", srbp(fan_in=2, bits=3)),
        (" srbp : fan_in = 2 , bits = 3 ", srbp(fan_in=2, bits=3)),
        ("rbp:density=0.5,scale=1e-3", rbp(density=0.5, scale=1e-3)),
        ("rbp:derivative=false,bits=none", rbp(derivative=False)),
        ("rbp:quantizer=stochastic,bits=2,keep=all", rbp(quantizer="stochastic", bits=2)),
        ("srbp:to=hidden1", srbp(to="hidden1")),
        ("srbp:to=hidden1+hidden2,bits=2", srbp(to=("hidden1", "hidden2"), bits=2)),
        ("rbp:init=ternary", rbp(init="ternary")),
        ("rbp:distribution=ternary", rbp(init="ternary")),
        (
            "rbp:init.distribution=he,init.scale=0.5",
            rbp(init=Init(distribution="he", scale=0.5)),
        ),
        (
            "arbp:update.bits=3,update.scale=0.01",
            arbp(update=Update(bits=3, scale=0.01)),
        ),
        ("twin:activation=linear,fan_in=2", twin(activation="linear", fan_in=2)),
    ],
)
def test_options_are_those_of_the_recipe(text, recipe):
    assert channel_from_text(text) == recipe


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("srpb", r"got 'srpb'; did you mean 'srbp'\?"),
        ("SRBP", r"did you mean 'srbp'\?"),
        ("", "must be one of bp, sbp, .* or distinct, got ''; choose one of them"),
        ("srbp:fan=2", r"fan is not an option of srbp; did you mean 'fan_in'\?"),
        ("srbp:zzz=2", "zzz is not an option of srbp; the options are delay, unit, dead"),
        ("srbp:bits", "options must be key=value, got 'bits'; write for example bits=3"),
        ("srbp:bits=", "options must be key=value, got 'bits='"),
        ("srbp:=3", "options must be key=value, got '=3'"),
        ("srbp:bits=3,", "options must be key=value, got ''"),
        ("srbp:bits=0", "bits must be at least 1, got 0; leave it out for unlimited precision"),
        ("srbp:bits=nan", "bits must be a whole number, got 'nan'"),
        ("srbp:bits=2,bits=2", "bits is given twice; remove one"),
        ("arbp:update=3,update.bits=3", "update.bits is given twice; remove one"),
        ("arbp:update.bits=3", "update.scale is missing"),
        ("top_only:bits=2", "bits must be left out, since top_only has no options"),
        ("twin:to=hidden1", "to must be left out of twin, which serves every hidden population"),
        ("distinct", "size is missing; .* such as distinct:size=20"),
        ("distinct:size=0", "size must be at least 1, got 0"),
        ("bp:init=he", "init must be left out for tied weights"),
    ],
)
def test_mistakes_are_named_with_the_text(text, sentence):
    with pytest.raises(NetworkError, match=sentence) as caught:
        channel_from_text(text)
    assert str(caught.value).startswith(f"channel {text!r}: ")


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("bp", ("bp",)),
        ("bp, rbp ,srbp", ("bp", "rbp", "srbp")),
        ("bp,srbp:fan_in=2,bits=3,rbp", ("bp", "srbp:fan_in=2,bits=3", "rbp")),
        ("srbp:bits=1,srbp:bits=2", ("srbp:bits=1", "srbp:bits=2")),
    ],
)
def test_a_list_of_channels_is_cut_before_each_name(text, channels):
    assert split_channels(text) == channels


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "channels must be names joined by commas, got ''; write for example bp,rbp"),
        ("bp,,rbp", "channels must be names joined by commas"),
        ("bp,rbp,bp", "channels must differ, got 'bp' twice; remove one"),
    ],
)
def test_a_broken_list_of_channels_is_refused(text, sentence):
    with pytest.raises(NetworkError, match=sentence):
        split_channels(text)
