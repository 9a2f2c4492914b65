"""A local Dask cluster of two workers, one of which is killed in mid-run."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.analyze.batch import Batch, Here
from app.analyze.one import Options
from app.analyze.sources import find
from app.commands.analyze import load_tools
from app.refusal import Refusal
from capture.geometry import Box
from tests.app.analyze.crew_tools import bytes_of, make_archive, maker
from tests.inference.tiny_models import write_tiny_model

OPTIONS = Options(Box(16, 20, 144, 116))
needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="dask.distributed is not installed"
)


@pytest.fixture
def scheduler() -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address
    # Dask's own threads for the whole process, which outlive its clients.
    from distributed import Future, utils

    utils._offload_executor.shutdown()
    if Future._cb_executor is not None:
        Future._cb_executor.shutdown()
        Future._cb_executor = None


@needs_dask
@pytest.mark.cluster
@pytest.mark.timeout(300)
def test_a_cluster_that_loses_a_worker_gives_the_bytes_of_one_process(tmp_path: Path, scheduler: str) -> None:
    from app.analyze.cluster import Cluster

    model, archive = str(write_tiny_model(tmp_path / "model")), make_archive(tmp_path / "in")
    alone, together = tmp_path / "alone", tmp_path / "together"
    together.mkdir()
    items, _ = find([str(archive)], alone)
    crew = Cluster(scheduler, maker(model, tmp_path / "died"), together)
    try:
        outcomes = list(Batch(crew, OPTIONS, together).run(items))
        assert {outcome.item.stem: outcome.state for outcome in outcomes} == {
            "a": "done",
            "b": "done",
            "kills-once": "done",
            "empty": "failed",
        }
        assert (tmp_path / "died" / "once").exists(), "a worker was killed"
        again = {outcome.state for outcome in Batch(crew, OPTIONS, together).run(items)}
        assert again == {"skipped", "failed"}
    finally:
        crew.stop()
    list(Batch(Here(load_tools(model, "cpu", None)), OPTIONS, alone).run(items))
    assert bytes_of(together) == bytes_of(alone)


@needs_dask
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense"])
def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path: Path, address: str) -> None:
    from app.analyze.cluster import Cluster

    with pytest.raises(Refusal, match=rf"expected a Dask scheduler at {address}, none answers within 0.5 s"):
        Cluster(address, maker("model.json", tmp_path / "died"), tmp_path, connect_s=0.5)


def test_without_dask_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.analyze.cluster import Cluster

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        Refusal, match=r"needs Dask, which is not installed: pip install 'philtrum\[cluster\]'"
    ):
        Cluster("tcp://127.0.0.1:9", maker("model.json", tmp_path / "died"), tmp_path)
