"""Samplers as they are written at a terminal."""

import pytest

from fmkeras import generation
from fmkeras.commands.samplers import parse_sampler


@pytest.mark.parametrize(
    ("text", "sampler"),
    [
        ("greedy", "Greedy()"),
        ("temperature=0.8", "Temperature(0.8)"),
        ("top-k=40", "TopK(40)"),
        ("top-p=0.9", "TopP(0.9)"),
        ("min-p=.05", "MinP(0.05)"),
        (
            " repetition-penalty = 1.2, temperature=2 ,top-k=7",
            "RepetitionPenalty(1.2) | Temperature(2) | TopK(7)",
        ),
        ("top-k=7,temperature=2,greedy", "TopK(7) | Temperature(2) | Greedy()"),
    ],
)
def test_parts_are_applied_in_the_order_in_which_they_stand(text, sampler):
    assert repr(parse_sampler(text)) == sampler


def test_a_beam_search_is_a_sampler_too():
    beam = parse_sampler("beam=4")
    assert isinstance(beam, generation.Beam)
    assert beam.width == 4


NAMES = (
    "'greedy', 'temperature', 'top-k', 'top-p', 'min-p', 'repetition-penalty', 'beam'"
)


@pytest.mark.parametrize(
    ("text", "name", "advice"),
    [
        ("temprature=0.8", "temprature", " What would do: 'temperature'."),
        ("top_k=3", "top_k", " What would do: 'top-k'."),
        ("", "", ""),
        ("greedy,", "", ""),
    ],
)
def test_an_unknown_part_is_told_with_those_there_are(text, name, advice):
    with pytest.raises(ValueError) as error:
        parse_sampler(text)
    assert str(error.value) == (
        f"generate: `--sampler` must be one of {NAMES}. Received: --sampler={name!r}."
        + advice
    )


@pytest.mark.parametrize(
    "text", ["top-k", "top-k=", "top-k=2.5", "temperature=warm", "greedy=1", "beam=x"]
)
def test_a_part_without_a_number_is_told(text):
    with pytest.raises(ValueError) as error:
        parse_sampler(text)
    assert str(error.value) == (
        "generate: `--sampler` must be parts such as temperature=0.8 or top-k=40, or "
        f"greedy. Received: --sampler={text!r}."
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "temperature=0",
            "Temperature: `temperature` must be a number > 0. "
            "Received: temperature=0.0. "
            "What would do: Greedy(), which is what a temperature of 0 would mean.",
        ),
        (
            "top-k=0",
            "TopK: `k` must be a positive integer. Received: k=0. "
            "What would do: TopK(1), the likeliest token.",
        ),
        ("top-p=1.5", "TopP: `p` must be a number > 0 and ≤ 1. Received: p=1.5."),
    ],
)
def test_a_number_out_of_range_is_told(text, told):
    with pytest.raises(ValueError) as error:
        parse_sampler(text)
    assert str(error.value) == told
