"""Floor 2. One announcement: plan, checks, approval, waves, stages, batches, gates.

Promises that nobody hears anything without an approval of exactly that text by a second person, that a person enters each
stage once, and that a reason stands beside everyone who heard nothing. Refuses plans that break a rule, with what to do.
"""
