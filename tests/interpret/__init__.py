"""The machine that follows programs, one behaviour a test."""
