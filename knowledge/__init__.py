"""Floor 1. Documents -> clauses and chunks -> index -> an answer that quotes its source.

Promise: what is found comes with two calibrated chances (the first passage is right; the index has an answer at all), and what
is drafted carries a citation whose quote stands word for word in its chunk. No key, no download, no network.
Reading order: passages (nouns), loaders and faq, tutorials, contracts (files to sections), chunking, retrieve (scoring),
index (a generation on disk), library (the live one), ingest, answers.

Refuses: scanned PDFs, archives that unpack too large, entries with an open blank, a draft without a quote, and an answer whose
dates, amounts or clause numbers do not stand in what it cites.
"""
