"""What each family of tags calls the fields that Wavvy reads; the first name with a value wins.

The names of MusicBrainz's identifiers are those that its tagger Picard writes.
"""

from __future__ import annotations

from collections.abc import Mapping

from mutagen.apev2 import APEv2
from mutagen.asf import ASFTags
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

Names = Mapping[str, tuple[str, ...]]

_FREE = "----:com.apple.iTunes:"  # MP4 atoms that anyone may name

_ID3: Names = {
    "title": ("TIT2",),
    "artist": ("TXXX:ARTISTS", "TPE1", "TPE2"),
    "album": ("TALB",),
    "album_artist": ("TPE2",),
    "date": ("TDRC", "TDRL", "TDOR"),
    "genre": ("TCON",),
    "label": ("TPUB",),
    "isrc": ("TSRC",),
    "number": ("TRCK",),
    "disc": ("TPOS",),
    "recording": ("UFID:http://musicbrainz.org", "TXXX:MusicBrainz Recording Id"),
    "release": ("TXXX:MusicBrainz Album Id",),
    "artist_id": ("TXXX:MusicBrainz Artist Id",),
}
_MP4: Names = {
    "title": ("\xa9nam",),
    "artist": (f"{_FREE}ARTISTS", "\xa9ART", "aART"),
    "album": ("\xa9alb",),
    "album_artist": ("aART",),
    "date": ("\xa9day",),
    "genre": ("\xa9gen",),
    "label": (f"{_FREE}LABEL", f"{_FREE}PUBLISHER"),
    "isrc": (f"{_FREE}ISRC",),
    "number": ("trkn",),
    "disc": ("disk",),
    "recording": (f"{_FREE}MusicBrainz Track Id",),
    "release": (f"{_FREE}MusicBrainz Album Id",),
    "artist_id": (f"{_FREE}MusicBrainz Artist Id",),
}
_ASF: Names = {
    "title": ("Title",),
    "artist": ("WM/ARTISTS", "Author", "WM/AlbumArtist"),
    "album": ("WM/AlbumTitle",),
    "album_artist": ("WM/AlbumArtist",),
    "date": ("WM/Year",),
    "genre": ("WM/Genre",),
    "label": ("WM/Publisher",),
    "isrc": ("WM/ISRC",),
    "number": ("WM/TrackNumber",),
    "disc": ("WM/PartOfSet",),
    "recording": ("MusicBrainz/Track Id",),
    "release": ("MusicBrainz/Album Id",),
    "artist_id": ("MusicBrainz/Artist Id",),
}
_APE: Names = {
    "title": ("Title",),
    "artist": ("Artists", "Artist", "Album Artist"),
    "album": ("Album",),
    "album_artist": ("Album Artist",),
    "date": ("Year",),
    "genre": ("Genre",),
    "label": ("Label", "Publisher"),
    "isrc": ("ISRC",),
    "number": ("Track",),
    "disc": ("Disc",),
    "recording": ("MUSICBRAINZ_TRACKID",),
    "release": ("MUSICBRAINZ_ALBUMID",),
    "artist_id": ("MUSICBRAINZ_ARTISTID",),
}
_VORBIS: Names = {
    "title": ("title",),
    "artist": ("artists", "artist", "albumartist", "album artist"),
    "album": ("album",),
    "album_artist": ("albumartist", "album artist"),
    "date": ("date", "year", "originaldate"),
    "genre": ("genre",),
    "label": ("label", "organization", "publisher"),
    "isrc": ("isrc",),
    "number": ("tracknumber",),
    "disc": ("discnumber",),
    "recording": ("musicbrainz_trackid",),
    "release": ("musicbrainz_albumid",),
    "artist_id": ("musicbrainz_artistid",),
}


def names_of(tags: object) -> Names:
    """Return the names that the family of some opened tags uses."""
    for family, names in ((ID3, _ID3), (MP4Tags, _MP4), (ASFTags, _ASF), (APEv2, _APE)):
        if isinstance(tags, family):
            return names
    return _VORBIS
