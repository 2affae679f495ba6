"""Finding tracks by what a person remembers of their names.

A search has two steps, the same on every database. The database names candidates: tracks that have
the words of the query, or words that are spelt like them. Then `ranking` orders the candidates, so
both databases give the same answer.

Modules
-------
folding : text as words, without case, accents and the like
terms : what a track can be found by
query : what a person typed, taken apart
index : writing terms, and reading candidates; all SQL of a search
spelling : words that are spelt nearly like another
ranking : candidates in order
engine : `Search`, which does one search
highlight : where in a name the words of the query are
"""

from wavvy.catalog.search.folding import fold

__all__ = ["fold"]
