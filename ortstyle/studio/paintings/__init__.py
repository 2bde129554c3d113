"""Paintings from the order to the result: their queues, events, previews, curves and removal.

Nothing here knows HTTP.
"""
