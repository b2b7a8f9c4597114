"""Everything that proves the operator."""
