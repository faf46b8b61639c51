"""`python -m benchmarks`: which rows, written where, and what when one fails."""

import json

import pytest

from benchmarks import results as kept
from benchmarks.__main__ import main
from benchmarks.contender import ContenderError


@pytest.fixture
def measure(results):
    """Return a `measure` that gives one made-up comparison for each row."""

    def measure(row, fast, tell):
        tell(f"measuring {row}")
        if row == "lenet5":
            raise ContenderError("fmkeras", "LeNet-5", "RuntimeError: no")
        if row == "growth":
            raise KeyboardInterrupt
        found = kept.empty()
        found["comparisons"] = [{**results["comparisons"][0], "row": row}]
        return found

    return measure


def rows_in(path):
    return [each["row"] for each in json.loads(path.read_text())["comparisons"]]


def test_the_rows_that_are_named_are_printed_and_written(tmp_path, measure, capsys):
    figures, page = tmp_path / "figures.json", tmp_path / "new" / "page.md"
    options = ["--json", str(figures), "--markdown", str(page)]
    assert main(["mlp", "decoder", *options], measure) == 0
    assert rows_in(figures) == ["mlp", "decoder"]
    assert "### Training a decoder" in page.read_text("utf-8")
    assert "Training an MLP (mlp)" in capsys.readouterr().out


def test_rows_are_added_to_a_file_and_a_whole_run_begins_it_anew(tmp_path, measure):
    figures = tmp_path / "figures.json"
    main(["mlp", "--json", str(figures)], measure)
    main(["decoder", "--json", str(figures)], measure)
    assert rows_in(figures) == ["mlp", "decoder"]
    main(["--fast", "--json", str(figures)], measure)
    assert rows_in(figures) == ["decoder", "mlp", "tokenizer"]


def test_a_file_of_another_machine_is_not_added_to(tmp_path, measure, results, capsys):
    figures = tmp_path / "figures.json"
    kept.write(figures, results)
    assert main(["mlp", "--json", str(figures)], measure) == 2
    assert capsys.readouterr().err.startswith(
        f"{figures} holds figures of another machine or of other versions: machine "
    )
    assert kept.read(figures) == results


def test_an_unknown_row_is_answered_with_the_list(measure, capsys):
    assert main(["speed"], measure) == 2
    assert capsys.readouterr().err.startswith("No such row: speed. There are: decoder,")


def test_a_row_that_fails_is_named_and_the_others_are_measured(
    tmp_path, measure, capsys
):
    figures = tmp_path / "figures.json"
    assert main(["lenet5", "mlp", "--json", str(figures)], measure) == 1
    assert rows_in(figures) == ["mlp"]
    assert capsys.readouterr().err.endswith(
        "lenet5: fmkeras failed at 'LeNet-5': RuntimeError: no\n"
    )


def test_what_was_measured_before_an_interruption_is_kept(tmp_path, measure, capsys):
    figures = tmp_path / "figures.json"
    assert main(["mlp", "growth", "decoder", "--json", str(figures)], measure) == 130
    assert rows_in(figures) == ["mlp"]
    assert "Training an MLP (mlp)" in capsys.readouterr().out
