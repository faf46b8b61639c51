# ---
# title: Convolution and LeNet-5
# part: I. Machine learning basics
# minutes: 1
# difficulty: 2
# prerequisites: ["07"]
# objectives:
#   - Work out a convolution by hand, by loops and with Keras, and predict its size.
#   - Show in numbers what moves with the image, and where that ends.
#   - Count the parameters of LeNet-5 layer by layer, and say what weight sharing saves.
#   - Train LeNet-5 and explain why it beats networks that see no neighbours.
# ---

# %% [markdown]
# # Convolution and LeNet-5
#
# Move a handwritten digit a few pixels to the right and you still read the same digit.
# The softmax regression of lesson 04 does not: it has one weight for every pixel, and
# after the move every pixel meets the weight of its neighbour. **How can a network
# recognise a pattern wherever it stands?**
#
# The answer has been the same since LeNet-5 and its kin read bank cheques in the 1990s:
# look through a small window, use the same few weights at every place, and let the
# window slide. This lesson works that operation out by hand, shows what it guarantees
# and what it does not, builds LeNet-5 from it, and then takes its assumptions
# away to see what they were worth.
#
# It assumes lesson 07: the multilayer perceptron, MLP for short, which is dense layers
# one after the other with the ReLU in between, and dropout; and what that lesson is
# built on, the softmax and the cross entropy of lesson 04.
#
# **Letters.** The lectures speak of a *filter* with weights $w$ and of the layers CONV,
# POOL and FC (convolution, pooling and fully connected). Here the filter is a *kernel*
# $k$, as in Keras, and the layers are `Conv2D`, `MaxPooling2D` or `AveragePooling2D`,
# and `Dense`. The lectures' step size $\gamma$ is the argument `learning_rate`, which
# stays at its default throughout.

# %% tags=["setup"]
import keras
import numpy as np

from fmkeras import data, models, plots, runtime
from fmkeras.course import expect
from fmkeras.scratch import average_pool2d, convolve2d, max_pool2d, output_size

SEED = 0
EPOCHS = 15  # for the digits as they are
WANDERING_EPOCHS = 12  # for the digits that wander
MNIST_EPOCHS = 1
FARTHEST = 4  # pixels that a test digit is moved
PAGE = 20  # side of the page on which smaller digits wander
MLP_WIDTH = 76  # hidden neurons: about as many weights as LeNet-5 has

# %% [markdown]
# ## A digit that moves
#
# First the trouble. The digits of lesson 04, enlarged to 28 × 28 pixels, train a
# softmax regression; then we move the test images to the right and ask it again.

# %%
(x_train, y_train), (x_test, y_test) = data.load_digits(size=28)
distances = np.arange(FARTHEST + 1)


def move_right(images, distance):
    """Move images (B, height, width, 1); empty paper comes in from the left."""
    width = images.shape[2]
    return np.pad(images, [(0, 0), (0, 0), (distance, 0), (0, 0)])[:, :, :width]


# %% [markdown]
# Three models will meet in this lesson. Each is built by `fmkeras.models` with its
# default arguments, and each starts from the same seed.

# %%
builders = {
    "softmax regression": lambda shape: models.softmax_regression(shape, 10),
    "MLP": lambda shape: models.mlp(shape, (MLP_WIDTH,), 10),
    "LeNet-5": lambda shape: models.lenet5(shape),
}


def train(name, images, epochs):
    """Build one of the models anew and train it on images of the training digits."""
    runtime.set_seed(SEED)
    model = builders[name](images.shape[1:])
    history = model.fit(images, y_train, epochs=epochs, verbose=0)
    return model, history


def read(model, images):
    """Give the probability of every class for every image, (B, C)."""
    return keras.ops.convert_to_numpy(model(images))


def accuracy(model, images):
    """Give the share of right answers on images of the test digits."""
    return (read(model, images).argmax(axis=1) == y_test).mean()


# %% alt="Two handwritten digits, each moved to the right by zero to four pixels. Above each image stands the class that softmax regression reads: the right one at first, a wrong one after the move."
softmax, softmax_history = train("softmax regression", x_train, EPOCHS)
answers = np.stack(
    [read(softmax, move_right(x_test, d)).argmax(axis=1) for d in distances], axis=1
)
lost = (answers[:, 0] == y_test) & (answers[:, -1] != y_test)
two = lost.nonzero()[0][:2]
plots.image_grid(
    np.concatenate([move_right(x_test[[i]], d) for i in two for d in distances]),
    titles=[f"reads {answer}" for answer in answers[two].ravel()],
    columns=len(distances),
)

# %%
shares = (answers == y_test[:, np.newaxis]).mean(axis=0)
print("pixels moved  test digits read right")
for distance, share in zip(distances, shares, strict=True):
    print(f"{distance:12}  {share:.1%}")
assert shares[-1] < shares[0] - 0.2

# %% [markdown]
# Four pixels of 28 are hardly more than one of the 8 × 8 original, and nothing about
# the digits has changed but their place.
#
# ## A window that slides
#
# Take an image $x$ and a small array of weights $k$, the kernel. Lay the kernel on the
# image, multiply what lies on top of each other, add up the products, and write the sum
# down. Move the window by one pixel and do it again:
#
# $$
# y_{r,c} = \sum_{i=0}^{k_h - 1} \sum_{j=0}^{k_w - 1} x_{r + i,\; c + j}\; k_{i,j}
# $$
#
# Rows $r$ and columns $c$ are counted from 0, and $k_h$ and $k_w$ are the height and
# the width of the kernel. The map $y$ is large where the image looks like the kernel.
# Here is a seven on a 5 × 5 image, and a 3 × 3 kernel that looks for a stroke rising to
# the right:
#
# $$
# x = \begin{pmatrix}
# 1 & 1 & 1 & 1 & 1 \\
# 0 & 0 & 0 & 1 & 0 \\
# 0 & 0 & 1 & 0 & 0 \\
# 0 & 1 & 0 & 0 & 0 \\
# 1 & 0 & 0 & 0 & 0
# \end{pmatrix},
# \qquad
# k = \begin{pmatrix}
# 0 & 0 & 1 \\
# 0 & 1 & 0 \\
# 1 & 0 & 0
# \end{pmatrix}
# $$
#
# In the top left window, the rows 0 to 2 and the columns 0 to 2, the kernel picks out
# three pixels, of which one has ink:
#
# $$
# y_{0,0} = x_{0,2} + x_{1,1} + x_{2,0} = 1 + 0 + 0 = 1
# $$
#
# Two columns to the right it meets the stroke:
#
# $$
# y_{0,2} = x_{0,4} + x_{1,3} + x_{2,2} = 1 + 1 + 1 = 3
# $$
#
# There are $3 \times 3$ places where the window fits, and working through all nine
# gives
#
# $$
# y = \begin{pmatrix}
# 1 & 1 & 3 \\
# 0 & 3 & 0 \\
# 3 & 0 & 0
# \end{pmatrix}.
# $$
#
# Three where the stroke is, one where the kernel catches a pixel of the bar, nothing
# elsewhere. The same nine sums by loops, with `fmkeras.scratch`:

# %%
seven = np.array(
    [
        [1, 1, 1, 1, 1],
        [0, 0, 0, 1, 0],
        [0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0],
        [1, 0, 0, 0, 0],
    ]
)
rising = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]])

by_hand = np.array([[1, 1, 3], [0, 3, 0], [3, 0, 0]])
by_loops = convolve2d(seven, rising)
print(by_loops)
np.testing.assert_array_equal(by_loops, by_hand)

# %% [markdown]
# And by `keras.layers.Conv2D`, which wants a batch of images with channels,
# `(B, height, width, channels)`, and a kernel
# `(kernel_height, kernel_width, in_channels, out_channels)`. A function that adds those
# axes and takes them away again will serve us all through the lesson.


# %%
def keras_convolution(image, kernel, **options):
    """Give one image to a Conv2D layer that has our kernel."""
    layer = keras.layers.Conv2D(1, kernel.shape, use_bias=False, **options)
    layer.build((1, *image.shape, 1))
    layer.set_weights([kernel[:, :, np.newaxis, np.newaxis]])
    maps = layer(image[np.newaxis, :, :, np.newaxis].astype("float32"))
    return keras.ops.convert_to_numpy(maps)[0, :, :, 0]


by_keras = keras_convolution(seven, rising)
np.testing.assert_allclose(by_keras, by_hand, atol=1e-6)
print("By hand, by loops and by Keras: the same nine numbers.")

# %% alt="Three small grids of numbers: the seven on 5 by 5 pixels, the 3 by 3 kernel with ones on its rising diagonal, and the 3 by 3 map with threes along the stroke of the seven."
plots.image_grid(
    [seven, rising, by_loops], titles=["image", "kernel", "map"], annotate=True
)

# %% [markdown]
# ### Convolution or cross-correlation?
#
# Mathematicians flip the kernel in both directions before they slide it, and call
# *that* a convolution; without the flip the operation is a cross-correlation. Every
# deep-learning library leaves the flip out, because a kernel that is learned would
# simply be learned flipped, and says convolution all the same. So do we from here on.
# NumPy, which keeps the old names, shows the difference in one dimension:

# %%
signal, difference = np.array([0, 0, 1, 1, 0, 0]), np.array([-1, 1])
as_keras_does = convolve2d(signal[np.newaxis], difference[np.newaxis])[0]
print("sliding the kernel as it is:", as_keras_does)
print("flipping it first:          ", np.convolve(signal, difference, "valid"))
np.testing.assert_array_equal(as_keras_does, np.correlate(signal, difference))
np.testing.assert_array_equal(
    convolve2d(signal[np.newaxis], difference[np.newaxis, ::-1])[0],
    np.convolve(signal, difference, "valid"),
)

# %% [markdown]
# ## Edges
#
# What can one kernel see? Take the brightness to the right minus the brightness to the
# left, averaged over three rows, and you have a detector of vertical edges; its
# transpose detects horizontal ones. These two are Sobel's, from long before any kernel
# was learned:
#
# $$
# k_{\text{vertical}} = \frac{1}{4} \begin{pmatrix}
# -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{pmatrix},
# \qquad
# k_{\text{horizontal}} = k_{\text{vertical}}^\top
# $$

# %% alt="A four and two maps of it. The map of vertical edges is orange where ink begins and blue where it ends, going right; the map of horizontal edges does the same going down."
vertical = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
digit = x_test[y_test == 4][0, :, :, 0]
plots.image_grid(
    [digit, convolve2d(digit, vertical), convolve2d(digit, vertical.T)],
    titles=["image", "vertical edges", "horizontal edges"],
    diverging=True,
)

# %% [markdown]
# Orange is above zero, blue below: in the maps, orange says that ink begins and blue
# that it ends. Neither map is a four yet, but a second layer that looks at both can
# look for "a vertical edge above a horizontal one". That is the plan of every
# convolutional network: simple patterns first, patterns of patterns next, and nobody
# writes the kernels down; gradient descent finds them.
#
# ## How large is the map?
#
# The map of a 5 × 5 image had 3 × 3 places. In general, along each axis (and with
# letters for sizes now, not for places): a window of size $k$ on an image of size $i$,
# with $p$ zeros laid around it on either side (*padding*) and steps of $s$ pixels
# (*stride*). Counted in the padded image, the first window starts at pixel 0, the last
# at $i + 2p - k$ or, if the steps do not come out even, a little before:
#
# $$
# o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1
# $$
#
# Keras has names for two paddings: `"valid"` is $p = 0$, so that every window sees
# image only; `"same"` adds as many zeros as make $o = \lceil i / s \rceil$, which for
# stride 1 keeps the size; if their number is odd, the odd one goes below and to the
# right. The formula is `fmkeras.scratch.output_size`, and Keras has to agree with it in
# every case:

# %%
print("image  kernel  stride  padding  map")
for size, kernel_size, stride, padding in [
    (5, 3, 1, "valid"),
    (32, 5, 1, "valid"),
    (28, 5, 1, "valid"),
    (28, 5, 1, "same"),
    (28, 2, 2, "valid"),
    (28, 3, 2, "valid"),
    (28, 3, 2, "same"),
    (28, 5, 3, "same"),
]:
    layer = keras.layers.Conv2D(1, kernel_size, strides=stride, padding=padding)
    by_keras = layer(np.zeros((1, size, size, 1), "float32")).shape[1]
    by_formula = output_size(size, kernel_size, stride, padding)
    assert by_formula == by_keras
    print(f"{size:5}  {kernel_size:6}  {stride:6}  {padding:7}  {by_formula:3}")

# %% [markdown]
# Two rows of that table stand in LeNet-5: $32 - 5 + 1 = 28$ for its first convolution,
# and $\lfloor (28 - 2) / 2 \rfloor + 1 = 14$ for its first pooling. Explicit zeros,
# with a stride that does not come out even, agree as well, number by number:

# %%
rng = np.random.default_rng(SEED)
image, kernel = rng.normal(size=(11, 8)), rng.normal(size=(4, 3))
for stride in (1, 2, 3):
    np.testing.assert_allclose(
        convolve2d(image, kernel, stride, padding=2),
        keras_convolution(np.pad(image, 2), kernel, strides=stride),
        atol=1e-5,
    )
    np.testing.assert_allclose(
        convolve2d(image, kernel, stride, padding="same"),
        keras_convolution(image, kernel, strides=stride, padding="same"),
        atol=1e-5,
    )
print("Strides 1, 2 and 3, with both kinds of padding: loops and Keras agree.")

# %% [markdown]
# ## Many channels
#
# One kernel gives one map. A layer has several, and the next layer looks at all of them
# at once: its kernels have a slice for every channel $n$ that comes in, and there is
# one kernel for every channel $o$ that goes out. With a bias for each of them,
#
# $$
# y_{r,c,o} = b_o + \sum_{i,j} \sum_{n} x_{s r + i,\; s c + j,\; n}\; k_{i,j,n,o} .
# $$
#
# The window slides over two axes only; over the channels it sums. The second
# convolution of LeNet-5 makes 16 maps out of 14 × 14 × 6 numbers:

# %%
layer = keras.layers.Conv2D(16, 5, bias_initializer="random_normal")
six_maps = rng.normal(size=(14, 14, 6)).astype("float32")
sixteen_maps = keras.ops.convert_to_numpy(layer(six_maps[np.newaxis]))[0]

kernels, bias = layer.get_weights()
print(f"kernels {kernels.shape}, biases {bias.shape}, maps {sixteen_maps.shape}")
np.testing.assert_allclose(
    convolve2d(six_maps, kernels) + bias, sixteen_maps, atol=1e-4
)

# %% [markdown]
# ## Pooling
#
# Next to "is there a stroke?" the question "exactly at which pixel?" matters little.
# Pooling keeps one number of each window, the largest or the mean, and usually lays its
# windows side by side (the stride is the window's size). It has nothing to learn, makes
# the maps smaller and lets the next kernel see further.

# %%
maps = np.array([[1, 1, 3, 0], [0, 3, 0, 0], [3, 0, 0, 2], [0, 0, 2, 4]])
print("largest:", max_pool2d(maps, size=2).tolist())
print("mean:   ", average_pool2d(maps, size=2).tolist())

batch = maps[np.newaxis, :, :, np.newaxis].astype("float32")
for ours, layer in [
    (max_pool2d, keras.layers.MaxPooling2D(2)),
    (average_pool2d, keras.layers.AveragePooling2D(2)),
]:
    np.testing.assert_allclose(ours(maps, size=2), layer(batch)[0, :, :, 0])

# %% [markdown]
# ## What moves with the image
#
# Now to the question of the opening. Write $T_d$ for "move by $d$ pixels",
# $(T_d x)_r = x_{r - d}$ along one axis. The convolution of the moved image is
#
# $$
# \sum_{i} (T_d x)_{r + i}\, k_i = \sum_{i} x_{(r - d) + i}\, k_i = y_{r - d} ,
# $$
#
# the moved map: it makes no difference whether you move first or convolve first. That
# is called *translation equivariance*, and one line of algebra guarantees it for every
# kernel, before anything was learned. We give the four an empty margin, so that nothing
# touches the border, and compare.

# %%
paper = np.pad(digit, 8)


def shift(array, down, right):
    """Move an array; what leaves on one side comes back on the other."""
    return np.roll(array, (down, right), axis=(0, 1))


moved_first = convolve2d(shift(paper, 2, 3), vertical, padding="same")
moved_last = shift(convolve2d(paper, vertical, padding="same"), 2, 3)
np.testing.assert_array_equal(moved_first, moved_last)
print(f"Largest difference: {np.abs(moved_first - moved_last).max()}")

# %% [markdown]
# ### Where it ends: borders
#
# The algebra silently used pixels beyond the border, and padding invents them. Take an
# image that is the same everywhere, so that moving it changes nothing, and a kernel
# that averages: an equivariant map would be the same everywhere too.

# %%
blur = np.full((3, 3), 1 / 9)
print(convolve2d(np.ones((5, 5)), blur, padding="same").round(2))

# %% [markdown]
# The zeros of `padding="same"` paint a dark frame, and the frame does not move with the
# image. A network can learn from it how near the border is.
#
# ### Where it ends: strides
#
# With stride $s$ the map keeps every $s$-th place only. If the image moves by $s$
# pixels, the map moves by one; if the image moves by less, the window falls between
# its old places and reads other numbers altogether.

# %%
still = convolve2d(paper, vertical, stride=2, padding="same")
print(f"The largest value of the map is {np.abs(still).max():.2f}.")
for right in (1, 2):
    after = convolve2d(shift(paper, 0, right), vertical, stride=2, padding="same")
    nearest = min(np.abs(after - shift(still, 0, d)).max() for d in range(-2, 3))
    print(f"Image moved by {right}: the best move of the map is off by {nearest:.2f}.")
    assert (nearest < 1e-12) == (right == 2)

# %% [markdown]
# ### What pooling gives, and takes
#
# Pooling has a stride, so it too is equivariant only to moves by whole windows. In
# exchange it makes the map *less sensitive* to small moves, the more so the larger the
# window. Here is by how much the pooled map of vertical edges changes,
# $\lVert \text{after} - \text{before} \rVert / \lVert \text{before} \rVert$, when the
# image moves by one pixel, on average over ten digits:

# %%
change = {}
for size in (1, 2, 4, 8):
    shares = []
    for image in np.pad(x_test[:10, :, :, 0], [(0, 0), (8, 8), (8, 8)]):
        edges = np.maximum(convolve2d(image, vertical, padding="same"), 0)
        before = max_pool2d(edges, size)
        after = max_pool2d(shift(edges, 0, 1), size)
        shares.append(np.linalg.norm(after - before) / np.linalg.norm(before))
    change[size] = np.mean(shares)
    print(f"windows of {size} × {size}: the map changes by {change[size]:.0%}")
assert change[8] < change[4] < change[2] < change[1]

# %% [markdown]
# Less is not nothing: neither convolution nor pooling makes a network *invariant*,
# blind to where things are. We shall measure what is left of the trouble at the end.
#
# ## The same weights everywhere
#
# A convolution is linear in the image, so it is also a `Dense` layer: there is a matrix
# $M$ with $y = M x$ for the flattened image and map. Its columns are the maps of images
# with a single bright pixel.

# %% alt="The 9 by 25 matrix of a 3 by 3 convolution on a 5 by 5 image. Each row holds the same nine numbers, further right than in the row above; everything else is zero."
counting = np.arange(1.0, 10.0).reshape(3, 3)
one_pixel_each = np.eye(25).reshape(25, 5, 5)
matrix = np.stack(
    [convolve2d(image, counting).ravel() for image in one_pixel_each], axis=1
)
np.testing.assert_allclose(matrix @ seven.ravel(), convolve2d(seven, counting).ravel())
plots.image_grid([matrix], annotate=True, figsize=(6.8, 2.7))

# %% [markdown]
# Of the $9 \times 25 = 225$ entries, most are zero, because a window sees only its
# neighbourhood, and the others are the same nine numbers over and over, because every
# place shares its weights. Both are assumptions about images: **what belongs together
# lies close together, and what is worth finding here is worth finding there.** They
# are what makes a convolutional layer so small. For the first layer of LeNet-5, 28 × 28
# pixels to 28 × 28 × 6 numbers:

# %%
pixels, places, num_maps, window = 28 * 28, 28 * 28, 6, 5 * 5
dense = (pixels + 1) * places * num_maps
local = (window + 1) * places * num_maps
shared = (window + 1) * num_maps
print(f"dense, every pixel to every number:    {dense:>9,} parameters")
print(f"local, but every place has its own:    {local:>9,} parameters")
print(f"local and shared, a convolution:       {shared:>9,} parameters")

lenet = models.lenet5()
assert lenet.get_layer("C1").count_params() == shared == 156
wide = keras.Sequential([keras.Input((pixels,)), keras.layers.Dense(places * num_maps)])
assert wide.count_params() == dense == 3_692_640

# %% [markdown]
# ## LeNet-5
#
# In 1998 Yann LeCun and his colleagues put the pieces in the order that stayed:
# CONV–POOL–CONV–POOL–FC–FC and an output layer, with 5 × 5 windows and stride 1 in the
# convolutions, 2 × 2 windows and stride 2 in the poolings. Maps shrink from layer to
# layer and become more: 6, then 16. At the end 400 numbers are left, and dense layers
# decide. Each count of parameters follows from
#
# $$
# \text{CONV: } (k \cdot k \cdot \text{channels in} + 1) \cdot \text{channels out},
# \qquad
# \text{FC: } (\text{numbers in} + 1) \cdot \text{numbers out},
# $$
#
# where the one is the bias. The paper's input has 32 × 32 pixels.

# %%
parameters = {
    "C1": (5 * 5 * 1 + 1) * 6,
    "S2": 0,
    "C3": (5 * 5 * 6 + 1) * 16,
    "S4": 0,
    "C5": (5 * 5 * 16 + 1) * 120,
    "F6": (120 + 1) * 84,
    "output": (84 + 1) * 10,
}
original = models.lenet5((32, 32, 1), variant="1998")
for name, count in parameters.items():
    layer = original.get_layer(name)
    assert layer.count_params() == count
    shape = " × ".join(map(str, layer.output.shape[1:]))
    print(f"{name:6}  {type(layer).__name__:16}  {shape:12}  {count:6,}")
print(f"{'total':38}  {original.count_params():6,}")
assert sum(parameters.values()) == original.count_params() == 61_706

# %%
kinds = {"Conv2D": "CONV", "AveragePooling2D": "POOL", "Dense": "FC"}
sequence = [kinds.get(type(layer).__name__) for layer in original.layers]
assert "-".join(filter(None, sequence)) == "CONV-POOL-CONV-POOL-FC-FC-FC"
for name in ("C1", "C3"):
    layer = original.get_layer(name)
    assert (layer.kernel_size, layer.strides) == ((5, 5), (1, 1))
for name in ("S2", "S4"):
    layer = original.get_layer(name)
    assert (layer.pool_size, layer.strides) == ((2, 2), (2, 2))
share = parameters["C5"] / original.count_params()
print(f"{share:.0%} of all parameters sit in C5, the first layer that shares none.")

# %% [markdown]
# The paper counts 60,000, for three reasons. Its second convolution is not fully
# connected: six of its maps look at 3 maps of S2, nine at 4, and one at all 6. Its
# poolings have a trainable factor and offset for each map. And its output layer
# compares with fixed patterns and learns nothing.

# %%
slices = 6 * 3 + 9 * 4 + 1 * 6
paper_count = (
    parameters["C1"]
    + 6 * 2  # S2: a factor and an offset for each map
    + (5 * 5 * slices + 16)  # C3: 60 slices instead of 96
    + 16 * 2  # S4
    + parameters["C5"]
    + parameters["F6"]
)
print(f"As in the paper: {paper_count:,} parameters.")
assert paper_count == 60_000

# %% [markdown]
# Today three more things are done differently: ReLUs, $\max(0, x)$, take the place of
# the paper's scaled tanh, the largest value of a window that of the mean, and `Dropout`
# hides some numbers, others in every step of training, from the dense layers, so that
# they cannot rely on any one. That is `variant="modern"`, the default of
# `fmkeras.models.lenet5`. On 28 × 28 pixels its first convolution pads with zeros
# instead of expecting 32 × 32, so that the counts stay as they are:

# %%
assert lenet.count_params() == original.count_params()
print(f"LeNet-5 as we train it has {lenet.count_params():,} parameters.")

# %% [markdown]
# ## Training
#
# Three models on the same 1,438 digits: softmax regression, a multilayer perceptron
# with about as many parameters as LeNet-5, and LeNet-5 with its default arguments.

# %% alt="Accuracy and loss on the training digits, epoch by epoch, for softmax regression, the MLP and LeNet-5. All three learn quickly and end close together."
mlp, mlp_history = train("MLP", x_train, EPOCHS)
lenet, lenet_history = train("LeNet-5", x_train, EPOCHS)
trained = {"softmax regression": softmax, "MLP": mlp, "LeNet-5": lenet}
plots.learning_curves(
    {
        "softmax regression": softmax_history,
        "MLP": mlp_history,
        "LeNet-5": lenet_history,
    }
)

# %%
scores = {name: accuracy(model, x_test) for name, model in trained.items()}
print("model               parameters  right on the test digits")
for name, model in trained.items():
    print(f"{name:18}  {model.count_params():10,}  {scores[name]:.1%}")
assert max(scores.values()) - min(scores.values()) < 0.06
assert scores["LeNet-5"] > 0.95

# %% [markdown]
# On digits that are centred and scaled the three are not far apart, and among 359 test
# images one more mistake is already 0.3 percentage points. What the convolution is good
# for shows further down.
#
# ### Feature maps
#
# Here is a four as the six kernels of C1 see it: before training, when the kernels are
# random numbers, and after. Each map is drawn on its own scale, from 0 to its largest
# value.

# %% alt="Six maps of one four before training and six after. Both rows show edges and strokes of the digit; the pairs resemble each other."
runtime.set_seed(SEED)
untrained = models.lenet5()
maps = {}
for name, model in [("before", untrained), ("after", lenet)]:
    first_layer = keras.Model(model.input, model.get_layer("C1").output)
    six = read(first_layer, digit[np.newaxis, :, :, np.newaxis])[0]
    maps[name] = six / np.maximum(six.max(axis=(0, 1)), 1e-6)
plots.feature_maps(maps)

# %% [markdown]
# Random kernels already answer to edges: that comes with the architecture. How far did
# training take each layer from where it began? Here is
# $\lVert \text{after} - \text{before} \rVert / \lVert \text{before} \rVert$ for the
# weights of each:

# %%
moved_by = {}
for name in ("C1", "C3", "C5", "F6"):
    before = untrained.get_layer(name).get_weights()[0]
    after = lenet.get_layer(name).get_weights()[0]
    moved_by[name] = np.linalg.norm(after - before) / np.linalg.norm(before)
    print(f"{name}: the weights moved by {moved_by[name]:.0%} of their length")
assert min(moved_by, key=moved_by.get) == "C1"

# %% [markdown]
# C1 moved least: in these few epochs most of the learning is about how to combine what
# the edges say.
#
# ### What it gets wrong
#
# A single number hides what a model does. Look at the test digits to which LeNet-5 gave
# the lowest probability for the right class.

# %% alt="The twelve test digits that LeNet-5 finds hardest, each with its true class, the class that LeNet-5 reads and how sure it is."
probabilities = read(lenet, x_test)
of_the_right_class = probabilities[np.arange(len(y_test)), y_test]
hardest = of_the_right_class.argsort()[:12]
plots.image_grid(
    x_test[hardest],
    titles=[
        f"{y_test[i]}, read as {probabilities[i].argmax()} "
        f"({probabilities[i].max():.0%})"
        for i in hardest
    ],
)

# %%
wrong = probabilities.argmax(axis=1) != y_test
print(f"{wrong.sum()} of {len(y_test)} test digits are read wrongly.")
assert np.isclose(1 - wrong.mean(), scores["LeNet-5"])

# %% [markdown]
# Some of them a human would not read with certainty either. Where the model is wrong
# and sure, look for a reason: a stroke that is missing, a style that the training
# digits do not have.
#
# ### Digits that move, once more
#
# Now the test of the opening, for all three.

# %% alt="Share of right answers against the distance by which the test digits were moved, from zero to four pixels. All three curves fall; LeNet-5 falls last."
moved_scores = {
    name: [accuracy(model, move_right(x_test, d)) for d in distances]
    for name, model in trained.items()
}
plots.curves(
    distances, moved_scores, xlabel="moved to the right (pixels)", ylabel="accuracy"
)

# %%
print("pixels moved        " + "  ".join(f"{distance:5}" for distance in distances))
for name, shares in moved_scores.items():
    print(f"{name:18}  " + "  ".join(f"{share:5.1%}" for share in shares))
assert moved_scores["LeNet-5"][3] > moved_scores["softmax regression"][3] + 0.05

# %% [markdown]
# LeNet-5 holds out longer, and falls too. Its maps do move with the digit, but C5 is a
# dense layer with a weight for each of the 400 numbers of S4, and it has only ever seen
# digits in the middle. Equivariance below does not make the whole invariant.
#
# ## Digits that wander
#
# So let the digits wander in training as well. To give them room we halve them, by
# average pooling, and put each anywhere on a page of 20 × 20 pixels. Now a model has to
# know every stroke at 49 places. Softmax regression has one template for each class and
# cannot; the MLP has to learn each place by itself; what a kernel of LeNet-5 learns at
# one place, it knows at all.

# %% alt="Twelve small training digits, each somewhere else on its page."
halve = keras.layers.AveragePooling2D(2)
np.testing.assert_allclose(
    halve(x_test[:1])[0], average_pool2d(x_test[0], size=2), atol=1e-6
)


def wander(images, rng):
    """Halve each image and put it somewhere on an empty page."""
    pages = np.zeros((len(images), PAGE, PAGE, 1), "float32")
    small = keras.ops.convert_to_numpy(halve(images))
    side = small.shape[1]
    corners = rng.integers(0, PAGE - side + 1, size=(len(images), 2))
    for page, image, (top, left) in zip(pages, small, corners, strict=True):
        page[top : top + side, left : left + side] = image
    return pages


rng = np.random.default_rng(SEED)
x_train_wandering, x_test_wandering = wander(x_train, rng), wander(x_test, rng)
plots.image_grid(x_train_wandering[:12], titles=y_train[:12])

# %%
wandering = {
    name: train(name, x_train_wandering, WANDERING_EPOCHS)[0] for name in builders
}
wandering_scores = {
    name: accuracy(model, x_test_wandering) for name, model in wandering.items()
}
print("model               parameters  right on the wandering digits")
for name, model in wandering.items():
    print(f"{name:18}  {model.count_params():10,}  {wandering_scores[name]:.1%}")
assert wandering_scores["softmax regression"] < wandering_scores["MLP"] - 0.15
assert wandering_scores["MLP"] < wandering_scores["LeNet-5"] - 0.05

# %% [markdown]
# This is the difference that the centred digits hid: the same images, as many epochs,
# about as many parameters as the MLP, and a better assumption about images.
#
# ## Going wrong on purpose: shuffled pixels
#
# How much of that is the assumption? Take it away. Draw one permutation of the 400
# places and rearrange the pixels of *every* image by it. No information is lost, since
# the permutation can be undone. To you and to LeNet-5, however, neighbours are no
# longer neighbours.

# %% alt="Six digits that wander above the same six digits with their pixels shuffled: what was a digit looks like scattered noise."
order = np.random.default_rng(SEED).permutation(PAGE * PAGE)


def shuffle(images):
    """Rearrange the pixels of every image by one and the same permutation."""
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)


x_train_shuffled = shuffle(x_train_wandering)
x_test_shuffled = shuffle(x_test_wandering)
plots.image_grid(
    np.concatenate([x_train_wandering[:6], x_train_shuffled[:6]]), columns=6
)

# %% [markdown]
# A weighted sum over all pixels does not care in which order they come: for any
# permutation $\pi$,
#
# $$
# \sum_j x_{\pi(j)}\, w_{\pi(j)} = \sum_j x_j\, w_j .
# $$
#
# So whatever a softmax regression or an MLP knows about the digits it can know about
# the shuffled digits: rearrange the rows of its first kernel, and it gives the same
# answers.

# %%
for name, layer in [("softmax regression", "output"), ("MLP", "hidden_1")]:
    twin = builders[name](x_test_shuffled.shape[1:])
    twin.set_weights(wandering[name].get_weights())
    kernel, bias = twin.get_layer(layer).get_weights()
    twin.get_layer(layer).set_weights([kernel[order], bias])
    np.testing.assert_allclose(
        read(twin, x_test_shuffled),
        read(wandering[name], x_test_wandering),
        atol=1e-4,
    )
print("Softmax regression and MLP: with the rows rearranged, the same answers.")

# %% [markdown]
# The kernel of a convolution has no such twin: 25 weights on a window cannot be
# rearranged so that they gather 25 pixels that now lie all over the image. Train all
# three again, on shuffled digits:

# %%
shuffled = {
    name: train(name, x_train_shuffled, WANDERING_EPOCHS)[0] for name in builders
}
shuffled_scores = {
    name: accuracy(model, x_test_shuffled) for name, model in shuffled.items()
}
print("model               centred  wandering  wandering, shuffled")
for name in builders:
    print(
        f"{name:18}  {scores[name]:7.1%}  {wandering_scores[name]:9.1%}"
        f"  {shuffled_scores[name]:19.1%}"
    )

# %%
cost = {name: wandering_scores[name] - shuffled_scores[name] for name in builders}
print(f"The shuffle costs LeNet-5 {100 * cost['LeNet-5']:.0f} percentage points.")
assert abs(cost["softmax regression"]) < 0.01
assert abs(cost["MLP"]) < 0.08
assert cost["LeNet-5"] > 0.1
assert shuffled_scores["LeNet-5"] < shuffled_scores["MLP"]

# %% [markdown]
# Softmax regression scores as before: it starts from zero weights and takes the very
# same path. The MLP scores about the same; its random start meets other pixels, which
# moves it a little. LeNet-5 loses its lead and more. Yet it does not fail altogether,
# since its dense layers learn from whatever the kernels let through, and that is the
# warning: **a model whose assumption is wrong for the data does not say so. It trains,
# and is worse than it should be.** If rearranging the columns of your data would not
# change what they mean, as in a table of patients, do not slide a window over them.
#
# On another machine, or from another `SEED`, the shares of centred digits may differ by
# two percentage points, and those of wandering digits by eight. What stays: the order
# of the three models, and that the shuffle costs LeNet-5 more than ten points and the
# others less than eight. A test asks three seeds.
#
# ## MNIST
#
# LeNet-5 was made for MNIST, 70,000 digits of 28 × 28 pixels. It is not embedded: its
# 11 MB have to be downloaded once, with `fmkeras.data.load_mnist()`. This lesson never
# asks the network, so it trains on MNIST only if the file is already in Keras's cache.

# %%
if data.is_cached("mnist"):
    (x_mnist, y_mnist), (x_mnist_test, y_mnist_test) = data.load_mnist()
    runtime.set_seed(SEED)
    mnist_model = models.lenet5()
    mnist_model.fit(x_mnist, y_mnist, batch_size=128, epochs=MNIST_EPOCHS, verbose=0)
    score = mnist_model.evaluate(x_mnist_test, y_mnist_test, verbose=0)[1]
    seen = MNIST_EPOCHS * len(x_mnist)
    print(f"MNIST, after {seen:,} images: {score:.1%} of the test digits read right.")
else:
    print("MNIST is not in the cache: fmkeras.data.load_mnist() would fetch it.")

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: What a convolution costs
#
# Parameters are what a layer stores; multiplications are what it does. Write a function
# that gives both for a convolution with square kernels, one bias for each output
# channel and no padding, on an input `(height, width, channels)`: the pair
# `(parameters, multiplications)`. Adding a bias is no multiplication.
# `fmkeras.scratch.output_size` is there for you.
#
# <details><summary>Hint</summary>
#
# How many weights does one output channel have? Each of them is used exactly once at
# every place where the window fits.
#
# </details>


# %% exercise="convolution-cost"
def convolution_cost(input_shape, filters, kernel_size, stride):
    """Return the parameters and the multiplications of a convolution, two integers."""
    ### BEGIN SOLUTION
    height, width, channels = input_shape
    weights = kernel_size * kernel_size * channels * filters
    rows = output_size(height, kernel_size, stride)
    columns = output_size(width, kernel_size, stride)
    return weights + filters, weights * rows * columns
    ### END SOLUTION


# %% check="convolution-cost"
rng = np.random.default_rng()
height, width = rng.integers(12, 33, size=2).tolist()
channels, filters, k, stride = rng.integers(2, 6, size=4).tolist()
layer = keras.layers.Conv2D(filters, k, strides=stride)
maps = layer(np.zeros((1, height, width, channels), "float32"))
weights, places = k * k * channels * filters, maps.shape[1] * maps.shape[2]
steps_of_one = (height - k + 1) * (width - k + 1)
right = weights + filters, weights * places
expect(
    convolution_cost((height, width, channels), filters, k, stride),
    (layer.count_params(), weights * places),
    call=f"convolution_cost({(height, width, channels)}, {filters}, {k}, {stride})",
    mistakes=[
        ((weights, right[1]), "The biases are missing: one for each output channel."),
        ((weights + 1, right[1]), "Each output channel has a bias of its own."),
        (
            (weights // channels + filters, right[1] // channels),
            "Each kernel has a slice for every channel that comes in.",
        ),
        (
            (right[0] * places, right[1]),
            "All places share the same weights: do not count them once for each place.",
        ),
        ((right[0], weights * steps_of_one), "The stride leaves most places out."),
        ((right[0], weights), "The weights are used again at every place."),
        ((right[0], right[0] * places), "Adding a bias is no multiplication."),
        (
            (right[0], weights * height * width),
            "Without padding the window does not fit at every pixel.",
        ),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: A kernel that moves the image
#
# Predict, then test: which 3 × 3 kernel moves an image by one pixel, so that
# `convolve2d(image, kernel, padding="same")` is the image moved `down` rows down and
# `right` columns to the right? Both are −1, 0 or 1; −1 means up, or left. Where the
# image leaves, zeros come in.
#
# <details><summary>Hint</summary>
#
# With the kernel centred on a place,
#
# $$
# y_{r,c} = \sum_{i,j} x_{r + i - 1,\; c + j - 1}\; k_{i,j} .
# $$
#
# For an image that moved to the right, $y_{r,c} = x_{r,c-1}$. Which $k_{i,j}$ is one?
#
# </details>


# %% exercise="shift-kernel"
def shift_kernel(down, right):
    """Return the 3 × 3 kernel that moves an image by (down, right)."""
    ### BEGIN SOLUTION
    kernel = np.zeros((3, 3))
    kernel[1 - down, 1 - right] = 1
    return kernel
    ### END SOLUTION


# %% check="shift-kernel"
rng = np.random.default_rng()
ways = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
for down, right in [(0, 1), (-1, 0), *rng.permutation(ways).tolist()]:
    image = rng.permutation(np.arange(1, 13)).reshape(3, 4)
    wide = np.pad(image, 1)
    moved = {(d, r): wide[1 - d : 4 - d, 1 - r : 5 - r] for d, r in ways}
    kernel = shift_kernel(down, right)
    name = f"shift_kernel({down}, {right})"
    expect(np.shape(kernel), (3, 3), call=f"np.shape({name})")
    expect(
        convolve2d(image, kernel, padding="same"),
        moved[down, right],
        call=f"convolve2d({image.tolist()}, {name}, padding='same')",
        mistakes=[
            (
                moved[-down, -right],
                "That moves it the other way: to bring the pixel on the left here, "
                "the window has to look to the left.",
            ),
            (
                moved[right, down],
                "Rows and columns are exchanged: the first index goes down.",
            ),
            (image, "That kernel leaves every pixel where it is."),
        ],
    )
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: How far a number sees
#
# One number in the last map depends on a square of input pixels, its *receptive field*.
# Derive how the side of that square grows from layer to layer, for convolutions and
# poolings given as a list of `(kernel_size, stride)` from the input on; no stride is
# larger than its kernel. Before you run anything, predict it for S4 of LeNet-5,
# `[(5, 1), (2, 2), (5, 1), (2, 2)]`. The check changes one pixel at a time and looks
# whether the number notices.
#
# <details><summary>Hint</summary>
#
# Two neighbours in the input are one pixel apart. How many pixels apart are two
# neighbours in the map of the first layer, of the second, …? A window of $k$ neighbours
# reaches $k - 1$ such distances further than a single one.
#
# </details>


# %% exercise="receptive-field"
def receptive_field(layers):
    """Return the side, in pixels, of the square that one number depends on."""
    ### BEGIN SOLUTION
    side, apart = 1, 1
    for kernel_size, stride in layers:
        side += (kernel_size - 1) * apart
        apart *= stride
    return side
    ### END SOLUTION


# %% check="receptive-field"
rng = np.random.default_rng()
drawn = [(int(rng.integers(2, 5)), 2), (int(rng.integers(2, 5)), 1), (5, 2)]
for layers in (drawn, [(5, 1), (2, 2), (5, 1), (2, 2)]):
    noticed = 0
    for pixel in np.eye(32):  # images of one row, with one bright pixel
        maps = pixel[np.newaxis]
        for kernel_size, stride in layers:
            maps = convolve2d(maps, np.ones((1, kernel_size)), stride)
        noticed += maps[0, 0] > 0
    kernels, strides = np.transpose(layers)
    expect(
        receptive_field(layers),
        noticed,
        call=f"receptive_field({layers})",
        mistakes=[
            (
                1 + (kernels - 1).sum(),
                "That leaves the strides out: behind a stride of 2, neighbours lie "
                "twice as many pixels apart.",
            ),
            (
                1 + ((kernels - 1) * np.cumprod(strides)).sum(),
                "A layer's own stride moves its window only: it counts from the next "
                "layer on.",
            ),
            (
                ((kernels - 1) * np.cumprod(strides) // strides).sum(),
                "The first pixel is missing: a number with no layer below sees one.",
            ),
            (
                kernels.sum(),
                "Windows overlap: a window of k adds k − 1 neighbours, not k.",
            ),
        ],
    )
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: The way back
#
# To train a kernel, we need gradients. Let `convolve2d(image, kernel)` give the map
# $y$, and let $g_{r,c} = \partial \mathcal L / \partial y_{r,c}$ be known (in lesson 06
# that is $\bar y_{r,c}$). Derive $\partial \mathcal L / \partial k_{i,j}$ and
# $\partial \mathcal L / \partial x_{a,b}$ with the chain rule, recognise both as
# convolutions, and return them with two calls of `convolve2d`. The check takes one step
# along each pixel and each weight.
#
# <details><summary>Hint</summary>
#
# $\partial y_{r,c} / \partial k_{i,j} = x_{r+i,\,c+j}$: sum over all places, and
# compare with the definition of the convolution. For the image, pixel $(a, b)$ takes
# part in $y_{a-i,\,b-j}$ with weight $k_{i,j}$. The minus signs mean that something has
# to be flipped, and the places beyond the border of $g$ that `np.pad` has to help.
#
# </details>


# %% exercise="convolution-gradients"
def convolution_gradients(image, kernel, output_gradient):
    """Return the gradients for the kernel and for the image, as a pair of arrays."""
    ### BEGIN SOLUTION
    kernel_gradient = convolve2d(image, output_gradient)
    margins = [(side - 1, side - 1) for side in kernel.shape]
    wide = np.pad(output_gradient, margins)
    image_gradient = convolve2d(wide, kernel[::-1, ::-1])
    return kernel_gradient, image_gradient
    ### END SOLUTION


# %% check="convolution-gradients"
rng = np.random.default_rng()
image, kernel, g = (rng.normal(size=s).round(1) for s in [(3, 4), (2, 3), (2, 2)])


def slope(of_image, of_kernel):  # the loss is linear: L(x + e) − L(x) = L(e)
    return (g * convolve2d(of_image, of_kernel)).sum()


kernel_gradient = np.array([slope(image, e.reshape(2, 3)) for e in np.eye(6)])
kernel_gradient = kernel_gradient.reshape(2, 3)
image_gradient = np.array([slope(e.reshape(3, 4), kernel) for e in np.eye(12)])
image_gradient = image_gradient.reshape(3, 4)
wide = np.pad(g, [(1, 1), (2, 2)])
unflipped = convolve2d(wide, kernel)
too_small = convolve2d(g, kernel[::-1, ::-1], padding="same")
no_margin = "The gradient for the image has the image's shape: pad before you convolve."
given = ", ".join(str(array.tolist()) for array in (image, kernel, g))
expect(
    convolution_gradients(image, kernel, g),
    (kernel_gradient, image_gradient),
    call=f"convolution_gradients({given})",
    mistakes=[
        (
            (kernel_gradient, unflipped),
            "The kernel has to be flipped, in both directions, on the way back.",
        ),
        (
            (kernel_gradient, convolve2d(wide, kernel[::-1])),
            "The kernel has to be flipped in both directions, not only in its rows.",
        ),
        (
            (kernel_gradient[::-1, ::-1], image_gradient),
            "For the kernel nothing is flipped: compare the indices again.",
        ),
        ((image_gradient, kernel_gradient), "The kernel's gradient comes first."),
        ((kernel_gradient, too_small), no_margin),
    ],
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - A convolution slides a small kernel over the image and takes the weighted sum at
#   every place. By hand, by loops and by `Conv2D` the numbers are the same; the size of
#   the map is $\lfloor (i + 2p - k) / s \rfloor + 1$.
# - If the image moves, the map moves: that is algebra, not training. Borders break it,
#   strides and poolings keep it for whole steps only, and pooling softens what small
#   moves do. The network as a whole is not invariant.
# - Looking at neighbours only, with the same weights everywhere, needs 156 parameters
#   where a dense layer needs 3,692,640. LeNet-5 has 61,706 in all, most of them in its
#   first dense layer.
# - These are assumptions. They paid where digits wander, and cost dearly when the
#   pixels were shuffled, without any warning.
#
# **What stays open.** Why networks much deeper than LeNet-5 were hard to train for more
# than another decade: lesson 09. In Part II, lesson 13 replaces the fixed window by
# attention, where every position chooses what to look at, and lesson 14 has to put back
# what a convolution has for free: a sense of where things are.
#
# **Sources.**
#
# - LeCun, Bottou, Bengio and Haffner (1998), "Gradient-Based Learning Applied to
#   Document Recognition", Proceedings of the IEEE 86(11), 2278–2324, sections II.A and
#   II.B; which maps of S2 each map of C3 sees is its table I.
# - Goodfellow, Bengio and Courville (2016), "Deep Learning", sections 9.1 to 9.3,
#   <https://www.deeplearningbook.org>.
# - Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning",
#   sections 2 and 3, <https://arxiv.org/abs/1603.07285>.
# - Azulay and Weiss (2019), "Why do deep convolutional networks generalize so poorly to
#   small image transformations?", Journal of Machine Learning Research 20(184), on
#   strides and what they break.
