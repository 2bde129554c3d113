"""A page on the user's own machine: its server, its pictures and its queue of paintings.

The studio stands on `jobs`: each painting is a job, painted by a process of its own. A client names
pictures and paintings by opaque ids, never a path. Pictures are not decoded in the server's own
process. Printing, exiting and the command line do not belong here, nor does anything about painting
itself.

`studio` is the whole without HTTP. Its rooms are `orders` (what is asked for), `paintings` (what
becomes of it), `pictures` (what was sent), and before them `http` and `guard` (how a page reaches
them, and who may).
"""
