"""From a network of random weights to files that the program loads."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.dataset import LeakError
from inference.engine import OnnxEngine
from inference.manifest import load_model
from tests.inference.training.shards import write_shard

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = [pytest.mark.training, pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]
SPLITS = {"train": 10, "val": 100, "calibration": 200, "test": 300, "shift": 400, "plain": 500, "fresh": 600}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder: frames, and a state whose heads were shaken so that its answers differ."""
    from inference.training import checkpoint
    from inference.training.config import TrainConfig
    from inference.training.trainer import build, build_optimizer

    folder: Path = tmp_path_factory.mktemp("run")
    for split, seed in SPLITS.items():
        write_shard(folder / split, 66 if split == "calibration" else 18, seed)
    config = TrainConfig()
    network = build(config)
    with torch.no_grad():
        network.view_out.weight.mul_(8)
    progress = checkpoint.Progress(step=3, seen=12)
    checkpoint.save(folder / "last.pt", network, network, build_optimizer(network, config), config, progress)
    return folder


@pytest.fixture(scope="module")
def made(run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    from inference.training import export, stored_pictures

    out: Path = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "RANGE_PICTURES", 8)
        patch.setattr(export, "PARITY_PICTURES", 6)
        patch.setattr(stored_pictures, "TRIES", 1)
        return out / "tiny.json", export.export(run, out, "tiny", "0.0.1")


def test_the_manifest_loads_and_names_all_that_the_network_gives(made: tuple[Path, dict[str, Any]]) -> None:
    from inference.training.network import KINDS, OUTPUTS

    manifest = load_model(made[0]).manifest
    assert [file.precision for file in manifest.files] == ["fp32", "fp16", "int8"]
    out = manifest.outputs
    assert out.anatomy is not None
    assert out.kind is not None
    assert out.anatomy.names == ("nostrils", "upper_lip", "lower_lip", "nose", "ridge")
    assert out.kind.names == KINDS
    named = {part["tensor"] for part in made[1]["outputs"].values()}
    assert named == set(OUTPUTS)
    assert manifest.synthetic


def test_every_file_brings_what_was_fitted_on_it(made: tuple[Path, dict[str, Any]]) -> None:
    model = load_model(made[0])
    for file in model.manifest.files:
        assert file.calibration is not None
        points = model.manifest.running(file).operating_points
        assert points == file.operating_points
        assert points.look_again <= points.release <= points.flag
    assert not any("fresh" in key for key in made[1]["evaluation"])
    assert len(made[1]["evaluation"]["parity"]) == 4


def test_each_precision_runs_on_the_cpu_and_passes_its_self_test(made: tuple[Path, dict[str, Any]]) -> None:
    for precision in ("fp32", "fp16", "int8"):
        engine = OnnxEngine.load(made[0], ["cpu"], precision, threads=1)
        assert engine.status.precision == precision
        assert engine.status.self_test.passed


def test_the_fp16_file_answers_as_the_fp32_one(made: tuple[Path, dict[str, Any]], run: Path) -> None:
    """Within the stated tolerance, with float32 going in and coming out."""
    from inference.training.config import MEAN, STD
    from inference.training.evaluate import answers
    from inference.training.onnx_files import TOLERANCES, open_session
    from inference.training.splits import first_pictures

    session = open_session(made[0].parent / "tiny-fp16.onnx")
    assert {each.type for each in [*session.get_inputs(), *session.get_outputs()]} == {"tensor(float)"}
    pictures = first_pictures(run / "test", 6)
    full, half = (
        answers(made[0].parent / name, pictures, MEAN, STD) for name in ("tiny.onnx", "tiny-fp16.onnx")
    )
    for name, expected in asdict(full).items():
        away = np.abs(expected - getattr(half, name))
        assert away.max() <= TOLERANCES["fp16"].worst, name
    assert (made[0].parent / "tiny-fp16.onnx").stat().st_size < (
        0.6 * (made[0].parent / "tiny.onnx").stat().st_size
    )


def test_a_file_too_far_from_torch_is_not_passed(run: Path, made: tuple[Path, dict[str, Any]]) -> None:
    from inference.training import export, onnx_files
    from inference.training.evaluate import normalised
    from inference.training.splits import first_pictures

    network = export.load_network(export.load_state(run))
    with torch.no_grad():
        network.view_out.bias.add_(torch.tensor([1.0, 0.0, 0.0]))
    inputs = normalised(first_pictures(run / "test", 4), 0.2, 0.2)
    with pytest.raises(ValueError, match="differ by at most"):
        onnx_files.check_parity(network, made[0].parent / "tiny-fp16.onnx", "fp16", inputs)


def test_frames_that_were_taught_are_not_judged_on(run: Path, tmp_path: Path) -> None:
    from inference.training.splits import check_seeds

    write_shard(tmp_path / "train", 12, 70)
    write_shard(tmp_path / "test", 12, 81)
    with pytest.raises(LeakError, match="seed 81 is in train and in test"):
        check_seeds(tmp_path, ("train",), ("test",))
    check_seeds(run, ("train", "val"), tuple(SPLITS)[2:])


def test_the_splits_have_seeds_of_their_own() -> None:
    from inference.training.config import TrainConfig
    from inference.training.export import CALIBRATION_SEED, FRESH, SETS
    from inference.training.stored_pictures import FIRST_SEED

    starts = sorted([seed for _, seed, _ in (SETS | FRESH).values()] + [CALIBRATION_SEED, FIRST_SEED])
    config = TrainConfig()
    assert config.first_seed + 3_000_000 < config.validation_seed < starts[0] - 500_000
    assert min(b - a for a, b in itertools.pairwise(starts)) >= 500_000


def test_looking_at_the_fresh_domain_is_written_down(tmp_path: Path) -> None:
    from inference.training.export import note_look

    first, second = tmp_path / "a.onnx", tmp_path / "b.onnx"
    first.write_bytes(b"a")
    second.write_bytes(b"b")
    assert [note_look(tmp_path, path) for path in (first, first, second)] == [1, 1, 2]


def test_large_files_do_not_ship(run: Path, tmp_path: Path) -> None:
    from inference.training.onnx_files import check_sizes

    big = tmp_path / "big.onnx"
    big.write_bytes(bytes(2**20 + 1))
    with pytest.raises(ValueError, match="at most 1 MiB"):
        check_sizes([big], 1.0)
    check_sizes([big], None)


def test_untrained_weights_are_said_to_be_untrained(tmp_path: Path) -> None:
    from inference.training.export import export_untrained

    export_untrained("standin", tmp_path, "bare")
    manifest = load_model(tmp_path / "bare.json").manifest
    assert manifest.self_test is None
    assert "Untrained" in json.loads((tmp_path / "bare.json").read_text())["evaluation"]["note"]
