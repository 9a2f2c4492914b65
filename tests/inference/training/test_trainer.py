"""Short runs on frames that cost nothing: they end, go on, stop early, share their work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.training.config import TrainConfig
from tests.inference.training.shards import write_shard

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = [pytest.mark.training, pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore")]
TINY = TrainConfig(
    epochs=1.0, train_frames=24, validation_frames=12, processes=1, batch=4, warm_up_steps=2, check_s=0.0
)
HERE = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write_shard(tmp_path / "train", 24, 10)
    write_shard(tmp_path / "val", 12, 500)
    return tmp_path


def state(run: Path, name: str = "last.pt") -> dict[str, Any]:
    found: dict[str, Any] = torch.load(run / name, weights_only=True)
    return found


def test_a_run_by_epochs_ends_and_explains_itself(run: Path) -> None:
    from inference.training.run_folder import read_log
    from inference.training.train import train

    train(TINY, run)
    lines = read_log(run)
    # 24 frames, the 8 with a cleft twice: 32 lessons, 8 batches of 4, and the validation at the end.
    assert [line["step"] for line in lines] == [*range(1, 9), 8]
    assert lines[-1]["share"] == 1
    assert lines[-1]["rate"] == pytest.approx(0, abs=1e-9)
    assert all(np.isfinite(line["loss"]) for line in lines[:-1])
    assert state(run)["over"] is True
    assert state(run, "best.pt")["best"] == max(line["auc"] for line in lines)
    assert json.loads((run / "config.json").read_text())["seeds"]["validation frames"] == [5000000, 5000011]
    assert json.loads((run / "environment.json").read_text())["versions"]["torch"]
    assert (run / "curves.png").stat().st_size > 5000
    assert list((run / "tensorboard").glob("events.*"))
    assert "ended after 32 frames seen (8 steps)" in (run / "README.md").read_text()


def test_a_run_that_is_over_stays_as_it_is(run: Path) -> None:
    from inference.training.train import train

    train(TINY, run)
    before = (run / "last.pt").read_bytes()
    train(TINY, run)
    assert (run / "last.pt").read_bytes() == before


def test_a_run_begins_with_the_averaged_weights_of_another(run: Path, tmp_path: Path) -> None:
    from inference.training.checkpoint import begin, seen_by
    from inference.training.trainer import build, train

    train(TINY, run)
    assert seen_by(run) == 32
    fresh, average = build(replace(TINY, seed=9)), build(replace(TINY, seed=9))
    begin(run, fresh, average)
    kept = state(run)["average"]
    assert all(torch.equal(value, kept[name]) for name, value in fresh.state_dict().items())
    assert all(torch.equal(value, kept[name]) for name, value in average.state_dict().items())
    other = replace(TINY, preset="r18q")
    with pytest.raises(ValueError, match="same preset"):
        begin(run, build(other), build(other))


def test_early_stopping_ends_a_run_on_its_validation(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inference.training import trainer

    aucs = iter([0.6, 0.8, 0.7, 0.75, 0.79])
    figures = {"auc_lip": 0.5, "gate_auc": 0.5, "pointing": 0.5, "calibration_error": 0.1}
    monkeypatch.setattr(trainer, "validate", lambda *_: {"auc": next(aucs), **figures})
    trainer.train(replace(TINY, epochs=50.0, patience=3), run)
    assert state(run)["step"] == 5
    assert state(run, "best.pt")["step"] == 2
    trainer.train(replace(TINY, epochs=50.0, patience=3), run)
    assert state(run)["step"] == 5


def test_a_killed_run_goes_on_from_what_it_saved(run: Path) -> None:
    """SIGKILL while it trains; the same command goes on, and its log has every step once."""
    from inference.training.run_folder import read_log

    code = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from tests.inference.training.test_trainer import TINY\n"
        "from inference.training.train import train\n"
        "train(replace(TINY, epochs=float(sys.argv[2])), Path(sys.argv[1]))\n"
    )
    command = [sys.executable, "-c", code, str(run)]
    first = subprocess.Popen([*command, "1000"], cwd=HERE, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 300
    try:
        while len(read_log(run)) < 3:
            assert first.poll() is None
            assert time.monotonic() < until
            os.sched_yield()
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait(30)
    reached = state(run)["step"]
    assert reached >= 2
    epochs = (state(run)["seen"] + 8) / 32
    subprocess.run([*command, str(epochs)], cwd=HERE, check=True, timeout=300, stdout=subprocess.DEVNULL)
    assert state(run)["step"] == reached + 2
    assert [line["step"] for line in read_log(run)] == [*range(1, reached + 3), reached + 2]


def test_two_processes_share_the_work_and_stay_equal(run: Path) -> None:
    from inference.training.train import _worker

    config = replace(TINY, processes=2)
    torch.multiprocessing.spawn(_worker, (config, run), nprocs=2)
    assert state(run)["step"] == 4
    assert state(run)["seen"] == 32


def test_torchrun_is_followed(run: Path) -> None:
    """As torchrun starts it, with an address in the environment in place of a file."""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "-m", "inference.training.train", "--run-folder", str(run), "--epochs", "1", "--batch", "4",
        "--frames", "2", "--validation-frames", "2", "--check-every", "0",
    ]  # fmt: skip
    (run / "train" / "01000000.npz").symlink_to(run / "train" / "00000010.npz")
    (run / "val" / "05000000.npz").symlink_to(run / "val" / "00000500.npz")
    subprocess.run(command, cwd=HERE, check=True, timeout=380, stdout=subprocess.DEVNULL)
    assert json.loads((run / "config.json").read_text())["processes"] == 2
    assert state(run)["over"] is True


def test_a_state_of_the_frozen_architecture_loads(run: Path) -> None:
    """What an older state lacks is taken as at the beginning of a run."""
    from inference.training import checkpoint
    from inference.training.trainer import build, build_optimizer

    network = build(TINY)
    optimizer = build_optimizer(network, TINY)
    old = {
        "network": network.state_dict(), "average": network.state_dict(), "optimizer": optimizer.state_dict(),
        "config": {"preset": "standin"}, "step": 7, "spent": 9.0, "seen": 28, "best": 0.7,
    }  # fmt: skip
    torch.save(old, run / "last.pt")
    progress = checkpoint.resume(run / "last.pt", network, network, optimizer, "cpu")
    assert progress == checkpoint.Progress(step=7, spent=9.0, seen=28, best=0.7)


def test_the_paper_size_takes_a_step() -> None:
    from inference.training.losses import total_loss
    from inference.training.trainer import build, build_optimizer

    config = TrainConfig(preset="r50")
    network = build(config)
    assert sum(p.numel() for p in network.parameters()) > 25e6
    optimizer = build_optimizer(network, config)
    batch = {
        "cleft": torch.tensor([0.0, 1.0]), "judgeable": torch.ones(2), "quality": torch.ones(2),
        "mapped": torch.ones(2), "view": torch.tensor([0, 1]), "kind": torch.tensor([0, 1]),
        "gap": torch.zeros(2, 1, 16, 16), "parts": torch.zeros(2, 5, 16, 16),
    }  # fmt: skip
    before = network.heat.weight.detach().clone()
    total_loss(network(torch.randn(2, 1, 64, 64)), batch).backward()
    optimizer.step()
    assert not torch.equal(before, network.heat.weight)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())
