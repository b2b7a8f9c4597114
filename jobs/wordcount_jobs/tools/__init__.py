"""Small programs that run in the engines' images beside a job."""
