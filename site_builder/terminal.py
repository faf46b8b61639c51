"""Shows a stream of text as a terminal would, without what changes every time."""

import re

ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\^_])")
# " 1s 12ms/step" of Keras's progress bar, and " - 1s - 12ms/step" of verbose=2.
STEP_TIME = re.compile(
    r" (?:- )?(?:\d+:)*\d+s? (?:- )?\d+(?:m|u|µ|μ)?s/(?:step|epoch|sample)\b"
)
PROGRESS = re.compile(r"^\s*(\d+)/(\d+|Unknown) +(?:━|\[[=>.]+\])")

START_UP_NOISE = re.compile(
    r"""
    ^WARNING:\ All\ log\ messages\ before\ absl::InitializeLog
    | ^[IW]\d{4}\ \d\d:\d\d:\d+\.\d+\ .*\.cc:\d+\]
    | ^E\d{4}\ \d\d:\d\d:\d+\.\d+\ .*cuda_\w+\.cc:\d+\]
    | ^\d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d\.\d+:\ [IW]\ (?:tensorflow|external)/
    | ^To\ enable\ the\ following\ instructions
    | ^Matplotlib\ is\ building\ the\ font\ cache
    """,
    re.VERBOSE,
)


def as_shown(text):
    r"""Return what stands on the screen once everything was printed.

    Carriage returns and backspaces move the cursor, colours vanish. Keras's step
    timings are removed and progress bars that were left unfinished are dropped,
    since neither is the same twice.

    Args:
        text: String as the program wrote it.

    Returns:
        String without trailing blank lines.

    Example:

    >>> as_shown("1/2 ━ 0s\r2/2 ━━ 0s 12ms/step - loss: 0.5\n")
    '2/2 ━━ - loss: 0.5'
    """
    lines = [_type_out(line) for line in ESCAPE.sub("", text).split("\n")]
    lines = [STEP_TIME.sub("", line) for line in lines if not _is_unfinished(line)]
    return "\n".join(lines).strip("\n")


def without_noise(text):
    """Drop what TensorFlow and Matplotlib say while they start.

    Args:
        text: String from the standard error stream.

    Returns:
        String of the lines that remain, without blank ones.
    """
    lines = (line.rstrip() for line in ESCAPE.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line and not START_UP_NOISE.match(line))


def _type_out(line):
    row, cursor = [], 0
    for character in line:
        if character == "\r":
            cursor = 0
        elif character == "\b":
            cursor = max(0, cursor - 1)
        else:
            row[cursor : cursor + 1] = [character]
            cursor += 1
    return "".join(row).rstrip()


def _is_unfinished(line):
    progress = PROGRESS.match(line)
    return progress is not None and progress[1] != progress[2]
