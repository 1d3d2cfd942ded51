"""A run is sent to Weights & Biases, and goes on there."""

import json
import sys
import types

import pytest

from adrjax import train
from tests.train._figures import CONFIG, KEPT, in_half_seconds, tell


class Service:
    """Notes what wandb would send."""

    def __init__(self):
        self.inits, self.logged, self.exit_codes, self.summary = [], [], [], {}

    def init(self, **options):
        self.inits.append(options)
        return types.SimpleNamespace(
            id=options["id"] or "new",
            step=0,  # as it is offline, also in a run that goes on
            summary=self.summary,
            log=lambda figures, step: self.logged.append((step, figures)),
            finish=lambda exit_code: self.exit_codes.append(exit_code),
        )

    def steps(self, name):
        return [step for step, figures in self.logged if name in figures]


@pytest.fixture
def service(monkeypatch):
    in_half_seconds(monkeypatch)
    service = Service()
    monkeypatch.setitem(sys.modules, "wandb", service)
    return service


def test_figures_go_to_groups_and_keep_their_step(tmp_path, service):
    tell(train.WandB("papers", mode="offline"), tmp_path)
    (options,) = service.inits
    assert options["project"] == "papers"
    assert options["name"] == "ADR, seed 0"
    assert options["config"] == CONFIG
    assert options["mode"] == "offline"
    assert service.steps("train/loss") == KEPT
    assert service.steps("test/top1") == [8, 16, 24]
    first = {"train/loss": 0.5, "train/adr": 0.1, "train/accuracy": 0.5}
    assert service.logged[0] == (2, first)
    assert service.summary == {"checkpoint": str(tmp_path / "checkpoints" / "24")}
    assert service.exit_codes == [0]


def test_a_resumed_run_goes_on_there_and_sends_nothing_twice(tmp_path, service):
    tell(train.WandB("papers"), tmp_path, stopped_at=12)
    remembered = json.loads((tmp_path / "wandb.json").read_text())
    assert remembered == {"id": "new", "step": 10}
    tell(train.WandB("papers"), tmp_path, first=8)
    assert [options["id"] for options in service.inits] == [None, "new"]
    assert all(options["resume"] == "allow" for options in service.inits)
    assert service.steps("train/loss") == KEPT
    assert service.steps("test/top1") == [8, 16, 24]
    assert service.exit_codes == [1, 0]


def test_without_wandb_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ImportError, match=r"WandB wants wandb.*: pip install wandb"):
        train.WandB("papers")
