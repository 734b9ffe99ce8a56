"""A provider for the desks of Acme."""
