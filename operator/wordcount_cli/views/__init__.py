"""What a terminal shows, from data to text; never a request."""
