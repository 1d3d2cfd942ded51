"""Backbones: Flax modules that map images to features.

Each is called as `backbone(images, train=...)`. The layer that torch names `a.b.0` is
the submodule `a_b_0`, so `load_torch` reads torch's weights.

With Flax NNX, a classifier is trained through the bridge. `mutable` updates the batch
statistics, and dropout needs a stream of its own:

    model = heads.Classifier(backbone=backbones.ResNet18(), head=heads.Linear(10))
    rngs = nnx.Rngs(params=0, dropout=1)
    model = nnx.bridge.ToNNX(model, rngs=rngs).lazy_init(images, train=False)
    optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)

    @nnx.jit
    def step(model, optimizer, images, labels):
        def loss(model):
            outputs = model(images, train=True, mutable=["batch_stats"])
            return losses.cross_entropy(outputs.logits, labels).mean()

        value, gradients = nnx.value_and_grad(loss)(model)
        optimizer.update(model, gradients)
        return value

    value = step(model, optimizer, images, labels)
    logits = model(images, train=False).logits
"""

from adrjax._extras import needs_extra as _needs_extra
from adrjax._public import export as _export

with _needs_extra(__name__, "models"):
    from adrjax.backbones._alexnet import AlexNet as AlexNet
    from adrjax.backbones._caffe_cifar10 import Cifar10Full as Cifar10Full
    from adrjax.backbones._caffe_cifar10 import Cifar10Quick as Cifar10Quick
    from adrjax.backbones._cifar_resnet import CifarResNet as CifarResNet
    from adrjax.backbones._cifar_resnet import CifarResNet20 as CifarResNet20
    from adrjax.backbones._cifar_resnet import CifarResNet32 as CifarResNet32
    from adrjax.backbones._cifar_resnet import CifarResNet44 as CifarResNet44
    from adrjax.backbones._cifar_resnet import CifarResNet56 as CifarResNet56
    from adrjax.backbones._cifar_resnet import CifarResNet110 as CifarResNet110
    from adrjax.backbones._cifarnet import CifarNet as CifarNet
    from adrjax.backbones._convmixer import ConvMixer as ConvMixer
    from adrjax.backbones._densenet import DenseNet as DenseNet
    from adrjax.backbones._densenet import DenseNet121 as DenseNet121
    from adrjax.backbones._digits_cnn import DigitsCNN as DigitsCNN
    from adrjax.backbones._fer_vgg import FerVGG as FerVGG
    from adrjax.backbones._googlenet import GoogLeNet as GoogLeNet
    from adrjax.backbones._ie import IECifar10 as IECifar10
    from adrjax.backbones._ie import IECifar100 as IECifar100
    from adrjax.backbones._ie import IEFace as IEFace
    from adrjax.backbones._ie import IEFaceNet as IEFaceNet
    from adrjax.backbones._ie import IEFaceWide as IEFaceWide
    from adrjax.backbones._ie import IEMnist as IEMnist
    from adrjax.backbones._ie import IEMnist2D as IEMnist2D
    from adrjax.backbones._ie import IENet as IENet
    from adrjax.backbones._inception_bn import InceptionBN as InceptionBN
    from adrjax.backbones._iresnet import IResNet as IResNet
    from adrjax.backbones._iresnet import IResNet18 as IResNet18
    from adrjax.backbones._iresnet import IResNet34 as IResNet34
    from adrjax.backbones._iresnet import IResNet50 as IResNet50
    from adrjax.backbones._iresnet import IResNet100 as IResNet100
    from adrjax.backbones._lenet import LeNet as LeNet
    from adrjax.backbones._load_torch import load_torch as load_torch
    from adrjax.backbones._mobilenet import MobileNetV2 as MobileNetV2
    from adrjax.backbones._preact_resnet import PreActResNet as PreActResNet
    from adrjax.backbones._preact_resnet import PreActResNet44 as PreActResNet44
    from adrjax.backbones._resnet import ResNet as ResNet
    from adrjax.backbones._resnet import ResNet18 as ResNet18
    from adrjax.backbones._resnet import ResNet34 as ResNet34
    from adrjax.backbones._resnet import ResNet50 as ResNet50
    from adrjax.backbones._resnet import ResNet101 as ResNet101
    from adrjax.backbones._resnet import ResNet152 as ResNet152
    from adrjax.backbones._resnet3d import ResNet3D as ResNet3D
    from adrjax.backbones._resnet3d import ResNet3D34 as ResNet3D34
    from adrjax.backbones._segmentation_net import SegmentationNet as SegmentationNet
    from adrjax.backbones._swin import Swin as Swin
    from adrjax.backbones._swin import SwinBase as SwinBase
    from adrjax.backbones._swin import SwinTiny as SwinTiny
    from adrjax.backbones._vit import ViT as ViT
    from adrjax.backbones._vit import ViTBase16 as ViTBase16
    from adrjax.backbones._vit import ViTSmall16 as ViTSmall16
    from adrjax.backbones._vit import ViTTiny16 as ViTTiny16
    from adrjax.backbones._wide_resnet import WideResNet as WideResNet
    from adrjax.backbones._wide_resnet import WideResNet28x10 as WideResNet28x10

_export(__name__)
