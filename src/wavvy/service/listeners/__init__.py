"""Who listens to live streams: threads of the server, and processes once those are too few.

Python runs in one thread of a process at a time: with hundreds of streams, two of them that
recognise keep 1.2 cores at work. ``hearing.py`` is the work itself; ``threads.py`` does it in the
server, ``child.py`` is a process that does it and nothing else, and ``process.py`` speaks with one
such process. ``stream.py`` is what a conversation sees of that, ``pool.py`` deals the streams out,
starts processes and ends them. What goes through the pipes is in ``messages.py``.
"""
