"""Why this track, or why none: an answer's reasons as data, and the picture of them.

Read ``explanation`` for what there is to know, ``inquiry`` for how it is found out. ``tape`` keeps
what it needs of a clip, ``picture`` draws it.
"""
