"""What a student's copy leaves out, and what it keeps."""

import pytest

from fmkeras.course.solutions import PLACEHOLDER, strip_solutions


def test_solutions_leave_their_indentation_behind():
    text = (
        "class A:\n"
        "    def f(self):\n"
        "        ### BEGIN SOLUTION\n"
        "        if True:\n"
        "            return 1\n"
        "        ### END SOLUTION\n"
        "\n"
        "    def g(self):\n"
        '        """Kept."""\n'
        "        ### BEGIN SOLUTION\n"
        "        ### END SOLUTION\n"
        "        return 2"
    )
    assert strip_solutions(text, "a.py") == (
        "class A:\n"
        "    def f(self):\n"
        f"        {PLACEHOLDER}\n"
        "\n"
        "    def g(self):\n"
        '        """Kept."""\n'
        f"        {PLACEHOLDER}\n"
        "        return 2"
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["# %%", "### END SOLUTION"],
            "a.py, line 2: `marker` must be preceded by '### BEGIN SOLUTION' in the "
            "same cell. Received: marker='### END SOLUTION'.",
        ),
        (
            ["# %%", "    ### BEGIN SOLUTION", "x = 1"],
            "a.py, line 2: `marker` must be followed by '### END SOLUTION' in the "
            "same cell. Received: marker='### BEGIN SOLUTION'.",
        ),
        (
            ["### BEGIN SOLUTION", "### BEGIN SOLUTION", "### END SOLUTION"],
            "a.py, line 1: `marker` must be followed by '### END SOLUTION' in the "
            "same cell. Received: marker='### BEGIN SOLUTION'.",
        ),
        (
            ["x = 1", "### BEGIN SOLUTION", "# %%", "### END SOLUTION"],
            "a.py, line 2: `marker` must be followed by '### END SOLUTION' in the "
            "same cell. Received: marker='### BEGIN SOLUTION'.",
        ),
        (
            ["## begin solution", "### END SOLUTION"],
            "a.py, line 1: `marker` must be '### BEGIN SOLUTION' or "
            "'### END SOLUTION'. Received: marker='## begin solution'.",
        ),
    ],
)
def test_a_malformed_marker_is_named_with_its_line(lines, message):
    with pytest.raises(ValueError) as error:
        strip_solutions("\n".join(lines), "a.py")
    assert str(error.value) == message


def test_prose_may_speak_of_solutions():
    text = "# In the end solution and problem meet: begin, solution in hand."
    assert strip_solutions(text, "a.py") == text
