"""What `wordcount compare` is made of: a probe that types and reads, two grounds where engines run, figures and pictures; never the operator's."""
