"""Weights out of PyTorch's files, and what is said of those that do not fit."""

import functools
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from adrjax.backbones import CifarResNet, DigitsCNN, ViT, load_torch
from adrjax.heads import Classifier, Linear

IMAGE = jnp.zeros((1, 32, 32, 3))
BACKBONE = CifarResNet(depth=8)
MODEL = Classifier(backbone=BACKBONE, head=Linear(10))
RNG = np.random.default_rng(0)


def variables_of(model, image=IMAGE):
    return jax.eval_shape(
        functools.partial(model.init, train=False), jax.random.key(0), image
    )


def conv_and_norm(conv, norm, inputs, width):
    shapes = {f"{conv}.weight": (width, inputs, 3, 3)}
    leaves = ("weight", "bias", "running_mean", "running_var")
    return shapes | {f"{norm}.{leaf}": (width,) for leaf in leaves}


def tensors_of_resnet(*, channels=3, num_classes=10):
    """Returns weights by the names of akamaster/pytorch_resnet_cifar10."""
    shapes = conv_and_norm("conv1", "bn1", channels, 16)
    inputs = 16
    for stage, width in enumerate((16, 32, 64), start=1):
        for i in (1, 2):
            block = f"layer{stage}.0"
            shapes |= conv_and_norm(f"{block}.conv{i}", f"{block}.bn{i}", inputs, width)
            inputs = width
    shapes |= {"linear.weight": (num_classes, 64), "linear.bias": (num_classes,)}
    return {
        name: RNG.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def written(tmp_path, tensors):
    path = tmp_path / "weights.safetensors"
    save_file({name: np.ascontiguousarray(x) for name, x in tensors.items()}, path)
    return path


def test_every_tensor_lands_in_the_layer_of_its_name(tmp_path):
    tensors = tensors_of_resnet()
    batches = {"bn1.num_batches_tracked": np.array(5)}
    path = written(tmp_path, tensors | batches)
    loaded = load_torch(variables_of(MODEL), path, head="linear")

    params, stats = loaded["params"], loaded["batch_stats"]["backbone"]
    np.testing.assert_array_equal(
        params["backbone"]["layer2_0_conv1"]["kernel"],
        tensors["layer2.0.conv1.weight"].transpose(2, 3, 1, 0),
    )
    norm = {
        "scale": "weight",
        "bias": "bias",
    }
    for ours, theirs in norm.items():
        np.testing.assert_array_equal(
            params["backbone"]["bn1"][ours], tensors[f"bn1.{theirs}"]
        )
    for name in ("mean", "var"):
        np.testing.assert_array_equal(
            stats["layer3_0_bn2"][name], tensors[f"layer3.0.bn2.running_{name}"]
        )
    np.testing.assert_array_equal(params["head"]["kernel"], tensors["linear.weight"].T)
    np.testing.assert_array_equal(params["head"]["bias"], tensors["linear.bias"])
    assert len(jax.tree.leaves(loaded)) == len(tensors)
    assert jax.tree.map(jnp.shape, loaded) == jax.tree.map(
        jnp.shape, variables_of(MODEL)
    )


def test_a_backbone_alone_takes_a_file_whose_classifier_is_ignored(tmp_path):
    path = written(tmp_path, tensors_of_resnet())
    whole = load_torch(variables_of(MODEL), path, head="linear")
    alone = load_torch(variables_of(BACKBONE), path, ignore=["linear"])
    jax.tree.map(
        np.testing.assert_array_equal, alone["params"], whole["params"]["backbone"]
    )


def test_the_head_of_other_classes_keeps_its_values(tmp_path):
    path = written(tmp_path, tensors_of_resnet(num_classes=100))
    before = variables_of(MODEL)
    after = load_torch(before, path, ignore=["linear"])
    assert after["params"]["head"] == before["params"]["head"]
    assert isinstance(after["params"]["backbone"]["conv1"]["kernel"], jax.Array)


def test_half_precision_files_fill_float32_parameters(tmp_path):
    tensors = {k: x.astype(jnp.bfloat16) for k, x in tensors_of_resnet().items()}
    loaded = load_torch(variables_of(MODEL), written(tmp_path, tensors), head="linear")
    assert {x.dtype for x in jax.tree.leaves(loaded)} == {jnp.dtype(jnp.float32)}
    np.testing.assert_array_equal(
        loaded["params"]["head"]["bias"], tensors["linear.bias"].astype(np.float32)
    )


@pytest.mark.parametrize("channels", [1, 5])
def test_a_stem_of_other_channels_answers_a_gray_image_alike(tmp_path, channels):
    tensors = tensors_of_resnet()
    image = jnp.zeros((1, 32, 32, channels))
    loaded = load_torch(
        variables_of(BACKBONE, image),
        written(tmp_path, tensors),
        stem="conv1",
        ignore=["linear"],
    )
    kernel = loaded["params"]["conv1"]["kernel"]
    assert kernel.shape == (3, 3, channels, 16)
    expected = tensors["conv1.weight"].sum(axis=1).transpose(1, 2, 0)
    np.testing.assert_allclose(kernel.sum(axis=2), expected, atol=1e-5)


@pytest.mark.parametrize("side", [7, 1, 4])
def test_a_stem_of_another_kernel_keeps_its_middle(tmp_path, side):
    tensors = tensors_of_resnet()
    stem = RNG.normal(size=(16, 3, side, side)).astype(np.float32)
    path = written(tmp_path, tensors | {"conv1.weight": stem})
    loaded = load_torch(variables_of(BACKBONE), path, stem="conv1", ignore=["linear"])
    kernel = np.asarray(loaded["params"]["conv1"]["kernel"]).transpose(3, 2, 0, 1)
    if side == 1:
        np.testing.assert_array_equal(kernel[..., 1:2, 1:2], stem)
        assert np.count_nonzero(kernel) == stem.size
    else:
        start = {7: 2, 4: 1}[side]
        middle = slice(start, start + 3)
        np.testing.assert_array_equal(kernel, stem[..., middle, middle])


def message_of(path, model=MODEL, **options):
    with pytest.raises(ValueError) as error:
        load_torch(variables_of(model), path, **options)
    return str(error.value)


def test_missing_unexpected_and_misshapen_names_are_all_listed(tmp_path):
    tensors = tensors_of_resnet()
    del tensors["bn1.bias"], tensors["layer1.0.conv2.weight"]
    tensors["fc.weight"] = np.zeros(2, np.float32)
    tensors["layer2.0.conv1.weight"] = np.zeros((32, 16, 5, 5), np.float32)
    message = message_of(written(tmp_path, tensors), head="linear")
    assert "2 missing from the file: bn1_bias, layer1_0_conv2_weight" in message
    assert "1 in the file and not in the model" in message and ": fc.weight" in message
    assert "layer2.0.conv1.weight (5, 5, 16, 32), not (3, 3, 16, 32)" in message
    assert message.count("\n") == 3


def test_a_long_list_is_cut(tmp_path):
    message = message_of(written(tmp_path, {"x": np.zeros(1, np.float32)}))
    assert "35 missing from the file" in message and "and 15 more" in message


def test_a_classifier_that_nobody_named_is_unexpected(tmp_path):
    message = message_of(written(tmp_path, tensors_of_resnet()))
    assert "linear.bias, linear.weight" in message
    assert "ignore=[...] leaves them out, head= names the classifier" in message


def test_another_number_of_classes_is_one_clear_sentence(tmp_path):
    path = written(tmp_path, tensors_of_resnet(num_classes=100))
    message = message_of(path, head="linear")
    assert message == (
        f"'linear' in {path} has 100 classes and the head 10: take num_classes=100, or "
        "keep the head as it is by ignore=['linear'] in place of head='linear'"
    )


def test_a_stem_of_other_channels_is_an_error_unless_it_is_named(tmp_path):
    path = written(tmp_path, tensors_of_resnet(channels=1))
    message = message_of(path, head="linear")
    assert "conv1.weight (3, 3, 1, 16), not (3, 3, 3, 16)" in message
    assert "stem= adapts the first convolution" in message


def test_a_pth_file_without_torch_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"weights\.pth needs torch: install it, or"):
        load_torch(variables_of(MODEL), tmp_path / "weights.pth")


@pytest.mark.parity
@pytest.mark.parametrize("form", ["bare", "state_dict", "model", "safetensors"])
def test_what_torch_writes_comes_back(tmp_path, form):
    torch = pytest.importorskip("torch")
    expected = load_torch(
        variables_of(MODEL), written(tmp_path, tensors_of_resnet()), head="linear"
    )
    from safetensors.torch import load_file, save_file

    tensors = load_file(tmp_path / "weights.safetensors")
    path = tmp_path / "weights.th"
    if form == "safetensors":
        path = tmp_path / "torch.safetensors"
        save_file(tensors, path)
    elif form == "bare":
        torch.save(tensors, path)
    else:
        wrapped = {f"module.{name}": tensor for name, tensor in tensors.items()}
        torch.save({form: wrapped, "epoch": 3}, path)
    actual = load_torch(variables_of(MODEL), path, head="linear")
    jax.tree.map(np.testing.assert_array_equal, actual, expected)


@pytest.mark.parity
def test_code_in_a_file_is_not_run(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"state_dict": DigitsCNN()}, tmp_path / "weights.pth")
    with pytest.raises(Exception, match=r"weights_only|Weights only"):
        load_torch(variables_of(MODEL), tmp_path / "weights.pth")


def test_parameters_outside_of_layers_keep_their_layout(tmp_path):
    model = ViT(dim=8, heads=1, depth=0, patch=16, image=32)
    shapes = {
        "cls_token": (1, 1, 8),
        "pos_embed": (1, 5, 8),
        "patch_embed.proj.weight": (8, 3, 16, 16),
        "patch_embed.proj.bias": (8,),
        "norm.weight": (8,),
        "norm.bias": (8,),
    }
    tensors = {k: RNG.normal(size=s).astype(np.float32) for k, s in shapes.items()}
    loaded = load_torch(variables_of(model), written(tmp_path, tensors))["params"]
    np.testing.assert_array_equal(loaded["pos_embed"], tensors["pos_embed"])
