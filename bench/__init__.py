"""Wavvy measured on real music: recognition, ingest, start-up and live listening.

``python -m bench`` runs everything and prints one table; each program also runs alone, for
example ``python -m bench.quality --quick``. ``bench/README.md`` describes the method.
"""
