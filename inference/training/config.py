"""What a run is made with."""

from __future__ import annotations

from dataclasses import dataclass

MEAN, STD = 0.2, 0.2
"""Of the prepared pictures, about; subtracted and divided by before the network."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Every choice of a run; kept in its `config.json` and in its saved states."""

    preset: str = "standin"
    minutes: float = 25.0
    """Of training by the wall; the learning rate falls to zero over it."""
    epochs: float = 0.0
    """Times that the lessons are gone through, in place of `minutes`; 0 goes by the minutes."""
    patience: int = 0
    """Validations in a row without a better AUC after which a run ends early; 0: never."""
    train_frames: int = 14000
    wide: float = 0.5
    """Share of them from the widest range of machines, the last ones."""
    validation_frames: int = 1000
    first_seed: int = 1_000_000
    processes: int = 2
    batch: int = 24
    """In each process."""
    positives: float = 0.0
    """Share of frames with a visible cleft in what is drawn; 0 takes them as they are, twice each."""
    rate: float = 3e-3
    warm_up_steps: int = 120
    decay: float = 0.03
    ema: float = 0.998
    clip: float = 5.0
    variety: float = 1.0
    """Strength of elastic deformation, grain, depth gain and shadows; 0 leaves them out."""
    check_s: float = 240.0
    """Between two validations and saved states."""
    seed: int = 1
    start: str = ""
    """Run whose averaged weights this one begins with; empty for random ones."""
    start_seen: int = 0
    """Frames that those weights had seen."""
    data: str = ""
    """Name of the data set that is learnt from; empty for the phantom's own frames."""

    @property
    def validation_seed(self) -> int:
        """First seed of the validation frames, far from those of training, calibration and evaluation."""
        return self.first_seed + 4_000_000
