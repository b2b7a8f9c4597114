"""The frozen values that all layers share: what was asked, what was read, what is to be done."""
