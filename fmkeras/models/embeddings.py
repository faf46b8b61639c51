"""word2vec: a vector for every word, learned from the company it keeps."""

import keras
import numpy as np
from keras import ops

from fmkeras.errors import argument_error, check_integer, is_integer
from fmkeras.models.arguments import check_learning_rate
from fmkeras.models.checked import CheckedModel
from fmkeras.runtime.replicas import num_replicas


@keras.saving.register_keras_serializable("fmkeras")
class Word2Vec(CheckedModel):
    r"""Two vectors for every token: one as the centre, one as a neighbour.

    The logit of a pair is the product of the first token's centre vector $u$ with
    the second one's context vector $v$. Made by
    [`word2vec`][fmkeras.models.word2vec].

    Args:
        vocabulary_size: Integer V.
        embedding_dim: Integer D. Length of a vector.
        **kwargs: Passed on to `keras.Model`.

    Call arguments:
        inputs: Pair of integer arrays: `centers` `(B,)` and `candidates` `(B, S)`.

    Returns:
        Float tensor `(B, S)`, the logits $u \cdot v$ of every candidate.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self, vocabulary_size, embedding_dim, **kwargs):
        super().__init__(**kwargs)
        check_integer(self.name, "vocabulary_size", vocabulary_size, minimum=2)
        check_integer(self.name, "embedding_dim", embedding_dim)
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.center_embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, name="center_embedding"
        )
        self.context_embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, name="context_embedding"
        )

    def build(self, input_shape=None):
        self.center_embedding.build()
        self.context_embedding.build()
        self.built = True

    def call(self, inputs):
        centers, candidates = inputs
        u = self.center_embedding(centers)  # (B, D)
        v = self.context_embedding(candidates)  # (B, S, D)
        return ops.cast(ops.einsum("bd,bsd->bs", u, v), "float32")

    @property
    def vectors(self):
        """The centre vectors, one row for every token: NumPy array `(V, D)`."""
        return ops.convert_to_numpy(self.center_embedding.embeddings)

    def nearest(self, token_id, k=10):
        r"""Find the tokens whose vectors point the same way.

        $$
        \cos(u_i, u_j) = \frac{u_i \cdot u_j}{\lVert u_i \rVert \lVert u_j \rVert}
        $$

        Args:
            token_id: Integer from 0 to V − 1.
            k: Integer from 1 to V − 1. Number of neighbours.

        Returns:
            List of k pairs `(token id, cosine)`, the nearest first and without the
            token itself.

        Raises:
            ValueError: If an argument is out of range.

        Example:

        >>> model = word2vec(vocabulary_size=3, embedding_dim=2)
        >>> context = np.zeros((3, 2))
        >>> model.set_weights([np.array([[2, 0], [-1, 0], [3, 3]]), context])
        >>> [(token_id, round(cosine, 2)) for token_id, cosine in model.nearest(0, 2)]
        [(2, 0.71), (1, -1.0)]
        """
        last = self.vocabulary_size - 1
        if not is_integer(token_id) or not 0 <= token_id <= last:
            must_be = f"a token id from 0 to {last}"
            raise argument_error(f"{self.name}.nearest", "token_id", must_be, token_id)
        if not is_integer(k) or not 1 <= k <= last:
            must_be = f"an integer from 1 to {last}, the number of other tokens"
            raise argument_error(f"{self.name}.nearest", "k", must_be, k)
        norms = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        directions = self.vectors / np.maximum(norms, 1e-12)
        cosines = directions @ directions[token_id]
        order = np.argsort(-cosines, kind="stable")
        others = order[order != token_id][:k]
        return [(int(other), float(cosines[other])) for other in others]

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[1])

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "embedding_dim": self.embedding_dim,
        }

    def _vocabulary_sizes(self):
        return (self.vocabulary_size, self.vocabulary_size), None  # labels are no ids


@keras.saving.register_keras_serializable("fmkeras")
def negative_sampling_loss(labels, logits):
    r"""Score the true neighbour up and the tokens drawn at random down.

    $$
    \mathcal L = -\ln \sigma(u \cdot v_1) - \sum_{s=2}^{S} \ln \sigma(-u \cdot v_s)
    $$

    Args:
        labels: Array `(B, S)`, 1 for a true neighbour and 0 for a random token.
        logits: Float tensor `(B, S)` of the products $u \cdot v_s$.

    Returns:
        Float tensor `(B,)`: a sum over the candidates, not a mean.

    Example:

    >>> loss = negative_sampling_loss(np.array([[1, 0]]), np.zeros((1, 2)))
    >>> round(float(loss[0]), 4)  # 2 ln 2
    1.3863
    """
    logits = ops.convert_to_tensor(logits)
    labels = ops.cast(labels, logits.dtype)
    losses = ops.binary_crossentropy(labels, logits, from_logits=True)
    return ops.sum(losses, axis=-1)


def word2vec(
    vocabulary_size, embedding_dim, learning_rate=0.005, compile=True, name="word2vec"
):
    r"""Learn a vector for every token from the tokens round it.

    Skip-gram with negative sampling: a token's vector is asked to tell its true
    neighbours from tokens drawn at random, so that tokens kept by the same company
    end up with like vectors. Each pair costs $O(S D)$ instead of the $O(V D)$ of a
    softmax over the whole vocabulary.

    $$
    \mathcal L = -\ln \sigma(u \cdot v_1) - \sum_{s=2}^{S} \ln \sigma(-u \cdot v_s)
    $$

    Here $u$ is the centre vector of the token in the middle, $v_1$ the context
    vector of a true neighbour, and $v_2, \dots, v_S$ those of the random tokens.
    `fit` takes batches `((centers, candidates), labels)`, of shapes
    `((B,), (B, S))` and `(B, S)`, as `fmkeras.text.skip_grams` makes them. After it,
    `model.vectors` is the matrix `(V, D)` of the centre vectors, and
    `model.nearest(token_id, k)` lists the k tokens with the most similar ones.

    Args:
        vocabulary_size: Integer V ≥ 2.
        embedding_dim: Integer D. Length of a vector.
        learning_rate: Positive float or `keras` schedule. Step size of Adam.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `keras.Model` from `((B,), (B, S))` token ids to `(B, S)` logits.

    Raises:
        ValueError: If an argument is out of range, and from `fit` if a token id is
            outside the vocabulary.

    Example:

    >>> model = word2vec(vocabulary_size=5, embedding_dim=3)
    >>> model.vectors.shape, model.count_params()  # two matrices, 5 × 3 each
    ((5, 3), 30)
    >>> model((np.array([4, 0]), np.array([[1, 2, 3], [0, 4, 4]]))).shape[1]
    3

    Reference:
        Mikolov, Sutskever, Chen, Corrado and Dean (2013), "Distributed
        Representations of Words and Phrases and their Compositionality", equation 4,
        https://arxiv.org/abs/1310.4546. Their $v_{w_I}$ is our $u$, their
        $v'_{w_O}$ our $v_1$, their $k$ our $S - 1$.
    """
    learning_rate = check_learning_rate("word2vec", learning_rate)
    model = Word2Vec(vocabulary_size, embedding_dim, name=name)
    model.build()
    if compile:
        model.compile(
            optimizer=keras.optimizers.Adam(learning_rate),
            loss=negative_sampling_loss,
            **_execution(),
        )
    return model


def _execution():
    """Choose how steps run, by measurement.

    With 5,000 tokens, 64 numbers each and 256 pairs to a batch, two cores took 7.3 ms
    a step, 4.6 with sixteen steps to a call, 2.8 with XLA as well. PyTorch has
    neither, and steps that replicas share can have neither.
    """
    if num_replicas() > 1 or keras.backend.backend() == "torch":
        return {"jit_compile": False, "steps_per_execution": 1}
    return {"jit_compile": True, "steps_per_execution": 16}
