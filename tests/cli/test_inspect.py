"""`neurochannel inspect`: bundles, and the program that they become."""

import json

from neurochannel.engine import listing
from neurochannel.kernels.opcodes import Op
from tests.cli.commands import SRBP, refusal, succeed


def test_inspect_lists_the_bundles():
    out = succeed("inspect", SRBP).stdout
    assert "input -> hidden1" in out and "error -> hidden1" in out and "random" in out


def test_the_plan_shows_which_kernel_serves_a_bundle_at_this_batch_size():
    def kernels(batch_size):
        done = succeed("inspect", SRBP, "--plan", "--batch-size", batch_size, "--json")
        lines = json.loads(done.stdout)["plan"]
        return {line["kernel"] for line in lines if "hidden1 -> hidden2" in line["reads"]}

    assert kernels(1) == {"rows"}
    assert kernels(100) == {"gemm"}


def test_the_plan_reads_like_a_program():
    out = succeed("inspect", SRBP, "--plan").stdout
    assert out.index("error") < out.index("gate") < out.index("update")


def test_every_instruction_can_be_listed():
    assert set(listing._OPERANDS) == set(Op)


def test_a_missing_file_is_one_sentence():
    assert "nowhere.toml" in refusal("inspect", "nowhere.toml")
