"""What the engines have in common: pods, their status, the job's options."""
