"""Floor 2. One conversation: what was said, what we do about it, when a person takes over.

Promise: no answer without a citation, no fact about a person without proof, no message lost, silence while a person holds it.
Refuses: drafts that say more than their source; staff words from anybody but the claimer, unless somebody presses Send.
"""
