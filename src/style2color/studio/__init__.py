"""The studio: a local server with the page that colours in a browser. Needs the extra `studio`.

One way data flows: request → `guard` (who may ask what) → `app` (routes) → `sessions` (what was
sent) → `jobs` (what is to be painted) → `work` (the one thread that paints). Nothing is written
to disk: sessions live in memory and are gone when they expire or the server stops.
"""
