"""train.WandB, with a fake service."""

import json
import sys
import types

import pytest

from adrjax import train
from tests.train._fake_run import CONFIG, KEPT, in_half_seconds, play


class Service:
    """Records the calls of wandb."""

    def __init__(self):
        self.inits, self.logged, self.exit_codes, self.summary = [], [], [], {}

    def init(self, **options):
        self.inits.append(options)
        return types.SimpleNamespace(
            id=options["id"] or "new",
            step=0,  # as offline, even in a run that continues
            summary=self.summary,
            log=lambda metrics, step: self.logged.append((step, metrics)),
            finish=lambda exit_code: self.exit_codes.append(exit_code),
        )

    def steps(self, name):
        return [step for step, metrics in self.logged if name in metrics]


@pytest.fixture
def service(monkeypatch):
    in_half_seconds(monkeypatch)
    service = Service()
    monkeypatch.setitem(sys.modules, "wandb", service)
    return service


def test_wandb_gets_grouped_metrics_with_their_steps(tmp_path, service):
    play(train.WandB("papers", mode="offline"), tmp_path)
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


def test_wandb_continues_a_resumed_run_and_sends_nothing_twice(tmp_path, service):
    play(train.WandB("papers"), tmp_path, stopped_at=12)
    stored = json.loads((tmp_path / "wandb.json").read_text())
    assert stored == {"id": "new", "step": 10}
    play(train.WandB("papers"), tmp_path, first=8)
    assert [options["id"] for options in service.inits] == [None, "new"]
    assert all(options["resume"] == "allow" for options in service.inits)
    assert service.steps("train/loss") == KEPT
    assert service.steps("test/top1") == [8, 16, 24]
    assert service.exit_codes == [1, 0]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": "new"}', b"\xff"])
def test_wandb_names_its_damaged_file(tmp_path, service, content):
    (tmp_path / "wandb.json").write_bytes(content)
    with pytest.raises(train.WorkdirError, match=r"wandb\.json is damaged\. Remove"):
        play(train.WandB("papers"), tmp_path)
    assert service.inits == []


def test_wandb_without_its_package_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(
        train.MissingPackageError, match=r"WandB needs wandb.*: pip install wandb"
    ):
        train.WandB("papers")
