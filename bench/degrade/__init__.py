"""What happens to music between a loudspeaker and a recogniser.

Every function takes mono float32 samples at 16 kHz, shape (n,). Chance comes from the generator it
is handed, so a seed gives the same clip on every machine. What delays the sound takes the delay off
again: the first sample that comes out is the first that went in.
"""
