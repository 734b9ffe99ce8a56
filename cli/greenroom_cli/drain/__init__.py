"""`greenroom drain`: nothing new comes in, and what is there comes to its end."""
