from __future__ import annotations

from pathlib import Path

import pytest

from app.analyze.batch import Batch, CrewError, Here
from app.analyze.one import Options, Outcome
from app.analyze.processes import TRIES, Processes, default_workers
from app.analyze.sources import find
from app.commands.analyze import load_tools
from app.refusal import Refusal
from capture.geometry import Box
from tests.app.analyze.crew_tools import bytes_of, dead_tools, make_archive, maker, no_tools
from tests.app.commands.test_analyze import write_film
from tests.inference.tiny_models import write_tiny_model

pytestmark = pytest.mark.cluster

OPTIONS = Options(Box(16, 20, 144, 116))


def states(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.item.stem: outcome.state for outcome in outcomes}


@pytest.mark.timeout(300)
def test_workers_give_the_bytes_of_one_process_whoever_dies(tmp_path: Path) -> None:
    model, archive = str(write_tiny_model(tmp_path / "model")), make_archive(tmp_path / "in")
    alone, together = tmp_path / "alone", tmp_path / "together"
    items, _ = find([str(archive)], alone)
    crew = Processes(maker(model, tmp_path / "died"), 2)
    try:
        batch = Batch(crew, OPTIONS, together)
        outcomes = list(batch.run(items))
        assert states(outcomes) == {"a": "done", "b": "done", "kills-once": "done", "empty": "failed"}
        assert (tmp_path / "died" / "once").exists()
        assert {o.message for o in outcomes if o.state == "failed"} == {"empty.mp4: the file is empty"}
        again = states(list(batch.run(items)))
        assert again == {"a": "skipped", "b": "skipped", "kills-once": "skipped", "empty": "failed"}
        processes = [worker.process for worker in crew._crew]
        assert 1 <= len(processes) <= 2
    finally:
        crew.stop()
    list(Batch(Here(load_tools(model, "cpu", None)), OPTIONS, alone).run(items))
    assert bytes_of(together) == bytes_of(alone)
    assert len(bytes_of(alone)) >= 12


@pytest.mark.timeout(300)
def test_a_recording_that_kills_every_worker_is_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    model, out = str(write_tiny_model(tmp_path / "model")), tmp_path / "out"
    paths = [write_film(tmp_path / "in" / f"{name}.mkv", 3) for name in ("kills", "z")]
    items, _ = find([str(path) for path in paths], out)
    crew = Processes(maker(model, tmp_path / "died"), 1)
    try:
        outcomes = list(Batch(crew, Options(OPTIONS.place, film=False), out).run(items))
    finally:
        crew.stop()
    assert states(outcomes) == {"kills": "failed", "z": "done"}
    said = {outcome.message for outcome in outcomes if outcome.state == "failed"}
    assert said == {"kills.mkv: the worker died 3 times on it; not tried again"}
    assert len((tmp_path / "died" / "deaths").read_text()) == TRIES
    assert sorted(path.name for path in out.iterdir()) == ["z"]


def test_leaving_early_drops_what_is_in_hand_and_keeps_the_bytes_of_what_is_done(tmp_path: Path) -> None:
    model, out = str(write_tiny_model(tmp_path / "model")), tmp_path / "out"
    paths = [write_film(tmp_path / "in" / f"{n}.mkv", 2 if n == 0 else 60) for n in range(2)]
    items, _ = find([str(path) for path in paths], out)
    crew = Processes(maker(model, tmp_path / "died"), 1)
    outcomes = Batch(crew, OPTIONS, out).run(items)
    assert next(outcomes).state == "done"
    (worker,) = crew._crew
    process = worker.process
    outcomes.close()  # type: ignore[attr-defined]
    crew.stop()
    with pytest.raises(ValueError, match="closed"):
        process.is_alive()
    assert {path.name for path in out.iterdir()} <= {"0", "1"}, "nothing half made is left"
    list(Batch(Here(load_tools(model, "cpu", None)), OPTIONS, tmp_path / "alone").run(items[:1]))
    alone = bytes_of(tmp_path / "alone")
    made = bytes_of(out)
    assert len(alone) > 3 and {name: made[name] for name in alone} == alone


def test_workers_that_cannot_work_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.analyze.processes.STARTS", 1)
    for make, error, said in (
        (no_tools, Refusal, "model.json: no such model"),
        (dead_tools, CrewError, r"1 workers died while starting \(exit status 7\)"),
    ):
        crew = Processes(make, 1)
        try:
            with pytest.raises(error, match=said):
                crew.identity()
        finally:
            crew.stop()


def test_the_default_is_between_one_and_what_there_is_to_do() -> None:
    assert default_workers(1) == 1
    assert 1 <= default_workers(1000) <= 512
