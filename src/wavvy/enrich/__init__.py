"""Asking others about tracks: MusicBrainz, Spotify, YouTube. Nobody is asked unless it is set up.

Only title, artist and ISRC are sent. Lengths stay here, to judge the answers by.

Modules
-------
setup : `EnrichSetup`, who is asked and how
enricher, follower : look up what is due, once or as long as a service runs
provider : what a provider is, and what it answers
matching : is an answer the same recording?
wording, versions, videos : titles and bylines, taken apart
web : HTTP with time limits, retries and manners
musicbrainz, spotify, youtube : the providers
"""
