"""The same figures in the terminal and in Markdown."""

import io

from rich.console import Console

from benchmarks import markdown, tables

COMPARED = (
    "| MLP | PyTorch, eager | 16,384 images/s | 13,107 images/s | 1.25 (1.20 to 1.40) "
    "| ≥ 1.3, missed | 31 % / 25 % | 812 / 1,234 | 12 s / 0.70 s |"
)
REACHED = "| reference job | fmkeras | held-out loss | 1.860 nats | ≤ 1.87, met |"


def test_the_page_has_a_table_for_each_row_with_verdicts(results):
    page = markdown.page(results)
    assert page.startswith(
        "### Training an MLP\n\n"
        "| job | peer | fmkeras | the peer | ratio (spread) | goal "
        "| of the machine's rate | peak MiB | first call |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        f"{COMPARED}\n\n### What was learnt\n"
    )
    assert REACHED in page
    assert (
        "- A training step grew with sequence length T to the power 1.16; theory says "
        "1.07." in page
    )


def test_the_page_ends_with_machine_versions_date_and_who_was_left_out(results):
    assert markdown.page(results).endswith(
        "### Taken on\n\n"
        "- A processor, 2 cores, 23 GiB, Linux; 2026-11-21.\n"
        "- python 3.11.4, keras 3.15.1.\n"
        "- Matrix products of float32 reached 210 to 210 GFLOP/s while the figures "
        "were taken.\n"
        "- Left out: KerasHub (not installed: keras\\_hub), in 1 comparison.\n"
    )


def test_seconds_stand_where_no_work_is_counted(results):
    results["comparisons"][0] |= {"work": None, "unit": "", "goal": None}
    table = markdown.tables(results)
    assert "| 0.50 s | 0.62 s | 1.25 (1.20 to 1.40) |  | 31 %" in table


def test_a_bar_or_an_underscore_in_a_name_stays_text(results):
    results["comparisons"][0]["peer"] = "a|b_c"
    assert r"| MLP | a\|b\_c |" in markdown.tables(results)


def test_rows_come_in_the_order_of_the_list_not_of_the_measuring(results):
    late = {**results["comparisons"][0], "row": "decoder"}
    results["comparisons"].append(late)
    page = markdown.tables(results)
    assert page.index("### Training a decoder") < page.index("### Training an MLP")


def test_the_terminal_shows_the_same_words(results):
    file = io.StringIO()
    tables.show(results, Console(file=file, width=40))
    shown = file.getvalue()
    for row in (COMPARED, REACHED):
        for cell in row.strip("| ").split(" | "):
            assert cell in shown
    assert "Training an MLP (mlp)" in shown
    assert "a training step grows with sequence length T to the power 1.16" in shown
    assert "Left out: KerasHub (not installed: keras_hub), in 1 comparison." in shown
