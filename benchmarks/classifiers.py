"""LeNet-5 and an MLP that learn digits: the builders', stock Keras's and PyTorch's."""

import numpy as np

from benchmarks.peers import PLAIN_KERAS

XLA, TORCH = "fmkeras under XLA", "PyTorch, eager"
BATCH = 128
HIDDEN = (256, 128)
LENET, MLP = MODELS = "LeNet-5", "MLP"


def learner(model, contender):
    """Build one contender's classifier of 28 × 28 digits, ready to learn with Adam.

    Args:
        model: `LENET` or `MLP`.
        contender: String, its name.

    Returns:
        An object with `epochs(x, y, count)`, which gives a function that learns from
        all images so many times, and `probabilities(x)`, float32 array `(N, 10)`.
    """
    if contender == TORCH:
        return _Torch(_torch_lenet() if model == LENET else _torch_mlp())
    ours = _keras_model(model, compile=contender != PLAIN_KERAS)
    if contender == PLAIN_KERAS:  # the same layers under a plain `compile`
        ours.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    if contender == XLA:  # the default that was weighed and not taken
        ours.jit_compile = True
    return _Keras(ours)


def cross_entropy(probabilities, labels):
    """Give the mean loss in nats of probabilities `(N, C)` for labels `(N,)`."""
    right = probabilities[np.arange(len(labels)), labels].astype("float64")
    return float(-np.log(np.maximum(right, 1e-7)).mean())  # Keras's floor


def _keras_model(model, compile):
    from fmkeras import models

    if model == LENET:
        return models.lenet5(compile=compile)
    return models.mlp((28, 28, 1), HIDDEN, 10, compile=compile)


class _Keras:
    def __init__(self, model):
        self.model = model

    def epochs(self, x, y, count):
        return lambda: self.model.fit(x, y, batch_size=BATCH, epochs=count, verbose=0)

    def probabilities(self, x):
        return self.model.predict(x, verbose=0)


class _Torch:
    def __init__(self, model):
        import torch

        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.cross_entropy = torch.nn.CrossEntropyLoss()

    def epochs(self, x, y, count):
        """Learn as `fit` does: shuffled, with the accuracy counted on the way."""
        import torch

        x, y = _channels_first(x), torch.from_numpy(y).long()

        def epoch():
            right = 0
            for batch in torch.randperm(len(x)).split(BATCH):
                logits = self.model(x[batch])
                loss = self.cross_entropy(logits, y[batch])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                right += int((logits.argmax(dim=1) == y[batch]).sum())

        def run():
            self.model.train()
            for _ in range(count):
                epoch()

        return run

    def probabilities(self, x):
        import torch

        self.model.eval()
        with torch.inference_mode():
            logits = self.model(_channels_first(x))
            return torch.softmax(logits, dim=1).numpy()


def _channels_first(x):
    import torch

    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


def _torch_lenet():
    from torch import nn

    from fmkeras.models.lenet import DROPOUT

    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(DROPOUT),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Dropout(DROPOUT),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Dropout(DROPOUT),
        nn.Linear(84, 10),
    )


def _torch_mlp():
    from torch import nn

    first, second = HIDDEN
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, first),
        nn.ReLU(),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Linear(second, 10),
    )
