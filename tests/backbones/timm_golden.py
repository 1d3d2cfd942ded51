"""Small transformers with known weights, and what timm 1.0.31 makes of them.

`python -m tests.backbones.timm_golden` writes tests/golden/timm.json.gz anew. It needs
torch and timm.
"""

import gzip
import json
import pathlib
import zlib

import numpy as np

from adrjax.backbones import Swin, ViT

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "timm.json.gz"
IMAGES = np.random.default_rng(0).normal(size=(2, 16, 16, 3)).astype(np.float32)
MODELS = {
    "ViT": ViT(dim=32, heads=2, depth=2, patch=4, image=16),
    "Swin": Swin(dim=16, depths=(2, 2), heads=(2, 4), window=4, patch=2),
}


def timm_model(name):
    import timm

    build, options = {
        "ViT": (
            timm.models.VisionTransformer,
            {"embed_dim": 32, "num_heads": 2, "depth": 2, "patch_size": 4},
        ),
        "Swin": (
            timm.models.SwinTransformer,
            {
                "embed_dim": 16,
                "depths": (2, 2),
                "num_heads": (2, 4),
                "window_size": 4,
                "patch_size": 2,
            },
        ),
    }[name]
    return build(img_size=16, num_classes=0, **options).eval()


def draw(name, shape):
    """Returns the weights of a name: large enough that nothing is nearly uniform."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    scale = 1.0 if len(shape) < 2 else 2 * np.prod(shape[1:]) ** -0.5
    return (scale * rng.normal(size=shape)).astype(np.float32)


def features_and_gradients(model, images):
    """Returns timm's features, and the gradient of their cubes by the images."""
    import torch

    images = torch.from_numpy(images).permute(0, 3, 1, 2).requires_grad_()
    features = model(images)
    (features**3).mean().backward()
    gradients = images.grad.permute(0, 2, 3, 1)
    return features.detach().numpy(), gradients.numpy()


def make():
    import torch

    cases = {}
    for name in MODELS:
        model = timm_model(name)
        shapes = {key: tuple(x.shape) for key, x in model.state_dict().items()}
        model.load_state_dict(
            {key: torch.from_numpy(draw(key, shape)) for key, shape in shapes.items()}
        )
        features, gradients = features_and_gradients(model, IMAGES)
        cases[name] = {
            "shapes": shapes,
            "features": features.tolist(),
            "gradients": np.float64(gradients).round(8).tolist(),
        }
    return cases


if __name__ == "__main__":
    text = json.dumps(make(), separators=(",", ":"))
    GOLDEN.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
