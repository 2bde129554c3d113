"""What a run is told: the record of settings, how options are declared and read, the presets.

`record` declares every setting once. Everything here is data and text: no pictures, graphs, arrays
or devices, so that every other room may import it.
"""
