"""How requests come by event, and how outcomes leave: the channels, their queues, and the function that delivers."""
