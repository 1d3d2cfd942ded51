"""`backbones.load_torch`: weights from PyTorch's files, and the errors of others."""

import argparse
import contextlib
import functools
import gzip
import json
import pathlib
import re
import sys
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from adrjax import heads
from adrjax.backbones import (
    CifarResNet,
    ConvMixer,
    DenseNet,
    DigitsCNN,
    GoogLeNet,
    LeNet,
    MobileNetV2,
    ResNet18,
    SwinTiny,
    ViT,
    ViTBase16,
    load_torch,
)
from tests.backbones import torch_golden
from tests.backbones._shapes import draw_variables, shapes_of

CIFAR = (32, 32, 3)
BACKBONE = CifarResNet(depth=8)
MODEL = heads.Classifier(backbone=BACKBONE, head=heads.Linear(10))
VARIABLES = shapes_of(MODEL, CIFAR)
ALONE = shapes_of(BACKBONE, CIFAR)
RNG = np.random.default_rng(0)
CASES = json.loads(gzip.decompress(torch_golden.GOLDEN.read_bytes()))


def conv_and_norm(conv, norm, inputs, width):
    shapes = {f"{conv}.weight": (width, inputs, 3, 3)}
    leaves = ("weight", "bias", "running_mean", "running_var")
    return shapes | {f"{norm}.{leaf}": (width,) for leaf in leaves}


def tensors_of_resnet(*, channels=3, num_classes=10):
    """Returns weights with the names of akamaster/pytorch_resnet_cifar10."""
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


TENSORS = tensors_of_resnet()


def write(directory, tensors):
    path = directory / "weights.safetensors"
    save_file({name: np.ascontiguousarray(x) for name, x in tensors.items()}, path)
    return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("torch"), TENSORS)
    return load_torch(VARIABLES, path, head="linear")


def assert_equal(actual, expected):
    jax.tree.map(np.testing.assert_array_equal, actual, expected)


def test_each_tensor_is_loaded_into_the_layer_of_its_name(tmp_path):
    batches = {"bn1.num_batches_tracked": np.array(5)}
    path = write(tmp_path, TENSORS | batches)
    loaded = load_torch(VARIABLES, path, head="linear")

    params, stats = loaded["params"], loaded["batch_stats"]["backbone"]
    np.testing.assert_array_equal(
        params["backbone"]["layer2_0_conv1"]["kernel"],
        TENSORS["layer2.0.conv1.weight"].transpose(2, 3, 1, 0),
    )
    for ours, theirs in {"scale": "weight", "bias": "bias"}.items():
        np.testing.assert_array_equal(
            params["backbone"]["bn1"][ours], TENSORS[f"bn1.{theirs}"]
        )
    for name in ("mean", "var"):
        np.testing.assert_array_equal(
            stats["layer3_0_bn2"][name], TENSORS[f"layer3.0.bn2.running_{name}"]
        )
    np.testing.assert_array_equal(params["head"]["kernel"], TENSORS["linear.weight"].T)
    np.testing.assert_array_equal(params["head"]["bias"], TENSORS["linear.bias"])
    assert len(jax.tree.leaves(loaded)) == len(TENSORS)
    assert jax.tree.map(jnp.shape, loaded) == jax.tree.map(jnp.shape, VARIABLES)


def test_the_projections_of_a_cifar_resnet_have_the_names_of_torch(tmp_path):
    model = heads.Classifier(
        CifarResNet(depth=8, shortcut="projection"), heads.Linear(10)
    )
    tensors = dict(TENSORS)
    for stage, width in ((2, 32), (3, 64)):
        name = f"layer{stage}.0.shortcut"
        shapes = conv_and_norm(f"{name}.0", f"{name}.1", width // 2, width)
        shapes[f"{name}.0.weight"] = (width, width // 2, 1, 1)
        tensors |= {key: np.ones(shape, np.float32) for key, shape in shapes.items()}
    path = write(tmp_path, tensors)
    loaded = load_torch(shapes_of(model, CIFAR), path, head="linear")
    assert len(jax.tree.leaves(loaded)) == len(tensors)


def test_ignore_skips_the_classifier_for_a_backbone_alone(tmp_path, expected):
    path = write(tmp_path, TENSORS)
    alone = load_torch(ALONE, path, ignore=["linear"])
    assert_equal(alone["params"], expected["params"]["backbone"])


def test_head_of_other_classes_keeps_its_values(tmp_path):
    path = write(tmp_path, tensors_of_resnet(num_classes=100))
    after = load_torch(VARIABLES, path, ignore=["linear"])
    assert after["params"]["head"] == VARIABLES["params"]["head"]
    assert isinstance(after["params"]["backbone"]["conv1"]["kernel"], jax.Array)


def test_neck_keeps_its_values(tmp_path):
    model = heads.Classifier(
        backbone=BACKBONE, head=heads.Linear(10), neck=heads.Embedding(5)
    )
    variables = shapes_of(model, CIFAR)
    after = load_torch(variables, write(tmp_path, TENSORS), ignore=["linear"])
    for part in ("neck", "head"):
        assert after["params"][part] == variables["params"][part]


@pytest.mark.parametrize("head", [heads.Cosine(10), heads.Projection(10)])
def test_heads_without_a_bias_load_the_weight(tmp_path, head):
    model = heads.Classifier(backbone=BACKBONE, head=head)
    path = write(tmp_path, TENSORS)
    loaded = load_torch(
        shapes_of(model, CIFAR), path, head="linear", ignore=["linear.bias"]
    )
    np.testing.assert_array_equal(
        loaded["params"]["head"]["weights"], TENSORS["linear.weight"]
    )


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, np.float64])
def test_files_of_another_precision_fill_float32_parameters(tmp_path, dtype):
    tensors = {k: x.astype(dtype) for k, x in TENSORS.items()}
    loaded = load_torch(VARIABLES, write(tmp_path, tensors), head="linear")
    assert {x.dtype for x in jax.tree.leaves(loaded)} == {jnp.dtype(jnp.float32)}
    np.testing.assert_array_equal(
        loaded["params"]["head"]["bias"], tensors["linear.bias"].astype(np.float32)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("channels", [1, 5])
def test_stem_of_other_channels_responds_alike_to_a_gray_image(
    tmp_path, channels, dtype
):
    tensors = {k: x.astype(dtype) for k, x in TENSORS.items()}
    loaded = load_torch(
        shapes_of(BACKBONE, (32, 32, channels)),
        write(tmp_path, tensors),
        stem="conv1",
        ignore=["linear"],
    )
    kernel = loaded["params"]["conv1"]["kernel"]
    assert kernel.shape == (3, 3, channels, 16)
    stem = tensors["conv1.weight"].astype(np.float32)
    expected = stem.sum(axis=1).transpose(1, 2, 0)
    np.testing.assert_allclose(kernel.sum(axis=2), expected, atol=1e-5)


@pytest.mark.parametrize("side", [7, 1, 4])
def test_stem_of_another_kernel_keeps_its_center(tmp_path, side):
    stem = RNG.normal(size=(16, 3, side, side)).astype(np.float32)
    path = write(tmp_path, TENSORS | {"conv1.weight": stem})
    loaded = load_torch(ALONE, path, stem="conv1", ignore=["linear"])
    kernel = np.asarray(loaded["params"]["conv1"]["kernel"]).transpose(3, 2, 0, 1)
    if side == 1:
        np.testing.assert_array_equal(kernel[..., 1:2, 1:2], stem)
        assert np.count_nonzero(kernel) == stem.size
    else:
        start = {7: 2, 4: 1}[side]
        middle = slice(start, start + 3)
        np.testing.assert_array_equal(kernel, stem[..., middle, middle])


@pytest.mark.parametrize(
    "prefix", ["module.", "model.", "_orig_mod.", "module._orig_mod.", "model.module."]
)
def test_prefixes_of_wrappers_are_removed(tmp_path, prefix, expected):
    path = write(tmp_path, {f"{prefix}{name}": x for name, x in TENSORS.items()})
    assert_equal(load_torch(VARIABLES, path, head="linear"), expected)


# Other names than those of the backbones.


@pytest.mark.parametrize("name", torch_golden.MODELS)
def test_names_of_timm_and_torchvision_are_known(name, tmp_path):
    shapes = CASES[name]["shapes"].items()
    path = write(
        tmp_path, {key: torch_golden.draw(key, shape) for key, shape in shapes}
    )
    loaded = load_torch(shapes_of(torch_golden.MODELS[name], (16, 16, 3)), path)
    if name != "timm MobileNetV2":  # of a size that takes seconds to compile
        features = jax.jit(
            functools.partial(torch_golden.MODELS[name].apply, train=False)
        )(loaded, torch_golden.IMAGES)
        np.testing.assert_allclose(
            features.ravel(), CASES[name]["features"], rtol=1e-4, atol=1e-4
        )


def test_names_of_microsoft_swin_are_known(tmp_path):
    """Its stages end with their downsampling: github.com/microsoft/Swin-Transformer."""
    tensors = {
        key: torch_golden.draw(key, shape)
        for key, shape in CASES["timm Swin"]["shapes"].items()
    }
    first = {
        key.replace("layers.1.downsample", "layers.0.downsample"): x
        for key, x in tensors.items()
    }
    assert first.keys() != tensors.keys()
    first["layers.0.blocks.1.attn.relative_position_index"] = np.zeros((4, 4))
    variables = shapes_of(torch_golden.SWIN, (16, 16, 3))
    expected = load_torch(variables, write(tmp_path, tensors))
    assert_equal(load_torch(variables, write(tmp_path, first)), expected)


def to_torch(variables):
    """Returns the tensors of a backbone with the layer names of flax."""
    leaves = {"kernel": "weight", "scale": "weight"}
    leaves |= {"mean": "running_mean", "var": "running_var"}
    tensors = {}
    for place, x in jax.tree_util.tree_flatten_with_path(variables)[0]:
        _, *layer, leaf = (part.key for part in place)
        if leaf == "kernel":
            x = x.transpose(x.ndim - 1, x.ndim - 2, *range(x.ndim - 2))
        tensors[".".join([*layer, leaves.get(leaf, leaf)])] = x
    return tensors


def test_names_of_the_first_densenet_weights_are_known(tmp_path):
    """densenet121-a639ec97.pth of torchvision has `norm.1` for `norm1`."""
    model = DenseNet(blocks=(1, 1), growth=4, stem="cifar", pool=False)
    variables = draw_variables(model, CIFAR)
    published = {}
    for key, x in to_torch(variables).items():
        layer, leaf = key.rsplit(".", 1)
        layer = re.sub(r"_(denseblock\d|denselayer\d+|transition\d)", r".\1", layer)
        layer = re.sub(r"_(conv|norm|pool)", r".\1", layer)
        layer = re.sub(r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2", layer)
        published[f"{layer}.{leaf}"] = x
    assert "features.denseblock1.denselayer1.norm.1.weight" in published
    loaded = load_torch(shapes_of(model, CIFAR), write(tmp_path, published))
    assert_equal(loaded, variables)


def test_googlenet_of_torchvision_is_refused(tmp_path):
    tensors = {"inception3a.branch1.conv.weight": np.zeros((64, 192, 1, 1), np.float32)}
    with pytest.raises(
        ValueError, match="torchvision's GoogLeNet, which has batch norm"
    ):
        load_torch(shapes_of(GoogLeNet(), CIFAR), write(tmp_path, tensors))


@pytest.mark.parametrize("side", torch_golden.SIDES)
def test_positions_of_vit_are_resized_as_in_timm(tmp_path, side):
    model = functools.partial(ViT, dim=2, heads=1, depth=1, patch=4)
    tensors = to_torch(draw_variables(model(image=16), (16, 16, 3)))
    tensors["pos_embed"] = torch_golden.POSITIONS
    path = write(tmp_path, tensors)
    size = 4 * side
    loaded = load_torch(shapes_of(model(image=size), (size, size, 3)), path)["params"]
    assert loaded["pos_embed"].shape == (1, side**2 + 1, 2)
    np.testing.assert_allclose(
        loaded["pos_embed"].ravel(), CASES["positions"][str(side)], atol=2e-6
    )
    np.testing.assert_array_equal(loaded["cls_token"], tensors["cls_token"])


# Errors.


def message_of(path, variables=VARIABLES, **options):
    with pytest.raises(ValueError) as error:
        load_torch(variables, path, **options)
    return str(error.value)


def test_missing_unexpected_and_misshapen_names_are_all_listed(tmp_path):
    tensors = dict(TENSORS)
    del tensors["bn1.bias"], tensors["layer1.0.conv2.weight"]
    tensors["fc.weight"] = np.zeros(2, np.float32)
    tensors["layer2.0.conv1.weight"] = np.zeros((32, 16, 5, 5), np.float32)
    message = message_of(write(tmp_path, tensors), head="linear")
    assert "2 missing from the file: bn1_bias, layer1_0_conv2_weight" in message
    assert "1 in the file and not in the network" in message
    assert ": fc.weight" in message
    assert "layer2.0.conv1.weight (5, 5, 16, 32), not (3, 3, 16, 32)" in message
    assert message.count("\n") == 3


def test_long_list_is_cut(tmp_path):
    message = message_of(write(tmp_path, {"x": np.zeros(1, np.float32)}))
    assert "35 missing from the file" in message and "and 15 more" in message


def test_classifier_without_head_or_ignore_is_unexpected(tmp_path):
    message = message_of(write(tmp_path, TENSORS))
    assert "linear.bias, linear.weight" in message
    assert "ignore=[...] skips them, head= names the classifier" in message


def test_other_number_of_classes_is_one_sentence(tmp_path):
    path = write(tmp_path, tensors_of_resnet(num_classes=100))
    message = message_of(path, head="linear")
    assert message == (
        f"'linear' in {path} has 100 classes and the head 10: use num_classes=100, or "
        "keep the head as it is by ignore=['linear'] in place of head='linear'"
    )


def test_stem_of_other_channels_is_an_error_without_stem(tmp_path):
    path = write(tmp_path, tensors_of_resnet(channels=1))
    message = message_of(path, head="linear")
    assert "conv1.weight (3, 3, 1, 16), not (3, 3, 3, 16)" in message
    assert "stem= adapts the first convolution" in message


def test_head_of_a_backbone_alone_is_an_error(tmp_path):
    message = message_of(write(tmp_path, TENSORS), variables=ALONE, head="linear")
    assert "needs the variables of a heads.Classifier" in message
    assert "use ignore=['linear']" in message


def test_parameters_in_place_of_variables_are_an_error(tmp_path):
    message = message_of(write(tmp_path, TENSORS), variables=ALONE["params"])
    assert message.startswith("variables must be the result of `init`")
    assert "'bn1'" in message


def test_two_tensors_of_one_name_are_an_error(tmp_path):
    path = write(tmp_path, TENSORS | {"module.bn1.bias": np.zeros(16, np.float32)})
    assert "several tensors of the same name" in message_of(path, head="linear")


def test_safetensors_file_that_is_cut_off_is_an_error(tmp_path):
    path = write(tmp_path, TENSORS)
    path.write_bytes(path.read_bytes()[:1000])
    assert f"{path} is not a whole .safetensors file" in message_of(path)


def test_pth_file_without_torch_is_an_error_that_names_torch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"weights\.pth needs torch: install it, or"):
        load_torch(VARIABLES, tmp_path / "weights.pth")


# Files of torch.save, with a stand-in for torch.


class Tensor:
    """A tensor that requires a gradient, as `nn.Parameter` does."""

    def __init__(self, value):
        self.value = value

    def detach(self):
        return self

    def float(self):
        return Tensor(np.asarray(self.value, np.float32))

    def numpy(self):
        return self.value


@pytest.fixture
def torch_that_loads(monkeypatch):
    def install(contents):
        def load(path, *, map_location, weights_only):
            assert map_location == "cpu" and weights_only
            if isinstance(contents, Exception):
                raise contents
            return contents

        serialization = types.SimpleNamespace(
            safe_globals=lambda classes: contextlib.nullcontext()
        )
        torch = types.SimpleNamespace(
            Tensor=Tensor, load=load, serialization=serialization
        )
        monkeypatch.setitem(sys.modules, "torch", torch)
        return pathlib.Path("weights.pth")

    return install


STATE = {name: Tensor(x) for name, x in TENSORS.items()}
OTHERS = {name: Tensor(x + 1) for name, x in TENSORS.items()}
FORMS = {
    "bare": STATE,
    "with an epoch": STATE | {"epoch": 3, "args": argparse.Namespace(lr=0.1)},
    "net": {"net": STATE, "acc": 93.0, "epoch": 3},
    "model_state_dict": {"model_state_dict": STATE, "optimizer_state_dict": {}},
    "state_dict": {"state_dict": {f"module.{k}": x for k, x in STATE.items()}},
    "model": {"model": STATE, "model_ema": None},
    "moving average": {"state_dict": OTHERS, "state_dict_ema": STATE},
    "wrapped twice": {"model": {"state_dict": STATE}},
    "averaged": {"n_averaged": Tensor(np.array(5)), **STATE},
}


@pytest.mark.parametrize("form", FORMS)
def test_state_dict_is_found_in_its_wrappers(form, torch_that_loads, expected):
    path = torch_that_loads(FORMS[form])
    assert_equal(load_torch(VARIABLES, path, head="linear"), expected)


@pytest.mark.parametrize(
    "contents, found",
    [
        ({"weights": STATE, "epoch": 3}, "the entries 'weights', 'epoch'"),
        ({}, "no entry"),
        ([1, 2], "a list"),
        (Tensor(np.ones(2)), "a Tensor"),
    ],
)
def test_file_without_a_state_dict_is_an_error(contents, found, torch_that_loads):
    message = message_of(torch_that_loads(contents))
    assert message.startswith("weights.pth must hold a state dict, or one in an entry")
    assert f"it holds {found} and no tensors by name" in message


def test_state_dict_of_another_network_is_an_error(torch_that_loads):
    state = {"weight": Tensor(np.ones((2, 2))), "bias": Tensor(np.ones(2))}
    path = torch_that_loads({"model_state_dict": state, "epoch": 3})
    message = message_of(path, variables=shapes_of(LeNet(), (28, 28, 1)))
    assert "weights.pth does not fit the network" in message
    assert "2 in the file and not in the network" in message


@pytest.mark.parametrize(
    "error, message",
    [
        (
            RuntimeError("Unsupported global: GLOBAL my.Net was not allowed"),
            "weights.pth holds an object of my.Net and not only tensors",
        ),
        (EOFError(), "not a whole file of tensors by torch.save: it is empty or cut"),
        (RuntimeError("no zip\nsecond line"), "by torch.save: no zip"),
    ],
)
def test_file_that_torch_cannot_load_is_an_error(error, message, torch_that_loads):
    text = message_of(torch_that_loads(error))
    assert message in text and "second line" not in text


# Torch itself.


@pytest.mark.parity
@pytest.mark.long
@pytest.mark.parametrize("form", ["bare", "net", "parameters", "float16", "namespace"])
def test_files_of_torch_save_are_read(form, tmp_path, expected):
    torch = pytest.importorskip("torch")
    state = {name: torch.from_numpy(x) for name, x in TENSORS.items()}
    contents = {
        "bare": state,
        "net": {"net": {f"module.{k}": x for k, x in state.items()}, "epoch": 3},
        "parameters": {k: torch.nn.Parameter(x) for k, x in state.items()},
        "float16": {k: x.half() for k, x in state.items()},
        "namespace": {"state_dict": state, "args": argparse.Namespace(lr=0.1)},
    }[form]
    torch.save(contents, tmp_path / "weights.th")
    loaded = load_torch(VARIABLES, tmp_path / "weights.th", head="linear")
    if form == "float16":
        expected = jax.tree.map(
            lambda x: x.astype(np.float16).astype(np.float32), expected
        )
    assert_equal(loaded, expected)


@pytest.mark.parity
@pytest.mark.long
def test_files_that_are_not_loaded_are_named_in_one_sentence(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "weights.pth"
    torch.save(torch.nn.Linear(2, 2), path)
    assert "holds an object of torch.nn.modules.linear.Linear" in message_of(path)
    torch.save({"state_dict": DigitsCNN()}, path)  # code is not run
    assert "holds an object of adrjax.backbones.DigitsCNN" in message_of(path)
    torch.save({"a": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:500])
    assert "is not a whole file of tensors by torch.save" in message_of(path)
    path.write_bytes(b"")
    assert "it is empty or cut off" in message_of(path)
    path.write_bytes(b"hello world" * 10)
    assert "is not a whole file of tensors by torch.save" in message_of(path)


PUBLISHED = {
    "torchvision/resnet18": (ResNet18(), "fc"),
    "torchvision/vit_b_16": (ViTBase16(), "heads.head"),
    "torchvision/swin_t": (SwinTiny(), "head"),
    "timm/mobilenetv2_100": (MobileNetV2(), "classifier"),
    "timm/convmixer_768_32": (
        ConvMixer(dim=768, depth=32, kernel=7, patch=7, activation=jax.nn.relu),
        "head",
    ),
    "timm/swin_tiny_patch4_window7_224": (SwinTiny(), "head.fc"),
    "timm/vit_base_patch16_224": (ViTBase16(), "head"),
}


@pytest.mark.parity
@pytest.mark.long
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_network_has_the_logits_of_its_origin(name, tmp_path):
    torch = pytest.importorskip("torch")
    package, _, member = name.partition("/")
    source = pytest.importorskip(package)
    make = source.create_model if package == "timm" else source.models.get_model
    torch.manual_seed(0)
    original = make(member).eval()
    with torch.no_grad():  # torchvision starts some classifiers at 0
        for tensor in original.parameters():
            tensor.add_(0.01 * torch.randn_like(tensor))
    torch.save(original.state_dict(), tmp_path / "weights.pth")
    backbone, head = PUBLISHED[name]
    model = heads.Classifier(backbone=backbone, head=heads.Linear(1000))
    x = np.random.default_rng(0).normal(size=(1, 224, 224, 3)).astype(np.float32)
    variables = load_torch(
        shapes_of(model, (224, 224, 3)), tmp_path / "weights.pth", head=head
    )
    logits = jax.jit(functools.partial(model.apply, train=False))(variables, x).logits
    with torch.no_grad():
        expected = original(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    scale = np.abs(expected).max()
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-4 * scale)
