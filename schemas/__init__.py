"""What crosses the wire: JSON and CSV turned into whole units and back, once, at the edge."""
