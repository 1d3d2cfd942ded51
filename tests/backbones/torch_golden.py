"""Small networks of timm and torchvision with known weights, and their outputs.

`python -m tests.backbones.torch_golden` writes tests/golden/backbones.json.gz. It needs
torch, timm and torchvision; the file is of timm 1.0.31 and torchvision 0.29.1.
"""

import functools
import gzip
import json
import pathlib
import zlib

import flax.linen as nn
import numpy as np

from adrjax.backbones import ConvMixer, MobileNetV2, Swin, ViT

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "backbones.json.gz"
IMAGES = np.random.default_rng(0).normal(size=(2, 16, 16, 3)).astype(np.float32)
VIT = ViT(dim=32, heads=2, depth=2, patch=4, image=16)
SWIN = Swin(dim=16, depths=(2, 2), heads=(2, 4), window=4, patch=2)
MODELS = {
    "timm ViT": VIT,
    "timm Swin": SWIN,
    "timm ConvMixer with ReLU": ConvMixer(dim=8, depth=2, activation=nn.relu),
    "timm MobileNetV2": MobileNetV2(),
    "torchvision ViT": VIT,
    "torchvision Swin": SWIN,
}
POSITIONS = np.random.default_rng(1).normal(size=(1, 17, 2)).astype(np.float32)
SIDES = (3, 4, 6)


def build(name):
    """Returns the original without its classifier."""
    import timm
    import torch
    import torchvision

    def convmixer():
        activation = {"act_layer": torch.nn.ReLU, "kernel_size": 5, "patch_size": 2}
        return timm.models.ConvMixer(dim=8, depth=2, num_classes=0, **activation)

    def torchvision_vit():
        sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 32, "mlp_dim": 128}
        model = torchvision.models.VisionTransformer(16, 4, **sizes)
        model.heads = torch.nn.Identity()
        return model

    def torchvision_swin():
        model = torchvision.models.SwinTransformer([2, 2], 16, [2, 2], [2, 4], [4, 4])
        model.head = torch.nn.Identity()
        return model

    makers = {
        "timm ViT": functools.partial(
            timm.models.VisionTransformer,
            img_size=16,
            embed_dim=32,
            num_heads=2,
            depth=2,
            patch_size=4,
            num_classes=0,
        ),
        "timm Swin": functools.partial(
            timm.models.SwinTransformer,
            img_size=16,
            embed_dim=16,
            depths=(2, 2),
            num_heads=(2, 4),
            window_size=4,
            patch_size=2,
            num_classes=0,
        ),
        "timm ConvMixer with ReLU": convmixer,
        "timm MobileNetV2": functools.partial(
            timm.create_model, "mobilenetv2_100", num_classes=0
        ),
        "torchvision ViT": torchvision_vit,
        "torchvision Swin": torchvision_swin,
    }
    return makers[name]().eval()


def draw(name, shape):
    """Returns the weights of a name: large enough that nothing is nearly uniform."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if name.endswith("running_var"):
        return rng.uniform(0.5, 2, shape).astype(np.float32)
    scale = 1.0 if len(shape) < 2 else 2 * np.prod(shape[1:]) ** -0.5
    return np.asarray(scale * rng.normal(size=shape), np.float32)


def features_and_gradients(model, images):
    """Returns the features in torch, and the gradient of their mean cube by images."""
    import torch

    images = torch.from_numpy(images).permute(0, 3, 1, 2).requires_grad_()
    features = model(images)
    (features**3).mean().backward()
    gradients = images.grad.permute(0, 2, 3, 1)
    return features.detach().numpy(), gradients.numpy()


def rounded(x):
    return [float(f"{v:.7g}") for v in np.ravel(x)]


def make():
    import timm
    import torch

    cases = {}
    for name in MODELS:
        model = build(name)
        state = model.state_dict()
        # Buffers follow from the shapes: they are not drawn.
        shapes = {key: tuple(x.shape) for key, x in state.items()}
        drawn = {
            key: torch.from_numpy(draw(key, shape))
            for key, shape in shapes.items()
            if state[key].is_floating_point()
        }
        model.load_state_dict(state | drawn)
        features, gradients = features_and_gradients(model, IMAGES)
        cases[name] = {
            "shapes": shapes,
            "features": rounded(features),
            "gradients": rounded(gradients),
        }
    resize = timm.layers.resample_abs_pos_embed
    positions = torch.from_numpy(POSITIONS)
    cases["positions"] = {
        side: rounded(resize(positions, [side, side])) for side in SIDES
    }
    return cases


if __name__ == "__main__":
    text = json.dumps(make(), separators=(",", ":"))
    GOLDEN.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
