"""Media files, decoded where they can do no harm.

``child.py`` is a small process that decodes and reads tags, and nothing else: it knows no password,
and its time and memory are limited. ``process.py`` speaks with one such process through
``pipes.py``, ``pool.py`` keeps some warm. Nothing that a child says is trusted: it answers in JSON
and raw samples, which are checked, and when it crashes, hangs or grows, that file alone has failed.
"""
