"""Tables, the key, secrets."""
