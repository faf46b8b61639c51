"""LeNet-5, the first convolutional network that went to work."""

import keras

from fmkeras.errors import argument_error, check_choice, check_integer, is_integer
from fmkeras.models.arguments import check_classifier_activation, check_learning_rate
from fmkeras.models.compiling import compile_classifier

VARIANTS = ("modern", "1998")
DROPOUT = 0.25  # share of the units dropped before each dense layer, in training
SMALLEST = 12  # pixels; below that the second pooling has nothing left to pool


def lenet5(
    input_shape=(28, 28, 1),
    num_classes=10,
    variant="modern",
    classifier_activation="softmax",
    learning_rate=0.001,
    compile=True,
    name="lenet5",
):
    r"""Read digits with two convolutions, two poolings and three dense layers.

    Each convolution looks for the same small patterns at every place, each
    pooling keeps what was found and forgets exactly where. The layers bear the
    paper's names:

    | layer | what it does | output for 28 × 28 × 1 | parameters |
    |---|---|---|---|
    | C1 | 6 filters 5 × 5 | 28 × 28 × 6 | 156 |
    | S2 | pooling 2 × 2 | 14 × 14 × 6 | 0 |
    | C3 | 16 filters 5 × 5 | 10 × 10 × 16 | 2,416 |
    | S4 | pooling 2 × 2 | 5 × 5 × 16 | 0 |
    | C5 | dense | 120 | 48,120 |
    | F6 | dense | 84 | 10,164 |
    | output | dense | 10 | 850 |

    That makes 61,706. The variant `"1998"` is LeCun's: the scaled hyperbolic
    tangent $1.7159 \tanh(\tfrac{2}{3} x)$ and averages as pooling. Three things of
    the paper are left out, as everybody leaves them out today: the trainable
    coefficients of the pooling, the table that joins only some maps of S2 to each
    filter of C3, and the radial basis functions at the end. The variant
    `"modern"` has rectified linear units, maxima as pooling, and dropout: in
    training, every dense layer misses a quarter of what enters it.

    The paper centres its 28 × 28 digits in 32 × 32 images before C1. Here C1 pads
    with zeros instead, which is the same; in the variant `"1998"` images of
    32 × 32 or more are taken as they are.

    Args:
        input_shape: Tuple `(height, width, channels)`, at least 12 pixels each way.
        num_classes: Integer C ≥ 2.
        variant: `"modern"` or `"1998"`.
        classifier_activation: `"softmax"` for probabilities, or `None` for logits;
            the loss follows.
        learning_rate: Positive float or `keras` schedule. Step size of Adam.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `keras.Model` from `(B, height, width, channels)` to `(B, C)`. Labels are
        class numbers from 0 to C − 1.

    Raises:
        ValueError: If an argument is out of range, and from `fit` if a label is
            no class number.

    Example:

    >>> lenet5().count_params()
    61706
    >>> lenet5((32, 32, 1), variant="1998").count_params()
    61706

    Reference:
        LeCun, Bottou, Bengio and Haffner (1998), "Gradient-Based Learning Applied
        to Document Recognition", Proceedings of the IEEE 86(11), section II.B.
    """
    owner = "lenet5"
    shape = _check_image_shape(owner, input_shape)
    num_classes = check_integer(
        owner,
        "num_classes",
        num_classes,
        minimum=2,
        would_do="2 or more",
    )
    check_choice(owner, "variant", variant, VARIANTS)
    check_classifier_activation(owner, classifier_activation, "softmax")
    learning_rate = check_learning_rate(owner, learning_rate)

    inputs = keras.Input(shape)
    features = (_modern if variant == "modern" else _original)(inputs)
    outputs = keras.layers.Dense(
        num_classes,
        activation=classifier_activation,
        dtype="float32",  # under mixed precision, too, the loss is taken in full
        name="output",
    )(features)
    model = keras.Model(inputs, outputs, name=name)
    if not compile:
        return model
    return compile_classifier(
        model,
        owner,
        keras.optimizers.Adam(learning_rate),
        from_logits=classifier_activation is None,
    )


def _modern(x):
    layers = keras.layers
    relu = {"activation": "relu", "kernel_initializer": "he_normal"}
    x = layers.Conv2D(6, 5, padding="same", **relu, name="C1")(x)
    x = layers.MaxPooling2D(2, name="S2")(x)
    x = layers.Conv2D(16, 5, **relu, name="C3")(x)
    x = layers.MaxPooling2D(2, name="S4")(x)
    x = layers.Dropout(DROPOUT)(layers.Flatten()(x))
    x = layers.Dense(120, **relu, name="C5")(x)
    x = layers.Dropout(DROPOUT)(x)
    x = layers.Dense(84, **relu, name="F6")(x)
    return layers.Dropout(DROPOUT)(x)


def _original(x):
    layers = keras.layers
    padding = "valid" if min(x.shape[1:3]) >= 32 else "same"
    x = _squash(layers.Conv2D(6, 5, padding=padding, name="C1")(x))
    x = layers.AveragePooling2D(2, name="S2")(x)
    x = _squash(layers.Conv2D(16, 5, name="C3")(x))
    x = layers.AveragePooling2D(2, name="S4")(x)
    x = _squash(layers.Dense(120, name="C5")(layers.Flatten()(x)))
    return _squash(layers.Dense(84, name="F6")(x))


def _squash(x):
    """Apply 1.7159 tanh(2x / 3): f(±1) = ±1, and the slope is largest around 0."""
    x = keras.layers.Activation("tanh")(keras.layers.Rescaling(2 / 3)(x))
    return keras.layers.Rescaling(1.7159)(x)


def _check_image_shape(owner, input_shape):
    if (
        not isinstance(input_shape, (tuple, list))
        or len(input_shape) != 3
        or not all(is_integer(size) and size >= 1 for size in input_shape)
    ):
        raise argument_error(
            owner,
            "input_shape",
            "a tuple (height, width, channels) of positive integers",
            input_shape,
            would_do="(28, 28, 1)",
        )
    if min(input_shape[:2]) < SMALLEST:
        raise argument_error(
            owner,
            "input_shape",
            f"at least {SMALLEST} × {SMALLEST} pixels, or nothing is left of the image "
            "after two convolutions and two poolings",
            input_shape,
            would_do="load_digits(size=28), whose images are (28, 28, 1)",
        )
    return tuple(int(size) for size in input_shape)
