"""The part that all simulated services share: it knows none of them."""
