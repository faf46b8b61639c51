"""GPTs: the decoder compiled as a language model, of any size and of GPT-2's four."""

import keras

from fmkeras.errors import check_choice
from fmkeras.models.arguments import check_learning_rate
from fmkeras.models.compiling import compile_language_model
from fmkeras.models.decoder import TransformerDecoder
from fmkeras.runtime.replicas import num_replicas

VOCABULARY_SIZE = 50257
MAX_SEQUENCE_LENGTH = 1024

# On a CPU; a GPU gains from XLA at any width.
WIDEST_FOR_XLA = 192

# layers, width, heads (Radford et al., 2019, table 2)
SIZES = {
    "small": (12, 768, 12),
    "medium": (24, 1024, 16),
    "large": (36, 1280, 20),
    "xl": (48, 1600, 25),
}


def transformer_decoder(
    vocabulary_size,
    max_sequence_length,
    num_layers,
    num_heads,
    hidden_dim,
    intermediate_dim=None,
    dropout=0.0,
    positions="learned",
    num_key_value_heads=None,
    activation="gelu",
    normalization="layer",
    use_bias=True,
    padding_id=None,
    learning_rate=0.001,
    compile=True,
    name="transformer_decoder",
):
    r"""Build a GPT: a causal language model that learns by predicting the next token.

    Its input is a sequence of token ids, its target the same sequence moved on by
    one; every position is an example, for no position sees its future. The loss is
    the cross entropy

    $$
    \mathcal L = -\frac{1}{B T} \sum_{b=1}^{B} \sum_{t=1}^{T}
        \ln p(x_{b, t + 1} \mid x_{b, 1}, \dots, x_{b, t})
    $$

    and training goes by AdamW as GPTs are trained: weight decay 0.1 on matrices only,
    the gradient clipped to norm 1.

    Args:
        vocabulary_size: Integer V. Token ids run from 0 to V − 1.
        max_sequence_length: Integer, the longest sequence the model takes.
        num_layers: Integer L. Blocks.
        num_heads: Integer N. Must divide `hidden_dim`.
        hidden_dim: Integer D. Width of the model.
        intermediate_dim: Integer F, or `None` for 4 D.
        dropout: Float in [0, 1).
        positions: `"learned"`, `"sinusoidal"`, `"rotary"`, `"alibi"` or `None`.
        num_key_value_heads: Integer K that divides N, or `None` for N.
        activation: String, such as `"gelu"`, `"relu"` or `"swiglu"`.
        normalization: `"layer"` or `"rms"`.
        use_bias: Boolean.
        padding_id: Integer, the id that fills up short sequences, or `None`.
        learning_rate: Positive float or `keras` schedule. Step size of AdamW.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `TransformerDecoder`, a `keras.Model` from token ids `(B, T)` to logits
        `(B, T, V)`, with `generate`.

    Raises:
        ValueError: If an argument is out of range, and from `fit` if a token id is
            outside the vocabulary.

    Example:

    >>> model = transformer_decoder(
    ...     vocabulary_size=11, max_sequence_length=16, num_layers=2, num_heads=2,
    ...     hidden_dim=8,
    ... )
    >>> tuple(model(keras.ops.ones((3, 5), "int32")).shape)
    (3, 5, 11)
    >>> model.count_params()  # 2 (12 D² + 13 D), embeddings 11 D + 16 D, norm 2 D
    1976

    Reference:
        Radford et al. (2018), "Improving Language Understanding by Generative
        Pre-Training", section 3.1.
    """
    learning_rate = check_learning_rate(name, learning_rate)
    model = TransformerDecoder(
        vocabulary_size=vocabulary_size,
        max_sequence_length=max_sequence_length,
        num_layers=num_layers,
        num_heads=num_heads,
        hidden_dim=hidden_dim,
        intermediate_dim=intermediate_dim,
        dropout=dropout,
        positions=positions,
        num_key_value_heads=num_key_value_heads,
        activation=activation,
        normalization=normalization,
        use_bias=use_bias,
        padding_id=padding_id,
        name=name,
    )
    model.build((None, None))
    if not compile:
        return model
    return compile_language_model(model, learning_rate, _jit_compile(hidden_dim))


def gpt2(size="small", dropout=0.0, learning_rate=0.0001, compile=True, name="gpt2"):
    """Build GPT-2 as it was published, with fresh weights.

    `fmkeras.pretrained.load_gpt2` fills it with the published ones. All sizes share
    the vocabulary of 50,257 byte pairs and read 1,024 tokens; a head is 64 wide.

    | size | layers L | width D | heads | parameters | float32 |
    |---|---|---|---|---|---|
    | `"small"` | 12 | 768 | 12 | 124,439,808 | 0.5 GB |
    | `"medium"` | 24 | 1024 | 16 | 354,823,168 | 1.4 GB |
    | `"large"` | 36 | 1280 | 20 | 774,030,080 | 3.1 GB |
    | `"xl"` | 48 | 1600 | 25 | 1,557,611,200 | 6.2 GB |

    The count is $(V + T) D$ for the two embeddings, $12 D^2 + 13 D$ for each block and
    $2 D$ for the last norm. Training needs four times the memory of the weights, and
    more for what lies between.

    Args:
        size: `"small"`, `"medium"`, `"large"` or `"xl"`.
        dropout: Float in [0, 1). The paper trained with 0.1.
        learning_rate: Positive float or `keras` schedule. Step size of AdamW; the
            default is for training on from published weights.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `TransformerDecoder`, a `keras.Model` from token ids `(B, T)` to logits
        `(B, T, 50257)`, with `generate`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> gpt2("huge")
    Traceback (most recent call last):
    ...
    ValueError: gpt2: `size` must be one of 'small', 'medium', 'large', 'xl'. \
Received: size='huge'.

    Reference:
        Radford et al. (2019), "Language Models are Unsupervised Multitask Learners",
        table 2. The smallest has 124 million parameters, not the 117 printed there.
    """
    check_choice(name, "size", size, tuple(SIZES))
    learning_rate = check_learning_rate(name, learning_rate)
    num_layers, hidden_dim, num_heads = SIZES[size]
    model = TransformerDecoder(
        vocabulary_size=VOCABULARY_SIZE,
        max_sequence_length=MAX_SEQUENCE_LENGTH,
        num_layers=num_layers,
        num_heads=num_heads,
        hidden_dim=hidden_dim,
        dropout=dropout,
        activation="gelu_tanh",
        name=name,
    )
    model.build((None, None))
    if not compile:
        return model
    return compile_language_model(model, learning_rate, _jit_compile(hidden_dim))


def _jit_compile(hidden_dim):
    """Choose by measurement whether XLA compiles the training steps.

    On two cores it takes a third of the work away at width 128, by fusing what lies
    between the matrix products, an eighth at 256, and from 384 on it costs more than
    plain steps do. Steps that replicas share cannot be compiled so.
    """
    if num_replicas() > 1:
        return False
    if keras.backend.backend() == "torch" or hidden_dim > WIDEST_FOR_XLA:
        return "auto"
    return True
