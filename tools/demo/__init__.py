"""`make demo`: both engines count the same book on a cluster, side by side; a show."""
