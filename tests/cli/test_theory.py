"""`neurochannel theory`: what is proved of a network, in numbers, sentences and figures."""

import json

import numpy as np
import pytest

from neurochannel.theory import chain
from tests.cli.commands import refusal, succeed

POWER = ("nonlinear", "--x", "1,2", "--t", "1,3", "--activation", "power(2)")


def solved(*arguments):
    return json.loads(succeed("theory", *arguments, "--json").stdout)


def test_a_chain_is_told_with_limit_fixed_points_and_what_it_conserves():
    shown = succeed("theory", "chain", "--c", "0.7,-0.4", "--start", "0.3,0.5,0.9").stdout
    result = solved("chain", "--c", "0.7,-0.4", "--start", "0.3,0.5,0.9")
    (one,) = result["starts"]
    form = chain([0.7, -0.4])
    np.testing.assert_allclose(one["limit"], form.limit([0.3, 0.5, 0.9]).state)
    assert np.prod(one["limit"]) == pytest.approx(1)
    assert (one["status"], one["how"]) == ("converged", "closed form")
    assert one["conserved"].keys() == form.conserved(form.state([0.3, 0.5, 0.9])).keys()
    assert [point["stability"] for point in one["fixed_points"]] == ["stable"]
    assert one["fixed_points"][0]["lowest_eigenvalue"] < 0
    assert "system      A[1,1,1,1], linear, srbp\nC1          0.7\nC2          -0.4\n" in shown
    assert "start       0.3,0.5,0.9\nlimit       2.40371,-1.12509,-0.369771\n" in shown


def test_training_at_half_the_rate_is_half_as_far_from_the_flow():
    common = ("--c", "0.7", "--start", "0.3,0.5", "--until", "1")
    coarse, fine = solved("chain", *common, "--rate", "0.02", "--rate", "0.01")["training"]
    assert coarse["apart"] / fine["apart"] == pytest.approx(2, rel=0.1)
    assert coarse["drift"] / fine["drift"] == pytest.approx(2, rel=0.1)


def test_many_starts_are_counted_by_where_they_end():
    result = solved("chain", "--length", "3", "--starts", "200", "--seed", "4")
    assert result["counts"] == {"converged": 200}
    assert result["learned"] == sum(result["basins"].values()) == 200
    shown = succeed("theory", "chain", "--length", "3", "--starts", "200", "--seed", "4").stdout
    assert "200 starts (closed form): 200 converged" in shown
    assert "200 learned, 0.00% failed" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("chain", "--channel", "asrbp", "--length", "3"),
        ("linear", "--sizes", "2,3,2", "--s-ti", "1,0;0,2"),
        ("linear", "--sizes", "2,3,3,2", "--channel", "bp", "--scale", "0.5"),
        ("autoencoder", "--inputs", "3", "--hidden", "1", "--s-ii", "1,2,4"),
        ("nonlinear", "--x", "0.5,1", "--t", "0.1,0.9", "--activation", "power(2)"),
        ("nonlinear", "--x", "1", "--t", "0.5", "--channel", "arbp", "--length", "2"),
    ],
)
def test_all_kinds_of_systems_are_solved(arguments):
    (one,) = solved(*arguments)["starts"]
    assert one["status"] == "converged"
    assert one["loss"] < 3
    assert succeed("theory", *arguments).stdout.startswith("system      A[")


def test_what_is_drawn_is_told_and_differs_from_the_starts():
    result = solved("linear", "--sizes", "2,2,2", "--seed", "3")
    again = solved("linear", "--sizes", "2,2,2", "--seed", "3")
    assert result == again
    drawn = np.array(result["system"]["c"]).ravel()
    assert not np.intersect1d(drawn, result["starts"][0]["start"]).size


@pytest.mark.parametrize("show", ["phase", "basins", "conserved", "error", "order"])
def test_figures_show_what_is_asked_for(here, show):
    common = ("--start", "0.3,0.5", "--rate", "0.1", "--rate", "0.05", "--until", "1")
    done = succeed("theory", "chain", *common, "-o", "flow.svg", "--show", show)
    assert done.stdout.endswith("figure flow.svg\n")
    assert (here / "flow.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("arguments", "remark"),
    [
        (("chain", "--c", "0"), "the channel leads no error to hidden1"),
        (("nonlinear", "--x", "1", "--t", "1", "--c", "0"), "the channel leads no error to"),
        (
            ("linear", "--sizes", "2,2,2", "--c", "0,0;1,0"),
            "no error to hidden1: the weights A1 of 1 of its neurons never change",
        ),
        (("autoencoder", "--inputs", "2", "--hidden", "1", "--s-ii", "1,0"), "s_ii is singular"),
    ],
)
def test_what_is_easily_overlooked_is_told(arguments, remark):
    assert remark in succeed("theory", *arguments).stdout
    (told,) = solved(*arguments)["remarks"]
    assert remark in told


@pytest.mark.parametrize(
    ("arguments", "status", "note"),
    [
        (
            ("chain", "--channel", "bp", "--length", "3", "--start", "0.5,-0.5,0.9"),
            "unstable",
            "two weights of equal size reach 0 together",
        ),
        (("chain", "--start", "-0.5,-2"), "unstable", "the start lies on a separatrix"),
        (
            (*POWER, "--no-derivative", "--start", "0.5,0.5"),
            "not converged",
            "without f' there is no fixed point",
        ),
    ],
)
def test_starts_that_do_not_converge_are_marked_with_time_and_state(arguments, status, note):
    (one,) = solved(*arguments)["starts"]
    assert one["status"] == status
    assert note in one["note"]
    assert all(np.isfinite(one["limit"]))
    assert note in succeed("theory", *arguments).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("chain", "--c", "a"), "--c must be a finite number, got a"),
        (("chain", "--c", "1,nan"), "--c must be finite numbers, got 1,nan"),
        (("chain", "--c", "1", "--length", "3"), "--c must have one number less than --length 3"),
        (("chain", "--c", "1", "--channel", "bp"), "--c must be left out with --channel bp"),
        (("chain", "--beta", "0"), "beta must be above 0, got 0"),
        (("chain", "--start", "1,2,3"), "--start must have 2 numbers, those of A1, A2"),
        (("chain", "--start", "1,2", "--starts", "3"), "--starts must be left out with --start"),
        (("chain", "--channel", "sgd"), "--channel must be bp or rbp or"),
        (("chain", "--show", "error"), "--show error must have a file"),
        (("chain", "-o", "flow.txt"), "flow.txt"),
        (("chain", "--rate", "0"), "--rate must be a number greater than 0, got 0"),
        (("chain", "--rate", "1", "--until", "0.1"), "until must be at least one rate"),
        (("linear",), "--sizes is missing"),
        (("linear", "--sizes", "2"), "--sizes must be at least those of input and output"),
        (("linear", "--sizes", "2,1.5,2"), "--sizes must be whole numbers from 1 to 1000, got 1.5"),
        (("linear", "--sizes", "2,2,2", "--s-ii", "1,2;0,1"), "s_ii must be symmetric"),
        (("linear", "--sizes", "2,2,2", "--s-ii", "1,2;0"), "--s-ii must have rows of equal"),
        (("linear", "--sizes", "2,2,2", "--c", "1,2"), r"c[0] must have shape (2, 2), got"),
        (("autoencoder", "--inputs", "0", "--hidden", "1"), "--inputs must lie between 1 and"),
        (("nonlinear", "--x", "1,2", "--t", "1"), "t must be 2 numbers in a row"),
        (("nonlinear", "--x", "1", "--t", "1", "--activation", "relu"), "activation must be tanh"),
    ],
)
def test_requests_that_make_no_sense_are_told_in_one_sentence(arguments, sentence):
    assert sentence in refusal("theory", *arguments)


def test_a_flow_that_blows_up_is_told_with_its_time():
    cubes = ("nonlinear", "--x", "0.7,1,1.3", "--t", "1,0.2,0.5", "--activation", "power(3)")
    own = (*cubes, "--c", "0.8,0.6", "--channel", "srbp", "--start", "0.9,0.5,0.5")
    (one,) = solved(*own)["starts"]
    assert one["status"] == "blew up"
    assert one["time"] == pytest.approx(3.8283, abs=1e-4)
    assert "grows beyond all bounds after a time of 3.8283" in one["note"]
    assert one["fixed_points"] == []


def test_training_that_diverges_has_a_code_of_its_own():
    sentence = refusal("theory", "chain", "--start", "3,3", "--rate", "1", "--until", "50", code=3)
    assert "diverge" in sentence or "finite" in sentence
