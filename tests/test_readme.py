"""README's first screen holds."""

import contextlib
import datetime
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.S | re.M)


def test_the_two_commands_are_targets_of_the_makefile():
    commands = [line.partition("#")[0].strip() for line in blocks("sh")[0].splitlines()]
    assert commands == ["make site", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in commands:
        assert re.search(rf"^{command.split()[1]}:", makefile, re.M)


@pytest.mark.slow
def test_six_lines_reach_98_percent():
    code = blocks("python")[0]
    assert len(code.strip().splitlines()) == 6
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert 0.98 < float(printed.getvalue().split()[-1]) <= 1


def long_words(model, tokenizer, sampler):
    """Let a model write five texts; give their words of four letters and more."""
    words = []
    for seed in range(1, 6):
        ids = model.generate(tokenizer.encode("The "), 60, sampler, seed=seed)
        words += re.findall(r"[A-Za-z]+", tokenizer.decode(ids))[:-1]  # cut off
    return [word for word in words if len(word) >= 4]


@pytest.mark.slow
def test_eight_lines_write_words_of_the_manual():
    code = blocks("python")[1]
    assert len(code.strip().splitlines()) == 8
    assert "epochs=4" in code
    code = code.replace("epochs=4", "epochs=2")  # which is enough to see that it learns
    namespace, printed = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), namespace)
    model, tokenizer = namespace["model"], namespace["tokenizer"]
    # Tokens drawn evenly have a perplexity of a thousand.
    assert model.history.history["perplexity"][-1] < 250
    written = tokenizer.decode(namespace["ids"])
    assert written.startswith("The ")
    assert len(namespace["ids"]) == len(tokenizer.encode("The ")) + 60
    assert printed.getvalue().endswith(written + "\n")
    words = long_words(model, tokenizer, namespace["generation"].TopP(0.7))
    known = set(re.findall(r"[A-Za-z]+", namespace["manual"]))
    assert len(words) > 20
    assert sum(word in known for word in words) > len(words) / 4


def test_every_file_and_test_it_names_exists():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if ":" not in link]
    named = re.findall(r"(?:tests|tutorials)/\S+\.py", README)
    assert links
    for path in {*links, *named}:
        assert (ROOT / path).exists(), path


def test_the_ratios_and_their_date_are_those_of_the_record():
    record = json.loads((ROOT / "docs/benchmarks.json").read_text(encoding="utf-8"))
    ratios = {(c["job"], c["peer"]): c["ratio"] for c in record["comparisons"]}
    writing = "4 layers, width 128: batch 1, prompt 16, 200 new"
    taken = datetime.date.fromisoformat(record["date"])
    said = re.search(
        r"`make bench`, (\d+ \w+ \d+)\), the small decoder trains ([\d.]+) times as "
        r"fast as transformers on PyTorch and ([\d.]+) times as fast as KerasHub, and "
        r"writes (\d+) and (\d+) times as fast as they do after a prompt of 16 tokens",
        " ".join(README.split()),
    )
    assert said.groups() == (
        f"{taken.day} {taken:%B %Y}",
        f"{ratios['reference job', 'transformers, eager']:.1f}",
        f"{ratios['reference job', 'KerasHub']:.1f}",
        f"{ratios[writing, 'transformers']:.0f}",
        f"{ratios[writing, 'KerasHub']:.0f}",
    )


def test_the_wrong_argument_gets_the_promised_sentence():
    command = re.search(r'-c "(from fmkeras import models; .*?)"', README)[1]
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ValueError: mlp: `hidden_dims` must be a non-empty sequence of positive "
        "integers, one for each hidden layer. Received: hidden_dims=(8, 'x'). "
        "What would do: (64,) or (128, 64)."
    )


def test_every_command_line_of_the_course_is_understood():
    from typer.testing import CliRunner

    from fmkeras.cli import app

    lines = [line.partition("#")[0] for line in blocks("sh")[1].splitlines()]
    assert len(lines) == 5
    for line in lines:
        program, command, *_ = shlex.split(line)
        assert program == ".venv/bin/fmkeras"
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0
