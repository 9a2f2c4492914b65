"""Adds rows up to the summary of a recording, in memory that does not grow with their pictures."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.analyze import words
from app.analyze.facts import ModelFacts
from app.analyze.pictures import RECENT_FLAGS
from app.analyze.summary import (
    MOST_REGIONS,
    CountsPart,
    FlagPart,
    ModelPart,
    PeakPart,
    RatesPart,
    RegionPart,
    SettingsPart,
    SourcePart,
    Summary,
    ViewPart,
)
from capture.geometry import Region
from capture.scan import Signal
from capture.source import SourceInfo
from inference.analysis import Row
from inference.evidence_types import Evidence, Flag, Verdict, ViewTally


@dataclass(frozen=True, slots=True)
class Origin:
    """Which recording, and all that its result depends on."""

    name: str
    bytes: int | None
    source_key: str
    input_key: str


class Tally:
    """Takes every row once, in order; `summary` at the end."""

    def __init__(self) -> None:
        self._times = array("d")
        """Media time of every frame, nan where there is none."""
        self._first_frame = array("q")
        """First frame of every acoustic picture."""
        self._counts: Counter[str] = Counter()
        self._status: Counter[str] = Counter()
        self._regions: list[RegionPart] = []
        self._places: Counter[Region] = Counter()
        self._last_region: Region | None = None
        self._flag_ends: dict[int, int] = {}
        self._peak: tuple[float, int] | None = None
        self._evidence: Evidence | None = None

    @property
    def frames(self) -> int:
        return len(self._times)

    def add(self, row: Row) -> None:
        scan, evidence, number = row.scan, row.evidence, len(self._times)
        media_s = scan.frame.media_s
        self._times.append(float("nan") if media_s is None else media_s)
        while len(self._first_frame) <= scan.scan_index:
            self._first_frame.append(number)
        if row.prediction is not None:
            kind = "inferred"
        elif scan.signal is Signal.BLANK:
            kind = "blank"
        else:
            kind = "frozen" if scan.signal is Signal.FROZEN else "repeats"
        self._counts[kind] += 1
        self._counts["without_scan"] += scan.region.origin == "whole"
        self._status[evidence.status.value] += 1
        self._place(scan.region, number)
        for flag in evidence.flags[-RECENT_FLAGS:]:
            if flag.open or flag.number not in self._flag_ends:
                self._flag_ends[flag.number] = number
        if row.prediction is not None and evidence.instant is not None:
            score = evidence.instant
            if self._peak is None or score > self._peak[0]:
                self._peak = score, number
        self._evidence = evidence

    def _place(self, region: Region, number: int) -> None:
        self._places[region] += 1
        if region != self._last_region:
            self._last_region = region
            if len(self._regions) < MOST_REGIONS:
                self._regions.append(_region_part(region, number))

    def summary(
        self,
        origin: Origin,
        info: SourceInfo,
        missing: str | None,
        facts: ModelFacts,
        settings: SettingsPart,
        software: str,
        files: Sequence[str],
    ) -> Summary:
        """What the rows came to.

        Raises:
            ValueError: there was no row.
        """
        evidence = self._evidence
        if evidence is None:
            raise ValueError("expected at least one row, got none")
        tallies = {tally.view: tally for tally in evidence.tallies.values()}
        views = {view: self._view(tallies.get(view), f"view-{view}.png", files) for view in ("lip", "palate")}
        flags = tuple(self._flag(flag, files) for flag in evidence.flags)
        peak = self._peak and PeakPart(
            frame=self._peak[1], media_s=self._time(self._peak[1]), score=_rounded(self._peak[0])
        )
        found = Counter({place: n for place, n in self._places.items() if place.origin != "whole"})
        usual = found.most_common(1)[0][0] if found else None
        return Summary(
            statement=words.STANDING,
            synthetic_note=words.SYNTHETIC if facts.synthetic else None,
            software=software,
            source=_source_part(origin, info, missing, self._duration()),
            frames=self.frames,
            counts=CountsPart(
                inferred=self._counts["inferred"],
                repeats=self._counts["repeats"],
                frozen=self._counts["frozen"],
                blank=self._counts["blank"],
                without_scan=self._counts["without_scan"],
            ),
            rates=self._rates(),
            region=next((part for part in self._regions if usual and _same(part, usual)), None),
            regions=tuple(self._regions),
            verdict=evidence.verdict.value,
            verdict_words=words.VERDICT[evidence.verdict],
            status_frames=dict(sorted(self._status.items())),
            views=views,
            best_frames={
                **{view: part.best_frame for view, part in views.items()},
                "score": peak.frame if peak else None,
            },
            peak=peak or None,
            flags=flags,
            model=ModelPart(
                name=facts.name,
                version=facts.version,
                sha256=facts.sha256,
                precision=facts.precision,
                provider=facts.provider,
                synthetic=facts.synthetic,
                look_again=facts.look_again,
                flag=facts.flag,
                release=facts.release,
            ),
            settings=settings,
            warnings=self._warnings(info, missing, evidence),
            files=tuple(files),
            source_key=origin.source_key,
            input_key=origin.input_key,
        )

    def _view(self, tally: ViewTally | None, picture: str, files: Sequence[str]) -> ViewPart:
        best = tally.best if tally else None
        return ViewPart(
            frames=tally.frames if tally else 0,
            bars=tally.bars if tally else 0,
            status=tally.status.value if tally else "not_assessed",
            best_frame=best.scan.frame.index if best else None,
            best_s=_maybe(best.scan.frame.media_s) if best else None,
            best_score=_rounded(best.cleft) if best else None,
            best_quality=_maybe(best.quality) if best else None,
            picture=picture if picture in files else None,
        )

    def _flag(self, flag: Flag, files: Sequence[str]) -> FlagPart:
        first, last = self._first_frame[flag.first_scan_index], self._flag_ends[flag.number]
        picture = f"flag-{flag.number:03d}.png"
        return FlagPart(
            number=flag.number,
            view=flag.view,
            from_frame=first,
            from_s=self._time(first),
            to_frame=last,
            to_s=self._time(last),
            open_at_end=flag.open,
            peak=_rounded(flag.peak),
            best_frame=flag.best.scan.frame.index,
            best_s=_maybe(flag.best.scan.frame.media_s),
            best_score=_rounded(flag.best.cleft),
            picture=picture if picture in files else None,
        )

    def _time(self, number: int) -> float | None:
        time = self._times[number]
        return None if time != time else _rounded(time)

    def _duration(self) -> float | None:
        first, last = self._time(0), self._time(self.frames - 1)
        return None if first is None or last is None else _rounded(last - first)

    def _rates(self) -> RatesPart:
        duration = self._duration()
        if not duration or self.frames < 2:
            return RatesPart(source_fps=None, scan_hz=None)
        moving = len(self._first_frame)
        return RatesPart(
            source_fps=_rounded((self.frames - 1) / duration),
            scan_hz=_rounded((moving - 1) / duration) if moving > 1 else None,
        )

    def _warnings(self, info: SourceInfo, missing: str | None, evidence: Evidence) -> tuple[str, ...]:
        warnings = list(info.warnings)
        if missing:
            warnings.append(missing)
        without = self._counts["without_scan"]
        if without:
            warnings.append(
                f"no scan found in {without} of {self.frames} frames: the whole picture was used, "
                "and no picture of them is stored"
            )
        if len(self._regions) == MOST_REGIONS:
            warnings.append(f"the scan moved often: only its first {MOST_REGIONS} places are listed")
        if evidence.verdict is Verdict.NO_SIGN_SHOWN:
            warnings.append("isolated cleft palate is not excluded")
        return tuple(dict.fromkeys(warnings))


def _source_part(
    origin: Origin, info: SourceInfo, missing: str | None, duration_s: float | None
) -> SourcePart:
    return SourcePart(
        name=origin.name,
        kind=info.kind,
        container=info.container,
        codec=info.codec,
        width=info.width,
        height=info.height,
        frames_stated=info.frames,
        duration_s=duration_s,
        rotation_deg=info.rotation_deg,
        colour_range=info.colour_range,
        interlaced=info.interlaced,
        bytes=origin.bytes,
        missing=missing,
    )


def _region_part(region: Region, number: int) -> RegionPart:
    box = region.box
    return RegionPart(
        from_frame=number,
        x0=box.x0,
        y0=box.y0,
        x1=box.x1,
        y1=box.y1,
        frame_width=region.frame_width,
        frame_height=region.frame_height,
        origin=region.origin,
        sector=region.sector.kind if region.sector else None,
        mm_per_px=_maybe(region.mm_per_px),
    )


def _same(part: RegionPart, region: Region) -> bool:
    return part.model_copy(update={"from_frame": 0}) == _region_part(region, 0)


def _rounded(value: float) -> float:
    return round(float(value), 6)


def _maybe(value: float | None) -> float | None:
    return None if value is None else _rounded(value)
