"""Images to features; the layer torch names `a.b.0` is the submodule `a_b_0`."""

from adrjax.backbones._alexnet import AlexNet as AlexNet
from adrjax.backbones._cifar_resnet import CifarResNet as CifarResNet
from adrjax.backbones._cifar_resnet import CifarResNet20 as CifarResNet20
from adrjax.backbones._cifar_resnet import CifarResNet32 as CifarResNet32
from adrjax.backbones._cifar_resnet import CifarResNet44 as CifarResNet44
from adrjax.backbones._cifar_resnet import CifarResNet56 as CifarResNet56
from adrjax.backbones._cifar_resnet import CifarResNet110 as CifarResNet110
from adrjax.backbones._convmixer import ConvMixer as ConvMixer
from adrjax.backbones._digits_cnn import DigitsCNN as DigitsCNN
from adrjax.backbones._load_torch import load_torch as load_torch
from adrjax.backbones._swin import Swin as Swin
from adrjax.backbones._swin import SwinBase as SwinBase
from adrjax.backbones._swin import SwinTiny as SwinTiny
from adrjax.backbones._vit import ViT as ViT
from adrjax.backbones._vit import ViTBase16 as ViTBase16
from adrjax.backbones._vit import ViTSmall16 as ViTSmall16
from adrjax.backbones._vit import ViTTiny16 as ViTTiny16
