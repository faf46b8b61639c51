"""What the pages that are written by hand say in Python is true."""

import re

import pytest

from site_builder.project import REPOSITORY_ROOT

PAGES = [
    "faq",
    "guides/interrupt-and-resume",
    "guides/mixed-precision",
    "guides/use-a-gpu",
    "install",
]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_python_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = REPOSITORY_ROOT / "docs" / f"{page}.md"
    text = path.read_text("utf-8")
    names = {"__name__": "__main__"}
    blocks = list(re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert blocks
    for block in blocks:
        lines_above = "\n" * (text[: block.start(1)].count("\n"))
        exec(compile(lines_above + block[1], str(path), "exec"), names)
