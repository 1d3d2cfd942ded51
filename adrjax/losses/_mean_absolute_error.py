"""Mean absolute error (MAE)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._log_odds import log_odds


def mean_absolute_error(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    r"""Mean absolute error (MAE) of the softmax probabilities: `2 (1 - p_y)`.

    It is bounded and robust to wrong labels: the gradient of an example vanishes as
    `p_y` falls to 0. For the same reason it trains slowly, above all with many classes.

    .. math:: L = \sum_j |p_j - y_j| = 2 (1 - p_y).

    As in the papers it is the sum over the classes; the error of keras and scikit-learn
    is the mean over them, this divided by `num_classes`.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.

    Returns:
        The loss of each example, in [0, 2], `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label is not a class.

    Example:
        >>> from adrjax import losses
        >>> print(f"{losses.mean_absolute_error([2.0, 1.0, 0.0], 0):.3f}")
        0.670

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Eq. (3).
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    return 2 * jnp.exp(jax.nn.log_sigmoid(-log_odds(logits, labels)))
