"""The APIs: REST with its waiting room, and WebSocket."""
