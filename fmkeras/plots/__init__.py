"""The figures of the lectures: arrays in, a matplotlib `Figure` out.

Nothing is shown or saved behind the reader's back. In a plain Python session pyplot
knows the figure, so that `plt.show()` opens it and `plt.close(figure)` frees it; in a
notebook the figure is the value of its cell, and appears once.

Text and lines take their colours, and letters their size, from
`matplotlib.rcParams`, backgrounds may be transparent, and no series is told from the
others by its colour alone.

In the shapes, N is a number of examples and C one of classes.

Example:

>>> from fmkeras import plots
>>> figure = plots.learning_curves({"loss": [1.0, 0.5, 0.3]})
>>> figure.axes[0].get_ylabel()
'loss'
"""

from fmkeras.plots.activations import activation_curves
from fmkeras.plots.attention import attention_map
from fmkeras.plots.bar_chart import bars
from fmkeras.plots.boundary import decision_boundary
from fmkeras.plots.graph import computational_graph
from fmkeras.plots.histories import learning_curves
from fmkeras.plots.images import feature_maps, image_grid
from fmkeras.plots.line_chart import curves
from fmkeras.plots.palette import PALETTE
from fmkeras.plots.scatter import scatter_fit
from fmkeras.plots.surface import loss_surface
from fmkeras.plots.token_boxes import token_boxes

__all__ = [
    "PALETTE",
    "activation_curves",
    "attention_map",
    "bars",
    "computational_graph",
    "curves",
    "decision_boundary",
    "feature_maps",
    "image_grid",
    "learning_curves",
    "loss_surface",
    "scatter_fit",
    "token_boxes",
]
