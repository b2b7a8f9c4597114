"""What all tests share; never a fixture that only some of them need."""

from hypothesis import settings

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("wordcount", deadline=None)
settings.load_profile("wordcount")
