"""The three stages: which topic each reads, which function it applies, where the results go."""
