"""Programs, and what PyTorch itself makes of them. Nothing here knows how wdlint reaches its verdicts."""
