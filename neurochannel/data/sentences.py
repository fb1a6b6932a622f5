"""Errors about arrays that do not fit: where, the rule, the value, the remedy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from neurochannel.errors import DataError

Shape = Sequence[int]


# --- any array ---------------------------------------------------------------------------------


def missing(where: str) -> DataError:
    """Say that one of a pair was left out."""
    return DataError(f"{where} is missing; give examples and targets together")


def empty(where: str, shape: Shape) -> DataError:
    """Say that there is not a single number."""
    return DataError(f"{where} is empty, it has the shape {shape}; give at least one example")


def ragged(where: str) -> DataError:
    """Say that rows are not equally long."""
    return DataError(
        f"{where} must be one array, but its rows differ in length; make them equally long"
    )


def unreadable(where: str, kind: str, reason: str) -> DataError:
    """Say that an object cannot be made an array."""
    return DataError(
        f"{where} must be an array, but a {kind} cannot be read as one ({reason}); "
        "convert it with numpy first"
    )


def not_an_array(where: str, kind: str) -> DataError:
    """Say that an object of another kind stands where an array should."""
    return DataError(
        f"{where} must be an array of numbers, got an object of the type {kind}; "
        "give an array such as data.test.x"
    )


def not_numbers(where: str, kind: str) -> DataError:
    """Say that an array holds something else than real numbers."""
    text = kind.startswith(("<U", ">U", "|S", "str", "String"))
    remedy = (
        f"number classes with numpy.unique({where}, return_inverse=True)[1]"
        if text
        else "convert it to floats or whole numbers"
    )
    return DataError(f"{where} must hold real numbers, got the type {kind}; {remedy}")


def masked(where: str, n: int) -> DataError:
    """Say that an array has masked values."""
    return DataError(
        f"{where} must have no masked values, got {n}; leave those examples out, or fill the "
        f"values with {where}.filled(number)"
    )


def not_finite(where: str, value: Any, at: Shape) -> DataError:
    """Say where NaN or infinity stands."""
    return DataError(
        f"{where} must be finite, got {value} at {list(at)}; remove or replace such values"
    )


def beyond_single(where: str, value: float) -> DataError:
    """Say that a number is too large for single precision."""
    return DataError(
        f"{where} holds {value:g}, which is too large for single precision; divide {where} by a "
        'number that brings it near 1, or run with dtype="float64"'
    )


# --- inputs ------------------------------------------------------------------------------------


def wrong_images(where: str, image: Shape, shape: Shape) -> DataError:
    """Say what shape the images must have that a network sees."""
    return DataError(
        f"{where} must have shape (n, {', '.join(map(str, image))}), images of the shape of the "
        f"network's input, or (n, {math.prod(image)}), got {shape}; give one such image for each "
        "example"
    )


def wrong_inputs(where: str, width: int | None, shape: Shape) -> DataError:
    """Say what shape inputs must have; `width` is that of the network, if it is known."""
    if width is None:
        return DataError(
            f"{where} must have the shape (n, inputs), got {shape}; "
            f"use {where}.reshape(n, inputs), with n = 1 for a single example"
        )
    return DataError(
        f"{where} must have shape (n, {width}) with n at least 1, got {shape}; "
        "give one row for each example"
    )


def bytes_for_reals(where: str, largest: int, trained: float) -> DataError:
    """Say that bytes are given to a run that was trained on floats."""
    return DataError(
        f"{where} holds bytes up to {largest}, but the run has floats up to {trained:g} as "
        f"training data; convert {where} in the same way, for example {where} / 255"
    )


def reals_for_bytes(where: str, largest: float, trained: float, scale: float | None) -> DataError:
    """Say that unscaled floats are given to a run that was trained on scaled bytes."""
    worth = "scaled bytes with an offset" if scale is None else f"bytes times {scale:g}"
    own = "run.data.units.applied(the bytes)" if scale is None else f"{where} * run.data.scale"
    return DataError(
        f"{where} holds floats up to {largest:g}, but the run has {worth} as "
        f"training data, which are {trained:g} at most; give {where} as uint8, or {own}"
    )


# --- labels and targets ------------------------------------------------------------------------


def lengths_differ(x: str, t: str, n: int, n_targets: int) -> DataError:
    """Say that examples and targets are not as many."""
    return DataError(
        f"{x} and {t} must be of the same length, got {n} examples and {n_targets} targets; "
        "give one target for each example"
    )


def wrong_targets(where: str, width: int | None, shape: Shape) -> DataError:
    """Say what shape targets must have; `width` is that of the network, if it is known."""
    if width is None:
        return DataError(
            f"{where} must hold class labels, shape (n,), or targets, shape (n, outputs), "
            f"got the shape {shape}; flatten each target"
        )
    return DataError(
        f"targets must have shape (n, {width}), got {shape} in {where}; "
        "give class labels (n,) or one target for each output neuron"
    )


def label_column(where: str, shape: Shape) -> DataError:
    """Say that labels stand in a column, which is the shape of targets."""
    return DataError(
        f"{where} has the shape {shape} of targets for one neuron, but holds whole numbers as "
        f"labels do; give class labels as {where}.ravel(), shape (n,)"
    )


def float_labels(where: str, shape: Shape, kind: str) -> DataError:
    """Say that floats stand where labels should."""
    return DataError(
        f"{where} has the shape {shape} of class labels but holds {kind} numbers; "
        f"use {where}.astype(int) for labels or {where}[:, None] for targets"
    )


def impossible_label(where: str, largest: int, label: int) -> DataError:
    """Say that no data set can have such a label."""
    return DataError(
        f"{where} must hold labels from 0 to {largest}, got {label}; number the classes with "
        f"numpy.unique({where}, return_inverse=True)[1]"
    )


def label_beyond(where: str, n_outputs: int, low: int, high: int) -> DataError:
    """Say that a label has no output neuron."""
    return DataError(
        f"labels must lie between 0 and {n_outputs - 1} for {n_outputs} outputs, "
        f"got {low} to {high} in {where}; give the output population more neurons"
    )


def labels_for_one(where: str) -> DataError:
    """Say that one neuron cannot tell classes apart by label."""
    return DataError(
        f"{where} holds class labels, which need an output neuron for each class, but the output "
        f"has one; give it two neurons, or targets {where}[:, None] and a logistic output"
    )


# --- targets against output and loss -----------------------------------------------------------


def softmax_of_one(where: str) -> DataError:
    """Say that softmax over one neuron is constant."""
    return DataError(
        f"{where} is for an output of one softmax neuron, whose activity is 1 whatever comes in, "
        'so that it cannot learn; use activation = "logistic" in the output'
    )


def outside_unit(where: str, loss: str, low: float, high: float, is_softmax: bool) -> DataError:
    """Say that cross-entropy has no meaning for such targets."""
    remedy = "bring them into that range, or give the network loss = 'squared_error'"
    if low == -1 and high == 1:
        remedy = (
            f"give class labels, {where}.argmax(axis=1)"
            if is_softmax
            else f"give ({where} + 1) / 2, or use a tanh output"
        )
    return DataError(
        f"{where} must lie between 0 and 1, because the loss is {loss}, "
        f"got {low:g} to {high:g}; {remedy}"
    )


def unequal_sums(where: str, row: int, total: float) -> DataError:
    """Say that targets of softmax are no distributions."""
    return DataError(
        f"each row of {where} must add up to 1, because the output is softmax and the loss is "
        f"cross_entropy, got {total:g} in row {row}; divide each row by its sum, or use a "
        "logistic output if several classes can be right at once"
    )


# --- data sets ---------------------------------------------------------------------------------


def named_data(name: str) -> DataError:
    """Say that a name is no data set yet."""
    return DataError(
        f"data must be a data set, got the name {name!r}; load it with nc.data.load({name!r})"
    )


def not_data(kind: str) -> DataError:
    """Say that an object is no data set."""
    return DataError(
        f"data must be a data set or (x, t), got an object of the type {kind}; "
        "make one with nc.Data(train_x, train_t, test_x, test_t)"
    )


def not_examples(kind: str) -> DataError:
    """Say that an object holds no examples."""
    return DataError(
        f"examples must be (x, t), a data set or a part of one, got an object of the type {kind}; "
        "give for example run.data.train"
    )


def widths_differ(train: int, test: int) -> DataError:
    """Say that both parts of a data set have other inputs."""
    return DataError(
        f"train_x and test_x must have as many inputs, got {train} and {test}; "
        "give both the same columns"
    )


def parts_differ(train: Shape, test: Shape) -> DataError:
    """Say that both parts of a data set have other targets."""
    return DataError(
        "train_t and test_t must both hold labels or as many outputs, got the shapes "
        f"{train} and {test}; give both in the same form"
    )


def units_differ(train: str, test: str) -> DataError:
    """Say that one part of a data set is bytes and the other is not."""
    return DataError(
        "train_x and test_x must be of one type, since uint8 is multiplied by scale, got "
        f"{train} and {test}; convert both in the same way"
    )


def wrong_scale(scale: object, n_maps: int) -> DataError:
    """Say that bytes cannot be multiplied by something."""
    several = f", or one for each of the {n_maps} maps" if n_maps > 1 else ""
    return DataError(
        f"scale must be a finite number above 0{several}, got {_brief(scale)}; "
        "leave it out for 1/255"
    )


def wrong_offset(offset: object, n_maps: int) -> DataError:
    """Say that something cannot be added to bytes."""
    several = f", or one for each of the {n_maps} maps" if n_maps > 1 else ""
    return DataError(
        f"offset must be a finite number{several}, got {_brief(offset)}; leave it out for 0"
    )


def _brief(value: object) -> str:
    return " ".join(repr(value).split())


def not_bytes(kind: str) -> DataError:
    """Say that only bytes are standardized."""
    return DataError(
        f"train_x must be uint8 to be standardized, got {kind}; subtract the mean and divide by "
        "the deviation before"
    )


def shapes_differ(train: Shape, test: Shape) -> DataError:
    """Say that both parts hold images of other shapes."""
    return DataError(
        f"train_x and test_x must hold images of one shape, got {tuple(train)} and {tuple(test)}; "
        "give both the same height, width and maps"
    )


def wrong_shape(shape: object) -> DataError:
    """Say what the shape of an example may be."""
    return DataError(
        f"shape must be (inputs,), (height, width) or (height, width, maps), got {_brief(shape)}; "
        "leave it out to take it from train_x"
    )


def shape_of_others(given: Shape, own: Shape) -> DataError:
    """Say that examples do not have the shape that was given for them."""
    return DataError(
        f"shape must be that of an example of train_x, {tuple(own)}, got {tuple(given)}; "
        "leave it out to take it from train_x"
    )


def wrong_moves(shift: object, flip: object) -> DataError:
    """Say how images can be moved."""
    return DataError(
        "shift must be a whole number of pixels and flip True or False, got "
        f"{_brief(shift)} and {_brief(flip)}; write for example shift=3, flip=True"
    )


def wrong_first(n: object, there: int) -> DataError:
    """Say how many examples can be taken."""
    return DataError(
        f"the first examples must be a whole number of them from 1 to {there}, got {_brief(n)}; "
        f"write for example first={min(there, 1000)}"
    )


def no_images(inputs: int) -> DataError:
    """Say that only images can be moved."""
    return DataError(
        f"examples must be images to be shifted or flipped, got {inputs} inputs without a shape; "
        "give nc.Data(..., shape=(height, width, maps))"
    )


def shift_beyond(shift: int, shape: Shape) -> DataError:
    """Say that images would be moved out of sight."""
    return DataError(
        f"shift must be below the {min(shape[:2])} pixels of images of the shape {tuple(shape)}, "
        f"got {shift}; lower it"
    )


FIXED_DATA = (
    "the data of a run cannot be replaced; for other data use run.branch(data=other), or "
    "save the run and load it with nc.load(path, data=other, other_data=True)"
)
