"""The paper's structure in sizes from quarter-width ResNet-18 to ResNet-50 with a 256-channel pyramid.

Backbone, feature pyramid merged at stride 4, a segmentation head whose heat-map guides the attention of the
cleft classifier, and heads for view and plane quality on the deepest features.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from capture.phantom.face import NAMES

OUTPUTS = (
    "cleft_logit",
    "view_logits",
    "quality_logit",
    "heatmap_logits",
    "anatomy_logits",
    "kind_logits",
)
VIEW_COUNT = 3
KINDS = ("none", "unilateral", "bilateral", "median", "notch")
"""What the kind output tells apart; one picture does not show which side is the fetus's left."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of a network."""

    block: Literal["basic", "bottleneck"] = "basic"
    layers: tuple[int, int, int, int] = (2, 2, 2, 2)
    width: int = 16
    """Channels of the first stage; doubles with each."""
    pyramid: int = 48
    head_convolutions: int = 2
    anatomy: int = len(NAMES)
    """Maps of named structures beside the heat-map."""
    kinds: int = len(KINDS)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


PRESETS = {
    "standin": NetworkConfig(pyramid=24, head_convolutions=1),
    "r18q": NetworkConfig(),
    "r18h": NetworkConfig(width=32, pyramid=64),
    "r18": NetworkConfig(width=64, pyramid=128),
    "r50q": NetworkConfig("bottleneck", (3, 4, 6, 3), 16, 64),
    "r50": NetworkConfig("bottleneck", (3, 4, 6, 3), 64, 256, 4),
}


def _conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)
    )


class Block(nn.Module):  # type: ignore[misc]
    """A residual block, basic or bottleneck."""

    def __init__(self, kind: str, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = width * (4 if kind == "bottleneck" else 1)
        if kind == "bottleneck":
            self.path = nn.Sequential(
                _conv(inputs, width, 1),
                nn.ReLU(True),
                _conv(width, width, 3, stride),
                nn.ReLU(True),
                _conv(width, outputs, 1),
            )
        else:
            self.path = nn.Sequential(
                _conv(inputs, width, 3, stride), nn.ReLU(True), _conv(width, outputs, 3)
            )
        same = inputs == outputs and stride == 1
        self.skip = nn.Identity() if same else _conv(inputs, outputs, 1, stride)
        nn.init.zeros_(self.path[-1][1].weight)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.path(x) + self.skip(x))


class CleftNet(nn.Module):  # type: ignore[misc]
    """One grey channel in, (n, 1, h, w) with h and w multiples of 32; out: the tensors of `OUTPUTS`."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        width, pyramid = config.width, config.pyramid
        self.stem = nn.Sequential(_conv(1, width, 7, 2), nn.ReLU(True), nn.MaxPool2d(3, 2, 1))
        stages, channels, sizes = [], width, []
        for level, count in enumerate(config.layers):
            blocks = []
            for index in range(count):
                blocks.append(Block(config.block, channels, width << level, 2 if level and not index else 1))
                channels = (width << level) * (4 if config.block == "bottleneck" else 1)
            stages.append(nn.Sequential(*blocks))
            sizes.append(channels)
        self.stages = nn.ModuleList(stages)
        self.lateral = nn.ModuleList(nn.Conv2d(size, pyramid, 1) for size in sizes)
        self.merge = nn.Sequential(_conv(pyramid, pyramid, 3), nn.ReLU(True))
        head: list[nn.Module] = []
        for _ in range(config.head_convolutions):
            head += [_conv(pyramid, pyramid, 3), nn.ReLU(True)]
        self.segment = nn.Sequential(*head)
        self.heat = nn.Conv2d(pyramid, 1, 1)
        self.attend = nn.Conv2d(pyramid, 1, 1)
        self.anatomy = nn.Conv2d(pyramid, config.anatomy, 1)
        self.judge = nn.Sequential(
            nn.Linear(pyramid * 4 + 2, 64), nn.ReLU(True), nn.Dropout(0.1), nn.Linear(64, 1 + config.kinds)
        )
        self.view = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(channels * 2 + config.anatomy, 64), nn.ReLU(True)
        )
        self.view_out = nn.Linear(64, VIEW_COUNT)
        self.quality_out = nn.Linear(64, 1)
        for maps in (self.heat, self.anatomy):
            nn.init.constant_(maps.bias, -4.0)
            nn.init.normal_(maps.weight, std=0.01)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        x = self.stem(image)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        tops: list[Tensor] = []
        top = self.lateral[3](levels[3])
        tops.append(top)
        for level in (2, 1, 0):
            side = self.lateral[level](levels[level])
            top = side + functional.interpolate(top, size=side.shape[-2:], mode="nearest")
            tops.append(top)
        segmented = self.segment(self.merge(top))
        heat = self.heat(segmented)
        anatomy = self.anatomy(segmented)
        weight = torch.softmax((self.attend(segmented) + heat).flatten(2).float(), dim=2).to(segmented.dtype)
        guided = (segmented.flatten(2) * weight).sum(2)
        glow = torch.sigmoid(heat.flatten(2))
        clues = [guided, segmented.amax((2, 3)), tops[0].mean((2, 3)), tops[1].mean((2, 3))]
        judged = self.judge(torch.cat([*clues, glow.amax(2), glow.mean(2)], 1))
        named = anatomy.flatten(2).amax(2)
        seen = self.view(torch.cat([x.mean((2, 3)), x.amax((2, 3)), named], 1))
        return judged[:, :1], self.view_out(seen), self.quality_out(seen), heat, anatomy, judged[:, 1:]
