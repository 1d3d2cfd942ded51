"""`experiments.adr.figure3`: its networks and the plane through three templates."""

import numpy as np

from adrjax import train
from experiments.adr import figure3, table3


def test_the_networks_are_those_of_table3():
    for name, run in figure3.runs().items():
        cell = table3.cell(figure3.ROWS[name], ("test/top1", "last"))
        assert run.identity == cell.run.identity


def test_the_template_plane_keeps_distances_between_its_templates():
    rng = np.random.default_rng(0)
    templates, features = rng.normal(size=(3, 8)), rng.normal(size=(5, 8))
    found = figure3.template_plane(templates, templates)
    np.testing.assert_allclose(found[0], 0, atol=1e-12)
    assert found[1, 0] > 0 and abs(found[1, 1]) < 1e-12 and found[2, 1] > 0
    for i, j in ((0, 1), (0, 2), (1, 2)):
        distance = np.linalg.norm(templates[i] - templates[j])
        np.testing.assert_allclose(np.linalg.norm(found[i] - found[j]), distance)
    normal = features - features[:1]  # a move along the normal changes nothing
    edges = templates[1:] - templates[0]
    normal -= normal @ np.linalg.pinv(edges) @ edges
    moved = figure3.template_plane(features[:1] + normal, templates)
    np.testing.assert_allclose(moved, moved[:1].repeat(5, 0), atol=1e-12)


def test_the_plane_has_the_images_of_three_classes():
    labels = np.arange(10, dtype=np.int32)
    found = train.Predictions(np.eye(10), labels, np.eye(10)[:, :6])
    points, kept = figure3.in_plane(found, np.eye(6, 10))
    assert kept.tolist() == [0, 1, 2] and points.shape == (3, 2)
    assert figure3.some(found) is found
