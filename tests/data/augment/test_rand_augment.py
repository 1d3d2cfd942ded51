"""RandAugment: each operation against Pillow, and how they are drawn."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageEnhance, ImageOps
import pytest

from adrjax.data.augment import rand_augment
from adrjax.data.augment._rand_augment import TIMM, TORCHVISION, operate
from tests.data.augment._images import HILLS, many

HEIGHT, WIDTH = HILLS.shape[:2]
IMAGE = (HILLS // 2 + np.random.default_rng(0).integers(0, 90, HILLS.shape)).astype(
    np.uint8
)


def affine(*coefficients):
    return lambda im, _: im.transform(im.size, Image.Transform.AFFINE, coefficients)


def shear_x(im, a):
    return affine(1, a, 0, 0, 1, 0)(im, a)


def shear_y(im, a):
    return affine(1, 0, 0, a, 1, 0)(im, a)


def move_x(im, a):
    return affine(1, 0, int(a), 0, 1, 0)(im, a)


def move_y(im, a):
    return affine(1, 0, 0, 0, 1, int(a))(im, a)


def enhance(kind):
    return lambda im, a: kind(im).enhance(1 + a)


def solarize_add(im, a):
    return im.point([min(255, i + int(a)) if i < 128 else i for i in range(256)] * 3)


FACTORS = [
    enhance(kind)
    for kind in (
        ImageEnhance.Brightness,
        ImageEnhance.Color,
        ImageEnhance.Contrast,
        ImageEnhance.Sharpness,
    )
]
# fmt: off
# The same operation in Pillow, its amount at half of the strongest magnitude, and
# whether the amount has a sign.
IN_TORCHVISION = [
    (lambda im, a: im, 0, False),
    (shear_x, 0.15, True),
    (shear_y, 0.15, True),
    (move_x, 75 / 331 * WIDTH, True),
    (move_y, 75 / 331 * HEIGHT, True),
    (lambda im, a: im.rotate(a), 15, True),
    *((factor, 0.45, True) for factor in FACTORS),
    (lambda im, a: ImageOps.posterize(im, a), 6, False),
    (lambda im, a: ImageOps.solarize(im, a), 127.5, False),
    (lambda im, a: ImageOps.autocontrast(im), 0, False),
    (lambda im, a: ImageOps.equalize(im), 0, False),
]
IN_TIMM = [
    (lambda im, a: ImageOps.autocontrast(im), 0, False),
    (lambda im, a: ImageOps.equalize(im), 0, False),
    (lambda im, a: ImageOps.invert(im), 0, False),
    (lambda im, a: im.rotate(a), 15, True),
    (lambda im, a: ImageOps.posterize(im, a), 2, False),
    (lambda im, a: ImageOps.solarize(im, a), 128, False),
    (solarize_add, 55, False),
    *((factor, 0.45, True) for factor in FACTORS),
    (shear_x, 0.15, True),
    (shear_y, 0.15, True),
    (move_x, 0.225 * WIDTH, True),
    (move_y, 0.225 * HEIGHT, True),
]
# fmt: on


@functools.cache
def outcomes(space):
    """Every operation with both signs, at half of the strongest magnitude."""
    table = {"torchvision": TORCHVISION, "timm": TIMM}[space]
    levels = jnp.asarray(IMAGE, jnp.float32)
    places = jnp.arange(len(table))
    run = jax.vmap(
        lambda place, sign: operate(levels, table, place, 0.5, sign), (0, None)
    )
    run = jax.jit(run)
    return {sign: np.asarray(run(places, float(sign))) for sign in (1, -1)}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    "space, place",
    [("torchvision", i) for i in range(len(IN_TORCHVISION))]
    + [("timm", i) for i in range(len(IN_TIMM))],
)
def test_rand_augment_operations_equal_pillow(space, place, sign):
    table = {"torchvision": IN_TORCHVISION, "timm": IN_TIMM}[space]
    pillows, amount, signed = table[place]
    actual = outcomes(space)[sign][place]
    pillow = Image.fromarray(IMAGE)
    candidates = [np.asarray(pillows(pillow, amount * (sign if signed else 1)), float)]
    if signed:  # a positive amount may turn or move the other way
        candidates.append(np.asarray(pillows(pillow, -amount * sign), float))
    shares = [(abs(candidate - actual) <= 1).mean() for candidate in candidates]
    assert max(shares) > 0.99
    if place and signed:
        assert min(shares) < 0.9


def test_rand_augment_tables_are_complete():
    assert len(TORCHVISION) == len(IN_TORCHVISION) == 14
    assert len(TIMM) == len(IN_TIMM) == 15


ONE = {
    space: functools.partial(rand_augment, num_ops=1, space=space)
    for space in ("torchvision", "timm")
}


@pytest.mark.parametrize("space, half", [("torchvision", 15.0), ("timm", 5.0)])
def test_rand_augment_draws_from_the_whole_space(space, half):
    images = many(ONE[space], IMAGE, 600, magnitude=half, rate=1.0, spread=0.0)
    drawn = np.unique(images, axis=0).astype(int)
    expected = np.concatenate(list(outcomes(space).values()))
    near = (abs(drawn[:, None] - expected) <= 1).mean((2, 3, 4)) > 0.999
    assert near.any(0).all() and near.any(1).all()


def test_rand_augment_happens_at_the_rate():
    images = many(ONE["timm"], IMAGE, 600, magnitude=5.0, rate=0.3, spread=0.0)
    same = (images == IMAGE).all((1, 2, 3))
    np.testing.assert_allclose(same.mean(), 0.7, atol=0.08)


def test_rand_augment_spread_varies_the_magnitude():
    few, more = (
        {
            image.tobytes()
            for image in many(
                ONE["timm"], IMAGE, 600, magnitude=5.0, rate=1.0, spread=spread
            )
        }
        for spread in (0.0, 2.0)
    )
    assert len(few) <= 30 and len(more) > 200


def test_rand_augment_applies_operations_one_after_the_other():
    key = jax.random.key(0)
    none = jax.jit(functools.partial(rand_augment, num_ops=0))
    np.testing.assert_array_equal(none(key, IMAGE), IMAGE)
    first, second = jax.random.split(key)
    twice = jax.jit(rand_augment)(key, IMAGE)
    one = _one_given_its_key(second, _one_given_its_key(first, np.float32(IMAGE)))
    assert (abs(one.astype(int) - twice) <= 1).mean() > 0.99


@jax.jit
def _one_given_its_key(key, levels):
    """One operation of `rand_augment`, by the key of the operation."""
    chance_key, _ = jax.random.split(key)
    _, which, side = jax.random.uniform(chance_key, (3,))
    place = jnp.floor(14 * which).astype(int)
    sign = jnp.where(side < 0.5, -1, 1)
    return operate(levels, TORCHVISION, place, 0.3, sign)


@pytest.mark.parametrize("table", [TORCHVISION, TIMM])
def test_rand_augment_operations_keep_nan_and_blank_images(table):
    @jax.jit
    @functools.partial(jax.vmap, in_axes=(0, None))
    def run(place, levels):
        return operate(levels, table, place, 0.5, 1.0)

    places = jnp.arange(len(table))
    missing = run(places, np.full((6, 6, 3), np.nan, np.float32))
    assert np.isnan(missing).any((1, 2, 3)).all()
    for image in np.asarray(run(places, np.full((6, 6, 3), 77, np.float32))):
        colors = np.unique(image.reshape(-1, 3), axis=0)
        assert len(colors[colors.any(1)]) <= 1  # and black behind the edges


@pytest.mark.parametrize("shape", [(2, 20, 3), (24, 20, 1), (1, 1, 3)])
def test_rand_augment_keeps_the_shape_of_small_and_grey_images(shape):
    image = jnp.zeros(shape, jnp.uint8)
    assert jax.eval_shape(rand_augment, jax.random.key(0), image).shape == shape


def test_rand_augment_refuses_two_channels():
    with pytest.raises(ValueError, match=r"1 channel or 3 .* got shape \(24, 20, 2\)"):
        rand_augment(jax.random.key(0), IMAGE[..., :2])
