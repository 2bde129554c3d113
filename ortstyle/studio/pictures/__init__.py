"""Pictures of strangers: received as bytes, decoded by a process of their own, shown in views.

Nothing of this decodes a picture in the server's process but what `reader` and `decoding` do in
the child's.
"""
