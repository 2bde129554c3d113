"""Who may come in: tokens, cookies, passwords, and what is refused before any route sees it.

Nothing here knows pictures or paintings.
"""
