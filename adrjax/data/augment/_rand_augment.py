"""RandAugment."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment import _tones
from adrjax.data.augment._options import number
from adrjax.data.augment._pixels import WHITE, check_grey_or_rgb, like, pixels_of
from adrjax.data.augment._warp import rotation, warp

Matrix = Callable[[jax.Array, tuple[int, int]], jax.Array]
Tone = Callable[[jax.Array, jax.Array], jax.Array]


class Operation(NamedTuple):
    """An operation that RandAugment draws: a map of places, then of colors.

    Attributes:
        matrix: Returns the map `[2, 3]` of places, given an amount and the height and
            width of the image.
        tone: Returns the image with other colors, given an amount.
        amount: Returns the amount of a magnitude in [0, 1].
        signed: Whether the amount has a random sign; of a factor, its difference to 1.
    """

    matrix: Matrix
    tone: Tone
    amount: Callable[[jax.Array], ArrayLike]
    signed: bool


def _identity(amount: jax.Array, size: tuple[int, int]) -> jax.Array:
    return jnp.eye(2, 3, dtype=jnp.float32)


def _shear_x(amount: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Shears horizontally; the top edge stays."""
    return jnp.array([[1, 0, 0], [amount, 1, amount * size[0] / 2]])


def _shear_y(amount: jax.Array, size: tuple[int, int]) -> jax.Array:
    return jnp.array([[1, amount, amount * size[1] / 2], [0, 1, 0]])


def _translate_x(amount: jax.Array, size: tuple[int, int]) -> jax.Array:
    return jnp.array([[1, 0, 0], [0, 1, jnp.trunc(amount * size[1])]])


def _translate_y(amount: jax.Array, size: tuple[int, int]) -> jax.Array:
    return jnp.array([[1, 0, jnp.trunc(amount * size[0])], [0, 1, 0]])


def _rotate(amount: jax.Array, size: tuple[int, int]) -> jax.Array:
    return rotation(jnp.deg2rad(amount))


def _of_places(matrix: Matrix, most: float) -> Operation:
    return Operation(matrix, _tones.identity, lambda m: most * m, True)


def _of_colors(
    tone: Tone, amount: Callable[[jax.Array], ArrayLike] = lambda m: m
) -> Operation:
    return Operation(_identity, tone, amount, False)


def _by_a_factor(tone: Tone) -> Operation:
    return Operation(_identity, tone, lambda m: 0.9 * m, True)


FACTORS = (_tones.brightness, _tones.color, _tones.contrast, _tones.sharpness)

TORCHVISION = (
    _of_colors(_tones.identity),
    _of_places(_shear_x, 0.3),
    _of_places(_shear_y, 0.3),
    _of_places(_translate_x, 150 / 331),
    _of_places(_translate_y, 150 / 331),
    _of_places(_rotate, 30),
    *map(_by_a_factor, FACTORS),
    _of_colors(_tones.posterize, lambda m: 8 - jnp.round(4 * m)),
    _of_colors(_tones.solarize, lambda m: WHITE * (1 - m)),
    _of_colors(_tones.autocontrast),
    _of_colors(_tones.equalize),
)
TIMM = (
    _of_colors(_tones.autocontrast),
    _of_colors(_tones.equalize),
    _of_colors(_tones.invert),
    _of_places(_rotate, 30),
    _of_colors(_tones.posterize, lambda m: 4 - jnp.floor(4 * m)),
    _of_colors(_tones.solarize, lambda m: 256 - jnp.floor(256 * m)),
    _of_colors(_tones.solarize_add, lambda m: jnp.floor(110 * m)),
    *map(_by_a_factor, FACTORS),
    _of_places(_shear_x, 0.3),
    _of_places(_shear_y, 0.3),
    _of_places(_translate_x, 0.45),
    _of_places(_translate_y, 0.45),
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
    """RandAugment: a few operations, each drawn from fourteen or fifteen.

    The operations are shears, translations, rotation, brightness, color, contrast,
    sharpness, posterize, solarize, autocontrast and equalize; torchvision's space also
    has the identity, timm's has invert and solarize-add. The magnitude is their
    strength, its direction is random. Translations are by whole pixels, pixels from
    outside are black.

    | used by | keywords |
    |---|---|
    | ConvMixer's code on CIFAR-10 | num_ops=1, magnitude=8 |
    | the same for its 92.5 % | num_ops=2, magnitude=12 |
    | DeiT, which ADR's ViT follows | space="timm", rate=0.5, spread=0.5 |

    DeiT's own is timm's "rand-m9-mstd0.5-inc1", which interpolates bicubically,
    translates by parts of pixels and fills with the mean color.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]` with 1 or 3 channels, uint8, or
            floating with white as 1, which is rounded to 256 levels.
        num_ops: The number of operations, one after the other.
        magnitude: Their strength, in 0..30 in torchvision's space, 0..10 in timm's.
        space: The operations and ranges: those of torchvision's RandAugment, or of
            timm's with strengths that increase with the magnitude ("inc1").
        rate: The probability of each of the operations, in [0, 1].
        spread: The standard deviation of the magnitude, drawn for each operation and
            clipped to the range.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes and 1 or 3 channels, or an
            option is out of range.
        TypeError: If the image is neither uint8 nor floating.

    Example:
        >>> import functools
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> key, image = jax.random.key(0), jnp.zeros((8, 8, 3), jnp.uint8)
        >>> one = functools.partial(augment.rand_augment, num_ops=1, magnitude=8)
        >>> jax.jit(one)(key, image).shape
        (8, 8, 3)

    Reference:
        Cubuk et al., RandAugment: Practical Automated Data Augmentation with a Reduced
        Search Space, Sec. 3.
    """
    pixels = pixels_of(image)
    check_grey_or_rgb(pixels)
    num_ops = _checks.count("num_ops", num_ops, low=0)
    _checks.one_of("space", space, tuple(SPACES))
    operations, strongest = SPACES[space]
    magnitude = number("magnitude", magnitude, 0, strongest)
    rate = number("rate", rate, 0, 1)
    spread = number("spread", spread, 0)
    levels = jnp.round(jnp.clip(pixels, 0, 1) * WHITE).astype(jnp.float32)
    for op_key in jax.random.split(key, num_ops):
        chance_key, magnitude_key = jax.random.split(op_key)
        chance, which, side = jax.random.uniform(chance_key, (3,), jnp.float32)
        normal = jax.random.normal(magnitude_key, (), jnp.float32)
        share = jnp.clip(magnitude + spread * normal, 0, strongest) / strongest
        place = jnp.floor(len(operations) * which).astype(jnp.int32)
        sign = jnp.where(side < 0.5, -1.0, 1.0)
        changed = operate(levels, operations, place, share, sign)
        levels = jnp.where(chance < rate, changed, levels)
    return like(image, levels / WHITE)


def operate(
    levels: jax.Array,
    operations: tuple[Operation, ...],
    place: jax.Array,
    share: jax.Array,
    sign: jax.Array,
) -> jax.Array:
    """Returns `[height, width, channels]` after the operation at an index of a table.

    Args:
        levels: Float levels in 0..255.
        operations: The table.
        place: The index.
        share: The magnitude in [0, 1].
        sign: 1 or -1, for operations in either direction.
    """
    height, width, _ = levels.shape

    def amount_of(operation: Operation) -> jax.Array:
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
