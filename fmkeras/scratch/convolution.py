r"""Convolution and pooling, loop by loop.

A small window slides over an image. At every place the convolution takes the weighted
sum of what the window sees, max pooling its largest value, average pooling its mean.
Images are `(height, width)` or `(height, width, channels)`, one at a time.
"""

import numpy as np

from fmkeras.errors import argument_error, check_integer, is_integer


def convolve2d(image, kernel, stride=1, padding="valid"):
    r"""Slide a kernel over an image and take the weighted sum at every place.

    $$
    y_{r,c,o} = \sum_{i=0}^{k_h - 1} \sum_{j=0}^{k_w - 1} \sum_{n}
        x_{s r + i,\; s c + j,\; n}\; k_{i,j,n,o}
    $$

    The kernel is not flipped, as in every deep-learning library, so that
    mathematicians would call this a cross-correlation. Where the image shifts by the
    stride, the output shifts by one: the same pattern is found everywhere. Cost:
    $k_h\, k_w$ times input times output channels products for every output pixel.

    Args:
        image: Float array `(height, width)` or `(height, width, in_channels)`.
        kernel: Float array `(kernel_height, kernel_width)`, or for an image with
            channels `(kernel_height, kernel_width, in_channels, out_channels)`.
        stride: Integer ≥ 1. Pixels from one place to the next, $s$.
        padding: String or integer. `"valid"` adds nothing; `"same"` adds as many
            zeros as make the output `ceil(size / stride)` long, the odd one below and
            to the right, as Keras does; an integer adds that many on all four sides.

    Returns:
        Float64 array `(new_height, new_width)`, or with channels `(new_height,
        new_width, out_channels)`, of the sizes that `output_size` gives.

    Raises:
        ValueError: If the shapes do not fit, the kernel is larger than the padded
            image, or `stride` or `padding` is out of range.

    Example:

    >>> image = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
    >>> convolve2d(image, [[-1, 1]])  # how much brighter is the pixel to the right?
    array([[0., 1., 0.],
           [0., 1., 0.],
           [0., 1., 0.]])

    Reference:
        Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep
        learning", sections 1.1 and 2, https://arxiv.org/abs/1603.07285. Their $i$ is
        our size, $k$ our kernel size, $s$ the stride, $p$ the padding.
    """
    image, kernel = _floats(image), _floats(kernel)
    _check_shapes(image, kernel)
    stride = check_integer("convolve2d", "stride", stride)
    padding = _check_padding("convolve2d", padding)
    if image.ndim == 2:
        channelled = kernel[:, :, np.newaxis, np.newaxis]
        maps = convolve2d(image[:, :, np.newaxis], channelled, stride, padding)
        return maps[:, :, 0]

    kernel_height, kernel_width, _, out_channels = kernel.shape
    image = _pad(image, kernel.shape, stride, padding)
    if kernel_height > image.shape[0] or kernel_width > image.shape[1]:
        must_be = f"within {image.shape[:2]}, the size of the padded image"
        received = kernel_height, kernel_width
        raise argument_error("convolve2d", "kernel.shape[:2]", must_be, received)
    height = output_size(image.shape[0], kernel_height, stride)
    width = output_size(image.shape[1], kernel_width, stride)
    maps = np.empty((height, width, out_channels))
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            window = image[top : top + kernel_height, left : left + kernel_width]
            for channel in range(out_channels):
                maps[row, column, channel] = (window * kernel[..., channel]).sum()
    return maps


def max_pool2d(image, size=2, stride=None):
    r"""Keep the largest value of every window.

    $$
    y_{r,c,n} = \max_{0 \le i,j < k} x_{s r + i,\; s c + j,\; n}
    $$

    It says whether a pattern was found nearby and forgets exactly where. Rows and
    columns that fill no window are left out. Cost: $k^2$ comparisons for every output.

    Args:
        image: Float array `(height, width)` or `(height, width, channels)`.
        size: Integer ≥ 1. Height and width of the window, $k$.
        stride: Integer ≥ 1, $s$, or `None` for windows side by side, $s = k$.

    Returns:
        Float64 array `(new_height, new_width)` or `(new_height, new_width, channels)`,
        of the sizes that `output_size` gives.

    Raises:
        ValueError: If `image` is no image, the window is larger than the image, or
            `size` or `stride` is no positive integer.

    Example:

    >>> max_pool2d([[1, 2, 0, 0], [3, 4, 0, 9]])
    array([[4., 9.]])

    Reference:
        Dumoulin and Visin (2016), sections 1.2 and 3.
    """
    return _pool("max_pool2d", np.max, image, size, stride)


def average_pool2d(image, size=2, stride=None):
    r"""Average every window.

    $$
    y_{r,c,n} = \frac{1}{k^2} \sum_{0 \le i,j < k} x_{s r + i,\; s c + j,\; n}
    $$

    A blurred and smaller image; LeNet-5 of 1998 pools like this, up to a trained scale
    and shift. Rows and columns that fill no window are left out. Cost: $k^2$ sums for
    every output.

    Args:
        image: Float array `(height, width)` or `(height, width, channels)`.
        size: Integer ≥ 1. Height and width of the window, $k$.
        stride: Integer ≥ 1, $s$, or `None` for windows side by side, $s = k$.

    Returns:
        Float64 array `(new_height, new_width)` or `(new_height, new_width, channels)`,
        of the sizes that `output_size` gives.

    Raises:
        ValueError: If `image` is no image, the window is larger than the image, or
            `size` or `stride` is no positive integer.

    Example:

    >>> average_pool2d([[1, 2, 0, 0], [3, 4, 0, 9]])
    array([[2.5 , 2.25]])

    Reference:
        Dumoulin and Visin (2016), sections 1.2 and 3.
    """
    return _pool("average_pool2d", np.mean, image, size, stride)


def output_size(size, kernel_size, stride=1, padding=0):
    r"""Count the places where a window fits along one axis.

    $$
    o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1
    $$

    Args:
        size: Integer ≥ 1. Height or width of the image, $i$.
        kernel_size: Integer ≥ 1. Height or width of the window, $k$.
        stride: Integer ≥ 1. Pixels from one place to the next, $s$.
        padding: Integer ≥ 0, the zeros on either side, $p$; or `"valid"`, which is 0;
            or `"same"`, which gives $o = \lceil i / s \rceil$.

    Returns:
        Integer, the height or width of the output, $o$.

    Raises:
        ValueError: If an argument is out of range, or if the window is larger than
            the padded image.

    Example:

    >>> output_size(28, 5), output_size(28, 5, padding=2), output_size(28, 2, stride=2)
    (24, 28, 14)

    Reference:
        Dumoulin and Visin (2016), relationship 6.
    """
    size = check_integer("output_size", "size", size)
    kernel_size = check_integer("output_size", "kernel_size", kernel_size)
    stride = check_integer("output_size", "stride", stride)
    padding = _check_padding("output_size", padding)
    padded = size + sum(_zeros(size, kernel_size, stride, padding))
    if kernel_size > padded:
        must_be = f"at most {padded}, the padded size"
        raise argument_error("output_size", "kernel_size", must_be, kernel_size)
    return (padded - kernel_size) // stride + 1


def _pool(owner, summary, image, size, stride):
    image = _floats(image)
    _check_image(owner, image)
    size = check_integer(owner, "size", size)
    stride = size if stride is None else check_integer(owner, "stride", stride)
    if size > min(image.shape[:2]):
        must_be = f"at most {min(image.shape[:2])}, the shorter side of the image"
        raise argument_error(owner, "size", must_be, size)
    height = output_size(image.shape[0], size, stride)
    width = output_size(image.shape[1], size, stride)
    pooled = np.empty((height, width, *image.shape[2:]))
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            window = image[top : top + size, left : left + size]
            pooled[row, column] = summary(window, axis=(0, 1))
    return pooled


def _pad(image, kernel_shape, stride, padding):
    rows, columns = (
        _zeros(image.shape[axis], kernel_shape[axis], stride, padding)
        for axis in (0, 1)
    )
    return np.pad(image, (rows, columns, (0, 0)))


def _zeros(size, kernel_size, stride, padding):
    """Return how many zeros go before and how many behind one axis."""
    if padding == "same":
        places = -(-size // stride)  # rounded up
        zeros = max((places - 1) * stride + kernel_size - size, 0)
        return zeros // 2, zeros - zeros // 2
    return (0, 0) if padding == "valid" else (padding, padding)


def _floats(array):
    return np.asarray(array, dtype="float64")


def _check_padding(owner, padding):
    if is_integer(padding) and padding >= 0:
        return int(padding)
    if isinstance(padding, str) and padding in ("valid", "same"):
        return padding
    must_be = "'valid', 'same' or an integer ≥ 0"
    raise argument_error(owner, "padding", must_be, padding)


def _check_image(owner, image):
    if image.ndim not in (2, 3):
        must_be = "(height, width) or (height, width, channels)"
        one = "one image of the batch at a time" if image.ndim == 4 else None
        raise argument_error(owner, "image.shape", must_be, image.shape, one)


def _check_shapes(image, kernel):
    _check_image("convolve2d", image)
    if image.ndim == 2:
        fits = kernel.ndim == 2
        must_be = "(kernel_height, kernel_width) for an image without channels"
    else:
        channels = image.shape[2]
        fits = kernel.ndim == 4 and kernel.shape[2] == channels
        must_be = (
            f"(kernel_height, kernel_width, {channels}, out_channels) "
            f"for an image of shape {image.shape}"
        )
    if not fits:
        raise argument_error("convolve2d", "kernel.shape", must_be, kernel.shape)
