"""The same quiet surroundings for every test and every docstring's example."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["MPLBACKEND"] = "agg"  # no screen is needed, and none is opened
