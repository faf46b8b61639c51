"""The rows: what each compares, with which goals, and what one may ask for."""

from importlib import import_module

import pytest

from benchmarks.rows import ROWS, UnknownRowError, chosen, measure

EAGER, COMPILED = "transformers, eager", "transformers, torch.compile"
HUB, KERAS, TORCH = "KerasHub", "Keras, plain compile", "PyTorch, eager"

# The goals of the table in the issue, as ratios of times.
GOALS = {
    "decoder": [{EAGER: 1.3, COMPILED: 1.0, HUB: 1.5, KERAS: 1.3}],
    "gpt2-training": [{EAGER: 1.0, COMPILED: 1.0, HUB: 1.0, KERAS: 1.0}],
    "generation": [
        {"transformers": goal, HUB: goal} for goal in (12.0, 4.0, 12.0, 4.0, 1.0)
    ],
    "gpt2-generation": [
        {"transformers": goal, HUB: goal} for goal in (1.3, 1.8, 1.3, 1.8, 1.0)
    ],
    "lenet5": [{KERAS: 1.3, TORCH: 1.3}],
    "mlp": [{KERAS: 1.3, TORCH: 1.3}],
    "attention": [{"PyTorch, fused": 1 / 1.5}] * 4 + [{}] * 2,
    "tokenizer": [
        {"subword-nmt": 1.0},
        {"subword-nmt": 1.0, "tiktoken, teaching": 1.0},
        {
            "Hugging Face tokenizers": 1 / 15,
            "subword-nmt": 1.0,
            "tiktoken, teaching": 1.0,
        },
        {"Hugging Face tokenizers": 1 / 15},
    ],
    "startup": [{"bare Keras": 1 / 1.05}, {"bare Keras": 1 / 1.1}],
    "quality": [],
    "growth": [],
}


def module_of(row):
    return import_module(f"benchmarks.{ROWS[row].module}")


def test_without_names_all_rows_are_chosen_or_the_fast_ones():
    assert chosen([], fast=False) == list(ROWS)
    assert chosen([], fast=True) == ["decoder", "lenet5", "mlp", "tokenizer"]
    assert chosen(["growth", "mlp"], fast=True) == ["growth", "mlp"]


def test_an_unknown_row_is_answered_with_the_list():
    with pytest.raises(UnknownRowError) as error:
        chosen(["mlp", "speed", "lenet"], fast=False)
    assert str(error.value) == (
        "No such row: speed, lenet. There are: decoder, gpt2-training, generation, "
        "gpt2-generation, lenet5, mlp, attention, tokenizer, startup, quality, growth."
    )


@pytest.mark.parametrize("row", ROWS)
def test_the_goals_are_those_that_were_set(row):
    goals = [
        {who: peer.goal for who, peer in job.peers.items() if peer.goal is not None}
        for job in module_of(row).jobs(row, fast=False)
    ]
    assert goals == GOALS[row]


@pytest.mark.parametrize("row", ROWS)
def test_a_fast_run_does_no_job_that_a_whole_run_leaves_out(row):
    jobs = module_of(row).jobs
    fast, whole = (
        {(job.name, peer) for job in jobs(row, fast) for peer in job.peers}
        for fast in (True, False)
    )
    assert fast <= whole


@pytest.mark.parametrize("row", chosen([], fast=True))
def test_a_fast_run_has_one_peer_a_row(row):
    (job,) = module_of(row).jobs(row, fast=True)
    assert len(job.peers) == 1


def test_prompts_and_batches_are_short_and_long_alone_and_together():
    names = [job.name for job in module_of("generation").jobs("generation", False)]
    assert names == [
        "4 layers, width 128: batch 1, prompt 16, 200 new",
        "4 layers, width 128: batch 8, prompt 16, 200 new",
        "4 layers, width 128: batch 1, prompt 512, 100 new",
        "4 layers, width 128: batch 8, prompt 512, 100 new",
        "4 layers, width 128: batch 1, prompt 512, 1 new",
    ]


def test_a_row_puts_comparisons_and_the_rest_together(monkeypatch, results):
    module = module_of("attention")
    compared = results["comparisons"]

    def compare(row, dotted, job, tell):
        assert (row, dotted) == ("attention", "benchmarks.attention")
        length = job.name.rpartition(" ")[2]
        memory = {"ours": {"added_mib": 100.0}, "theirs": {"added_mib": int(length)}}
        found = [
            {**compared[0], **memory, "job": job.name, "peer": peer}
            for peer in job.peers
        ]
        return found, [{"job": job.name}]

    monkeypatch.setattr("benchmarks.rows.compare", compare)
    found = measure("attention", fast=False, tell=print)
    assert len(found["comparisons"]) == 4 * 3 + 2
    assert len(found["left_out"]) == 6
    assert [
        (v["who"], round(v["value"], 6), v.get("at_most")) for v in found["values"]
    ] == [
        ("fmkeras", 0.0, 1.1),
        (module.TORCH, 1.0, None),
        (module.KERAS, 1.0, None),
        (module.PLAIN, 1.0, None),
    ]
    fast = measure("attention", fast=True, tell=print)
    assert fast["values"] == []  # one length tells nothing of growth
