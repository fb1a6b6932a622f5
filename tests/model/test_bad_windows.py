"""Windows, pools and images that do not fit: one sentence for each mistake, with its numbers."""

from __future__ import annotations

import io

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import conv, convnet, pool
from neurochannel.errors import DataError, NetworkError

TEXT = """
[populations]
input = {{ {input} }}
a = {{ {a} }}
p = {{ {p} }}
output = {{ size = 2, activation = "softmax" }}
[[forward]]
path = "input -> a"
{rule}
[[forward]]
path = "a -> p"
{pool}
[[forward]]
path = "p -> output"
{more}
"""
SOUND = {
    "input": "shape = [6, 6]",
    "a": "",
    "p": "",
    "rule": "conv = { maps = 2, kernel = 3 }",
    "pool": "pool = { kernel = 2 }",
    "more": "",
}
BRANCH = """
[[forward]]
path = "input -> b"
conv = { maps = 3, kernel = 3 }
[[forward]]
path = "b -> a"
conv = { maps = 3, kernel = 3 }
[populations.b]
"""
MISTAKES: dict[str, tuple[dict[str, str], str]] = {
    "kernel of a valid convolution": (
        {"rule": 'conv = { maps = 2, kernel = [7, 3], padding = "valid" }'},
        "forward[0].conv must have a kernel of at most 6 x 6, the image of 'input', got "
        "7 x 3; lower it",
    ),
    "kernel of a padded convolution": (
        {"rule": "conv = { maps = 2, kernel = [3, 9], padding = 1 }"},
        "forward[0].conv must have a kernel of at most 8 x 8, the padded image of 'input', got "
        "3 x 9; lower it",
    ),
    "kernel of local windows": (
        {"rule": "local = { maps = 2, kernel = 9, padding = 1 }"},
        "forward[0].local must have a kernel of at most 8 x 8, the padded image of 'input', got "
        "9 x 9; lower it",
    ),
    "kernel of a pool": (
        {"pool": "pool = { kernel = [7, 2] }"},
        "forward[1].pool must have a kernel of at most 6 x 6, the image of 'a', got 7 x 2; "
        "lower it",
    ),
    "same with an even kernel": (
        {"rule": "conv = { maps = 2, kernel = 4 }"},
        "forward[0].conv.padding must not be 'same', its default, for an even kernel, got 4; "
        "write an odd kernel, or a number such as padding = 1",
    ),
    "same with an even local window": (
        {"rule": 'local = { maps = 2, kernel = [3, 4], padding = "same" }'},
        "forward[0].local.padding must not be 'same', its default, for an even kernel, got "
        "[3, 4]; write an odd kernel, or a number such as padding = 1",
    ),
    "same with a stride": (
        {"rule": "conv = { maps = 2, kernel = 3, stride = 2 }"},
        "forward[0].conv.padding must not be 'same', its default, for a stride other than 1, "
        "got 2; write a number such as padding = 1",
    ),
    "stride of nothing": (
        {"rule": "conv = { maps = 2, kernel = 3, stride = 0, padding = 0 }"},
        "forward[0].conv.stride must be a whole number from 1 on, or two as [rows, columns], got "
        "0; write for example 3",
    ),
    "kernel of three sides": (
        {"rule": "conv = { maps = 2, kernel = [3, 3, 3] }"},
        "forward[0].conv.kernel must be a whole number from 1 on, or two as [rows, columns], got "
        "[3, 3, 3]; write for example 3",
    ),
    "padding of a pool": (
        {"pool": "pool = { kernel = 2, padding = 1 }"},
        "forward[1].pool.padding is not a known key; the keys here are kind, kernel and stride",
    ),
    "a convolution into a pool": (
        {
            "more": '[[forward]]\npath = "input -> p"\n'
            "conv = { maps = 2, kernel = 2, stride = 2, padding = 0 }"
        },
        "forward[3].path must be the only forward bundle into the pool 'p', got 'a -> p' and "
        "'input -> p'; pool each source in a population of its own",
    ),
    "two shapes into one population": (
        {"more": BRANCH},
        "forward[4].conv must make [6, 6, 2], as the first bundle into 'a' does, got [6, 6, 3] of "
        "[6, 6, 3] on 'b -> a'; give both rules that make the same shape",
    ),
    "shape of the target": (
        {"a": "shape = [5, 6, 2]"},
        "populations.a.shape must be [6, 6, 2], which conv makes of [6, 6, 1] on 'input -> a', got "
        "[5, 6, 2]; leave it out to take it from there",
    ),
    "size of the target": (
        {"a": "size = 10"},
        "populations.a.size must be 72, since conv makes [6, 6, 2] of [6, 6, 1], got 10; leave it "
        "out to take it from there",
    ),
    "shape and size": (
        {"input": "shape = [6, 6], size = 30"},
        "populations.input.shape must have as many neurons as size, 30, got [6, 6], which is 36; "
        "leave the size out to take it from the shape",
    ),
    "shape of four sides": (
        {"input": "shape = [6, 6, 1, 1]"},
        "populations.input.shape must be [neurons], [height, width] or [height, width, maps], got "
        "[6, 6, 1, 1]; write for example [32, 32, 3]",
    ),
    "no shape": (
        {"input": "size = 36"},
        "forward[0].conv must start from a population with a shape, got 'input' with 36 neurons; "
        "write shape = [height, width, maps] there",
    ),
    "into the output": (
        {"more": '[[forward]]\npath = "a -> output"\nconv = { maps = 2, kernel = 6, padding = 0 }'},
        "forward[3].conv must not lead into the output 'output'; add an all-to-all path after it",
    ),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_is_one_sentence_with_its_numbers(kind):
    fields, sentence = MISTAKES[kind]
    nc.Network.from_toml(io.StringIO(TEXT.format(**SOUND)))
    with pytest.raises(NetworkError) as told:
        nc.Network.from_toml(io.StringIO(TEXT.format(**(SOUND | fields))))
    assert [str(told.value)] == [sentence]


def gray(*shape):
    return np.zeros((3, *shape)), [0, 1, 9]


COLOR, GRAY = convnet((8, 8, 3), conv(3, 3), 10), convnet((8, 8), conv(3, 3), 10)
OF_DATA = {
    "gray images for colors": (
        lambda: nc.Simulation(COLOR, nc.data.load("digits+first=20")),
        "populations.input.shape must be [8, 8, 1], the shape of the images in the data, got "
        "[8, 8, 3]; leave it out to take it from the data",
    ),
    "colors for gray images": (
        lambda: nc.Simulation(GRAY, gray(8, 8, 3)),
        "populations.input.shape must be [8, 8, 3], the shape of the images in the data, got "
        "[8, 8, 1]; leave it out to take it from the data",
    ),
    "other sides": (
        lambda: nc.Simulation(convnet((4, 16), conv(3, 3), 10), gray(8, 8)),
        "populations.input.shape must be [8, 8, 1], the shape of the images in the data, got "
        "[4, 16, 1]; leave it out to take it from the data",
    ),
    "other sizes": (
        lambda: nc.Simulation(GRAY, gray(60)),
        "populations.input.size must be 60, the number of inputs in the data, got 64; leave it out "
        "to take it from the data",
    ),
    "data smaller than a kernel": (
        lambda: nc.Simulation(convnet(None, conv(3, 11, padding="valid"), 10), gray(8, 8)),
        "forward[0].conv must have a kernel of at most 8 x 8, the image of 'input', got "
        "11 x 11; lower it",
    ),
    "data smaller than a pool": (
        lambda: nc.Simulation(convnet(None, pool(9), 10), gray(8, 8)),
        "forward[0].pool must have a kernel of at most 8 x 8, the image of 'input', got "
        "9 x 9; lower it",
    ),
}


@pytest.mark.parametrize("kind", OF_DATA)
def test_data_that_do_not_fit_an_image_are_told_in_one_sentence(kind):
    make, sentence = OF_DATA[kind]
    with pytest.raises(NetworkError) as told:
        make()
    assert [str(told.value)] == [sentence]


@pytest.mark.parametrize("shape", [(8, 8), (4, 16, 3), (8, 8, 1), (3, 8, 8)])
def test_examples_of_another_shape_are_refused_by_a_run_though_they_may_be_as_many_numbers(shape):
    run = nc.Simulation(COLOR)
    for x in (np.zeros((2, 8, 8, 3)), np.zeros((2, 192))):
        assert run.predict(x).shape == (2, 10)
    says = r"x must have shape \(n, 8, 8, 3\), .* or \(n, 192\), got \(2, " + str(shape)[1:-1]
    for ask in (run.predict, run.forward):
        with pytest.raises(DataError, match=says):
            ask(np.zeros((2, *shape)))
    gray_run = nc.Simulation(GRAY)
    assert gray_run.predict(np.zeros((2, 8, 8))).shape == (2, 10)
    assert gray_run.predict(np.zeros((2, 8, 8, 1))).shape == (2, 10)
