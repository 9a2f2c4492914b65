from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = [pytest.mark.training, pytest.mark.timeout(400)]


def test_every_size_has_the_outputs_that_the_manifest_names() -> None:
    from inference.training.network import KINDS, OUTPUTS, PRESETS, CleftNet

    for name, config in PRESETS.items():
        network = CleftNet(config).eval()
        with torch.no_grad():
            found = dict(zip(OUTPUTS, network(torch.randn(2, 1, 64, 96)), strict=True))
        shapes = {key: tuple(value.shape) for key, value in found.items()}
        assert shapes == {
            "cleft_logit": (2, 1),
            "view_logits": (2, 3),
            "quality_logit": (2, 1),
            "heatmap_logits": (2, 1, 16, 24),
            "anatomy_logits": (2, 5, 16, 24),
            "kind_logits": (2, len(KINDS)),
        }, name
