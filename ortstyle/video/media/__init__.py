"""Files of films: what a clip is, its frames as arrays with exact times, and films written.

The only room that imports PyAV. Painting and flow do not belong here.
"""
