"""What the kernel of every lesson does first: its text is sent there and run."""

# What Matplotlib would draw in black if no style were chosen.
INKED = (
    "axes.edgecolor",
    "axes.labelcolor",
    "boxplot.boxprops.color",
    "boxplot.capprops.color",
    "boxplot.whiskerprops.color",
    "hatch.color",
    "legend.edgecolor",
    "patch.edgecolor",
    "text.color",
    "xtick.color",
    "ytick.color",
)


def prepare(ink):
    """Make figures the same on every run, and ready for a light and a dark page.

    They come out as SVG without dates or random ids, on no ground, and what would be
    black gets a colour that no lesson uses, to be replaced when the page is made.

    Args:
        ink: String. That colour.

    Returns:
        Integer. The number of cores that the lesson will run on: two, as every
        lesson promises, where the system lets a process choose.
    """
    import os

    cores = os.cpu_count()
    if hasattr(os, "sched_setaffinity"):
        chosen = sorted(os.sched_getaffinity(0))[:2]
        os.sched_setaffinity(0, chosen)
        cores = len(chosen)

    import matplotlib
    from matplotlib_inline import backend_inline

    matplotlib.rcdefaults()
    backend_inline.set_matplotlib_formats(
        "svg", facecolor="none", bbox_inches="tight", metadata={"Date": None}
    )
    grounds = ("figure.facecolor", "axes.facecolor", "legend.facecolor")
    matplotlib.rcParams.update(dict.fromkeys(grounds, "none"))
    matplotlib.rcParams.update(dict.fromkeys(INKED, ink))
    matplotlib.rcParams.update({"svg.hashsalt": "fmkeras", "svg.fonttype": "path"})
    return cores
