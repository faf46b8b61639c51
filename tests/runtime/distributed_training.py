"""What the tests run in processes of their own: `HOW FOLDER`.

HOW is one, mirrored or workers. Each writes the weights, histories and predictions of
every model into FOLDER, under HOW and its number.
"""

import sys
from pathlib import Path

import numpy as np

from fmkeras import data, models, runtime, text


def main(how, folder):
    """Train the models and write what came of them."""
    if how == "mirrored":
        runtime.use_logical_cpus(2)
    runtime.set_seed(3)
    kind = "one" if how == "one" else "auto"
    strategy = runtime.strategy(kind, timeout=200.0)
    results = {"strategy": type(strategy).__name__}
    for name, train in {"mlp": mlp, "lenet5": lenet5, "decoder": decoder}.items():
        runtime.set_seed(3)
        model, history, predictions = train(strategy)
        for variable in model.weights:
            results[f"{name}/weights/{variable.path}"] = variable.numpy()
        for metric, values in history.history.items():
            results[f"{name}/history/{metric}"] = values
        results[f"{name}/predictions"] = predictions
    results["dropout"] = with_dropout(strategy)
    results["errors"] = uneven(strategy)
    place = f"{how}{runtime.worker_index()}"
    np.savez(Path(folder) / f"{place}.npz", **results)
    print("finished", place)


def schedule():
    import keras

    return keras.optimizers.schedules.ExponentialDecay(0.002, 5, 0.9)


def digits():
    """61 images to validate with: the last batch is smaller, and odd."""
    (x, y), (x_test, y_test) = data.load_digits(28)
    return x[:160], y[:160], (x_test[:61], y_test[:61])


def mlp(strategy):
    with strategy.scope():
        model = models.mlp((28, 28, 1), (16,), 10, learning_rate=schedule())
    return fit_on_digits(model)


def lenet5(strategy):
    """Train the variant without dropout, whose masks would differ with the batch."""
    with strategy.scope():
        model = models.lenet5(variant="1998", learning_rate=schedule())
    # Where a gradient all but vanishes, Adam would make steps of its rounding.
    model.optimizer.epsilon = 1e-4
    return fit_on_digits(model)


def fit_on_digits(model):
    x, y, validation = digits()
    history = model.fit(
        x, y, batch_size=16, epochs=2, validation_data=validation, verbose=0
    )
    return model, history, model.predict(validation[0], verbose=0)


def decoder(strategy):
    """Train without biases: keys need none, and Adam would scale up their noise."""
    with strategy.scope():
        model = models.transformer_decoder(
            29, 16, 1, 2, 16, use_bias=False, learning_rate=schedule()
        )
    model.optimizer.global_clipnorm = 0.05  # small enough to clip every step
    ids = np.random.default_rng(0).integers(0, 29, 1200) ** 2 % 29
    history = model.fit(
        text.windows(ids, 16, batch_size=12, seed=0).take(10),
        epochs=2,
        validation_data=text.windows(ids[:300], 16, batch_size=12, shuffle=False),
        verbose=0,
    )
    return model, history, model.predict(np.reshape(ids[:80], (5, 16)), verbose=0)


def with_dropout(strategy):
    """Train a step with dropout; the weights must not drift apart."""
    x, y, _ = digits()
    with strategy.scope():
        model = models.lenet5()
    model.fit(x, y, batch_size=80, verbose=0)
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def uneven(strategy):
    """Collect what a batch of odd size is answered with, from arrays and pipelines."""
    import keras
    import tensorflow as tf

    with strategy.scope():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(loss="mse")
    x, y = np.ones((20, 3)), np.ones((20, 1))
    pipeline = tf.data.Dataset.from_tensor_slices((x, y)).batch(7)
    messages = []
    for call in (
        lambda: model.fit(x, y, batch_size=5, verbose=0),
        lambda: model.evaluate(pipeline, verbose=0),
        lambda: model.predict(x, batch_size=3, verbose=0),
        lambda: model.predict(x[:1], verbose=0),
    ):
        try:
            call()
        except ValueError as error:
            messages.append(str(error))
    return np.array(messages, dtype=str)


if __name__ == "__main__":
    main(*sys.argv[1:])
