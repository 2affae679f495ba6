"""Synthetic speakers for babble, rendered once with the program ``espeak-ng``."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

from bench.cache import cache_dir
from bench.debian import need

SPEAKERS = {  # name: voice, words a minute, pitch from 0 to 99
    "anna": ("de+f2", 165, 55),
    "bernd": ("de+m3", 150, 35),
    "claire": ("fr+f4", 180, 60),
    "didier": ("fr+m1", 160, 40),
    "emma": ("en-gb+f3", 175, 50),
    "frank": ("en-us+m2", 190, 45),
    "gail": ("en-us+f5", 145, 65),
    "harry": ("en-gb-scotland+m4", 170, 30),
    "ilse": ("de+f5", 195, 48),
    "jules": ("fr+m5", 200, 52),
}
TEXTS = {
    "de": (
        "Kannst du mir bitte noch ein Glas Wasser mitbringen, wenn du zur Theke gehst?",
        "Gestern hat es so stark geregnet, dass der Keller unter Wasser stand.",
        "Meine Schwester zieht im Herbst nach Leipzig, sie hat dort eine Stelle gefunden.",
        "Der Zug war wieder zwanzig Minuten zu spät, und niemand wusste, warum.",
        "Ich glaube, wir hätten vorhin links abbiegen müssen.",
        "Die Suppe ist gut, nur etwas zu salzig für meinen Geschmack.",
        "Hast du das Spiel gesehen? In der letzten Minute fiel noch ein Tor.",
        "Morgen früh um acht kommt der Handwerker und schaut sich die Heizung an.",
    ),
    "fr": (
        "Tu prends le bus ou tu préfères que je te ramène en voiture ce soir ?",
        "On a attendu une heure devant la porte avant que quelqu'un nous ouvre.",
        "Mon frère apprend à jouer du violon, et les voisins s'en plaignent déjà.",
        "Le marché ferme à midi, il faudrait partir tout de suite.",
        "Je n'ai jamais compris pourquoi ils ont vendu cette maison.",
        "Il paraît que le nouveau boulanger fait un pain extraordinaire.",
        "Passe-moi le sel, s'il te plaît, et dis aux enfants de venir à table.",
        "La semaine prochaine, nous partons trois jours au bord de la mer.",
    ),
    "en": (
        "Did you remember to lock the back door before we left the house?",
        "She said the meeting was moved to Thursday, but nobody told the others.",
        "We drove through the hills for hours and never saw another car.",
        "The coffee here is better than it looks, you should try one.",
        "I keep telling him that the bicycle needs new brakes before winter.",
        "Two tickets for the late show, please, somewhere near the back.",
        "My grandmother used to bake this cake every Sunday afternoon.",
        "If the weather holds, we could walk down to the harbour after lunch.",
    ),
}


@functools.cache
def voices() -> tuple[Path, ...]:
    """Return a WAV of each speaker, who says the sentences of one language in an own order."""
    folder = cache_dir() / "voices"
    folder.mkdir(exist_ok=True)
    paths = []
    for number, (name, (voice, speed, pitch)) in enumerate(SPEAKERS.items()):
        path = folder / f"{name}.wav"
        if not path.exists():
            need(["espeak-ng"])
            texts = TEXTS[voice[:2]]
            first = number % len(texts)
            said = " ".join([*texts[first:], *texts[:first]])
            part = path.with_suffix(f".{os.getpid()}.part")  # others may be at it too
            settings = ["-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(part)]
            subprocess.run(["espeak-ng", *settings, said], check=True)
            part.replace(path)
        paths.append(path)
    return tuple(paths)
