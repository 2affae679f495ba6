"""Who listens to live streams: threads of the server, and processes once those are too few.

Python runs in one thread of a process at a time, so two of them that recognise get little more done
than one. ``hearing.py`` is the work itself, ``child.py`` a process that does it and nothing else,
``process.py`` speaks with one such process, ``pool.py`` deals the streams out and starts and ends
processes. They speak in pickled tuples: a process trusts the server that started it, and the
server a process to which nothing of a client comes but samples.
"""
