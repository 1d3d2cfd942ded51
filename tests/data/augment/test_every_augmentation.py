"""What holds for every augmentation. The next one is one line."""

import functools

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
import numpy as np
import pytest

from adrjax.data import augment

partial = functools.partial
IMAGES = np.random.default_rng(0).integers(0, 256, (24, 13, 11, 3)).astype(np.uint8)
DEVICES = 8

# Of a key and one image.
SINGLE = {
    "color_jitter": partial(
        augment.color_jitter, brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1
    ),
    "cutout": partial(augment.cutout, size=5),
    "flip": augment.flip,
    "lighting": augment.lighting,
    "one_of_ten_crops": partial(augment.one_of_ten_crops, size=(9, 8)),
    "pad_crop": partial(augment.pad_crop, padding=2),
    "pad_crop_flip": augment.pad_crop_flip,
    "rand_augment": partial(augment.rand_augment, num_ops=1),
    "random_erasing": partial(augment.random_erasing, fill="noise"),
    "random_resized_crop": partial(augment.random_resized_crop, size=(8, 9)),
    "rotate": partial(augment.rotate, degrees=30, interpolation="bilinear"),
    "translate": partial(augment.translate, rate=0.5),
}
# Of a key, a batch and its labels.
MIXING = {
    "mixup": partial(augment.mixup, num_classes=5, alpha=1.0),
    "cutmix": partial(augment.cutmix, num_classes=5),
}

every_single = pytest.mark.parametrize("name", SINGLE)


@functools.cache
def compiled(name):
    return jax.jit(jax.vmap(SINGLE[name]))


def keys_of(places):
    """As training folds them: by the place in the batch of all devices."""
    return jax.vmap(partial(jax.random.fold_in, jax.random.key(0)))(places)


@every_single
def test_a_key_decides_and_another_decides_otherwise(name):
    images = compiled(name)(keys_of(jnp.arange(24)), IMAGES)
    again = compiled(name)(keys_of(jnp.arange(24)), IMAGES)
    np.testing.assert_array_equal(again, images)
    others = compiled(name)(keys_of(jnp.arange(24, 48)), IMAGES)
    assert (images != others).any()


@every_single
def test_a_float_image_alone_becomes_what_levels_do_in_a_batch(name):
    levels = compiled(name)(keys_of(jnp.arange(24)), IMAGES)
    alone = jax.jit(SINGLE[name])
    for i in range(3):
        pixels = alone(keys_of(jnp.array([i]))[0], np.float32(IMAGES[i] / 255))
        expected = np.asarray(levels[i], int)
        assert (abs(np.clip(255 * pixels, 0, 255) - expected) <= 1).mean() > 0.999


@every_single
@pytest.mark.parametrize("dtype", ["uint8", "float16", "bfloat16", "float32"])
def test_the_dtype_stays(name, dtype):
    image = jnp.zeros((13, 11, 3), dtype)
    assert jax.eval_shape(SINGLE[name], jax.random.key(0), image).dtype == dtype


@every_single
def test_a_batch_is_refused(name):
    with pytest.raises(ValueError, match=r"got shape \(24, 13, 11, 3\); jax.vmap over"):
        SINGLE[name](jax.random.key(0), IMAGES)


GEOMETRIC = ("flip", "one_of_ten_crops", "pad_crop", "pad_crop_flip", "translate")


@every_single
def test_pixels_without_a_range_are_refused_where_they_count(name):
    image = IMAGES[0].astype(np.int32)
    if name in GEOMETRIC:
        augmented = jax.eval_shape(SINGLE[name], jax.random.key(0), image)
        assert augmented.dtype == jnp.int32
    else:
        with pytest.raises(TypeError, match=r"image must be uint8, .* got int32"):
            SINGLE[name](jax.random.key(0), image)


def by_pmap(f):
    return jax.pmap(f, "batch")


def by_shard_map(f):
    mesh = jax.make_mesh(
        (DEVICES,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,)
    )

    def flat(*parts):
        return jax.tree.map(lambda x: x[None], f(*(part[0] for part in parts)))

    split = PartitionSpec("batch")
    return jax.jit(jax.shard_map(flat, mesh=mesh, in_specs=split, out_specs=split))


@pytest.mark.parametrize(
    "mapped, name",
    [(by_pmap, name) for name in SINGLE] + [(by_shard_map, "random_resized_crop")],
)
def test_devices_do_not_matter(mapped, name):
    def step(images):
        first = jax.lax.axis_index("batch") * len(images)
        return jax.vmap(SINGLE[name])(keys_of(first + jnp.arange(len(images))), images)

    split = mapped(step)(IMAGES.reshape(DEVICES, 3, 13, 11, 3))
    whole = compiled(name)(keys_of(jnp.arange(24)), IMAGES)
    np.testing.assert_array_equal(split.reshape(whole.shape), whole)


@pytest.mark.parametrize("mapped, name", [(by_pmap, "mixup"), (by_shard_map, "cutmix")])
def test_devices_do_not_matter_for_what_mixes_a_batch(mapped, name):
    labels = np.arange(24) % 5
    key = jax.random.key(0)
    split = mapped(lambda x, y: MIXING[name](key, x, y, axis_name="batch"))(
        IMAGES.reshape(DEVICES, 3, 13, 11, 3), labels.reshape(DEVICES, 3)
    )
    whole = jax.jit(MIXING[name])(key, IMAGES, labels)
    for part, all_of_it in zip(split, whole, strict=True):
        np.testing.assert_array_equal(part.reshape(all_of_it.shape), all_of_it)


@pytest.mark.parametrize("name", MIXING)
def test_what_cannot_be_mixed_is_refused(name):
    mix, key = MIXING[name], jax.random.key(0)
    with pytest.raises(ValueError, match=r"must be a batch .* got shape \(13, 11, 3\)"):
        mix(key, IMAGES[0], np.zeros(13, int))
    with pytest.raises(ValueError, match=r"want labels of shape \(24,\), got .* \(3,"):
        mix(key, IMAGES, np.zeros(3, int))
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 5..5"):
        mix(key, IMAGES, np.full(24, 5))
    with pytest.raises(TypeError, match=r"images must be uint8, .* got int32"):
        mix(key, IMAGES.astype(np.int32), np.zeros(24, int))
    with pytest.raises(ValueError, match="alpha must be positive, got 0"):
        mix(key, IMAGES, np.zeros(24, int), alpha=0)


def test_every_augmentation_is_here():
    tested_elsewhere = {"mirror_features", "ten_crop"} | {
        name for name in vars(augment) if name.startswith("normalize")
    }
    public = {
        name
        for name, member in vars(augment).items()
        if callable(member) and not name.startswith("_")
    }
    listed = {name.split(",")[0] for name in SINGLE | MIXING}
    assert listed | tested_elsewhere == public
