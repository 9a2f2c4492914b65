"""The parts of the window round the scan. Each shows one thing and knows nothing of the others."""
