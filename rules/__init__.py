"""What a plan's terms mean: pure functions of whole numbers, with no web, no database, no clock and no floats."""
