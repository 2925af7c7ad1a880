"""Floor 0. Nouns, vocabulary, clock, ids, settings, tables, and the only SQL.

Promise: every other room speaks in these words and reaches the database only through `records.store`.
Refuses: naive times, unknown settings, half-configured channels, a second worker on SQLite.
"""
