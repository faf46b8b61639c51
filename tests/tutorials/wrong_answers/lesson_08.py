"""Plausible wrong answers to the exercises of lesson 08, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "convolution-cost",
        """
def convolution_cost(input_shape, filters, kernel_size, stride):
    height, width, channels = input_shape
    weights = kernel_size**2 * channels * filters
    rows = output_size(height, kernel_size, stride)
    columns = output_size(width, kernel_size, stride)
    return weights, weights * rows * columns
""",
        "The biases are missing: one for each output channel.",
    ),
    (
        "convolution-cost",
        """
def convolution_cost(input_shape, filters, kernel_size, stride):
    height, width, channels = input_shape
    weights = kernel_size**2 * channels * filters
    rows = output_size(height, kernel_size)
    columns = output_size(width, kernel_size)
    return weights + filters, weights * rows * columns
""",
        "The stride leaves most places out.",
    ),
    (
        "convolution-cost",
        """
def convolution_cost(input_shape, filters, kernel_size, stride):
    height, width, channels = input_shape
    weights = kernel_size**2 * filters
    rows = output_size(height, kernel_size, stride)
    columns = output_size(width, kernel_size, stride)
    return weights + filters, weights * rows * columns
""",
        "Each kernel has a slice for every channel that comes in.",
    ),
    (
        "convolution-cost",
        """
def convolution_cost(input_shape, filters, kernel_size, stride):
    height, width, channels = input_shape
    parameters = (kernel_size**2 * channels + 1) * filters
    rows = output_size(height, kernel_size, stride)
    columns = output_size(width, kernel_size, stride)
    return parameters, parameters * rows * columns
""",
        "Adding a bias is no multiplication.",
    ),
    (
        "shift-kernel",
        """
def shift_kernel(down, right):
    kernel = np.zeros((3, 3))
    kernel[1 + down, 1 + right] = 1
    return kernel
""",
        "to bring the pixel on the left here, the window has to look to the left.",
    ),
    (
        "shift-kernel",
        """
def shift_kernel(down, right):
    kernel = np.zeros((3, 3))
    kernel[1 - right, 1 - down] = 1
    return kernel
""",
        "Rows and columns are exchanged: the first index goes down.",
    ),
    (
        "shift-kernel",
        """
def shift_kernel(down, right):
    kernel = np.zeros((3, 3))
    kernel[1, 1] = 1
    return kernel
""",
        "That kernel leaves every pixel where it is.",
    ),
    (
        "receptive-field",
        """
def receptive_field(layers):
    return 1 + sum(kernel_size - 1 for kernel_size, stride in layers)
""",
        "behind a stride of 2, neighbours lie twice as many pixels apart.",
    ),
    (
        "receptive-field",
        """
def receptive_field(layers):
    side, apart = 1, 1
    for kernel_size, stride in layers:
        apart *= stride
        side += (kernel_size - 1) * apart
    return side
""",
        "A layer's own stride moves its window only: it counts from the next layer on.",
    ),
    (
        "receptive-field",
        """
def receptive_field(layers):
    side, apart = 0, 1
    for kernel_size, stride in layers:
        side += (kernel_size - 1) * apart
        apart *= stride
    return side
""",
        "The first pixel is missing: a number with no layer below sees one.",
    ),
    (
        "convolution-gradients",
        """
def convolution_gradients(image, kernel, output_gradient):
    wide = np.pad(output_gradient, [(side - 1, side - 1) for side in kernel.shape])
    return convolve2d(image, output_gradient), convolve2d(wide, kernel)
""",
        "The kernel has to be flipped, in both directions, on the way back.",
    ),
    (
        "convolution-gradients",
        """
def convolution_gradients(image, kernel, output_gradient):
    kernel_gradient = convolve2d(image, output_gradient)[::-1, ::-1]
    wide = np.pad(output_gradient, [(side - 1, side - 1) for side in kernel.shape])
    return kernel_gradient, convolve2d(wide, kernel[::-1, ::-1])
""",
        "For the kernel nothing is flipped: compare the indices again.",
    ),
    (
        "convolution-gradients",
        """
def convolution_gradients(image, kernel, output_gradient):
    kernel_gradient = convolve2d(image, output_gradient)
    flipped = kernel[::-1, ::-1]
    return kernel_gradient, convolve2d(output_gradient, flipped, padding="same")
""",
        "The gradient for the image has the image's shape: pad before you convolve.",
    ),
]
