"""The contract of a model: an ONNX file and the manifest beside it that says what goes in and what comes out.

`docs/model-card.md` explains every key; `resources/schemas/philtrum-model-1.json` is made from these classes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.prediction import View
from inference.preprocess import InputSpec

Precision = Literal["fp32", "fp16", "int8"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Probability = Annotated[float, Field(gt=0.0, lt=1.0)]
MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024
"""A manifest is a page of text; anything larger is some other file."""


class ModelRefusedError(Exception):
    """The model cannot be used; the message is one line that a user understands."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class Calibration(_Part):
    """Score = sigmoid(logit / `temperature` + `bias`)."""

    temperature: float = Field(default=1.0, gt=0.0)
    bias: float = 0.0


class OperatingPoints(_Part):
    """Calibrated scores at which words change."""

    look_again: Probability
    flag: Probability
    release: Probability
    """An open flag closes when the smoothed score falls below this."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.look_again > self.flag or self.release > self.flag:
            raise ValueError(
                f"expected look_again and release at or below flag, got look_again {self.look_again}, "
                f"flag {self.flag}, release {self.release}"
            )
        return self


class FileSpec(_Part):
    """One ONNX file of the model; several hold the same network in several precisions.

    Quantising moves logits and maps, so each file may bring what was fitted on it.
    """

    precision: Precision
    path: str
    sha256: Sha256
    calibration: Calibration | None = None
    """Replaces that of `outputs.cleft` while this file runs."""
    operating_points: OperatingPoints | None = None
    """Replaces the model's while this file runs."""
    heat_threshold: Probability | None = None
    """Replaces that of `outputs.heatmap` while this file runs."""


class CleftOutput(_Part):
    """The finding: (n, 1) or (n,); with softmax (n, k), of which `positive` is the finding."""

    tensor: str
    activation: Literal["sigmoid", "none", "softmax"] = "sigmoid"
    temperature: float = Field(default=1.0, gt=0.0)
    bias: float = 0.0
    positive: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _needs_logits(self) -> Self:
        if self.activation == "none" and (self.temperature != 1.0 or self.bias != 0.0):
            raise ValueError(
                "temperature and bias need logits: expected activation sigmoid or softmax, got none"
            )
        return self


class ViewOutput(_Part):
    """One number a view, (n, k), in the order of the manifest's `views`."""

    tensor: str
    activation: Literal["softmax", "none"] = "softmax"
    temperature: float = Field(default=1.0, gt=0.0)


class QualityOutput(_Part):
    """How good the plane is, (n, 1) or (n,)."""

    tensor: str
    activation: Literal["sigmoid", "none"] = "sigmoid"
    temperature: float = Field(default=1.0, gt=0.0)
    bias: float = 0.0


class HeatmapOutput(_Part):
    """Where the finding is, (n, 1, h, w) over the network's input square."""

    tensor: str
    activation: Literal["sigmoid", "none"] = "sigmoid"
    threshold: Probability = 0.5
    """From where on a cell is drawn."""


class AnatomyOutput(_Part):
    """Where landmarks are, (n, k, h, w), one map for each of `names`."""

    tensor: str
    activation: Literal["sigmoid", "none"] = "sigmoid"
    names: tuple[str, ...] = Field(min_length=1)


class KindOutput(_Part):
    """What kind of finding it would be, (n, k), one number for each of `names`."""

    tensor: str
    activation: Literal["softmax", "none"] = "softmax"
    temperature: float = Field(default=1.0, gt=0.0)
    names: tuple[str, ...] = Field(min_length=2)


class ClassesOutput(_Part):
    """Whole-picture classes, (n, k): each class is a view with or without a cleft."""

    tensor: str
    activation: Literal["softmax", "none"] = "softmax"
    temperature: float = Field(default=1.0, gt=0.0)
    names: tuple[str, ...] = Field(min_length=2)
    view: tuple[str, ...]
    """Of each class, the name of its view."""
    cleft: tuple[bool, ...]
    """Of each class, whether it is the finding."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if not len(self.names) == len(self.view) == len(self.cleft):
            raise ValueError(
                f"expected as many `view` and `cleft` entries as names ({len(self.names)}), "
                f"got {len(self.view)} and {len(self.cleft)}"
            )
        return self


class Outputs(_Part):
    """The network's outputs by meaning; which must be there depends on the manifest's kind."""

    cleft: CleftOutput | None = None
    view: ViewOutput | None = None
    quality: QualityOutput | None = None
    heatmap: HeatmapOutput | None = None
    anatomy: AnatomyOutput | None = None
    kind: KindOutput | None = None
    classes: ClassesOutput | None = None


class ViewSpec(_Part):
    """A view of the model, and which of the three views of evidence it stands for."""

    name: str
    is_: View = Field(alias="is")
    label: Mapping[str, str] = Field(default_factory=dict)
    """Words for people by language code; without the language asked for, `name` is shown."""


class SelfTestSpec(_Part):
    """Stored pictures and the answers they must give; `inference.selftest` says what the file holds."""

    path: str
    sha256: Sha256
    tolerance: float = Field(gt=0.0, le=0.25)
    """Largest difference of a score, in [0, 1]."""


class Manifest(_Part):
    """Everything the program needs to know of a model; another model needs no code."""

    format: Literal["philtrum-model/1"]
    kind: Literal["cleft-heatmap", "view-classes-4"]
    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    license: str
    description: str
    synthetic: bool
    """Trained on a phantom: said wherever people look."""
    files: tuple[FileSpec, ...] = Field(min_length=1)
    input: InputSpec
    outputs: Outputs
    views: tuple[ViewSpec, ...] = Field(min_length=1)
    operating_points: OperatingPoints
    training_data: str
    intended_use: str
    limits: tuple[str, ...]
    evaluation: Mapping[str, Any] = Field(default_factory=dict)
    self_test: SelfTestSpec | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        out, names = self.outputs, [view.name for view in self.views]
        if len(set(names)) != len(names):
            raise ValueError(f"expected views of different names, got {', '.join(names)}")
        if len({file.precision for file in self.files}) != len(self.files):
            raise ValueError("expected one file for each precision, got two of the same")
        if self.kind == "cleft-heatmap" and (
            out.cleft is None or out.view is None or out.classes is not None
        ):
            raise ValueError("kind cleft-heatmap: expected outputs `cleft` and `view`, and no `classes`")
        if self.kind == "view-classes-4":
            others = (out.cleft, out.view, out.quality, out.heatmap, out.anatomy)
            if out.classes is None or any(other is not None for other in others):
                raise ValueError("kind view-classes-4: expected the output `classes` alone")
            unknown = sorted(set(out.classes.view) - set(names))
            if unknown:
                raise ValueError(
                    f"outputs.classes.view: expected names among views, got {', '.join(unknown)}"
                )
        channels = self.input.channels
        if {len(self.input.mean), len(self.input.std)} - {1, channels}:
            raise ValueError(f"input: expected 1 or {channels} values of mean and std")
        if any(value <= 0 for value in self.input.std):
            raise ValueError("input: expected values of std above 0")
        return self

    def knows_other_views(self) -> bool:
        """Whether the model can say "not a lip or palate view" by itself."""
        return any(view.is_ == "other" for view in self.views)

    def running(self, file: FileSpec) -> Manifest:
        """The manifest as it holds while `file` runs: with that file's own thresholds."""
        heatmap = self.outputs.heatmap
        if heatmap is not None and file.heat_threshold is not None:
            heatmap = heatmap.model_copy(update={"threshold": file.heat_threshold})
        return self.model_copy(
            update={
                "operating_points": file.operating_points or self.operating_points,
                "outputs": self.outputs.model_copy(update={"heatmap": heatmap}),
            }
        )

    def without_anatomy(self) -> Manifest:
        """The same model, not asked for its maps of anatomy."""
        return self.model_copy(update={"outputs": self.outputs.model_copy(update={"anatomy": None})})

    def file(self, precision: Precision) -> FileSpec | None:
        """The file of that precision, None where the model has none."""
        return next((file for file in self.files if file.precision == precision), None)


@dataclass(frozen=True, slots=True)
class Model:
    """A manifest whose files are there, whole and inside its folder."""

    manifest: Manifest
    path: Path
    """The manifest's own path."""

    @property
    def folder(self) -> Path:
        return self.path.parent

    def read(self, part: FileSpec | SelfTestSpec) -> bytes:
        """The bytes of one of the model's files, checked against its hash.

        Raises:
            ModelRefusedError: the file is missing, elsewhere, unreadable or not the one the manifest names.
        """
        path = _inside(self.folder, part.path)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelRefusedError(f"{part.path}: cannot be read ({error.strerror})") from error
        found = hashlib.sha256(content).hexdigest()
        if found != part.sha256:
            raise ModelRefusedError(
                f"{part.path}: not the file the manifest names (expected sha256 {part.sha256[:12]}..., "
                f"got {found[:12]}...)"
            )
        return content


def load_model(path: str | Path) -> Model:
    """Read a manifest and check that all its files are there and have the stated hashes.

    Raises:
        ModelRefusedError: in one line, what is wrong.
    """
    where = Path(path)
    try:
        if where.stat().st_size > MANIFEST_LIMIT_BYTES:
            raise ModelRefusedError(f"{where.name}: expected a manifest (JSON text), got a far larger file")
        raw = json.loads(where.read_text("utf-8"))
    except OSError as error:
        raise ModelRefusedError(f"{where.name}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise ModelRefusedError(f"{where.name}: expected a manifest in JSON, got something else") from error
    model = Model(parse_manifest(raw, where.name), where)
    for file in model.manifest.files:
        model.read(file)
    if model.manifest.self_test is not None:
        model.read(model.manifest.self_test)
    return model


def parse_manifest(raw: object, name: str = "manifest") -> Manifest:
    """A manifest from parsed JSON.

    Raises:
        ModelRefusedError: in one line, the first thing that does not fit.
    """
    try:
        return Manifest.model_validate(raw)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        first = problems[0]
        where = ".".join(f"{step!s:.60}" for step in first["loc"]) or "the whole"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        said = first["msg"].removeprefix("Value error, ")
        # Keys and values may hold anything; the refusal is one line.
        raise ModelRefusedError(" ".join(f"{name}: {where}: {said}{more}".split())) from error


def manifest_schema() -> str:
    """The JSON schema of a manifest, as shipped in `resources/schemas`."""
    return json.dumps(Manifest.model_json_schema(by_alias=True), indent=2, ensure_ascii=False) + "\n"


def _inside(folder: Path, name: str) -> Path:
    """`folder / name`, refused where that would leave the folder."""
    path = folder / name
    if Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        raise ModelRefusedError(f"{name}: expected a file in the manifest's own folder")
    if not path.is_file():
        raise ModelRefusedError(f"{name}: the manifest names this file, and it is not there")
    return path


if __name__ == "__main__":
    Path("resources/schemas/philtrum-model-1.json").write_text(manifest_schema(), "utf-8")
