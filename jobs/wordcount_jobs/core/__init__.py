"""What both engines share: options, the definition of a word, failures; never imports an engine."""
