"""Online label smoothing (OLS)."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._base import StatefulLoss
from adrjax._labels import take_rows
from adrjax._softmax import moments, softmax
from adrjax.losses._cross_entropy import cross_entropy


class OnlineLabelSmoothingState(NamedTuple):
    """The soft labels of this epoch, and what those of the next are made of.

    Attributes:
        soft_labels: Row k is the target of class k, `[num_classes, num_classes]`.
        sums: The predictions that were right, summed by class, like `soft_labels`.
        counts: How many were right, `[num_classes]`.
    """

    soft_labels: jax.Array
    sums: jax.Array
    counts: jax.Array


def online_label_smoothing(
    num_classes: int,
    *,
    alpha: ArrayLike = 0.5,
    axis_name: str | None = None,
    initial: Literal["uniform", "zeros"] = "uniform",
    absent: Literal["uniform", "zeros"] = "uniform",
    freeze: ArrayLike | None = None,
) -> StatefulLoss:
    r"""Cross entropy to the label and to what the class looked like an epoch ago.

    .. math:: L = -\alpha \log p_y - (1 - \alpha) \sum_j S_{yj} \log p_j,

    where row k of S is the mean prediction of the last epoch over the examples of class
    k that were right. Public code differs in what the paper does not say:

    | code | keywords |
    |---|---|
    | the authors' for CIFAR | initial="zeros": the first epoch has no soft term |
    | the authors' for fine-grained classes | freeze=0.88, and twice this loss |
    | the port of Kurumi233 | absent="zeros" |

    Call `end_epoch` once an epoch. An example whose label names no class has the loss
    NaN, the gradient 0 and no part in the state.

    Args:
        num_classes: The number of classes.
        alpha: The weight of the label, in [0, 1]; the soft label has the rest.
        axis_name: The device axis that the batch is split over.
        initial: The soft labels of the first epoch: uniform distributions or zeros.
        absent: The next soft label of a class none of whose examples was right.
        freeze: If given, a soft label whose largest probability is at least this stays
            as it is, unless its class is absent.

    Returns:
        A `StatefulLoss` of logits, `[..., num_classes]`, and integer labels, `[...]`.

    Raises:
        ValueError: If there is no class, alpha or freeze is outside [0, 1] or an
            option unknown; in `apply`, if the shapes do not fit or a label names no
            class.
        TypeError: If `num_classes` is no whole number; in `apply`, if the logits are
            not floating or the labels not integers.

    Reference:
        Zhang et al., Delving Deep into Label Smoothing, section III.
    """
    num_classes = _checks.count("num_classes", num_classes, low=1)
    alpha = _checks.between("alpha", alpha, 0, 1)
    _checks.one_of("initial", initial, ("uniform", "zeros"))
    _checks.one_of("absent", absent, ("uniform", "zeros"))
    if freeze is not None:
        freeze = _checks.between("freeze", freeze, 0, 1)
    share = {"uniform": 1 / num_classes, "zeros": 0.0}

    def init():
        soft_labels = jnp.full((num_classes, num_classes), share[initial], float)
        return OnlineLabelSmoothingState(
            soft_labels, jnp.zeros_like(soft_labels), jnp.zeros_like(soft_labels[0])
        )

    def apply(state, logits, labels):
        logits, labels = _checks.logits_and_labels(logits, labels)
        _checks.num_classes_of(logits, num_classes)
        hard = cross_entropy(logits, labels)
        soft = cross_entropy(logits, take_rows(state.soft_labels, labels))

        z = jax.lax.stop_gradient(logits)
        is_right = jnp.argmax(z, axis=-1) == labels
        probs = softmax(z, moments(z))
        probs = jnp.where(is_right[..., None], probs, 0).astype(state.sums.dtype)
        sums = jnp.zeros_like(state.sums).at[labels].add(probs)
        counts = (
            jnp.zeros_like(state.counts)
            .at[labels]
            .add(is_right.astype(state.counts.dtype))
        )
        if axis_name is not None:
            sums, counts = jax.lax.psum((sums, counts), axis_name)
        state = state._replace(sums=state.sums + sums, counts=state.counts + counts)
        return alpha * hard + (1 - alpha) * soft, state

    def end_epoch(state):
        is_present = state.counts[:, None] > 0
        means = state.sums / jnp.where(is_present, state.counts[:, None], 1)
        if freeze is not None:
            largest = jnp.max(state.soft_labels, axis=-1, keepdims=True)
            means = jnp.where(largest >= freeze, state.soft_labels, means)
        soft_labels = jnp.where(is_present, means, share[absent])
        return OnlineLabelSmoothingState(
            soft_labels, jnp.zeros_like(state.sums), jnp.zeros_like(state.counts)
        )

    return StatefulLoss(init, apply, end_epoch)
