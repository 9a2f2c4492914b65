"""Where a run computes, and how its processes find each other."""

from __future__ import annotations

import os
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(hours=6)
"""One process makes the frames and validates while the others wait."""


@dataclass(frozen=True, slots=True)
class Device:
    """A processor by torch's name, and whether it is quick in bf16."""

    name: str
    bf16: bool

    @classmethod
    def cpu(cls) -> Device:
        """Without the instructions bf16 is emulated, ten times slower than fp32."""
        return cls("cpu", bool(torch.cpu._is_avx512_bf16_supported()))

    @classmethod
    def best(cls, rank: int = 0) -> Device:
        """The GPU of this process where there is one."""
        if not torch.cuda.is_available():
            return cls.cpu()
        local = int(os.environ.get("LOCAL_RANK", rank)) % torch.cuda.device_count()
        torch.cuda.set_device(local)
        return cls(f"cuda:{local}", bool(torch.cuda.is_bf16_supported()))

    @property
    def is_gpu(self) -> bool:
        return self.name.startswith("cuda")

    def autocast(self) -> AbstractContextManager[object]:
        """bf16 for what bears it; a plain context where the processor is not quick in it."""
        context: AbstractContextManager[object] = torch.autocast(
            self.name.split(":")[0], torch.bfloat16, enabled=self.bf16
        )
        return context


@dataclass(frozen=True, slots=True)
class Processes:
    """Which process of a run it is, and of how many."""

    rank: int
    world: int
    launched: bool = False
    """By torchrun or the like, which set RANK and WORLD_SIZE."""

    @classmethod
    def from_environment(cls) -> Processes | None:
        """As torchrun says; None where nothing launched us."""
        if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
            return None
        return cls(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]), True)

    def meet(self, device: Device, folder: Path) -> None:
        """Find the others: by torchrun's address, else by a file in the run's folder; nccl on GPUs."""
        if self.world == 1:
            return
        backend = "nccl" if device.is_gpu else "gloo"
        if self.launched:
            distributed.init_process_group(backend, timeout=PATIENCE)
            return
        # The parent's number: a file that an earlier attempt left is another one's.
        store = distributed.FileStore(str(folder / f"store-{os.getppid()}"), self.world)
        distributed.init_process_group(
            backend, store=store, rank=self.rank, world_size=self.world, timeout=PATIENCE
        )

    def part(self) -> None:
        """Leave the others."""
        if self.world > 1:
            distributed.destroy_process_group()

    def wait(self) -> None:
        """Until all are here."""
        if self.world > 1:
            distributed.barrier()

    def agree(self, values: torch.Tensor) -> torch.Tensor:
        """The values of rank 0, everywhere."""
        if self.world > 1:
            distributed.broadcast(values, 0)
        return values

    def shared(self, network: nn.Module, device: Device) -> nn.Module:
        """The network with its gradients averaged over the processes; batch statistics stay apart."""
        if self.world == 1:
            return network
        ids = [int(device.name.split(":")[1])] if device.is_gpu else None
        with warnings.catch_warnings():
            # torch 2.12 gives this option another name, which older ones do not know.
            warnings.simplefilter("ignore", FutureWarning)
            return DistributedDataParallel(network, device_ids=ids, broadcast_buffers=False)
