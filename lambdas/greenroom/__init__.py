"""Greenroom: ask a streaming service for a stream, wait until it is ready, hand its URL over."""
