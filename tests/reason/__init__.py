"""Tests of the reasoner: small programs, and what is known of their optimizers."""
