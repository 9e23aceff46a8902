"""What moves the octets of a `player.Player`: over TCP, or in memory."""
