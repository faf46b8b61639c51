"""What it takes to begin: imports, the command line, the first step of a training.

Every round is a Python process of its own, timed from its start to its end.
"""

import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.contender import Contender
from benchmarks.jobs import OURS, Job, Peer

KERAS = "bare Keras"
IMPORT, FIRST_FIT = "import the builders", "import, build an MLP, first step of fit"
ALONE, HELP = "import fmkeras", "fmkeras --help"
ROUNDS = 5
LONGEST = 0.5  # seconds
SCRIPTS = {
    (IMPORT, OURS): "from fmkeras import models",
    (IMPORT, KERAS): "import keras",
    (FIRST_FIT, OURS): """
import numpy as np
from fmkeras import models
model = models.mlp(784, (256, 128), 10)
model.fit(np.ones((128, 784), "float32"), np.ones(128, "int32"), verbose=0)
""",
    (FIRST_FIT, KERAS): """
import keras
import numpy as np
from keras import layers
model = keras.Sequential([
    keras.Input((784,)),
    layers.Dense(256, "relu"),
    layers.Dense(128, "relu"),
    layers.Dense(10, "softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(np.ones((128, 784), "float32"), np.ones(128, "int32"), verbose=0)
""",
    (ALONE, OURS): "import fmkeras",
}


def jobs(row, fast):
    """Give what is compared with bare Keras: as long as it, up to a twentieth more."""
    return [
        Job(IMPORT, {KERAS: Peer((), 1 / 1.05)}),
        Job(FIRST_FIT, {KERAS: Peer((), 1 / 1.1)}),
    ]


def build(job, contender):
    """Give the function that runs a process."""
    if job == HELP:
        command = [Path(sys.executable).with_name("fmkeras"), "--help"]
    else:
        command = [sys.executable, "-c", SCRIPTS[job, contender]]
    return lambda: _run(command)


def more(row, found, tell, start=Contender):
    """Tell what has no peer: the package alone, and the command line's help."""
    values = []
    for job in (ALONE, HELP):
        tell(f"{row}: {job}")
        value = _median_seconds(start, job)
        place = {"row": row, "job": job, "who": OURS, "what": "time of the process"}
        values.append({**place, "value": value, "unit": "s", "at_most": LONGEST})
    return {"values": values}


def _run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _median_seconds(start, job):
    with start(__name__, job, OURS) as contender:
        contender.round()
        rounds = [contender.round()["seconds"] for _ in range(ROUNDS)]
    return statistics.median(rounds)
