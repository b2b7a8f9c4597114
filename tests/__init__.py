"""Everything that proves the operator; never imported by it."""
