"""What `philtrum bench` measures, one module each."""

from __future__ import annotations
