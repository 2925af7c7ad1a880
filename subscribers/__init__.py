"""Floor 1. Who the subscribers are, what they agreed to hear, the links that prove an address, and the one door to a record.

Promise: a file is taken whole or row by row with a sentence for each bad one, never half; a person's own word about what
they want to hear is never overruled by a file; facts about a person leave only through `access.access_record`.
Refuses: guesses about encodings, amounts and dates; unsigned or expired links; card numbers and full IBANs.
"""
