"""Small programs that run in the images of the engines, beside a job."""
