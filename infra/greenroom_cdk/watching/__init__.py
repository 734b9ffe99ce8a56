"""What is seen of a deployment: alarms, the dashboard, queries."""
