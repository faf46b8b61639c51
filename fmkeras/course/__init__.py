"""The lessons: list them, run them, hand them out as notebooks, grade the answers.

A lesson is a percent script, `NN_topic.py`. Its exercises check themselves with
`expect`, in the lesson itself and when `grade` runs a student's copy.
"""

from fmkeras.course.exercises import Exercise, exercises
from fmkeras.course.expecting import expect
from fmkeras.course.grading import Result, grade
from fmkeras.course.lessons import Lesson, catalogue, find_lesson
from fmkeras.course.notebooks import to_notebook, write_copy
from fmkeras.course.running import LessonError, run
from fmkeras.course.timing import tell_time_at_exit

__all__ = [
    "Exercise",
    "Lesson",
    "LessonError",
    "Result",
    "catalogue",
    "exercises",
    "expect",
    "find_lesson",
    "grade",
    "run",
    "to_notebook",
    "write_copy",
]

tell_time_at_exit()
