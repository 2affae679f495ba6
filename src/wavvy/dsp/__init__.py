"""Signal processing: decode → resample → spectrogram → peaks → landmarks, and fingerprints."""
