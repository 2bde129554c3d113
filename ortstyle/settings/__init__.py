"""What a run is told: the record of settings, how each is declared and parsed, and presets.

Knows neither pictures nor graphs nor devices; every other room may read it.
"""
