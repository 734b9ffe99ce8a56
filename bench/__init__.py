"""The figures: the cost of one stream, what importing a function costs, how large the code is."""
