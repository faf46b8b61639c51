"""The map of the course and the lecturers' tables."""

import re
from pathlib import Path

import pytest

from fmkeras.course import Lesson, catalogue
from site_builder.course_map import course_map
from site_builder.course_plan import FILE, read_plan
from site_builder.errors import BuildError
from site_builder.lecturers import objectives, syllabus
from site_builder.project import REPOSITORY_ROOT

PLAN = """\
parts:
  - part: I. Lines
    lessons:
      - {number: "01", title: Dots, after: [], topics: "points, places"}
      - {number: "02", title: Lines, after: ["01"], topics: slopes}
  - part: II. Planes
    lessons:
      - {number: "03", title: Areas, after: ["01", "02"], topics: squares}
weeks:
  - ["01", "02"]
  - ["03"]
"""


@pytest.fixture
def docs(tmp_path):
    (tmp_path / FILE).write_text(PLAN, "utf-8")
    return tmp_path


def lesson(number="02", title="Straight lines", prerequisites=("01",), path="02.py"):
    fields = number, "lines", title, "I. Lines", 4, 2, prerequisites
    return Lesson(*fields, ("Draw a line.", "Bend it."), Path(path))


def test_a_lesson_that_exists_is_a_link_and_others_are_coming(docs):
    shown = course_map(read_plan(docs, [lesson()]).steps, "lessons/")
    name = '[<span class="number">02</span> Straight lines](lessons/02_lines.md)'
    assert f"{name}{{ .name }}" in shown
    assert "4 minutes · builds on 01</span>" in shown
    assert 'aria-label="Difficulty 2 of 3"' in shown
    assert '<span class="about">Draw a line.</span>' in shown
    assert shown.count(".md)") == 1
    assert shown.count('<li class="planned"') == 2
    assert '<span class="facts">coming · builds on 01, 02</span>' in shown
    assert "Part I. Lines</p>" in shown
    assert "Part II. Planes</p>" in shown


def test_arcs_span_the_rows_between_lessons_headings_counted(docs):
    rows = course_map(read_plan(docs, []).steps).split("<li")[1:]
    assert [row.count("<path") for row in rows] == [0, 1, 2]
    heights = [int(re.search(r"--rows: (\d+)", row)[1]) for row in rows]
    assert heights == [1, 2, 4]  # lesson 03 lies below the heading of Part II
    starts_and_ends = re.findall(r'd="M\d+ (\d+)C.*? (\d+)"', rows[2])
    assert starts_and_ends == [("50", "350"), ("150", "350")]


def test_an_arc_to_a_lesson_that_nobody_plans_is_left_out(tmp_path):
    steps = read_plan(tmp_path, [lesson(prerequisites=("01",))]).steps
    shown = course_map(steps)
    assert "<path" not in shown
    assert "builds on 01" in shown


def test_the_syllabus_has_a_row_for_each_lesson_of_each_week(docs):
    assert syllabus(read_plan(docs, []).weeks).splitlines()[2:] == [
        "| 1 | 01 Dots (coming) | points, places |  |",
        "| 1 | 02 Lines (coming) | slopes |  |",
        "| 2 | 03 Areas (coming) | squares |  |",
    ]


def test_the_real_lessons_stand_with_objectives_and_exercises():
    lessons = catalogue(REPOSITORY_ROOT / "tutorials")
    weeks = read_plan(REPOSITORY_ROOT / "docs", lessons).weeks
    assert "[01 Linear regression](lessons/01_linear_regression.md)" in syllabus(
        weeks, "lessons/"
    )
    shown = objectives(lessons, "lessons/")
    for each in lessons:
        assert f"### [{each.number} {each.title}](lessons/{each.name}.md)" in shown
        assert all(f"- {objective}\n" in shown for objective in each.objectives)
    assert "- 1: Two errors (`both-errors`)" in shown


def test_every_planned_lesson_has_its_week_and_comes_after_what_it_builds_on():
    plan = read_plan(REPOSITORY_ROOT / "docs", [])
    assert [step for week in plan.weeks for step in week] == plan.steps
    seen = set()
    for step in plan.steps:
        assert set(step.after) <= seen
        seen.add(step.number)


def test_a_plan_with_a_fault_stops_the_build(docs):
    path = docs / FILE
    path.write_text(PLAN.replace('["03"]', '["04"]'), "utf-8")
    with pytest.raises(BuildError) as error:
        read_plan(docs, [])
    assert str(error.value) == (
        "course_plan.yml: no lesson of the plan is numbered 04."
    )
    path.write_text(PLAN.replace(", topics: slopes", ""), "utf-8")
    with pytest.raises(BuildError) as error:
        read_plan(docs, [])
    assert str(error.value) == (
        "course_plan.yml: a lesson has after, number, title, topics. Received: "
        "{'number': '02', 'title': 'Lines', 'after': ['01']}."
    )
