"""The same recording held twice: found in the index, decided peak by peak, kept in the catalogue.

`finder` finds what one track is a duplicate of, `agreement` compares two tracks, `scan` asks about
every track that has not been asked about yet.
"""
