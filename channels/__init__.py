"""Floor 1. Vendors on one side, neutral words on the other; the one way out (the courier) and the one way in (`read`).

Promise: an adapter knows its vendor and nothing else: no database, no bot, no campaign.
Refuses: what a vendor would not take faithfully, with a reason; forged deliveries.
"""
