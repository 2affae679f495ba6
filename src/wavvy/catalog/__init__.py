"""The catalogue: which tracks there are, what they are called and their fingerprints.

The catalogue is the truth from which the index is derived. All SQL lives here.

Modules
-------
repository : `Catalog`, what the rest of Wavvy uses
track : the plain values that go in and out
tags : `read_tags`, from a music file to `TrackTags`
models, migrations : the tables
"""
