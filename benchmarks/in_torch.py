"""The losses written in torch, by the names of adrjax.

Formulas as their papers print them, or torch's own function if it has one.
"""

from collections.abc import Callable, Mapping
import importlib.util
import math
from typing import Any

Functions = Mapping[str, Callable[..., Any]]
LOSSES: Functions = {}
REGULARIZERS: Functions = {}
MARGINS: Functions = {}
EMBEDDINGS: Functions = {}

if importlib.util.find_spec("torch") is not None:
    import torch
    from torch import linalg
    from torch.nn import functional

    def probability(z, y):
        return functional.softmax(z, -1).gather(-1, y[:, None])[:, 0]

    def smoothed(z, y):
        return functional.cross_entropy(z, y, label_smoothing=0.5)

    def complement_entropy(z, y):
        others = functional.one_hot(y, z.shape[-1]) == 0
        r = functional.softmax(torch.where(others, z, -torch.inf), -1)
        return (r * torch.log(torch.where(others, r, 1))).sum(-1)

    def transition(z):
        return 0.7 * torch.eye(z.shape[-1]) + 0.3 / z.shape[-1]

    LOSSES = {
        "cross_entropy": functional.cross_entropy,
        "focal": lambda z, y: (
            -((1 - probability(z, y)) ** 2) * torch.log(probability(z, y))
        ),
        "mean_absolute_error": lambda z, y: 2 * (1 - probability(z, y)),
        "generalized_cross_entropy": lambda z, y: (1 - probability(z, y) ** 0.7) / 0.7,
        "truncated_generalized_cross_entropy": lambda z, y: (
            (1 - probability(z, y).clamp(min=0.5) ** 0.7) / 0.7
        ),
        "reverse_cross_entropy": lambda z, y: 4 * (1 - probability(z, y)),
        "symmetric_cross_entropy": lambda z, y: (
            0.1 * functional.cross_entropy(z, y, reduction="none")
            + 4 * (1 - probability(z, y))
        ),
        "forward_correction": lambda z, y: functional.nll_loss(
            torch.log(functional.softmax(z, -1) @ transition(z)), y
        ),
        "backward_correction": lambda z, y: (
            -(linalg.inv(transition(z))[y] * functional.log_softmax(z, -1)).sum(-1)
        ),
        "complement_entropy": complement_entropy,
        "online_label_smoothing": smoothed,
    }

    def phi(z):
        p = functional.softmax(z, -1)
        return -(p * torch.log(p)).sum(-1) / math.log(z.shape[-1])

    def gini(z):
        p, c = functional.softmax(z, -1), z.shape[-1]
        return c / (c - 1) * (p * (1 - p)).sum(-1)

    def squares(z, tau=2):
        return torch.topk(functional.softmax(z, -1), tau).values.square().sum(-1)

    def equation_4(width, t, tau=2):
        return torch.exp(-t / (2 * width)) / (math.sqrt(2 * math.pi) * width) ** tau

    REGULARIZERS = {
        "entropy": lambda z: phi(z) * math.log(z.shape[-1]),
        "entropy, normalized": phi,
        "variance": gini,
        "adr": lambda z: equation_4(phi(z), squares(z)),
        "adr, tau = 5": lambda z: equation_4(phi(z), squares(z, 5), 5),
        "adr, kernel": lambda z: torch.exp(-squares(z) / (2 * phi(z))),
        "adr, variance": lambda z: equation_4(gini(z), squares(z)),
        "adr, stopped": lambda z: equation_4(phi(z).detach(), squares(z)),
        "exponential_variance": lambda z: equation_4(gini(z), squares(z)),
        "gsc": lambda z: (
            torch.exp(-squares(z) / (2 * phi(z) ** 2))
            / (math.sqrt(2 * math.pi) * phi(z)) ** 2
        ),
    }

    def directions(x):
        return functional.normalize(x, dim=-1)

    def with_margin(of_label, scale=3.0):
        def loss(x, w, y):
            cosines = directions(x) @ directions(w).T
            own = functional.one_hot(y, len(w)) == 1
            return functional.cross_entropy(
                scale * torch.where(own, of_label(cosines), cosines), y
            )

        return loss

    def bent(cosines, m1, m2, m3):
        return torch.cos(m1 * torch.acos(cosines.clamp(-1 + 1e-7, 1 - 1e-7)) + m2) - m3

    MARGINS = {
        "cosines": with_margin(lambda c: c),
        "cosface": with_margin(lambda c: c - 0.35),
        "arcface": with_margin(lambda c: bent(c, 1.0, 0.5, 0.0)),
        "combined_margin": with_margin(lambda c: bent(c, 0.9, 0.4, 0.15)),
    }

    def nac(x, y, c, delta=0.05):
        return (1 - (x * c[y]).sum(-1) / (x.norm(dim=-1) + delta)) ** 2

    def off_diagonal(matrix):
        return matrix.square().sum() - matrix.diagonal().square().sum()

    def self_correlation(x, y, c):
        d = directions(x) - c[y]
        return off_diagonal(d.T @ d / (len(y) - 1))

    def barlow_twins(x, y, c):
        d = x.shape[-1]
        r = torch.corrcoef(torch.cat([x, x.roll(1, 0)], 1).T)[:d, d:]
        return (1 - r.diagonal()).square().sum() + 0.005 * off_diagonal(r)

    def vicreg(x, y, c):
        def of_one(z):
            cov = torch.cov(z.T)
            hinge = functional.relu(1 - torch.sqrt(cov.diagonal() + 1e-4))
            return 25 * hinge.mean() + off_diagonal(cov) / len(cov)

        other = x.roll(1, 0)
        return 25 * (x - other).square().sum(-1).mean() + of_one(x) + of_one(other)

    def pedcc(x, y, c):
        own = functional.one_hot(y, len(c))
        logits = 15 * (directions(x) @ c.T - 0.5 * own)
        mse = (directions(x) - c[y]).square().sum(-1) / 2
        return functional.cross_entropy(logits, y) + mse.mean()

    def include_exclude(x, y, c):
        d = torch.cdist(x, c).square()
        own = functional.one_hot(y, len(c)) == 1
        variance = d[own].sum().detach() / (len(y) - 1)
        others = torch.where(own, -torch.inf, -d / (2 * variance))
        near = d[own] / (2 * variance) + 1.0
        return functional.relu(near + torch.logsumexp(others, -1))

    EMBEDDINGS = {
        "pod": lambda x, y, c: nac(x, y, c) + self_correlation(x, y, c),
        "nac": nac,
        "norm_adaptive_cosine": nac,
        "self_correlation": self_correlation,
        "cosine": lambda x, y, c: nac(x, y, c, 0.0),
        "pedcc": pedcc,
        "pedcc_mse": lambda x, y, c: (directions(x) - c[y]).square().sum(-1) / 2,
        "include_exclude": include_exclude,
        "center": lambda x, y, c: (x - c[y]).square().sum(-1) / 2,
        "triplet": lambda x, y, c: functional.triplet_margin_loss(
            x, x.roll(1, 0), x.roll(2, 0), margin=0.2
        ),
        "barlow_twins": barlow_twins,
        "vicreg": vicreg,
        "orthogonality": lambda x, y, c: off_diagonal(directions(x) @ directions(x).T),
    }
