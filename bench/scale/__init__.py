"""Wavvy with 1,000 to 100,000 tracks: what a query costs, what it still finds, what that takes.

Read in this order: `sources` and `synthesis` (tracks made from real ones), `likeness` (whether they
are like music), `library` (a data folder full of them), then what is measured there.
"""
