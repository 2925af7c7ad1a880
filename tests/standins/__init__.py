"""Stand-ins for vendors: real servers on loopback that refuse what the vendor refuses and log what they accepted."""
