"""Floor 3. The faces and the wiring: web chat, staff inbox, campaign pages, outbox, webhooks, command line, workers.

Promise: everything a person sees or types passes here and reaches the house through its doors; the only place where concrete
databases, channels and clocks are named.
Refuses: whoever is not signed in or lacks the role, forms without their token, forged deliveries, bodies that are too large.
"""
