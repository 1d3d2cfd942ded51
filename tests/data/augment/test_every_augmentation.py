"""Properties of every augmentation. A new one is one line of a table."""

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
# Of images.
NORMALIZING = {
    "crop": partial(augment.crop, size=(9, 8)),
    "dogv": augment.dogv,
    "normalize": partial(augment.normalize, mean=(0.4, 0.5, 0.6), std=[0.1, 0.2, 0.3]),
    "normalize_contrast": partial(augment.normalize_contrast, by_std=True),
    "normalize_each": augment.normalize_each,
    "ten_crop": partial(augment.ten_crop, size=(9, 8)),
}
CROPS = ("crop", "ten_crop")

every_single = pytest.mark.parametrize("name", SINGLE)


@jax.jit
def augmented(keys, images, image):
    """Every augmentation of a batch, and of one image alone by the first key."""
    return {
        name: (jax.vmap(one)(keys, images), one(keys[0], image))
        for name, one in SINGLE.items()
    }


def keys_of(places):
    """As training folds them: from the index in the batch of all devices."""
    return jax.vmap(partial(jax.random.fold_in, jax.random.key(0)))(places)


@functools.cache
def of_images(first_key=0):
    keys = keys_of(jnp.arange(first_key, first_key + 24))
    return augmented(keys, IMAGES, np.float32(IMAGES[0] / 255))


@every_single
def test_augmentations_depend_on_the_key(name):
    images, _ = of_images()[name]
    again, _ = of_images.__wrapped__()[name]
    np.testing.assert_array_equal(again, images)
    others, _ = of_images(24)[name]
    assert (images != others).any()


@every_single
def test_augmentations_of_a_float_image_are_those_of_levels_in_a_batch(name):
    levels, pixels = of_images()[name]
    expected = np.asarray(levels[0], int)
    assert (abs(np.clip(255 * pixels, 0, 255) - expected) <= 1).mean() > 0.999


@functools.cache
def of_a_blank_image():
    levels = np.full_like(IMAGES, 77)
    return augmented(keys_of(jnp.arange(24)), levels, np.full((13, 11, 3), 0.3, "f"))


@every_single
def test_augmentations_of_a_blank_image_are_blank(name):
    levels, pixels = of_a_blank_image()[name]
    assert np.isfinite(pixels).all()
    for image in np.asarray(levels):
        colors = np.unique(image.reshape(-1, 3), axis=0)
        # One color, or also the black of the border.
        assert name in ("random_erasing", "rotate") or len(colors[colors.any(1)]) <= 1
        if name in ("color_jitter", "lighting", "random_resized_crop"):
            assert len(colors) == 1


@every_single
def test_augmentations_keep_nan(name):
    _, pixels = augmented(
        keys_of(jnp.arange(24)), IMAGES, np.full((13, 11, 3), np.nan, "f")
    )[name]
    assert np.isnan(pixels).any()


@pytest.mark.parametrize("dtype", ["uint8", "float16", "bfloat16", "float32"])
def test_augmentations_keep_the_dtype(dtype):
    image = jax.ShapeDtypeStruct((13, 11, 3), dtype)
    for one in SINGLE.values():
        assert jax.eval_shape(one, jax.random.key(0), image).dtype == dtype


def shapes(dtype, labels="int32"):
    """The shapes of every augmentation's result, which need no compilation."""
    image = jax.ShapeDtypeStruct((13, 11, 3), dtype)
    batch = jax.ShapeDtypeStruct((4, 13, 11, 3), dtype)
    labels = jax.ShapeDtypeStruct((4,), labels)
    key = jax.random.key(0)
    for one in SINGLE.values():
        yield jax.eval_shape(one, key, image)
    for mix in MIXING.values():
        images, targets = jax.eval_shape(mix, key, batch, labels)
        assert targets.dtype == "float32"
        yield images
    for name, normalize in NORMALIZING.items():
        result = jax.eval_shape(normalize, image)
        float_dtype = "float64" if dtype == "float64" else "float32"
        assert result.dtype == (dtype if name in CROPS else float_dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32"])
def test_augmentations_promote_neither_ranks_nor_dtypes(dtype):
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        for result in shapes(dtype):
            assert result.dtype == dtype


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_augmentations_promote_nothing_with_64_bits(dtype):
    with (
        jax.enable_x64(True),
        jax.numpy_rank_promotion("raise"),
        jax.numpy_dtype_promotion("strict"),
    ):
        for result in shapes(dtype):
            assert result.dtype == dtype


@every_single
def test_augmentations_refuse_a_batch(name):
    with pytest.raises(ValueError, match=r"got shape \(24, 13, 11, 3\); use jax.vmap"):
        SINGLE[name](jax.random.key(0), IMAGES)


@every_single
def test_augmentations_refuse_an_image_without_pixels(name):
    with pytest.raises(ValueError, match=r"must have pixels, got shape \(13, 0, 3\)"):
        SINGLE[name](jax.random.key(0), IMAGES[0, :, :0])


GEOMETRIC = ("flip", "one_of_ten_crops", "pad_crop", "pad_crop_flip", "translate")


@every_single
def test_augmentations_refuse_pixels_of_an_unknown_range(name):
    image = jax.ShapeDtypeStruct((13, 11, 3), "int32")
    if name in GEOMETRIC:
        result = jax.eval_shape(SINGLE[name], jax.random.key(0), image)
        assert result.dtype == jnp.int32
    else:
        with pytest.raises(TypeError, match=r"image must be uint8, .* got int32"):
            jax.eval_shape(SINGLE[name], jax.random.key(0), image)


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


@pytest.mark.long
@pytest.mark.parametrize("mapped", [by_pmap, by_shard_map])
def test_augmentations_do_not_depend_on_the_devices(mapped):
    def step(images):
        keys = keys_of(
            jax.lax.axis_index("batch") * len(images) + jnp.arange(len(images))
        )
        return {name: jax.vmap(one)(keys, images) for name, one in SINGLE.items()}

    split = mapped(step)(IMAGES.reshape(DEVICES, 3, 13, 11, 3))
    for name, (whole, _) in of_images().items():
        np.testing.assert_array_equal(split[name].reshape(whole.shape), whole)


@pytest.mark.parametrize(
    "mapped, name",
    [
        (by_pmap, "mixup"),
        pytest.param(by_shard_map, "cutmix", marks=pytest.mark.long),
    ],
)
def test_mixing_does_not_depend_on_the_devices(mapped, name):
    labels = np.arange(24) % 5
    key = jax.random.key(0)
    split = mapped(lambda x, y: MIXING[name](key, x, y, axis_name="batch"))(
        IMAGES.reshape(DEVICES, 3, 13, 11, 3), labels.reshape(DEVICES, 3)
    )
    whole = jax.jit(MIXING[name])(key, IMAGES, labels)
    for part, all_of_it in zip(split, whole, strict=True):
        np.testing.assert_array_equal(part.reshape(all_of_it.shape), all_of_it)


@pytest.mark.parametrize("name", MIXING)
def test_mixing_checks_images_and_labels(name):
    mix, key = MIXING[name], jax.random.key(0)
    with pytest.raises(ValueError, match=r"must be a batch .* got shape \(13, 11, 3\)"):
        mix(key, IMAGES[0], np.zeros(13, int))
    with pytest.raises(ValueError, match=r"labels must have shape \(24,\) .* got \(3,"):
        mix(key, IMAGES, np.zeros(3, int))
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 5..5"):
        mix(key, IMAGES, np.full(24, 5))
    with pytest.raises(TypeError, match=r"images must be uint8, .* got int32"):
        mix(key, IMAGES.astype(np.int32), np.zeros(24, int))


nan, inf = float("nan"), float("inf")
# Of each augmentation, options that are refused, and what the error names.
WRONG = {
    "color_jitter": [
        ({"brightness": -0.1}, "brightness must be at least 0, got -0.1"),
        ({"contrast": nan}, "contrast must be at least 0, got nan"),
        ({"saturation": inf}, "saturation must be at least 0, got inf"),
        ({"saturation": [0.1]}, r"saturation must be one number, got shape \(1,\)"),
        ({"hue": 0.6}, r"hue must be in \[0, 0.5\], got 0.6"),
    ],
    "cutout": [
        ({"size": -3}, "size must be at least 0, got -3"),
        ({"fill": (0.1, 0.2)}, r"fill must be one .* got shape \(2,\)"),
        ({"fill": nan}, "fill must be finite, got nan"),
    ],
    "flip": [
        ({"rate": 2}, r"rate must be in \[0, 1\], got 2"),
        ({"rate": -1}, r"rate must be in \[0, 1\], got -1"),
        ({"rate": nan}, r"rate must be in \[0, 1\], got nan"),
        ({"rate": [0.5, 0.5]}, r"rate must be one number, got shape \(2,\)"),
    ],
    "lighting": [
        ({"std": -0.1}, "std must be at least 0, got -0.1"),
        ({"eigenvalues": (1.0, 2.0)}, r"eigenvalues must be finite and of shape \(3,"),
        ({"eigenvalues": (1.0, 2.0, nan)}, "eigenvalues must be finite"),
        ({"eigenvectors": np.eye(2)}, r"eigenvectors must be .* of shape \(3, 3\)"),
    ],
    "one_of_ten_crops": [
        ({"size": (14, 5)}, "size must fit into the image of 13 x 11 .* got 14 x 5"),
        ({"size": (0, 5)}, "size must be at least 1, got 0"),
        ({"size": 5}, r"size must be \(height, width\), got 5"),
    ],
    "pad_crop": [
        ({"padding": -1}, "padding must be at least 0, got -1"),
        ({"padding": 1, "size": (16, 3)}, "the image of 15 x 13 pixels, got 16 x 3"),
        ({"size": (-1, 3)}, "size must be at least 1, got -1"),
        ({"size": (3,)}, r"size must be \(height, width\), got \(3,\)"),
    ],
    "pad_crop_flip": [({"padding": -1}, "padding must be at least 0, got -1")],
    "rand_augment": [
        ({"magnitude": 12, "space": "timm"}, r"magnitude must be in \[0, 10\], got 12"),
        ({"magnitude": nan}, r"magnitude must be in \[0, 30\], got nan"),
        ({"space": "keras"}, "space must be one of 'torchvision', 'timm'"),
        ({"num_ops": -1}, "num_ops must be at least 0, got -1"),
        ({"spread": -1}, "spread must be at least 0, got -1"),
        ({"rate": [1]}, r"rate must be one number, got shape \(1,\)"),
    ],
    "random_erasing": [
        ({"rate": -1}, r"rate must be in \[0, 1\], got -1"),
        ({"fill": "mean"}, "fill must be one of 'noise', got 'mean'"),
        ({"fill": [0.1, inf, 0.2]}, "fill must be finite"),
        ({"ratio": (3.3, 0.3)}, r"ratio must be a least and .* got \(3.3, 0.3\)"),
        ({"scale": (0.1, nan)}, "scale must be a least and a largest positive number"),
    ],
    "random_resized_crop": [
        ({"size": (4, 0)}, "size must be at least 1, got 0"),
        ({"size": 4}, r"size must be \(height, width\), got 4"),
        ({"scale": (1.0, 0.5)}, r"scale must be a least and .* got \(1.0, 0.5\)"),
        ({"scale": (0.1,)}, r"scale must be a least and .* got \(0.1,\)"),
        ({"ratio": (0, 1)}, r"ratio must be .* got \(0, 1\)"),
        ({"ratio": (1, inf)}, r"ratio must be .* got \(1, inf\)"),
    ],
    "rotate": [
        ({"degrees": -1}, "degrees must be at least 0, got -1"),
        ({"degrees": inf}, "degrees must be at least 0, got inf"),
        ({"rate": 1.5}, r"rate must be in \[0, 1\], got 1.5"),
        ({"interpolation": "cubic"}, "interpolation must be one of 'nearest', 'bil"),
        ({"border": "white"}, "border must be one of 'black', 'edge'"),
    ],
    "translate": [
        ({"fraction": 1.1}, r"fraction must be in \[0, 1\], got 1.1"),
        ({"fraction": nan}, r"fraction must be in \[0, 1\], got nan"),
        ({"fraction": [0.1, 0.2]}, r"fraction must be one number, got shape \(2,\)"),
        ({"border": "mirror"}, "border must be one of 'black', 'edge'"),
    ],
    "mixup": [
        ({"alpha": 0}, "alpha must be positive, got 0"),
        ({"alpha": nan}, "alpha must be .*, got nan"),
        ({"alpha": [1.0]}, r"alpha must be one number, got shape \(1,\)"),
        ({"num_classes": 0}, "num_classes must be at least 1, got 0"),
    ],
    "cutmix": [
        ({"alpha": -1}, "alpha must be positive, got -1"),
        ({"num_classes": -5}, "num_classes must be at least 1, got -5"),
    ],
    "normalize": [
        ({"std": 0.0}, "std must be positive, got"),
        ({"std": (1, -1, 1)}, "std must be positive, got"),
        ({"mean": (0.5, 0.5)}, r"mean must be one number, .* got shape \(2,\)"),
        ({"mean": nan}, "mean must be finite, got nan"),
    ],
    "normalize_contrast": [
        ({"scale": 0}, "scale must be positive, got 0"),
        ({"bias": -1}, "bias must be at least 0, got -1"),
        ({"least": nan}, "least must be at least 0, got nan"),
        ({"scale": [1.0, 2.0]}, r"scale must be one number, got shape \(2,\)"),
    ],
    "dogv": [({"eps": 0}, "eps must be positive, got 0")],
    "crop": [
        ({"size": (5, 12)}, "the image of 13 x 11 pixels, got 5 x 12"),
        ({"top": 5}, r"top must be in 0\.\.4, got 5"),
        ({"left": -1}, r"left must be in 0\.\.3, got -1"),
    ],
    "ten_crop": [({"size": (5, 12)}, "the image of 13 x 11 pixels, got 5 x 12")],
}
CASES = [(name, *case) for name, cases in WRONG.items() for case in cases]


def called(name, **options):
    image, key = IMAGES[0], jax.random.key(0)
    if name in MIXING:
        arguments = (key, IMAGES, np.zeros(24, np.int32))
    else:
        arguments = (key, image) if name in SINGLE else (image,)
    function = partial({**SINGLE, **MIXING, **NORMALIZING}[name], **options)
    return jax.eval_shape(lambda: function(*arguments))


@pytest.mark.parametrize("name, options, message", CASES)
def test_augmentations_refuse_options_out_of_range(name, options, message):
    with pytest.raises(ValueError, match=message):
        called(name, **options)


@pytest.mark.parametrize(
    "name, options",
    [
        ("cutout", {"size": 2.0}),
        ("pad_crop", {"padding": [1]}),
        ("rand_augment", {"num_ops": 1.5}),
        ("one_of_ten_crops", {"size": (5.0, 5)}),
        ("crop", {"top": 1.0}),
    ],
)
def test_augmentations_refuse_sizes_that_are_not_integers(name, options):
    with pytest.raises(TypeError, match=f"{next(iter(options))} must be"):
        called(name, **options)


@pytest.mark.parametrize(
    "name, options",
    [
        ("color_jitter", {"brightness": np.float64(0.1), "hue": np.float32(0.1)}),
        ("color_jitter", {"contrast": 0, "saturation": np.int64(1), "hue": 0}),
        ("cutout", {"size": np.int64(4), "fill": [0.1, 0.2, 0.3]}),
        ("cutout", {"size": 0, "fill": np.ones(3)}),
        ("crop", {"size": [9, 8], "top": np.int64(1)}),
        ("flip", {"rate": np.float64(0.1)}),
        ("flip", {"rate": True}),
        ("lighting", {"eigenvalues": [1, 2, 3], "eigenvectors": np.eye(3).tolist()}),
        ("one_of_ten_crops", {"size": np.array([9, 8])}),
        ("pad_crop", {"padding": np.int8(1), "size": [9, 8]}),
        ("rand_augment", {"num_ops": np.int64(1), "magnitude": np.float64(3)}),
        ("random_erasing", {"scale": [0.1, 0.2], "ratio": np.array([1.0, 2.0])}),
        ("random_resized_crop", {"size": [9, 8], "scale": np.array([0.5, 1])}),
        ("rotate", {"degrees": np.int64(20), "rate": np.float16(0.5)}),
        ("translate", {"fraction": np.float64(0.1)}),
        ("translate", {"fraction": 0}),
        ("mixup", {"alpha": np.float64(0.3), "num_classes": np.int64(5)}),
        ("cutmix", {"alpha": 1}),
        ("normalize", {"mean": np.float64(0.5), "std": [0.1, 0.2, 0.3]}),
        ("normalize_contrast", {"scale": np.int64(55), "bias": np.float64(10)}),
    ],
)
def test_augmentations_take_numpy_numbers_and_lists(name, options):
    called(name, **options)


def test_every_augmentation_is_here():
    public = {
        name
        for name, member in vars(augment).items()
        if callable(member) and not name.startswith("_")
    }
    assert {*SINGLE, *MIXING, *NORMALIZING} == public - {"mirror_features"}
    assert {*WRONG} == {*SINGLE, *MIXING, *NORMALIZING} - {"normalize_each"}
