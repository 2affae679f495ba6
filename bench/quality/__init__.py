"""The quality protocol: how much is recognised, how much is refused, how exact the answers are.

Read in this order: `cells` (what is done to a clip), `trial` (a clip asked for, and what the answer
is worth), `protocol` (all clips, on all cores), `metrics` (from trials to figures), `table` and
`plots`. `peer` asks another system for the same clips.
"""
