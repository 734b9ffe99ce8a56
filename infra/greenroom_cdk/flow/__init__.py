"""The state machines, and the functions that follow them."""
