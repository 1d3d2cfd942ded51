"""RandAugment."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment import _tones
from adrjax.data.augment._pixels import WHITE, is_grey_or_rgb, like, pixels_of
from adrjax.data.augment._warp import turn, warp


class Operation(NamedTuple):
    """One of the operations that RandAugment draws from.

    Attributes:
        matrix: The map `[2, 3]` of an amount and the height and width of the image.
        tone: What happens to the colors by an amount.
        amount: That of a magnitude in [0, 1].
        signed: Whether the amount is as often negative; where it is a factor, whether
            its distance from 1 is.
    """

    matrix: Callable[[jax.Array, tuple[int, int]], jax.Array]
    tone: Callable[[jax.Array, jax.Array], jax.Array]
    amount: Callable[[jax.Array], ArrayLike]
    signed: bool


def _stay(amount, size):
    return jnp.eye(2, 3)


def _shear_x(amount, size):
    """Left and right from the top edge on."""
    return jnp.array([[1, 0, 0], [amount, 1, amount * size[0] / 2]])


def _shear_y(amount, size):
    return jnp.array([[1, amount, amount * size[1] / 2], [0, 1, 0]])


def _move_x(amount, size):
    return jnp.array([[1, 0, 0], [0, 1, jnp.trunc(amount * size[1])]])


def _move_y(amount, size):
    return jnp.array([[1, 0, jnp.trunc(amount * size[0])], [0, 1, 0]])


def _rotate(amount, size):
    return turn(jnp.deg2rad(amount))


def _moving(matrix, most):
    return Operation(matrix, _tones.keep, lambda m: most * m, True)


def _toning(tone, amount=lambda m: m):
    return Operation(_stay, tone, amount, False)


def _factor(tone):
    return Operation(_stay, tone, lambda m: 0.9 * m, True)


FACTORS = (_tones.brightness, _tones.color, _tones.contrast, _tones.sharpness)

TORCHVISION = (
    _toning(_tones.keep),
    _moving(_shear_x, 0.3),
    _moving(_shear_y, 0.3),
    _moving(_move_x, 150 / 331),
    _moving(_move_y, 150 / 331),
    _moving(_rotate, 30),
    *map(_factor, FACTORS),
    _toning(_tones.posterize, lambda m: 8 - jnp.round(4 * m)),
    _toning(_tones.solarize, lambda m: WHITE * (1 - m)),
    _toning(_tones.autocontrast),
    _toning(_tones.equalize),
)
TIMM = (
    _toning(_tones.autocontrast),
    _toning(_tones.equalize),
    _toning(_tones.invert),
    _moving(_rotate, 30),
    _toning(_tones.posterize, lambda m: 4 - jnp.floor(4 * m)),
    _toning(_tones.solarize, lambda m: 256 - jnp.floor(256 * m)),
    _toning(_tones.solarize_add, lambda m: jnp.floor(110 * m)),
    *map(_factor, FACTORS),
    _moving(_shear_x, 0.3),
    _moving(_shear_y, 0.3),
    _moving(_move_x, 0.45),
    _moving(_move_y, 0.45),
)
SPACES = {"torchvision": (TORCHVISION, 30), "timm": (TIMM, 10)}


def rand_augment(
    key: jax.Array,
    image: ArrayLike,
    *,
    num_ops: int = 2,
    magnitude: ArrayLike = 9.0,
    space: Literal["torchvision", "timm"] = "torchvision",
    rate: ArrayLike = 1.0,
    spread: ArrayLike = 0.0,
) -> jax.Array:
    """Does a few operations to an image, each drawn from fourteen or fifteen.

    Images are sheared, moved, turned, made brighter or darker, more or less colorful,
    sharper or smoother, posterized, solarized, stretched and equalized, as strongly as
    the magnitude says, either way at random; in timm's space also inverted, but never
    left alone. They move by whole pixels, what comes from outside is black.

    | used by | keywords |
    |---|---|
    | ConvMixer's code on CIFAR-10 | num_ops=1, magnitude=8 |
    | the same for its 92.5 % | num_ops=2, magnitude=12 |
    | DeiT, which ADR's ViT follows | space="timm", rate=0.5, spread=0.5 |

    DeiT's own is timm's "rand-m9-mstd0.5-inc1", which interpolates bicubically, moves
    by parts of pixels and fills with the mean color.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]` with 1 or 3 channels, uint8, or
            floating with white as 1, which is rounded to 256 levels.
        num_ops: How many operations follow each other.
        magnitude: Their strength, in 0..30 in torchvision's space, 0..10 in timm's.
        space: Whose operations and ranges: torchvision's RandAugment, or timm's with
            strengths that increase with the magnitude ("inc1").
        rate: The probability of each of the operations, in [0, 1].
        spread: The standard deviation of the magnitude, drawn for each and kept in the
            range.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes, or 2 channels, or a keyword is out
            of range.
        TypeError: If the image is neither uint8 nor floating.

    Reference:
        Cubuk et al., RandAugment: Practical Automated Data Augmentation with a Reduced
        Search Space, Sec. 3.
    """
    pixels = pixels_of(image)
    is_grey_or_rgb(pixels)
    _checks.count("num_ops", num_ops, low=0)
    _checks.one_of("space", space, tuple(SPACES))
    operations, strongest = SPACES[space]
    magnitude = _checks.between("magnitude", magnitude, 0, strongest)
    rate = _checks.between("rate", rate, 0, 1)
    spread = _checks.between("spread", spread, 0)
    levels = jnp.round(jnp.clip(pixels, 0, 1) * WHITE)
    for op_key in jax.random.split(key, num_ops):
        chance_key, magnitude_key = jax.random.split(op_key)
        does, which, side = jax.random.uniform(chance_key, (3,))
        drawn = magnitude + spread * jax.random.normal(magnitude_key)
        share = jnp.clip(drawn, 0, strongest) / strongest
        place = jnp.floor(len(operations) * which).astype(int)
        sign = jnp.where(side < 0.5, -1, 1)
        changed = operate(levels, operations, place, share, sign)
        levels = jnp.where(does < rate, changed, levels)
    return like(image, levels / WHITE)


def operate(
    levels: jax.Array,
    operations: tuple[Operation, ...],
    place: jax.Array,
    share: jax.Array,
    sign: jax.Array,
) -> jax.Array:
    """Does the operation at a place of a table, to `[height, width, channels]`."""
    height, width, _ = levels.shape

    def amount_of(operation):
        amount = jnp.asarray(operation.amount(share), jnp.float32)
        amount = sign * amount if operation.signed else amount
        return 1 + amount if operation.tone in FACTORS else amount

    amounts = [amount_of(operation) for operation in operations]
    matrices = [
        o.matrix(a, (height, width)) for o, a in zip(operations, amounts, strict=True)
    ]
    moved = warp(levels, jnp.stack(matrices)[place])
    tones = [operation.tone for operation in operations]
    return jax.lax.switch(place, tones, moved, jnp.stack(amounts)[place])
